"""What the console answers while its store cannot be had: one page, soon, that says so and asks the store nothing."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import httpx
import pytest
from asking import ask
from doors import Door, door
from plain import PlainDesk
from plain_care import plain_care

from staycourse.desk import Today
from staycourse.kernel import StorageFault
from staycourse.web.access import gate

PLACE = "postgresql://keeper:…@db.example.org/sc"


def away(*_: Any, **__: Any) -> Any:
    raise StorageFault("the server does not answer", where=PLACE, mend="check that PostgreSQL runs there")


@pytest.fixture
def here(tmp_path: Path) -> Iterator[Door]:
    with door(tmp_path) as opened:
        yield opened


def is_the_page(said: httpx.Response) -> None:
    assert said.status_code == 503
    assert "Not available right now" in said.text and "text/html" in said.headers["content-type"]
    assert "content-security-policy" in said.headers


def test_who_asks_is_told_so_before_it_is_known_who_they_are(here: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(here.porter, "look", away)
    for path in ("/", "/connections/keys", "/sign-in", "/no/such/page"):
        said = here.ask(path)
        is_the_page(said)
        assert PLACE not in said.text and 'name="actor"' not in said.text and said.headers["retry-after"]
    assert "暂时不可用" in here.ask("/", headers={"accept-language": "zh-CN"}).text
    said = here.ask("/", headers={"accept": "application/json"})
    assert (said.status_code, said.headers["content-type"]) == (503, "application/problem+json")
    assert here.ask("/healthz").status_code == 200
    assert here.ask("/static/console.css").status_code == 200


def test_a_store_that_is_silent_is_not_waited_for(here: Door, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = threading.Event()
    waits: Callable[..., Any] = lambda *_: silent.wait(20)  # noqa: E731
    monkeypatch.setattr(here.porter, "look", waits)
    monkeypatch.setattr(gate, "LOOK_SECONDS", 0.2)
    threading.Timer(3, silent.set).start()
    begun = time.monotonic()
    is_the_page(here.ask("/"))
    silent.set()
    assert time.monotonic() - begun < 2.5


class AwayDesk(PlainDesk):
    def today(self, *_: Any, **__: Any) -> Today:
        raise StorageFault("the server does not answer", where=PLACE)


def test_the_page_that_says_so_asks_the_store_nothing() -> None:
    is_the_page(ask("/", desk=AwayDesk(), care=replace(plain_care(), caveat=away)))

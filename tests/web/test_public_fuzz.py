"""Whatever is sent to the public pages, they never fail: schemathesis over their description, links good and bad."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from fastapi import FastAPI
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from public_pages import app_of, ask, public_home, token_for
from schemathesis.checks import not_a_server_error

from staycourse.app.care import Hearing
from staycourse.web.limits import Limit

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much]


@pytest.fixture
def hearing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Hearing]:
    monkeypatch.setattr(Limit, "take", lambda *_: True)  # what is limited is not tried
    made = public_home(tmp_path / "home")
    yield made
    made.care.home.close()


@pytest.fixture
def app(hearing: Hearing) -> FastAPI:
    return app_of(hearing)


def test_what_is_described_is_what_there_is(app: FastAPI) -> None:
    described = app.openapi()["paths"]
    assert set(described) == {"/l/{token}", "/inbox/{token}", "/inbox/{token}/{key}/read", "/push/{token}"}


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/l/{token}"), ("POST", "/l/{token}"), ("GET", "/inbox/{token}"), ("POST", "/push/{token}"),
     ("POST", "/inbox/{token}/{key}/read")],
)  # fmt: skip
def test_nothing_that_fits_the_description_breaks_it(app: FastAPI, method: str, path: str) -> None:
    operation = schemathesis.openapi.from_asgi("/openapi.json", app)[path][method]

    @settings(max_examples=25, deadline=None, suppress_health_check=SLOW, database=None)
    @given(case=operation.as_strategy())
    def tried(case: Any) -> None:
        case.call_and_validate(checks=[not_a_server_error])

    tried()


ACTIONS = ("unsubscribe", "preferences", "survey", "click", "open", "inbox", "push", "nonsense")


@settings(max_examples=80, suppress_health_check=SLOW)
@given(
    action=st.sampled_from(ACTIONS), detail=st.text(max_size=30), body=st.binary(max_size=300),
    path=st.sampled_from(["/l/{}", "/inbox/{}", "/push/{}", "/inbox/{}/x/read", "/inbox/{}/%00/read"]),
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE"]),
    kind=st.sampled_from(["application/json", "application/x-www-form-urlencoded", "multipart/form-data", ""]),
)  # fmt: skip
def test_no_good_link_breaks_it_either(
    hearing: Hearing, app: FastAPI, action: str, detail: str, body: bytes, path: str, method: str, kind: str
) -> None:
    token = token_for(hearing, action, detail.encode("utf-8", "ignore").decode())
    answer = ask(app, path.format(token), method=method, content=body, headers={"content-type": kind})
    assert answer.status_code < 500

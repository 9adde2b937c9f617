"""A home whose log is a stream: the same path from an event to an alert, into the lake, and out of everything."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from nats_cluster import nats_cluster

from staycourse.app.care import Care, run_tick
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import compact_home, erase_learner
from staycourse.events import Event
from staycourse.kernel import FixedClock, Settings

pytestmark = pytest.mark.xdist_group("nats")
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = nats_cluster(tmp_path_factory.mktemp("nats"), 1)
    yield server.address()
    server.stop()


@pytest.fixture
def home(address: str, tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Home]:
    settings = Settings(tmp_path / "home", "main", "Asia/Shanghai", FixedClock(NOW), 1, 1)
    with open_home(replace(settings, log=f"{address}?stream={request.node.name[:60]}"), writing=True) as opened:
        yield opened


def asked_for_refund(number: int = 1, learner: str = "anna") -> Event:
    return Event(event_id=f"e{number}", learner=learner, verb="refund_asked", time=NOW, object="order-1")


def test_an_event_alerts_and_reaches_the_lake_once(home: Home) -> None:
    home.log.append("main", [asked_for_refund()])
    home.log.append("main", [asked_for_refund()])
    care = Care(home)
    assert run_tick(care).opened == 1
    assert run_tick(care).events == 0
    home.log.append("main", [asked_for_refund(2, "ben")])
    assert compact_home(home).rows == 2
    assert sorted(alert.learner for alert in care.alerts.standing("main", NOW)[0]) == ["anna", "ben"]
    assert home.log_health().bytes == 0 and not (home.path / "log").exists()


def test_an_erased_learner_is_in_neither_stream_nor_lake(home: Home) -> None:
    home.log.append("main", [asked_for_refund(), asked_for_refund(2, "ben")])
    erase_learner(home, "anna", actor="op")
    home.log.append("main", [asked_for_refund(3), asked_for_refund(4, "ben")])
    assert home.log_place.waiting_events("main", "anna") == []
    compact_home(home)
    assert not home.lake.holds("main", "anna") and home.lake.health().rows == 2

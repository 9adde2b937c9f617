"""A home whose log is a stream: the same path from an event to an alert, into the lake, and out of everything."""

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pyarrow.parquet as pq
import pytest
from nats_cluster import nats_cluster
from small_platform import Run

from staycourse.app.care import Care, run_tick
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import compact_home, erase_learner
from staycourse.events import Event, Learner
from staycourse.kernel import FixedClock, Settings, StorageFault

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


def test_an_operator_exports_and_erases_as_with_a_log_of_the_homes_own(
    run: Run, monkeypatch: pytest.MonkeyPatch, address: str, tmp_path: Path
) -> None:
    monkeypatch.setenv("STAYCOURSE_NOW", NOW.isoformat())
    monkeypatch.setenv("STAYCOURSE_LOG", f"{address}?stream=operator")
    settings = Settings(tmp_path / "home", "main", "UTC", FixedClock(NOW), 1, 1, log=f"{address}?stream=operator")
    with open_home(settings, writing=False) as server:
        server.log.append("main", [asked_for_refund(learner="anna-of-the-hills"), asked_for_refund(2, "ben")])
    code, told, _ = run("export-learner", "anna-of-the-hills", "--json")
    assert code == 0 and [event["event_id"] for event in json.loads(told)["events_waiting"]] == ["e1"]
    assert run("compact")[0] == 0
    assert run("export", "events", "--out", tmp_path / "all.parquet", "--json")[0] == 0
    assert pq.read_table(tmp_path / "all.parquet").num_rows == 2
    with open_home(settings, writing=False) as server:
        server.log.append("main", [asked_for_refund(3, "anna-of-the-hills"), asked_for_refund(4, "ben")])
        code, told, errors = run("erase-learner", "anna-of-the-hills", "--yes", "--json")
        assert (code, json.loads(told)["events"]) == (0, 1), errors  # what still waited never reaches the lake
        assert server.log_place.waiting_events("main", "anna-of-the-hills") == []
    assert run("export-learner", "anna-of-the-hills")[0] == 2
    assert run("export", "events", "--out", tmp_path / "rest.parquet")[0] == 0
    assert pq.read_table(tmp_path / "rest.parquet")["learner"].to_pylist() == ["ben", "ben"]


def test_without_its_stream_nothing_is_said_to_be_erased(home: Home, address: str) -> None:
    home.log.append("main", [asked_for_refund()])
    lost = replace(home.settings, log=f"nats://127.0.0.1:1?stream={home.path.parent.name[:60]}", home=home.path / "two")
    with pytest.raises(StorageFault, match=r"127\.0\.0\.1:1"), open_home(lost, writing=True) as alone:
        alone.store.put_learners("main", [Learner(learner="anna")])
        erase_learner(alone, "anna", actor="op")

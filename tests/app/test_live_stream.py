"""Risk between the nights where the log is a stream: heard as it comes, from its place on, through compactions."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from nats_cluster import nats_cluster

from staycourse.adapters.lake import lake_standing
from staycourse.adapters.store import LiveBook
from staycourse.app.care import LiveWorker
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import compact_home, run_nightly
from staycourse.events import Course, Event
from staycourse.kernel import Settings

pytestmark = pytest.mark.xdist_group("nats")
FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
EVERYBODY = [f"other{number}" for number in range(6)]


@dataclass
class Hands:
    """A clock that is moved by hand."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    server = nats_cluster(tmp_path_factory.mktemp("nats"), 1)
    yield server.address()
    server.stop()


@pytest.fixture
def clock() -> Hands:
    return Hands(FIRST + timedelta(days=21))


@pytest.fixture
def home(address: str, tmp_path: Path, clock: Hands, request: pytest.FixtureRequest) -> Iterator[Home]:
    """Anna stopped after ten days, the others did not; the night of day 20 has run."""
    settings = Settings(tmp_path / "home", "main", "UTC", clock, 1, 1)
    with open_home(replace(settings, log=f"{address}?stream={request.node.name[:60]}"), writing=True) as opened:
        opened.store.put_courses("main", [Course(course="c", title="C", starts_on=FIRST.date())])
        opened.log.append("main", [_learned("anna", day) for day in range(10)])
        opened.log.append("main", [_learned(who, day) for who in EVERYBODY for day in range(21)])
        run_nightly(opened, (FIRST + timedelta(days=20)).date(), lambda _name, _seconds: None)
        yield opened


def _learned(learner: str, day: int) -> Event:
    at = FIRST + timedelta(days=day, hours=2)
    return Event(
        event_id=f"{learner}-{day}", learner=learner, course="c", verb="content_viewed", time=at, value=3, backfill=True
    )


def _now(clock: Hands, learner: str, number: int) -> Event:
    return Event(
        event_id=f"now-{learner}-{number}",
        learner=learner,
        course="c",
        verb="content_viewed",
        time=clock.now(),
        value=3,
    )


def _rounds(worker: LiveWorker, clock: Hands, count: int = 3) -> int:
    scored = 0
    for _ in range(count):
        clock.instant += timedelta(seconds=2)
        scored += worker.step().learners
    return scored


def _risks(home: Home, learner: str) -> list[float]:
    return [round(one.risk, 9) for one in LiveBook(home.database).of("main", learner)]


def test_what_a_learner_does_shows_in_the_risk_at_once(home: Home, clock: Hands) -> None:
    worker = LiveWorker(home)
    assert _rounds(worker, clock) == 0
    home.log.append("main", [_now(clock, "anna", 1)])
    home.log.append("other", [_now(clock, "zoe", 1)])
    assert _rounds(worker, clock) == 1
    before = home.shelf.learner_risks("main", "anna")
    assert before is not None and _risks(home, "anna")[0] < before["risk"][0].as_py()
    home.log.append("main", [_now(clock, "anna", 1)])  # sent again
    assert _rounds(worker, clock) == 0
    assert _risks(home, "other1") == []
    assert worker.pause == 0.05  # a look is a question to the servers
    worker.stop()


def test_compactions_between_leave_nobody_unheard_and_count_nothing_twice(home: Home, clock: Hands) -> None:
    worker = LiveWorker(home)
    _rounds(worker, clock, 1)
    for number, who in enumerate(EVERYBODY):
        home.log.append("main", [_now(clock, who, number), _now(clock, "anna", number)])
        if number % 2:
            compact_home(home)  # what was just said goes from the stream before the worker looks
            clock.instant += timedelta(seconds=2)
        _rounds(worker, clock)
    heard = {who: _risks(home, who) for who in ("anna", *EVERYBODY)}
    assert all(heard.values())
    worker.stop()
    compact_home(home)
    home.database.write(lambda connection: connection.exec_driver_sql("DELETE FROM live_risks"))
    home.log.append("main", [_now(clock, who, 0) for who in EVERYBODY] + [_now(clock, "anna", 0)])  # all sent again
    anew = LiveWorker(home)
    _rounds(anew, clock)
    assert _risks(home, "anna") == heard["anna"]
    anew.stop()


def test_what_is_in_the_lake_and_in_the_stream_still_is_read_once(home: Home, clock: Hands) -> None:
    home.log.append("main", [_now(clock, "anna", 1)])
    compact_home(home)
    place, applied = home.log_place, lake_standing(home.path, "main").applied
    assert applied
    reader = place.fresh("main", applied)
    assert reader.read().frames == ()
    home.log.append("main", [_now(clock, "anna", 2)])
    home.log.append("other", [_now(clock, "zoe", 2)])
    assert [frame.tenant for frame in reader.read().frames] == ["main"]
    assert not reader.unheard(applied)
    parts = place.parts().parts()
    assert not reader.unheard([*applied, *(part.identity for part in parts)])
    home.log.append("main", [_now(clock, "anna", 3)])
    assert reader.unheard([part.identity for part in place.parts().parts()])
    place.parts().drop(place.parts().parts())
    assert reader.read().missed

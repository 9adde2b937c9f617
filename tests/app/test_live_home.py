"""Risk between the nights on a home: what learners do shows in their risk at once, alerts once, survives kills."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from staycourse.adapters.lake import lake_standing
from staycourse.adapters.store import LiveBook
from staycourse.app.care import Care, LiveWorker, live_at_work, newest_ids, run_tick
from staycourse.app.care import live as live_module
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import compact_home, erase_learner, export_learner, run_nightly
from staycourse.desk import LiveNow, TodayFilter
from staycourse.events import Course, Event
from staycourse.kernel import Settings, StorageFault
from staycourse.signals import CATALOGUE

FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
PLAIN = [signal.name for signal in CATALOGUE if not signal.of]
POLICY = """
[alerts]
budget_per_day = 3
[care.holdout]
share = 0.0
"""


@dataclass
class Hands:
    """A clock that is moved by hand."""

    instant: datetime

    def now(self) -> datetime:
        return self.instant

    def move(self, **by: float) -> None:
        self.instant += timedelta(**by)


@pytest.fixture
def clock() -> Hands:
    return Hands(FIRST + timedelta(days=21))


@pytest.fixture
def home(tmp_path: Path, clock: Hands) -> Iterator[Home]:
    """Ten learners; anna and ben stopped after ten days; the night of day 20 has run."""
    settings = Settings(tmp_path / "home", "main", "Asia/Shanghai", clock, 1, 1, public_url="https://care.example")
    with open_home(settings, writing=True) as opened:
        (opened.path / "policy.toml").write_text(POLICY, encoding="utf-8")
        opened.store.put_courses("main", [Course(course="c", title="C", starts_on=FIRST.date())])
        opened.log.append("main", [learned(who, day) for who in ("anna", "ben") for day in range(10)])
        opened.log.append("main", [learned(f"other{n}", day) for n in range(8) for day in range(21)])
        run_nightly(opened, (FIRST + timedelta(days=20)).date(), lambda _name, _seconds: None)
        yield opened


def learned(learner: str, day: int) -> Event:
    at = FIRST + timedelta(days=day, hours=2)
    return Event(
        event_id=f"{learner}-{day}", learner=learner, course="c", verb="content_viewed", time=at, value=3, backfill=True
    )


def now_of(home: Home, learner: str, verb: str, number: int = 1, **more: Any) -> Event:
    return Event(
        event_id=f"now-{learner}-{verb}-{number}",
        learner=learner,
        course="c",
        verb=verb,
        time=home.settings.clock.now(),
        **more,
    )


def risk_of(home: Home, learner: str) -> float | None:
    found = LiveBook(home.database).of("main", learner)
    return found[0].risk if found else None


def rounds(worker: LiveWorker, clock: Hands, most: int = 5) -> int:
    """Let the worker run until nobody is left; return how many learners it scored."""
    scored = 0
    for _ in range(most):
        clock.move(seconds=2)
        scored += worker.step().learners
    return scored


def test_what_a_learner_does_shows_in_the_risk_at_once(home: Home, clock: Hands) -> None:
    worker = LiveWorker(home)
    assert rounds(worker, clock) == 0
    home.log.append("main", [now_of(home, "anna", "content_viewed", value=3)])
    assert rounds(worker, clock, 1) == 1
    before = home.shelf.learner_risks("main", "anna")
    assert before is not None
    (live,) = LiveBook(home.database).of("main", "anna")
    assert live.risk < before["risk"][0].as_py()
    assert (live.absent_days, live.as_of, live.at) == (0, clock.now().date(), clock.now())
    assert live.reasons or live.risk < 0.5
    assert risk_of(home, "ben") is None
    shown = {row.learner: row.live for row in home.desk().today("main", TodayFilter()).rows}
    assert shown == {"anna": LiveNow(live.risk, live.at), "ben": None}, "Today says it too"
    assert rounds(worker, clock) == 0
    worker.stop()


def test_a_compaction_while_it_begins_costs_no_second_of_a_clock_that_may_stand_still(
    home: Home, clock: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It began anew when a second had passed: never by the demo's clock, so that nothing was scored there any more."""
    seen: list[int] = []

    def standing(*of: Any) -> Any:
        seen.append(len(seen))
        found = lake_standing(*of)
        return found if len(seen) != 2 else replace(found, generation=found.generation + 1)

    monkeypatch.setattr(live_module, "lake_standing", standing)
    worker = LiveWorker(home)
    worker.step()
    assert len(seen) >= 2
    home.log.append("main", [now_of(home, "anna", "content_viewed", value=3)])
    assert [worker.step().learners for _ in range(2)] == [1, 0]
    worker.stop()


def test_the_signals_are_those_of_a_night_that_came_now(home: Home, clock: Hands) -> None:
    worker = LiveWorker(home)
    rounds(worker, clock, 1)
    touched = ["anna", "other1", "newcomer"]
    for number in range(5):
        verbs = ("content_viewed", "quiz_failed", "enrolled")
        home.log.append("main", [now_of(home, who, verb, number, value=3) for who in touched for verb in verbs])
        home.log.append("main", [now_of(home, touched[0], "content_viewed", number, value=3)])  # sent again
        if number == 2:
            home.log.roll()
            rounds(worker, clock, 1)
            compact_home(home)
        rounds(worker, clock, 1)
    today = clock.now().date()
    live = worker.signals("main", touched, today, PLAIN)
    compact_home(home)
    home.engine.roll_up("main")
    night = home.engine.signals("main", today, home.store.courses("main"))
    expected = {
        row["learner"]: row for row in night.select(["learner", *PLAIN]).to_pylist() if row["learner"] in touched
    }
    assert {row["learner"]: row for row in live.select(["learner", *PLAIN]).to_pylist()} == expected
    assert len(expected) == 3
    worker.stop()


def test_a_rule_that_fires_opens_one_alert_and_the_night_opens_no_other(home: Home, clock: Hands) -> None:
    care, worker = Care(home), LiveWorker(home)
    rounds(worker, clock, 1)
    home.log.append(
        "main", [now_of(home, "other1", "complained", number, attributes={"text": "no"}) for number in range(3)]
    )
    rounds(worker, clock)
    opened = [alert for alert in care.alerts.standing("main", clock.now())[0] if alert.learner == "other1"]
    assert len(opened) == 1
    assert opened[0].trigger == "immediate"
    assert opened[0].as_of == clock.now().date()
    home.log.append("main", [now_of(home, "other1", "content_viewed", 9)])
    run_tick(care)
    rounds(worker, clock)
    clock.move(days=1)
    run_nightly(home, (clock.now() - timedelta(days=1)).date(), lambda _name, _seconds: None)
    again = [alert for alert in care.alerts.standing("main", clock.now())[0] if alert.learner == "other1"]
    assert [alert.alert for alert in again if alert.cause == opened[0].cause] == [opened[0].alert]
    rounds(worker, clock, 1)
    assert {one.as_of for one in LiveBook(home.database).of("main", "other1")} <= {clock.now().date()}
    worker.stop()


def test_a_return_closes_the_nights_alert_once(home: Home, clock: Hands) -> None:
    care, worker = Care(home), LiveWorker(home)
    rounds(worker, clock, 1)
    standing = {alert.learner for alert in care.alerts.standing("main", clock.now())[0]}
    assert {"anna", "ben"} <= standing
    home.log.append("main", [now_of(home, "anna", "content_viewed")])
    rounds(worker, clock)
    assert "anna" not in {alert.learner for alert in care.alerts.standing("main", clock.now())[0]}
    assert run_tick(care).returned == 0
    worker.stop()


def test_one_worker_at_a_time_and_another_takes_over_what_a_dead_one_left(home: Home, clock: Hands) -> None:
    first, second = LiveWorker(home), LiveWorker(home)
    assert rounds(first, clock, 1) == 0
    home.log.append("main", [now_of(home, "anna", "content_viewed")])
    assert second.step().learners == 0
    assert rounds(second, clock, 1) == 0  # the first is alive
    home.log.roll()
    compact_home(home)  # what nobody has scored is taken out of the log
    clock.move(seconds=11)  # the first is dead
    assert rounds(second, clock, 2) == 1
    assert risk_of(home, "anna") is not None
    assert first.step().learners == 0
    second.stop()


def test_a_segment_that_went_unheard_is_heard_of_from_the_lake(home: Home, clock: Hands) -> None:
    worker = LiveWorker(home)
    home.log.append("main", [now_of(home, "ben", "content_viewed")])
    rounds(worker, clock, 1)
    home.log.append("main", [now_of(home, "anna", "content_viewed")])
    home.log.roll()
    compact_home(home)
    home.log.append("main", [now_of(home, "other1", "content_viewed")])
    assert rounds(worker, clock) >= 2
    assert risk_of(home, "anna") is not None
    worker.stop()


def test_who_is_erased_has_no_live_risk_any_more_and_exports_it_before(home: Home, clock: Hands) -> None:
    worker = LiveWorker(home)
    home.log.append("main", [now_of(home, "anna", "content_viewed")])
    rounds(worker, clock, 2)
    assert export_learner(home, "anna", actor="op")["store"]["live_risks"]
    erase_learner(home, "anna", actor="op")
    assert risk_of(home, "anna") is None
    home.log.append("main", [now_of(home, "anna", "content_viewed", 2), now_of(home, "ben", "content_viewed", 2)])
    rounds(worker, clock)
    assert risk_of(home, "anna") is None
    assert risk_of(home, "ben") is not None
    worker.stop()


def test_without_a_night_nothing_is_scored(tmp_path: Path, clock: Hands) -> None:
    with open_home(Settings(tmp_path / "new", "main", "UTC", clock, 1, 1), writing=True) as fresh:
        fresh.log.append("main", [now_of(fresh, "anna", "content_viewed")])
        worker = LiveWorker(fresh)
        assert rounds(worker, clock) == 0
        worker.stop()


def test_ids_are_known_for_some_generations_and_then_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(newest_ids, "KNOWN_IDS", 2)
    monkeypatch.setattr(newest_ids, "GENERATIONS", 3)
    ids = newest_ids.Ids()
    assert ids.fresh(["a", "b", "a", "c"]) == [True, True, False, True]
    assert ids.fresh(["d", "c"]) == [True, False]
    assert ids.fresh(["e", "f", "g"]) == [True] * 3
    assert ids.fresh(["b", "h", "i", "j"]) == [False, True, True, True]
    assert ids.fresh(["a", "d", "j"]) == [True, False, False]


def test_a_store_that_is_away_is_told_in_a_line_and_not_asked_again_at_once(
    home: Home, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    tried = threading.Event()

    def away(_worker: LiveWorker) -> None:
        tried.set()
        raise StorageFault("the server does not answer", where="postgresql://staycourse:***@here/x")

    monkeypatch.setattr(LiveWorker, "step", away)
    monkeypatch.setattr("staycourse.app.care.live_thread.AFTER_A_FAULT", 3600.0)
    with live_at_work(home):
        assert tried.wait(60)
    (told,) = (record for record in caplog.records if "live scoring" in record.message)
    assert "the server does not answer" in told.message and told.exc_info is None


def test_a_worker_looks_again_at_once_when_the_clock_goes_back(home: Home, clock: Hands) -> None:
    clock.move(days=365)
    worker, facts = LiveWorker(home), Care(home).facts
    worker.step()
    clock.move(days=-365)
    home.log.append("main", [now_of(home, "anna", "content_viewed", value=3)])
    assert worker.step().learners == 1
    assert datetime.fromisoformat(facts.cursor("main", "live")) <= clock.now(), "its place is kept by this clock"
    worker.stop()


def test_a_place_that_a_clock_ahead_kept_is_no_later_than_now(home: Home, clock: Hands) -> None:
    Care(home).facts.put_cursor("main", "live", (clock.now() + timedelta(days=365)).isoformat())
    home.log.append("main", [now_of(home, "ben", "content_viewed", value=3)])
    worker = LiveWorker(home)
    assert worker.step().learners == 1
    worker.stop()

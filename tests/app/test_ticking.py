"""A tick on a home: from an appended event to an alert, and never by a clock that went back."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from staycourse.app.care import Care, run_tick
from staycourse.app.homes import Home, open_home
from staycourse.events import Event
from staycourse.kernel import ClockFault, FixedClock, Settings

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    settings = Settings(tmp_path / "home", "main", "Asia/Shanghai", FixedClock(NOW), 1, 1)
    with open_home(settings, writing=True) as opened:
        yield opened


def asked_for_refund(number: int = 1, **more: object) -> Event:
    return Event(event_id=f"e{number}", learner="anna", verb="refund_asked", time=NOW, object="order-1", **more)  # type: ignore[arg-type]


def test_an_event_alerts_at_the_next_tick_and_only_once(home: Home) -> None:
    care = Care(home)
    assert run_tick(care).opened == 0
    home.log.append("main", [asked_for_refund()])
    assert run_tick(care).opened == 1
    assert run_tick(care).opened == 0
    home.log.append("main", [asked_for_refund()])  # the platform sends it again
    assert run_tick(care).opened == 0
    (alert,) = care.alerts.standing("main", NOW)[0]
    assert (alert.learner, alert.cause, alert.trigger) == ("anna", "price", "event")


def test_history_that_is_brought_in_alerts_nobody(home: Home) -> None:
    home.log.append("main", [asked_for_refund(backfill=True)])
    assert run_tick(Care(home)).opened == 0


def test_another_tenants_events_are_not_ours(home: Home) -> None:
    home.log.append("other", [asked_for_refund()])
    assert run_tick(Care(home)).opened == 0


def test_the_tail_goes_on_after_a_compaction(home: Home) -> None:
    home.log.append("main", [asked_for_refund()])
    care = Care(home)
    assert run_tick(care).opened == 1
    home.log.roll()
    home.lake.compact(home.path / "log")
    home.log.append("main", [asked_for_refund(2, course="maths")])
    assert run_tick(care).events == 1


def test_a_clock_that_went_back_moves_nothing(home: Home) -> None:
    care = Care(home)
    run_tick(care, now=NOW)
    run_tick(care, now=NOW - timedelta(minutes=4))
    with pytest.raises(ClockFault, match="the newest tick was at 2026-03-02 10:00 UTC"):
        run_tick(care, now=NOW - timedelta(minutes=6))
    run_tick(care, now=NOW + timedelta(seconds=1))

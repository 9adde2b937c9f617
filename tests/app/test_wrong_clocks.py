"""A machine's clock that was ahead and is put right: nothing goes out twice, and `doctor` says what is up."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from platform_home import open_platform
from small_platform import NOW as PLATFORM_NOW
from small_platform import platform_events
from sqlalchemy import select

from staycourse.adapters.store import schema
from staycourse.adapters.store.care import ClockBook
from staycourse.app.care import Care, go_by_this_clock, run_tick
from staycourse.app.homes import Home, open_home, workers
from staycourse.app.nights import examine, run_nightly
from staycourse.kernel import BadInput, ClockFault, FixedClock, local_day

NOW = datetime.fromisoformat(PLATFORM_NOW)
AHEAD = NOW + timedelta(days=1)


def clock_of(home: Home) -> tuple[str, str]:
    return next((one.state, str(one.detail)) for one in examine(home) if one.check == "clock")


def test_a_clock_that_was_a_day_ahead_is_told_until_the_day_has_come(tmp_path: Path) -> None:
    with open_platform(tmp_path / "home", None, platform_events()) as right:
        settings = right.settings
    with open_home(replace(settings, clock=FixedClock(AHEAD)), writing=True) as home:
        run_nightly(home, home.as_of(None), lambda *_: None)
        assert clock_of(home)[0] == "ok"
    with open_home(settings, writing=True) as home:
        state, told = clock_of(home)
        assert state == "warn" and "a night was run as of" in told
    with open_home(replace(settings, clock=FixedClock(AHEAD)), writing=True) as home:
        run_tick(Care(home))
    with open_home(settings, writing=True) as home:
        with pytest.raises(ClockFault, match="newest tick"):
            run_tick(Care(home))
        state, told = clock_of(home)
        assert state == "bad" and f"{AHEAD:%Y-%m-%d %H:%M} UTC" in told
        run_nightly(home, home.as_of(None), lambda *_: None)  # the day that is truly over
    with open_home(replace(settings, clock=FixedClock(AHEAD + timedelta(minutes=1))), writing=True) as home:
        run_tick(Care(home))
        assert clock_of(home)[0] == "ok"


def test_a_clock_that_was_a_year_ahead_goes_on_when_the_operator_says_the_day(tmp_path: Path) -> None:
    year = NOW + timedelta(days=365)
    with open_platform(tmp_path / "home", None, platform_events()) as right:
        settings = right.settings
        run_nightly(right, right.as_of(None), lambda *_: None)
        known = right.store.runs(right.tenant)
        run_tick(Care(right))
    with open_home(replace(settings, clock=FixedClock(year)), writing=True) as home:
        run_nightly(home, home.as_of(None), lambda *_: None)
        run_tick(Care(home))
    with open_home(settings, writing=True) as home:
        with pytest.raises(ClockFault, match="--clock-is-right"):
            run_tick(Care(home))
        with pytest.raises(BadInput, match="by this clock it is"):
            go_by_this_clock(home, year.date(), "op")
        with pytest.raises(ClockFault):
            run_tick(Care(home))
        go_by_this_clock(home, local_day(NOW, home.zone), "op")
        assert clock_of(home)[0] == "ok"
        assert home.store.runs(home.tenant) == known, "the night of a day that is not over is forgotten"
        care = Care(home)
        run_tick(care)
        assert care.audit.read(home.tenant)[0]["action"] == "clock.set_right"
        go_by_this_clock(home, local_day(NOW, home.zone), "op")
        assert len(care.audit.read(home.tenant)) == 1, "said twice, done once"


def test_that_nothing_is_sent_is_told_though_events_of_the_future_are_there(tmp_path: Path) -> None:
    with open_platform(tmp_path / "home", None, platform_events()) as right:
        settings = right.settings
    with open_home(replace(settings, clock=FixedClock(AHEAD)), writing=True) as home:
        run_tick(Care(home))
    earlier = replace(settings, clock=FixedClock(NOW - timedelta(days=5)))
    with open_home(earlier, writing=True) as home:
        state, told = clock_of(home)
        assert state == "bad" and "nothing is sent before" in told


def test_a_clock_that_stands_where_it_was_set_is_known_by_that_alone(tmp_path: Path) -> None:
    with open_platform(tmp_path / "home", None, platform_events()) as right:
        settings = right.settings
        run_tick(Care(right))
    with open_home(replace(settings, clock=FixedClock(AHEAD)), writing=False) as wrong:
        care = Care(wrong)
        run_tick(care)
        with open_home(settings, writing=True) as home:
            go_by_this_clock(home, local_day(NOW, home.zone), "op")
            run_tick(Care(home))
            assert clock_of(home)[0] == "ok"
        with pytest.raises(ClockFault, match="said to be ahead"):
            run_tick(care)
        assert clock_of(wrong)[0] == "bad" and "said to be ahead" in clock_of(wrong)[1]
    with open_home(replace(settings, clock=FixedClock(AHEAD + timedelta(days=1))), writing=False) as later:
        run_tick(Care(later))  # moved on on purpose


class MachineClock:
    """Implements kernel.Clock: the clock of a machine, so far ahead of the true time."""

    def __init__(self, true: list[datetime], ahead: timedelta) -> None:
        self.true, self.ahead = true, ahead

    def now(self) -> datetime:
        return self.true[0] + self.ahead


def test_a_machine_that_is_ahead_and_ticks_on_undoes_nothing_once_another_was_said_to_be_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, host = [NOW], ["right"]
    monkeypatch.setattr(workers, "_host", lambda: host[0])
    with open_platform(tmp_path / "home", None, platform_events()) as home:
        settings = home.settings
        run_nightly(home, home.as_of(None), lambda *_: None)
    day = local_day(NOW, home.zone)
    wrong_clock = MachineClock(true, timedelta(days=1))
    with (
        open_home(replace(settings, clock=MachineClock(true, timedelta())), writing=False) as right,
        open_home(replace(settings, clock=wrong_clock), writing=False) as wrong,
    ):
        here, there = Care(right), Care(wrong)

        def tick_at(name: str, care: Care) -> None:
            host[0] = name
            true[0] += timedelta(minutes=1)
            run_tick(care)

        tick_at("right", here)
        tick_at("wrong", there)
        with pytest.raises(ClockFault, match="newest tick"):
            tick_at("right", here)
        go_by_this_clock(right, day, "op")
        there.facts.note("main", [("learner-01", "asked", 1.0, "")], wrong_clock.now())  # in the middle of its tick
        with pytest.raises(ClockFault, match="said to be ahead") as refused:
            tick_at("wrong", there)
        assert refused.value.ahead
        assert there.facts.within("main", "asked", 1, 1) == {"learner-01"}
        with right.database.reading() as connection:
            at = connection.scalar(select(schema.facts.c.at).where(schema.facts.c.fact == "asked"))
        since = timedelta(minutes=1)  # its newest tick before it was said
        assert at is not None and at <= true[0] + since, "what it noted meanwhile is laid where it is true too"
        tick_at("right", here)
        with pytest.raises(ClockFault, match="said to be ahead"):
            tick_at("a container's new name", there)
        host[0] = "wrong"
        with pytest.raises(ClockFault, match="said to be ahead"):
            run_nightly(wrong, wrong.as_of(None), lambda *_: None)
        assert clock_of(wrong)[0] == "bad" and "wrong" in clock_of(wrong)[1]
        host[0] = "right"
        assert clock_of(right)[0] == "warn" and "wrong" in clock_of(right)[1]
        tick_at("another machine that is right", here)
        wrong_clock.ahead = timedelta(seconds=30)
        tick_at("wrong", there)
        tick_at("right", here)
        assert clock_of(right)[0] == "ok", "it goes on by itself once it is right"


def test_a_machine_that_was_ahead_and_is_the_only_one_left_is_said_to_be_right(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    true, host = [NOW], ["wrong"]
    monkeypatch.setattr(workers, "_host", lambda: host[0])
    with open_platform(tmp_path / "home", None, platform_events()) as home:
        settings = home.settings
    clock = MachineClock(true, timedelta(days=1))
    with open_home(replace(settings, clock=clock), writing=False) as only:
        care = Care(only)
        run_tick(care)
        clock.ahead, host[0] = timedelta(), "right"
        go_by_this_clock(only, local_day(NOW, only.zone), "op")
        host[0], true[0] = "wrong", NOW + timedelta(hours=3)
        with pytest.raises(ClockFault, match="said to be ahead"):
            run_tick(care)
        go_by_this_clock(only, local_day(true[0], only.zone), "op")
        run_tick(care)
        assert clock_of(only)[0] == "ok"
        true[0] = NOW + timedelta(days=60)
        run_tick(care)
        host[0] = "right"
        run_tick(care)
        assert set(ClockBook(only.database).known("main")[1]) == {"wrong", "right"}

"""A machine's clock that was ahead and is put right: nothing goes out twice, and `doctor` says what is up."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from platform_home import open_platform
from small_platform import NOW as PLATFORM_NOW
from small_platform import platform_events

from staycourse.app.care import Care, go_by_this_clock, run_tick
from staycourse.app.homes import Home, open_home
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

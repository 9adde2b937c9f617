"""A machine's clock that was a day ahead and is put right: nothing goes out twice, and `doctor` says what is up."""

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from platform_home import open_platform
from small_platform import NOW as PLATFORM_NOW
from small_platform import platform_events

from staycourse.app.care import Care, run_tick
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import examine, run_nightly
from staycourse.kernel import ClockFault, FixedClock

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
        with pytest.raises(ClockFault, match="nothing is sent"):
            run_tick(Care(home))
        state, told = clock_of(home)
        assert state == "bad" and f"{AHEAD:%Y-%m-%d %H:%M} UTC" in told
        run_nightly(home, home.as_of(None), lambda *_: None)  # the day that is truly over
    with open_home(replace(settings, clock=FixedClock(AHEAD + timedelta(minutes=1))), writing=True) as home:
        run_tick(Care(home))
        assert clock_of(home)[0] == "ok"

"""A night with nobody to judge learns nothing anew: between two terms each would go over the whole history for it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from platform_home import open_platform
from small_platform import AS_OF, START, platform_events

from staycourse.app.homes import Home
from staycourse.app.nights import run_nightly
from staycourse.cli.nightly import night_line
from staycourse.events import Course
from staycourse.kernel import translator
from staycourse.loop import Night

LAST = date.fromisoformat(AS_OF)
POLICY = """
[churn]
horizon_days = 7

[model]
rounds = 10
minimum_outcomes = 10
retrain_days = 1
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_platform(tmp_path / "home", None, platform_events()) as opened:
        (opened.path / "policy.toml").write_text(POLICY, encoding="utf-8")
        yield opened


def _courses_end(home: Home, on: date) -> None:
    courses = [Course(course=one, title=one, starts_on=START.date(), ends_on=on) for one in ("maths", "english")]
    home.store.put_courses("main", courses)


def _night(home: Home, as_of: date) -> Night:
    return run_nightly(home, as_of, lambda _name, _seconds: None)


def test_nothing_is_learned_where_every_course_is_over(home: Home) -> None:
    _courses_end(home, LAST + timedelta(days=30))
    assert _night(home, LAST).model is not None  # there is enough to learn from
    learned = home.store.newest_model("main", LAST)
    _courses_end(home, LAST)
    night = _night(home, LAST + timedelta(days=1))
    assert (night.enrolments, night.model) == (0, learned.model if learned else None)
    assert home.store.newest_model("main", LAST + timedelta(days=1)) == learned


def test_the_history_is_not_asked_where_nobody_ever_was_judged(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("nobody is there to judge")

    _courses_end(home, LAST)
    monkeypatch.setattr(type(home.engine), "lessons", asked)
    night = _night(home, LAST + timedelta(days=1))
    assert (night.enrolments, night.model) == (0, None)


def test_the_line_of_such_a_night_says_that_nobody_was_there_and_not_that_it_starts_cold() -> None:
    told = night_line(translator("en"), Night(LAST, basis="scorecard"))
    assert "nobody to judge" in told and "cold" not in told
    assert "60" in night_line(translator("en"), Night(LAST, enrolments=60, basis="scorecard"))


def test_the_history_is_not_asked_where_fewer_were_ever_there_than_have_to_have_left(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: object, **__: object) -> None:
        raise AssertionError("there cannot be enough to learn from")

    (home.path / "policy.toml").write_text(POLICY.replace("outcomes = 10", "outcomes = 1000"), encoding="utf-8")
    monkeypatch.setattr(type(home.engine), "lessons", asked)
    night = _night(home, LAST)
    assert night.enrolments and night.basis == "scorecard"

"""A class that the platform announces is told of before it begins, as a service, and never once it has begun."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from staycourse.app.care import Care, run_tick
from staycourse.app.homes import Home, open_home
from staycourse.events import Event, Learner
from staycourse.kernel import BadPolicy, Settings
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)  # 18:00 in Shanghai, on a Monday
POLICY = """
[care]
channels = ["file"]
[care.links]
home = "https://school.example"
[care.caps]
per_day = 0
[care.quiet_hours]
start = "00:00"
end = "23:59"
[care.holdout]
share = 1.0
"""


@dataclass
class Hands:
    """A clock that is set by hand."""

    at: datetime = NOW

    def now(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Hands:
    return Hands()


@pytest.fixture
def home(tmp_path: Path, clock: Hands) -> Iterator[Home]:
    settings = Settings(tmp_path / "home", "main", "Asia/Shanghai", clock, 1, 1)
    with open_home(settings, writing=True) as opened:
        opened.store.add_policy("main", POLICY, "", NOW)
        opened.store.put_learners("main", [Learner(learner="anna", name="Anna", language="en")])
        (opened.path / "channels.toml").write_text('[[channels]]\nname = "file"\nkind = "file"\n')
        yield opened


def scheduled(number: int, minutes: int, **attributes: str) -> Event:
    return Event(event_id=f"e{number}", learner="anna", verb="class_scheduled", time=NOW, object=f"class-{number}",
                 course="maths", value=minutes, attributes=attributes)  # fmt: skip


def sent(home: Home) -> list[str]:
    place = home.path / "outbox.jsonl"
    return [json.loads(line)["text"] for line in place.read_text().splitlines()] if place.exists() else []


def ticked(care: Care, clock: Hands, minutes: int) -> None:
    clock.at = NOW + timedelta(minutes=minutes)
    run_tick(care)


def test_a_learner_is_told_an_hour_before_whatever_caps_quiet_hours_and_hold_out_say(home: Home, clock: Hands) -> None:
    care = Care(home)
    home.log.append("main", [scheduled(1, 180, class_title="Fractions", class_teacher="Ms Brown")])
    for minutes in (0, 60, 119):
        ticked(care, clock, minutes)
        assert sent(home) == []
    for minutes in (120, 121, 200):
        ticked(care, clock, minutes)
        (text,) = sent(home)
    assert "Fractions, Monday 21:00, with Ms Brown" in text and "Hello Anna," in text


def test_every_class_has_its_own_reminder_and_a_near_one_is_told_at_once(home: Home, clock: Hands) -> None:
    care = Care(home)
    home.log.append("main", [scheduled(1, 20, class_title="One"), scheduled(2, 90, class_title="Two")])
    ticked(care, clock, 0)
    assert len(sent(home)) == 1 and "One, Monday 18:20" in sent(home)[0]
    ticked(care, clock, 30)
    assert len(sent(home)) == 2 and "Two, Monday 19:30" in sent(home)[1]


def test_nobody_is_told_of_a_class_that_has_begun(home: Home, clock: Hands) -> None:
    care = Care(home)
    home.log.append("main", [scheduled(1, 20)])
    ticked(care, clock, 20)  # the event came late
    home.log.append("main", [scheduled(2, 100)])
    ticked(care, clock, 25)
    ticked(care, clock, 101)  # nobody ticked in the hour before it
    ticked(care, clock, 200)
    assert sent(home) == []
    with home.database.reading() as connection:
        rows = connection.exec_driver_sql("SELECT state, error FROM messages").all()
    assert [tuple(row) for row in rows] == [("failed", "what it tells of has begun already")]


def test_only_what_says_when_it_begins_can_be_waited_for() -> None:
    text = "[playbooks.receipt.enter]\nminutes_before = 5\n"
    with pytest.raises(BadPolicy, match="minutes_before: only the event class_scheduled says when something begins"):
        load_policy(text, signals=SIGNALS_BY_NAME)

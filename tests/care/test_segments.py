"""Who enters by a stage, a segment, a birthday or an event."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa
import pytest

from staycourse.care.records import Entry
from staycourse.care.segments import entries_of_events, entries_of_night
from staycourse.events import Event
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

OWN = """
[playbooks.long_away]
title = { en = "Long away", zh_CN = "久未学习" }
enter.when = [
  { signal = "days_absent", op = ">=", at_tier = "absent_days" },
  { signal = "days_absent", op = "<", at = 9 },
]
steps = [{ id = "finish", do = "end" }]

[playbooks.thanked]
title = { en = "Thanked", zh_CN = "致谢" }
enter = { event = "complained", tiers = ["core"] }
steps = [{ id = "finish", do = "end" }]

[playbooks.habit]
enabled = false
"""
POLICY = load_policy(OWN, signals=SIGNALS_BY_NAME)
AS_OF = date(2026, 3, 9)
SIGNALS = [
    ("ann", "d", 3.0),
    ("ann", "c", 3.0),
    ("bob", "c", 6.0),
    ("cid", "c", 7.0),
    ("dee", "c", None),
    ("eva", "c", 9.0),
]


def table(*rows: tuple[str, str, float | None]) -> pa.Table:
    return pa.table(
        {
            "learner": pa.array([row[0] for row in rows], pa.string()),
            "course": pa.array([row[1] for row in rows], pa.string()),
            "enrolled_on": pa.array([date(2026, 1, 1)] * len(rows), pa.date32()),
            "course_day": pa.array([60] * len(rows), pa.int32()),
            "days_absent": pa.array([row[2] for row in rows], pa.float64()),
        }
    )


def night(
    before: Mapping[str, str] | None = None,
    now: Mapping[str, str] | None = None,
    birthdays: Mapping[str, str] | None = None,
    *,
    policy: Policy = POLICY,
    signals: pa.Table | None = None,
    as_of: date = AS_OF,
) -> list[Entry]:
    rows = table(*SIGNALS) if signals is None else signals
    return entries_of_night(rows, before or {}, now or {}, birthdays or {}, policy, as_of, tiers={"ann": "core"})


def of(playbook: str, entries: list[Entry]) -> list[tuple[str, str]]:
    return [(one.learner, one.course) for one in entries if one.playbook == playbook]


def test_a_segment_is_who_fits_every_condition_by_their_tier() -> None:
    assert of("long_away", night()) == [("ann", "c"), ("cid", "c")]
    [first, *_] = [one for one in night() if one.playbook == "long_away"]
    assert (first.entry, first.tier, first.exempt) == ("segment:2026-03-09", "core", False)
    assert of("long_away", night(signals=table())) == []


def test_a_stage_is_entered_when_it_changes() -> None:
    before = {"ann": "dormant", "bob": "churned", "cid": "learning", "eve": "churned"}
    now = {"ann": "churned", "bob": "churned", "cid": "renewing", "eve": "resurrected"}
    entries = night(before, now)
    assert of("win_back", entries) == [("ann", "c")]
    assert of("renewal", entries) == [("cid", "c")]
    assert of("welcome_back", entries) == [("eve", "")], "no open enrolment, no course"
    assert {one.entry for one in entries if one.playbook == "win_back"} == {"stage:churned:2026-03-09"}


def test_who_was_never_seen_before_enters_beginnings_only_and_the_first_night_nobody() -> None:
    now = {"ann": "churned", "bob": "first_lesson", "cid": "learning"}
    entries = night({"zoe": "learning"}, now)
    assert of("win_back", entries) == [] and of("first_win", entries) == [("bob", "c")]
    assert [one for one in night({}, now) if one.entry.startswith("stage")] == []


@pytest.mark.parametrize(
    ("birthday", "as_of", "kept"),
    [
        ("03-10", AS_OF, True),
        ("03-09", AS_OF, False),
        ("02-29", date(2026, 2, 27), True),
        ("02-29", date(2028, 2, 27), False),
        ("02-29", date(2028, 2, 28), True),
        ("02-28", date(2028, 2, 27), True),
    ],
)
def test_birthdays_are_kept_on_the_day_after_the_night(birthday: str, as_of: date, kept: bool) -> None:
    entries = night(birthdays={"bob": birthday}, as_of=as_of)
    assert of("birthday", entries) == ([("bob", "c")] if kept else [])
    assert all(one.entry == f"birthday:{as_of.year}" for one in entries if one.playbook == "birthday")


def event(verb: str, learner: str = "ann", **more: Any) -> Event:
    return Event(event_id=f"{verb}-1", learner=learner, verb=verb, time=datetime(2026, 3, 9, tzinfo=UTC), **more)


def test_events_let_enter_once_each_and_complaints_of_core_learners_are_exempt() -> None:
    happened = [event("enrolled", course="c"), event("enrolled", "bob", backfill=True), event("logged_in")]
    [entry] = entries_of_events(happened, POLICY, {}, zone=UTC)
    assert (entry.learner, entry.course, entry.playbook, entry.tier) == ("ann", "c", "welcome", "regular")
    assert entries_of_events(happened, POLICY, {}, zone=UTC) == [entry]
    assert entry.entry.startswith("event:enrolled:") and len(entry.entry) <= 120 and not entry.exempt
    [core] = entries_of_events([event("complained"), event("complained", "bob")], POLICY, {"ann": "core"}, zone=UTC)
    assert (core.playbook, core.learner, core.exempt) == ("thanked", "ann", True)


def test_a_playbook_that_is_off_lets_nobody_enter() -> None:
    assert of("habit", night({"ann": "first_lesson"}, {"ann": "learning"})) == []

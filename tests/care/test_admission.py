"""May someone enter now? One reach-out at a time by priority, cool-downs by the clock of the world, again by rule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.care import Admission, Underway, admit
from staycourse.policy import PlaybookPolicy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 29, 0, 30, tzinfo=UTC)  # half an hour before the clocks of Europe go forward
POLICY = load_policy("[care]\ncooldown_hours = 72\n", signals=SIGNALS_BY_NAME)
HELP = msgspec.structs.replace(POLICY.playbooks["tutoring"], priority=50, again_after_days=30)
RECEIPT = msgspec.structs.replace(HELP, purpose="service")
instants = st.datetimes(
    min_value=datetime(2025, 1, 1), max_value=datetime(2026, 12, 31), timezones=st.sampled_from([
        UTC, ZoneInfo("Europe/Berlin"), ZoneInfo("Australia/Lord_Howe"), ZoneInfo("Asia/Shanghai"),
    ])
)  # fmt: skip


def asked(
    playbook: PlaybookPolicy,
    *,
    underway: Underway | None = None,
    before: datetime | None = None,
    contact: datetime | None = None,
    now: datetime = NOW,
) -> Admission:
    return admit(playbook, POLICY.care, underway=underway, entered_before=before, last_contact=contact, now=now)


def test_who_is_free_and_rested_enters_at_once() -> None:
    assert asked(HELP) == Admission(True, start=NOW)


@pytest.mark.parametrize(("priority", "enters"), [(49, True), (50, False), (51, False)])
def test_only_a_lower_priority_gives_way_and_is_named(priority: int, enters: bool) -> None:
    found = asked(HELP, underway=Underway(7, "other", priority))
    assert (found.enter, found.why, found.outranks) == ((True, "", 7) if enters else (False, "busy", None))


@given(instants, instants)
def test_the_first_step_waits_out_the_cool_down_by_true_hours(contact: datetime, now: datetime) -> None:
    """72 hours are 72 hours, whatever the clocks on the wall did meanwhile."""
    found = asked(HELP, contact=contact.astimezone(UTC), now=now.astimezone(UTC))
    assert found.enter and found.start is not None
    waited, rested = found.start - now, found.start - contact.astimezone(UTC)
    assert waited >= timedelta(0) and rested >= timedelta(hours=72)
    assert waited == timedelta(0) or rested == timedelta(hours=72)


@given(instants, instants)
def test_a_service_playbook_waits_for_nobody(contact: datetime, now: datetime) -> None:
    found = asked(RECEIPT, underway=Underway(7, "other", 99), contact=contact.astimezone(UTC), now=now)
    assert found == Admission(True, start=now)


@pytest.mark.parametrize(
    ("rule", "days", "enters"),
    [(30, 29.99, False), (30, 30, True), (0, 0, True), ("never", 3650, False)],
)
def test_again_by_the_playbooks_own_rule(rule: int | str, days: float, enters: bool) -> None:
    book = msgspec.structs.replace(HELP, again_after_days=rule)
    for one in (book, msgspec.structs.replace(book, purpose="service")):
        found = asked(one, before=NOW - timedelta(days=days))
        assert (found.enter, found.why) == (enters, "" if enters else "recent")


def test_who_had_it_lately_is_recent_though_busy_too() -> None:
    assert asked(HELP, underway=Underway(7, "other", 99), before=NOW).why == "recent"


def test_a_person_who_is_asked_to_help_waits_out_no_cool_down() -> None:
    """Hours after a message somebody complains: the task is due within hours, not after the cool-down."""
    hour_ago = NOW - timedelta(hours=1)
    assert asked(POLICY.playbooks["person_answers"], contact=hour_ago) == Admission(True, start=NOW)
    assert asked(HELP, contact=hour_ago).start == hour_ago + timedelta(hours=72)

"""When alerts open, go on and end; nobody flaps."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import pytest
from guarded import default_policy
from hypothesis import given, settings
from hypothesis import strategies as st

from staycourse.care.alerts import plan_alerts
from staycourse.care.records import OPEN_STATES, Alert, AlertPlan
from staycourse.policy import Policy

FIRST = date(2026, 3, 2)


def policy_of(calm_nights: int = 2, reopen_days: int = 7) -> Policy:
    policy = default_policy()
    life = msgspec.structs.replace(policy.care.alerts, calm_nights=calm_nights, reopen_days=reopen_days)
    return msgspec.structs.replace(policy, care=msgspec.structs.replace(policy.care, alerts=life))


POLICY = policy_of()


def row(learner: str = "ann", course: str = "c", cause: str = "alone", **more: Any) -> dict[str, Any]:
    return {
        "learner": learner, "course": course, "cause": cause, "tier": "regular", "trigger": "rule", "risk": 0.5,
        "priority": 0.3, "suggestion": "camp_invitation", "rules": ["absent"], "reasons": [{"signal": "days_absent"}],
        "due_hours": 48, "policy_version": 3,
    } | more  # fmt: skip


class Book:
    """Alerts that do what a plan says, as the store does."""

    def __init__(self, policy: Policy = POLICY) -> None:
        self.policy = policy
        self.alerts: dict[str, Alert] = {}

    def night(self, day: int, *found: dict[str, Any], absent: dict[tuple[str, str], int] | None = None) -> AlertPlan:
        as_of = FIRST + timedelta(days=day)
        now = datetime.combine(as_of + timedelta(days=1), time(2), tzinfo=UTC)
        every = {("ann", "c"): day + 9, ("ann", "d"): day + 9, ("bob", "c"): day + 9}  # nobody learns any more
        standing = [one for one in self.alerts.values() if one.state in OPEN_STATES]
        closed = [one for one in self.alerts.values() if one.state not in OPEN_STATES]
        plan = plan_alerts(
            found, standing, closed, self.policy, as_of=as_of, now=now, absent=every if absent is None else absent
        )
        self.alerts |= {one.alert: one for one in (*plan.seen, *plan.opened)}
        for alert in plan.calmer:
            self.alerts[alert] = replace(self.alerts[alert], calm_nights=self.alerts[alert].calm_nights + 1)
        for alert, why in plan.closed:
            self.alerts[alert] = replace(self.alerts[alert], state="closed", closed=now, closed_by=why)
        pairs = [(one.learner, one.cause) for one in self.alerts.values() if one.state in OPEN_STATES]
        assert len(pairs) == len(set(pairs)), "one open alert per learner and cause"
        return plan

    def only(self) -> Alert:
        [alert] = self.alerts.values()
        return alert

    def do(self, state: str, **more: Any) -> None:
        self.alerts = {name: replace(one, state=state, **more) for name, one in self.alerts.items()}


def test_what_is_found_opens_with_all_that_was_found_and_is_due_by_its_hours() -> None:
    [alert] = Book().night(0, row(due_hours=4, tier="core")).opened
    assert (alert.learner, alert.course, alert.cause, alert.tier, alert.state) == ("ann", "c", "alone", "core", "open")
    assert alert.opened == datetime(2026, 3, 3, 2, tzinfo=UTC)
    assert alert.due - alert.opened == timedelta(hours=4)
    assert (alert.as_of, alert.seen_on, alert.rules) == (FIRST, FIRST, ("absent",))
    assert (alert.policy_version, alert.horizon_days) == (3, 14)


def test_of_several_courses_the_most_pressing_is_named_and_an_immediate_one_is_that() -> None:
    book = Book()
    rows = [row(course="c", priority=0.2), row(course="d", priority=0.4), row(cause="price")]
    assert {(one.course, one.cause) for one in book.night(0, *rows).opened} == {("d", "alone"), ("c", "price")}
    pressing = Book().night(0, row(course="c", priority=0.1, trigger="immediate"), row(course="d", priority=0.9))
    assert [one.course for one in pressing.opened] == ["c"]


def test_what_is_found_again_is_seen_with_its_fresh_risk() -> None:
    book = Book()
    book.night(0, row())
    [again] = book.night(1, row(risk=0.9, priority=0.8, rules=["absent", "low_rating"]), row(course="d")).seen
    assert (again.risk, again.priority, again.rules) == (0.9, 0.8, ("absent", "low_rating"))
    assert (again.course, again.seen_on, again.as_of) == ("c", FIRST + timedelta(days=1), FIRST)
    [other] = book.night(2, row(course="d", risk=0.7)).seen
    assert other.risk == 0.7, "its own course calm, another one keeps it open"


def test_calm_nights_in_a_row_close_and_one_that_finds_it_begins_anew() -> None:
    book = Book(policy_of(calm_nights=3))
    for day, (found, calm) in enumerate([(1, 0), (0, 1), (0, 2), (1, 0), (0, 1), (0, 2)]):
        assert not book.night(day, *([row()] if found else [])).closed
        assert book.only().calm_nights == calm
    assert book.night(6).closed == ((book.only().alert, "calm"),)


def test_asking_twice_about_a_night_counts_it_once() -> None:
    book = Book(policy_of(calm_nights=3))
    book.night(0, row())
    first = book.night(1)
    assert first.calmer and book.night(1) == AlertPlan()
    book.night(2)
    assert book.night(2) == AlertPlan()
    assert book.only().state == "open"
    book.night(3)
    assert book.only().closed_by == "calm"


def test_an_older_night_asked_about_again_changes_nothing() -> None:
    book = Book()
    book.night(0, row())
    book.night(5, row(risk=0.9))
    assert book.night(3) == AlertPlan()
    [same] = book.night(3, row(risk=0.1)).seen
    assert same.risk == 0.9


@pytest.mark.parametrize(
    ("absent", "trigger", "why"),
    [
        ({("ann", "c"): 0}, "rule", "return"),
        ({("ann", "c"): 1}, "rule", ""),
        ({("ann", "c"): 9}, "rule", ""),
        ({("ann", "c"): 0}, "immediate", ""),
        ({("ann", "c"): 0}, "event", ""),
        ({("ann", "d"): 9}, "rule", "gone"),
        ({}, "immediate", "gone"),
    ],
)
def test_learning_again_and_leaving_end_what_is_not_found(
    absent: dict[tuple[str, str], int], trigger: str, why: str
) -> None:
    book = Book()
    book.night(0, row(trigger=trigger))
    assert [ended for _, ended in book.night(1, absent=absent).closed] == ([why] if why else [])


@pytest.mark.parametrize(
    ("opened_by", "found_by", "absent", "why"),
    [
        ("rule", "rule", 0, "return"),
        ("risk", "rule", 0, "return"),
        ("rule", "rule", 1, ""),
        ("immediate", "immediate", 0, ""),
        ("event", "rule", 0, ""),
        ("rule", "immediate", 0, ""),
    ],
)
def test_learning_again_ends_what_is_still_found_but_a_complaint(
    opened_by: str, found_by: str, absent: int, why: str
) -> None:
    book = Book()
    book.night(0, row(trigger=opened_by))
    plan = book.night(1, row(trigger=found_by), absent={("ann", "c"): absent})
    assert [ended for _, ended in plan.closed] == ([why] if why else [])
    assert bool(plan.seen) is not bool(why) and not plan.opened


def test_a_return_to_one_course_does_not_end_what_is_found_in_another() -> None:
    book = Book()
    book.night(0, row(), row(course="d", priority=0.2))
    both = {("ann", "c"): 0, ("ann", "d"): 10}
    assert not book.night(1, row(), row(course="d", priority=0.2), absent=both).closed
    assert book.night(2, row(), absent=both).closed


@pytest.mark.parametrize("reopen", [0, 7])
def test_who_came_back_shortly_and_left_again_is_answered_anew(reopen: int) -> None:
    book = Book(policy_of(reopen_days=reopen))
    book.night(0, row())
    book.night(1, row(), absent={("ann", "c"): 0})
    opened = [day for day in range(2, 12) if book.night(day, row(), absent={("ann", "c"): day - 1}).opened]
    assert opened == [max(1, reopen) + 1]
    assert [one.state for one in book.alerts.values()] == ["closed", "open"]


def test_an_alert_about_no_course_is_never_gone() -> None:
    book = Book()
    book.night(0, row(course="", trigger="event"))
    assert not book.night(1, absent={}).closed
    assert [why for _, why in book.night(2, absent={}).closed] == ["calm"]


@pytest.mark.parametrize(("nights", "opens"), [(4, False), (7, False), (9, True)])
def test_what_closed_does_not_open_again_too_soon(nights: int, opens: bool) -> None:
    book = Book()
    book.night(0, row())
    book.night(1)
    book.night(2)
    assert book.only().state == "closed"
    assert bool(book.night(nights, row()).opened) is opens
    assert Book().night(nights, row()).opened, "another learner's book knows nothing of it"


@pytest.mark.parametrize(
    ("rules", "opens"), [(["complained"], False), (["complained", "absent"], False), (["refund_asked"], True)]
)
def test_what_alerts_immediately_opens_again_unless_it_is_what_a_person_has_done(rules: list[str], opens: bool) -> None:
    book = Book()
    book.night(0, row(trigger="immediate", rules=["complained"]))
    book.do("done", closed=datetime(2026, 3, 3, 9, tzinfo=UTC), closed_by="person")
    assert bool(book.night(1, row(trigger="immediate", rules=rules)).opened) is opens


def test_an_immediate_rule_opens_again_after_another_one_closed_calmly() -> None:
    book = Book()
    book.night(0, row())
    book.night(1)
    book.night(2)
    assert book.night(3, row(trigger="immediate", rules=["complained"])).opened


def test_a_snoozed_alert_wakes_when_its_time_has_come() -> None:
    book = Book()
    book.night(0, row())
    book.do("snoozed", snoozed_until=datetime(2026, 3, 5, 0, tzinfo=UTC))
    book.night(1, row())
    assert book.only().state == "snoozed"
    book.night(2, row())
    assert (book.only().state, book.only().snoozed_until) == ("open", None)


def test_a_taken_alert_stays_taken() -> None:
    book = Book()
    book.night(0, row())
    book.do("taken")
    book.night(1, row())
    assert book.only().state == "taken"


@pytest.mark.parametrize("phase", [0, 1])
def test_found_every_other_night_opens_once(phase: int) -> None:
    book = Book()
    for day in range(60):
        book.night(day, *([row()] if day % 2 == phase else []))
    assert book.only().state == "open"


nights = st.lists(
    st.tuples(
        st.lists(st.tuples(st.sampled_from("cd"), st.sampled_from(["alone", "price"])), max_size=4),
        st.sets(st.sampled_from("cd")),
    ),
    max_size=40,
)
"""Of each night what was found (course and cause), and the courses in which the learner learned that day."""


@settings(deadline=None, max_examples=100)
@given(nights=nights, calm=st.integers(1, 4), reopen=st.integers(0, 10))
def test_nobody_flaps_and_every_night_can_be_asked_about_twice(
    nights: list[tuple[list[tuple[str, str]], set[str]]], calm: int, reopen: int
) -> None:
    book, learned = Book(policy_of(calm, reopen)), dict.fromkeys("cd", -9)
    for day, (pairs, courses) in enumerate(nights):
        rows = [row(course=course, cause=cause) for course, cause in pairs]
        learned |= dict.fromkeys(courses, day)
        absent = {("ann", course): day - last for course, last in learned.items()}
        book.night(day, *rows, absent=absent)
        before = dict(book.alerts)
        again = book.night(day, *reversed(rows), absent=absent)
        assert not again.opened and not again.closed and not again.calmer
        assert book.alerts == before
    for cause in ("alone", "price"):
        life = sorted((one for one in book.alerts.values() if one.cause == cause), key=lambda one: one.opened)
        for earlier, later in pairwise(life):
            assert earlier.closed is not None
            assert later.opened - earlier.closed >= timedelta(days=max(reopen, 1))
            if earlier.closed_by != "return":
                assert (earlier.closed.date() - earlier.seen_on).days > calm, "calm nights, and the morning after them"

"""How alerts end: each rule of the definition by an example, then by properties, then at size."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.kernel import BadInput
from staycourse.review import AlertFacts, Ended, judge
from staycourse.signals import Label

D = date(2026, 3, 1)
H = 14


def day(after: int) -> date:
    return D + timedelta(days=after)


def alert(**facts: object) -> AlertFacts:
    plain = AlertFacts("a1", "l1", "c1", D, H, "regular", "no_time", ("absent",), "nudge", "email", absent_days=7)
    return replace(plain, **facts)  # type: ignore[arg-type]


def ended(facts: AlertFacts, label: Label = "silence", *, later: int = 0) -> Ended:
    (one,) = judge([facts], label=label, known_by=day(H + later))
    return one


@pytest.mark.parametrize(
    ("facts", "label", "ending", "why"),
    [
        ({}, "silence", "churned", "silent"),
        ({"contacted_on": day(1)}, "silence", "churned", "silent"),
        ({"contacted_on": day(1), "returned_on": day(3)}, "silence", "saved", "came_back_after_contact"),
        ({"contacted_on": day(3), "returned_on": day(3)}, "silence", "saved", "came_back_after_contact"),
        ({"contacted_on": day(4), "returned_on": day(3)}, "silence", "false_alarm", "came_back_by_itself"),
        ({"returned_on": day(3)}, "silence", "false_alarm", "came_back_by_itself"),
        ({"returned_on": day(H)}, "silence", "false_alarm", "came_back_by_itself"),
        ({"returned_on": day(H + 1)}, "silence", "churned", "silent"),
        ({"returned_on": day(H + 1), "contacted_on": day(1)}, "silence", "churned", "silent"),
        ({"withdrew_on": day(5)}, "silence", "churned", "withdrew"),
        ({"withdrew_on": day(5), "returned_on": day(2), "contacted_on": day(1)}, "silence", "churned", "withdrew"),
        ({"withdrew_on": day(5), "ends_on": day(9)}, "silence", "churned", "withdrew"),
        ({"ends_on": day(H - 1)}, "silence", "not_judged", "course_ended"),
        ({"ends_on": day(H)}, "silence", "churned", "silent"),
        ({"ends_on": day(5), "returned_on": day(2)}, "silence", "false_alarm", "came_back_by_itself"),
        ({"arm": "held_out", "returned_on": day(3)}, "silence", "false_alarm", "came_back_by_itself"),
        (
            {"arm": "held_out", "returned_on": day(3), "contacted_on": day(1)},
            "silence", "false_alarm", "came_back_by_itself",
        ),
        ({"arm": "global_hold_out"}, "silence", "churned", "silent"),
        (
            {"arm": "exempt", "returned_on": day(3), "contacted_on": day(0)},
            "silence", "saved", "came_back_after_contact",
        ),
        ({}, "withdrawal", "false_alarm", "stayed"),
        ({"contacted_on": day(1)}, "withdrawal", "false_alarm", "stayed"),
        ({"contacted_on": day(1), "returned_on": day(2)}, "withdrawal", "saved", "came_back_after_contact"),
        ({"withdrew_on": day(H)}, "withdrawal", "churned", "withdrew"),
        ({"withdrew_on": day(H + 1)}, "withdrawal", "false_alarm", "stayed"),
        ({"ends_on": day(3)}, "withdrawal", "false_alarm", "stayed"),
    ],
)  # fmt: skip
def test_each_ending(facts: dict[str, object], label: Label, ending: str, why: str) -> None:
    one = ended(alert(**facts), label)
    assert (one.ending, one.why) == (ending, why)
    assert (one.lead_days is None) == (ending != "churned")


def test_nothing_is_judged_before_its_horizon_has_passed_and_the_late_have_come() -> None:
    assert judge([alert()], label="silence", known_by=day(H - 1)) == []
    assert judge([alert()], label="silence", known_by=day(H), settle_days=2) == []
    assert [one.judged_on for one in judge([alert()], label="silence", known_by=day(H + 2), settle_days=2)] == [
        day(H + 2)
    ]
    early = alert(returned_on=day(1))
    assert judge([early], label="silence", known_by=day(H - 1)) == []


def test_the_lead_runs_to_the_day_on_which_they_count_as_gone() -> None:
    silent = ended(alert(absent_days=3))
    assert (silent.lead_days, silent.learning_days_left) == (H - 3, -3)
    late = ended(alert(absent_days=H + 2))
    assert late.lead_days == -2
    withdrew = ended(alert(withdrew_on=day(9), returned_on=day(1), last_learning_on=day(6)))
    assert (withdrew.lead_days, withdrew.learning_days_left) == (9, 6)
    assert ended(alert(withdrew_on=day(9))).learning_days_left == -7


@pytest.mark.parametrize(
    ("facts", "words"),
    [({"returned_on": D}, "is not after"), ({"withdrew_on": D}, "is not after"), ({"horizon_days": 0}, "at least one")],
)
def test_facts_that_cannot_be_are_refused(facts: dict[str, object], words: str) -> None:
    with pytest.raises(BadInput, match=words):
        alert(**facts)


after = st.none() | st.integers(1, 40).map(day)
cases = st.builds(
    alert,
    returned_on=after,
    withdrew_on=after,
    ends_on=st.none() | st.integers(-5, 40).map(day),
    contacted_on=st.none() | st.integers(0, 40).map(day),
    arm=st.sampled_from(["treated", "held_out", "global_hold_out", "exempt"]),
    absent_days=st.integers(0, 30),
)
labels = st.sampled_from(["silence", "withdrawal"])


@given(cases, labels, st.integers(0, 60))
def test_what_comes_after_the_horizon_changes_no_ending(facts: AlertFacts, label: Label, later: int) -> None:
    """An ending is the same whenever it is judged, and without what the horizon does not hold."""

    def kept(at: date | None) -> date | None:
        return at if at is not None and at <= facts.due_on else None

    now = ended(facts, label)
    then = ended(facts, label, later=later)
    trimmed = ended(replace(facts, returned_on=kept(facts.returned_on), withdrew_on=kept(facts.withdrew_on)), label)
    assert (now.ending, now.why, now.lead_days) == (then.ending, then.why, then.lead_days)
    assert (now.ending, now.why, now.lead_days) == (trimmed.ending, trimmed.why, trimmed.lead_days)


@given(cases, labels)
def test_the_held_out_are_never_saved_and_only_the_contacted_are(facts: AlertFacts, label: Label) -> None:
    one = ended(facts, label)
    if one.ending == "saved":
        assert facts.arm in {"treated", "exempt"}
        assert facts.contacted_on is not None
        assert facts.returned_on is not None
        assert facts.contacted_on <= facts.returned_on <= facts.due_on
        assert facts.withdrew_on is None or facts.withdrew_on > facts.due_on


@given(cases, labels, st.integers(0, 40).map(day))
def test_a_contact_turns_no_ending_but_a_false_alarm(facts: AlertFacts, label: Label, contacted: date) -> None:
    """Whether somebody churned does not hang on whether we wrote to them: the arms are judged alike."""
    without = ended(replace(facts, contacted_on=None), label)
    with_contact = ended(replace(facts, contacted_on=contacted), label)
    assert (without.ending == "churned") == (with_contact.ending == "churned")
    assert (without.ending == "not_judged") == (with_contact.ending == "not_judged")


def test_each_alert_is_judged_once() -> None:
    first = judge([alert()], label="silence", known_by=day(H))
    late = alert(returned_on=day(2))
    assert judge([late], label="silence", known_by=day(H + 5), judged={one.facts.alert for one in first}) == []

"""Who alerts, how pressing it is, and what is suggested."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycourse.care import CANDIDATES_SCHEMA, candidates, priority
from staycourse.policy import Policy, load_policy
from staycourse.risk import RISKS_SCHEMA
from staycourse.signals import SIGNALS_BY_NAME

PLAIN: dict[str, object] = {
    "learner": "ann", "course": "c", "as_of": date(2024, 3, 10), "risk": 0.1, "learner_risk": 0.1, "tier": "regular",
    "value": 0.5, "paid_minor": None, "currency": None, "absent_days": 1, "days_in": 30, "cause": "unclear",
    "rules": [], "reasons": [], "categories": [], "basis": "scorecard", "model": "", "policy_version": 0,
}  # fmt: skip


def policy_of(text: str = "") -> Policy:
    return load_policy(text, signals=SIGNALS_BY_NAME)


def risks_of(*rows: Mapping[str, object]) -> pa.Table:
    return pa.Table.from_pylist([PLAIN | dict(row) for row in rows], schema=RISKS_SCHEMA)


def found(policy: Policy, *rows: Mapping[str, object]) -> list[dict[str, object]]:
    table = candidates(risks_of(*rows), policy)
    assert table.schema == CANDIDATES_SCHEMA
    listed: list[dict[str, object]] = table.to_pylist()
    return listed


POLICY = policy_of()


@pytest.mark.parametrize(
    ("row", "trigger", "due"),
    [
        ({}, None, None),
        ({"risk": 0.59}, None, None),
        ({"risk": 0.6}, "risk", 48),
        ({"risk": 0.6, "tier": "core"}, "risk", 4),
        ({"rules": ["absent"]}, "rule", 48),
        ({"rules": ["absent"], "tier": "core"}, "rule", 4),
        ({"rules": ["absent", "complained"]}, "immediate", 4),
        ({"rules": ["refund_asked"], "risk": 0.0}, "immediate", 4),
        ({"rules": ["a rule that the policy no longer has"]}, None, None),
        ({"rules": ["absent"], "absent_days": 14, "risk": 0.9}, "rule", 48),
        ({"rules": ["absent"], "absent_days": 15, "risk": 0.9}, None, None),
        ({"rules": ["complained"], "absent_days": 15}, "immediate", 4),
        ({"rules": ["assignments_missed"], "days_in": -1, "risk": 0.9}, None, None),
        ({"rules": ["refund_asked"], "days_in": -1}, "immediate", 4),
    ],
)
def test_who_alerts_and_by_when(row: dict[str, object], trigger: str | None, due: int | None) -> None:
    rows = found(POLICY, row)
    assert [(one["trigger"], one["due_hours"]) for one in rows] == ([(trigger, due)] if trigger else [])


def test_a_rule_may_need_a_risk_beside_it() -> None:
    careful = policy_of("[alerts]\nminimum_risk_with_rule = 0.3\n")
    assert found(careful, {"rules": ["absent"], "risk": 0.29}) == []
    assert len(found(careful, {"rules": ["absent"], "risk": 0.3})) == 1
    assert len(found(careful, {"rules": ["complained"], "risk": 0.0})) == 1


def test_the_immediate_hours_never_lengthen_a_tiers() -> None:
    slow = policy_of("[alerts]\nimmediate_due_hours = 72\n")
    assert found(slow, {"rules": ["complained"]})[0]["due_hours"] == 48


def test_the_answer_follows_the_cause() -> None:
    rows = found(POLICY, {"risk": 0.9, "cause": "alone"}, {"risk": 0.8, "cause": "a cause of an older policy"})
    assert [(row["suggestion"], row["then"]) for row in rows] == [
        ("camp_invitation", "small_room_class"),
        ("friendly_question", "advisor_call"),
    ]


def test_most_pressing_first_and_equals_by_name() -> None:
    rows = found(
        POLICY,
        {"learner": "worth little", "risk": 0.9, "value": 0.0},
        {"learner": "b", "risk": 0.7, "value": 0.5},
        {"learner": "a", "risk": 0.7, "value": 0.5},
        {"learner": "worth much", "risk": 0.7, "value": 1.0},
    )
    assert [row["learner"] for row in rows] == ["worth much", "a", "b", "worth little"]
    assert [row["priority"] for row in rows] == pytest.approx([0.7, 0.42, 0.42, 0.18])


def test_alerting_on_learners_keeps_one_row_and_asks_for_all_enrolments() -> None:
    both = policy_of('[alerts]\non = "learner"\n')
    leaving: list[dict[str, object]] = [
        {"learner": "ann", "course": name, "risk": risk, "learner_risk": 0.7} for name, risk in (("x", 0.7), ("y", 0.8))
    ]
    halfway: list[dict[str, object]] = [
        {"learner": "bob", "course": "x", "risk": 0.9, "learner_risk": 0.2, "rules": ["absent"]},
        {"learner": "bob", "course": "y", "risk": 0.2, "learner_risk": 0.2},
    ]
    gone: list[dict[str, object]] = [
        {"learner": "cy", "course": name, "rules": ["absent"], "absent_days": 20} for name in "xy"
    ]
    complained: list[dict[str, object]] = [
        {"learner": "dee", "course": "x", "rules": ["complained"]},
        {"learner": "dee", "course": "y", "risk": 0.3},
    ]
    away: list[dict[str, object]] = [{"learner": "eve", "course": name, "rules": ["absent"]} for name in "xy"]
    rows = found(both, *leaving, *halfway, *gone, *complained, *away)
    assert {(row["learner"], row["course"], row["trigger"]) for row in rows} == {
        ("ann", "y", "risk"), ("dee", "y", "immediate"), ("eve", "x", "rule"),
    }  # fmt: skip


def test_no_risks() -> None:
    assert candidates(risks_of(), POLICY).num_rows == 0
    assert candidates(risks_of(), policy_of('[alerts]\non = "learner"\n')).num_rows == 0


SHARES = st.floats(0, 1, allow_nan=False)


@settings(max_examples=100, deadline=None)
@given(SHARES, SHARES, SHARES, st.floats(0.01, 1))
def test_priority_rises_with_risk_and_value_and_is_never_nothing(
    risk: float, value: float, more: float, floor: float
) -> None:
    one = np.array([risk])
    base = priority(one, np.array([value]), floor)[0]
    assert 0 <= base <= 1
    assert base >= risk * floor * 0.999
    assert priority(np.array([max(risk, more)]), np.array([value]), floor)[0] >= base
    assert priority(one, np.array([max(value, more)]), floor)[0] >= base - 1e-12

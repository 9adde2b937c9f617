"""Each rule of the default policy: fires at its threshold, not below it, and never on what is unknown."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import pytest
from risk_tables import AS_OF, policy_of, scores_of, signals_table

from staycourse.kernel import BadInput
from staycourse.policy import Policy
from staycourse.risk import assess, meets

POLICY = policy_of()
FRESH = {"enrolled_on": AS_OF - timedelta(days=2), "course_day": 2}

CASES: list[tuple[str, dict[str, object], dict[str, object]]] = [
    ("absent", {"days_absent": 7}, {"days_absent": 6}),
    ("not_begun", {**FRESH, "first_days_activity": 0}, {**FRESH, "first_days_activity": 1}),
    ("no_first_lesson", {**FRESH, "lesson_completion_rate_30d": 0.0}, {**FRESH, "lesson_completion_rate_30d": 0.5}),
    ("completion_down", {"completion_falling_2w": -0.21}, {"completion_falling_2w": -0.2}),
    ("assignments_missed", {"assignments_missed_30d": 2}, {"assignments_missed_30d": 1}),
    ("never_begun", {"activity_total": 0}, {"activity_total": 1}),
    ("behind_with_work", {"assignments_missed_total": 1}, {"assignments_missed_total": 0}),
    (
        "often_late",
        {"late_share": 0.5, "assignments_submitted_total": 2},
        {"late_share": 0.5, "assignments_submitted_total": 1},
    ),
    (
        "low_scores",
        {"score_average_rank": 0.19, "score_average": 59},
        {"score_average_rank": 0.19, "score_average": 60},
    ),
    (
        "quizzes_failing",
        {"quizzes_failed_30d": 2, "quiz_pass_rate_60d": 0.4},
        {"quizzes_failed_30d": 2, "quiz_pass_rate_60d": 0.5},
    ),
    (
        "interaction_down",
        {"interactions_change_7d": -0.5, "interactions_30d": 3},
        {"interactions_change_7d": -0.49, "interactions_30d": 3},
    ),
    ("refund_asked", {"refund_enquiries_14d": 1}, {"refund_enquiries_14d": 0}),
    ("refund_policy_viewed", {"refund_policy_views_14d": 3}, {"refund_policy_views_14d": 2}),
    ("low_rating", {"low_ratings_30d": 1}, {"low_ratings_30d": 0}),
    ("negative_words", {"negative_texts_30d": 1}, {"negative_texts_30d": 0}),
    ("complained", {"complaints_30d": 1}, {"complaints_30d": 0}),
    (
        "poor_classes",
        {"poor_classes_in_a_row": 1},
        {"poor_classes_in_a_row": 0},
    ),
]


def rules_fired(policy: Policy, *rows: Mapping[str, object]) -> list[list[str]]:
    risks = assess(signals_table(rows), scores_of([{}] * len(rows)), policy, [], AS_OF)
    return [list(row) for row in risks["rules"].to_pylist()]


def test_every_rule_has_its_case() -> None:
    assert [rule for rule, _, _ in CASES] == [rule.id for rule in POLICY.rules]


@pytest.mark.parametrize(("rule", "fires", "does_not"), CASES, ids=[case[0] for case in CASES])
def test_a_rule_fires_at_its_threshold(rule: str, fires: dict[str, object], does_not: dict[str, object]) -> None:
    assert rules_fired(POLICY, fires, does_not, {}) == [[rule], [], []]


def test_a_core_learner_alerts_after_three_days_and_anyone_else_after_seven() -> None:
    core = {"learner": "payer", "paid_total": 100, "days_absent": 3}
    others = [{"days_absent": 3} for _ in range(9)]
    assert rules_fired(POLICY, core, *others) == [["absent"], *[[]] * 9]
    assert rules_fired(POLICY, core | {"days_absent": 2}, *others)[0] == []


def test_a_rule_may_be_for_one_tier_only() -> None:
    only_core = policy_of(
        '[[rules]]\nid = "away"\ncategory = "login"\ntiers = ["core"]\n'
        'when = [{ signal = "days_absent", op = ">", at = 1 }]\n'
    )
    rows: list[Mapping[str, object]] = [{"paid_total": 100, "days_absent": 5}, *[{"days_absent": 5} for _ in range(9)]]
    assert rules_fired(only_core, *rows) == [["away"], *[[]] * 9]


def test_several_rules_stand_in_the_order_of_the_policy() -> None:
    both = {"complaints_30d": 1, "days_absent": 9}
    assert rules_fired(POLICY, {}, both) == [[], ["absent", "complained"]]


@pytest.mark.parametrize(("op", "expected"), [(">=", [0, 1, 1]), (">", [0, 0, 1]), ("<=", [1, 1, 0]), ("<", [1, 0, 0]),
                                              ("==", [0, 1, 0])])  # fmt: skip
def test_operators(op: str, expected: list[int]) -> None:
    values = np.array([1.0, 2.0, 3.0, np.nan])
    assert meets(values, op, 2.0).tolist() == [*map(bool, expected), False]


def test_a_signal_that_the_table_lacks_is_told() -> None:
    table = signals_table([{}]).drop_columns(["complaints_30d"])
    with pytest.raises(BadInput, match="complaints_30d"):
        assess(table, scores_of([{}]), POLICY, [], AS_OF)

"""The mapping to causes, case by case: the domain's table of what shows, and what it is named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from risk_tables import AS_OF, policy_of, scores_of, signals_table

from staycourse.care import needing_care
from staycourse.care.suggestions import suggestion_of
from staycourse.policy import Policy
from staycourse.risk import assess

POLICY = policy_of()
FRESH = {"enrolled_on": AS_OF - timedelta(days=1), "course_day": 1}


def cause_of(row: dict[str, object], contributions: dict[str, float], policy: Policy = POLICY) -> str:
    risks = assess(signals_table([row]), scores_of([contributions]), policy, [], AS_OF)
    return str(risks["cause"][0].as_py())


@pytest.mark.parametrize(
    ("what_shows", "row", "contributions", "cause"),
    [
        ("quiz failures", {}, {"quiz_pass_rate_60d": 0.4, "activity_7d": 1.5}, "too_hard"),
        ("skipped lessons", {}, {"lessons_skipped_30d": 0.4}, "too_hard"),
        ("replays of one part", {}, {"lesson_replays_30d": 0.4}, "too_hard"),
        ("low scores beside peers", {}, {"score_average_rank": 0.5, "late_share": 0.2}, "too_hard"),
        ("fails most quizzes: the rule alone", {"quizzes_failed_30d": 3, "quiz_pass_rate_60d": 0.1}, {}, "too_hard"),
        ("less and less is finished", {}, {"lesson_completion_rate_change_14d": 0.5}, "not_gripping"),
        ("completion falls: the rule alone", {"completion_falling_2w": -0.5}, {}, "not_gripping"),
        ("refund-policy views", {}, {"refund_policy_views_14d": 0.5}, "price"),
        ("renewal enquiries", {}, {"renewal_enquiries_30d": 0.3}, "price"),
        ("coupon hunting", {}, {"coupons_30d": 0.3}, "price"),
        ("a refund asked: the rule outweighs", {"refund_enquiries_14d": 1}, {"score_average": 1.5}, "price"),
        ("sessions at odd hours", {}, {"night_share_14d": 0.5}, "no_time"),
        ("sessions shortened", {}, {"session_minutes_change_7d": 0.5}, "no_time"),
        ("assignments missed: the rule alone", {"assignments_missed_30d": 2}, {}, "no_time"),
        ("one assignment not handed in", {"assignments_missed_total": 1}, {"score_average": 0.5}, "no_time"),
        ("hands in late as a rule", {"late_share": 0.5, "assignments_submitted_total": 2}, {}, "no_time"),
        ("late once, of one", {"late_share": 1.0, "assignments_submitted_total": 1}, {}, "unclear"),
        ("low scores among low", {"score_average_rank": 0.1, "score_average": 55.0}, {"late_share": 0.5}, "too_hard"),
        ("lowest where all score high", {"score_average_rank": 0.1, "score_average": 75.0}, {}, "unclear"),
        ("never began", {"activity_total": 0, "assignments_missed_total": 1}, {"score_average": 0.5}, "just_starting"),
        ("of whom no activity is known", {"activity_total": None}, {}, "unclear"),
        ("a habit broken: says that, not why", {"absence_in_habits": 5.0}, {"absence_in_habits": 2.0}, "unclear"),
        ("interaction falls to zero", {}, {"interactions_change_14d": 0.6}, "alone"),
        ("silent live classes", {}, {"words_per_live_class_30d": 0.3}, "alone"),
        ("rating under 3", {"low_ratings_30d": 1}, {"low_ratings_30d": 0.2}, "unhappy"),
        ("complaints", {"complaints_30d": 1}, {}, "unhappy"),
        ("negative words", {"negative_texts_30d": 2}, {}, "unhappy"),
        ("freezes and rejoins", {}, {"freeze_share_14d": 0.3, "rejoins_14d": 0.2, "late_share": 0.4}, "class_quality"),
        ("poor classes: the rule", {"poor_classes_in_a_row": 1}, {}, "class_quality"),
        ("the first days", FRESH, {}, "just_starting"),
        ("the first days, whatever the score rests on", FRESH, {"score_average": 2.0}, "just_starting"),
        ("has not begun", {**FRESH, "course_day": 2, "first_days_activity": 0}, {}, "just_starting"),
        ("mere absence", {"days_absent": 9}, {"days_absent": 2.0, "activity_7d": 1.0}, "unclear"),
        ("nothing at all", {}, {}, "unclear"),
        ("what lowers the risk speaks for nothing", {}, {"score_average": -2.0}, "unclear"),
    ],
    ids=lambda value: value.replace(" ", "-") if isinstance(value, str) else "",
)  # fmt: skip
def test_what_shows_is_named(
    what_shows: str, row: dict[str, object], contributions: dict[str, float], cause: str
) -> None:
    assert cause_of(row, contributions) == cause


@pytest.mark.parametrize(
    ("row", "cause"),
    [
        ({"complaints_30d": 1}, "unhappy"),
        ({"refund_enquiries_14d": 1}, "price"),
        ({"poor_classes_in_a_row": 1}, "class_quality"),
        ({"negative_texts_30d": 1}, "just_starting"),
    ],
)
def test_only_something_decisive_names_another_cause_in_the_first_days(row: dict[str, object], cause: str) -> None:
    assert cause_of(FRESH | row, {}) == cause


@pytest.mark.parametrize(("days", "cause"), [(0, "just_starting"), (3, "just_starting"), (4, "unclear")])
def test_just_starting_ends_with_day_three(days: int, cause: str) -> None:
    late = {"enrolled_on": AS_OF - timedelta(days=days), "course_day": 40}
    early = {"enrolled_on": AS_OF - timedelta(days=90), "course_day": days}
    assert cause_of(late, {"first_days_activity": 0.9}) == cause
    assert cause_of(early, {"first_days_activity": 0.9}) == cause


def test_a_rule_that_names_a_cause_only_alerts_nobody() -> None:
    row = {"assignments_missed_total": 1, "score_average_rank": 0.1, "score_average": 40.0, "days_absent": 1}
    risks = assess(signals_table([row]), scores_of([{}], [0.1]), POLICY, [], AS_OF)
    assert risks["rules"].to_pylist() == [["behind_with_work", "low_scores"]]
    assert needing_care(risks, POLICY).num_rows == 0
    alerting = policy_of(
        '[[rules]]\nid = "behind_with_work"\ncategory = "completion"\ncause = "no_time"\n'
        'when = [{ signal = "assignments_missed_total", op = ">=", at = 1 }]\n'
    )
    again = assess(signals_table([row]), scores_of([{}], [0.1]), alerting, [], AS_OF)
    assert needing_care(again, alerting).num_rows == 1


def test_who_enrolled_before_the_course_began_is_just_starting() -> None:
    assert cause_of({"enrolled_on": AS_OF - timedelta(days=90), "course_day": -5}, {}) == "just_starting"


def test_a_tie_goes_to_the_cause_that_stands_first() -> None:
    assert cause_of({}, {"freeze_share_14d": 0.3, "score_average": 0.3}) == "class_quality"


def test_contributions_of_one_cause_add_up_and_cancel() -> None:
    split = {"score_average": 0.3, "quiz_right_share_14d": 0.3, "coupons_30d": 0.5}
    assert cause_of({}, split) == "too_hard"
    assert cause_of({}, split | {"score_change_30d": -0.4}) == "price"


def test_the_mapping_is_the_policys_to_change() -> None:
    changed = policy_of("[causes]\nminimum_evidence = 0.5\nstarting_days = 0\n")
    assert cause_of({}, {"score_average": 0.4}, changed) == "unclear"
    assert cause_of(FRESH, {"score_average": 0.6}, changed) == "too_hard"


@pytest.mark.parametrize(
    ("cause", "first", "then"),
    [
        ("too_hard", "tutoring", "slower_path"),
        ("not_gripping", "interest_content", "other_teacher"),
        ("price", "fitting_package", "advisor_call"),
        ("no_time", "short_pieces", "pause_plan"),
        ("alone", "camp_invitation", "small_room_class"),
        ("unhappy", "person_answers", "confirm_fix"),
        ("class_quality", "apology_and_replay", "engineering_ticket"),
        ("just_starting", "onboarding", "live_welcome"),
        ("unclear", "friendly_question", "advisor_call"),
        ("one that an older policy had", "friendly_question", "advisor_call"),
    ],
)
def test_each_cause_has_its_answer(cause: str, first: str, then: str) -> None:
    assert suggestion_of(cause, POLICY) == (first, then)

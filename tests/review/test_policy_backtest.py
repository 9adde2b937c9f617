"""Two policies on the same past days: what they open, what they share, and that nothing leaks in from later."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pytest
from fading_school import COURSES, Row, School, day_of, opened

from staycourse.kernel import BadInput, NotEnoughData
from staycourse.policy import Policy, load_policy
from staycourse.review import PolicyBacktest, PolicyPlan, policy_backtest, policy_changes
from staycourse.signals import SIGNALS_BY_NAME

LEARNS = "[model]\nminimum_outcomes = 10\nrounds = 30\nas_of_every_days = 7\n"
PLAN = PolicyPlan(day_of(76), day_of(104), 7)


def policy_of(text: str = "") -> Policy:
    return load_policy(LEARNS + text, signals=SIGNALS_BY_NAME)


def tried(school: School, text: str = "", plan: PolicyPlan = PLAN) -> PolicyBacktest:
    return policy_backtest(school.engine(), "t", COURSES, [], policy_of(), policy_of(text), plan)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> School:
    school = opened(tmp_path_factory.mktemp("plain"))
    school.engine()
    return school


@pytest.fixture(scope="module")
def same(plain: School) -> PolicyBacktest:
    return tried(plain)


def test_a_policy_beside_itself_differs_in_nothing(same: PolicyBacktest) -> None:
    assert same.same_scores
    assert same.today.total == same.candidate.total
    assert same.today.total.alerts > 0 and same.today.total.leavings > 0
    assert same.difference.alerts == 0
    assert same.difference.balance is not None
    assert not same.difference.balance.beyond_noise


def test_a_lower_threshold_opens_more_alerts_and_costs_more(plain: School, same: PolicyBacktest) -> None:
    eager = tried(plain, "[alerts]\nminimum_risk = 0.05\n")
    assert eager.same_scores
    assert eager.today == same.today
    assert eager.candidate.total.alerts > same.today.total.alerts
    assert eager.candidate.effort.people_hours > same.today.effort.people_hours
    assert eager.candidate.total.warned >= same.today.total.warned


def test_the_parts_add_up(same: PolicyBacktest) -> None:
    side = same.today
    assert sum(part.alerts for part in side.by_tier.values()) == side.total.alerts
    assert sum(part.leavings for part in side.by_tier.values()) == side.total.leavings
    assert sum(week.alerts for week in side.by_week) == side.total.alerts
    assert side.total.right <= side.total.judged <= side.total.alerts
    assert all(part.alerts <= side.total.alerts for part in side.by_rule.values())


def test_a_budget_holds_in_every_week(plain: School) -> None:
    side = tried(plain, "[alerts]\nminimum_risk = 0.05\nbudget_per_day = 0\n").candidate
    assert side.total.alerts == 0 and side.withheld > 0
    tight = tried(plain, "[alerts]\nminimum_risk = 0.05\nbudget_per_day = 1\nbudget_precision = 0.99\n").candidate
    assert tight.total.alerts > 0 and all(week.kept for week in tight.by_week)
    assert any(week.precise is False for week in tight.by_week)


def test_another_horizon_is_another_question_and_says_so(plain: School) -> None:
    report = tried(plain, "[churn]\nhorizon_days = 10\n")
    assert not report.same_scores
    assert report.candidate.horizon_days == 10
    assert "other_question" in {assumption.name for assumption in report.assumptions}


def test_too_little_to_learn_from_is_tried_with_the_scorecard(plain: School) -> None:
    report = tried(plain, "").today
    assert report.basis == "model"
    text = "[model]\nminimum_outcomes = 100000\n"
    policy = load_policy(text, signals=SIGNALS_BY_NAME)
    found = policy_backtest(plain.engine(), "t", COURSES, [], policy, policy, PLAN)
    assert found.candidate.basis == "scorecard"


@pytest.mark.parametrize(
    ("plan", "error", "words"),
    [
        (PolicyPlan(day_of(90), day_of(80)), BadInput, "lies before"),
        (PolicyPlan(day_of(90), day_of(125)), NotEnoughData, "no known outcome yet"),
        (PolicyPlan(day_of(-90), day_of(-80)), NotEnoughData, "nobody was enrolled"),
    ],
)
def test_days_that_cannot_be_tried_are_refused(
    plain: School, plan: PolicyPlan, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        tried(plain, plan=plan)


def test_what_arrives_later_changes_nothing(plain: School, same: PolicyBacktest) -> None:
    rows: list[Row] = [
        (f"l{number:02}", f"c{number // 2 % 2}", verb, 1, day_of(day), 12, None)
        for number in range(60)
        for day in (70, 90, 100, 110)
        for verb in ("content_viewed", "complained")
    ]
    with TemporaryDirectory() as folder:
        school = plain.copied(Path(folder) / "home")
        school.keep(rows, day_of(170))
        assert tried(school) == same


def test_it_is_told_as_json(same: PolicyBacktest) -> None:
    told = msgspec.json.decode(msgspec.json.encode(same))
    assert {"today", "candidate", "difference", "assumptions"} <= set(told)
    assert {"alerts", "precision", "recall", "median_lead_days"} <= set(told["today"]["total"])


def test_changes_name_fields_and_elements() -> None:
    text = "[tiers.core]\nabsent_days = 2\n[scorecard]\nintercept = -3\n"
    found = {change.field: (change.old, change.new) for change in policy_changes(policy_of(), policy_of(text))}
    assert found == {"tiers.core.absent_days": (3, 2), "scorecard.intercept": (-2.8, -3)}
    assert policy_changes(policy_of(), policy_of()) == ()

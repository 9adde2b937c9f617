"""The back-test over a real engine: what it says, what it refuses, and that nothing leaks into it from later."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import msgspec
import pyarrow as pa
import pytest
from fading_school import COURSES, Row, School, day_of, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staycourse.kernel import BadInput, NotEnoughData
from staycourse.policy import Policy, load_policy
from staycourse.review import BacktestPlan, BacktestReport, backtest
from staycourse.risk import (
    LightGBMModel,
    ModelCard,
    Scorecard,
    Scorer,
    assess_with,
    frames_on,
    train,
    training_frames,
)
from staycourse.signals import SIGNALS_BY_NAME, Label

LEARNS = "[model]\nminimum_outcomes = 10\nrounds = 30\nas_of_every_days = 7\n"
PLAN = BacktestPlan(day_of(69), day_of(76), day_of(104), 14, 14, "silence")


def policy_of(text: str = LEARNS) -> Policy:
    return load_policy(text, signals=SIGNALS_BY_NAME)


def backtested(school: School, plan: BacktestPlan = PLAN, text: str = LEARNS) -> BacktestReport:
    return backtest(school.engine(), "t", COURSES, [], policy_of(text), plan)


def test_a_report_has_what_the_operator_was_promised(plain_report: BacktestReport) -> None:
    report = plain_report
    told = msgspec.json.decode(msgspec.json.encode(report))
    assert {"auc", "average_precision", "brier", "ece", "n", "positives", "rules", "scorecard", "by_week"} <= set(told)
    assert report.basis == "model"
    assert report.n == sum(week.n for week in report.by_week)
    assert report.positives == sum(week.positives for week in report.by_week)
    assert [week.as_of for week in report.by_week] == [day_of(76), day_of(90), day_of(104)]
    assert report.auc is not None
    assert report.auc > 0.9
    assert set(told["rules"]) == {rule.id for rule in policy_of().rules}
    assert set(told["rules"]["absent"]) == {"fired", "precision", "recall", "median_lead_days"}
    learned = report.scorecard.weights_learned
    assert learned is not None
    assert set(learned) == set(report.scorecard.weights_default)
    assert report.scorecard.weights_default["days_absent >= 7"] == 0.4


def test_the_same_test_says_the_same_twice(plain: School, plain_report: BacktestReport) -> None:
    assert backtested(plain) == plain_report


def test_the_absence_rule_comes_before_the_horizon(plain_report: BacktestReport) -> None:
    absent = plain_report.rules["absent"]
    assert absent.fired > 0
    assert absent.precision is not None
    assert absent.precision > 0.5
    assert absent.median_lead_days is not None
    assert 0 <= absent.median_lead_days <= 7


def test_with_too_little_to_learn_from_the_scorecard_is_tested(plain: School) -> None:
    report = backtested(plain, text="[model]\nminimum_outcomes = 100000\n")
    assert report.basis == "scorecard"
    assert report.auc is not None


def test_withdrawal_can_be_the_label(plain: School) -> None:
    report = backtested(plain, BacktestPlan(day_of(69), day_of(76), day_of(97), 7, 28, "withdrawal"))
    assert report.positives > 0
    assert report.label == "withdrawal"
    lead = report.alerts.median_lead_days
    assert lead is None or 0 <= lead <= 28


def test_without_an_end_it_tests_as_far_as_outcomes_are_known(plain: School) -> None:
    report = backtested(plain, BacktestPlan(day_of(69), day_of(76), None, 7, 14, "silence"))
    assert report.test_to == day_of(111)


@pytest.mark.parametrize(
    ("plan", "error", "words"),
    [
        (BacktestPlan(day_of(69), day_of(68), None, 7, 14, "silence"), BadInput, "before the end of the training"),
        (BacktestPlan(day_of(69), day_of(70), day_of(120), 7, 14, "silence"), NotEnoughData, "no known outcome yet"),
        (BacktestPlan(day_of(69), day_of(124), None, 7, 14, "silence"), NotEnoughData, "no known outcome yet"),
    ],
)
def test_a_plan_that_cannot_be_tested_is_refused(
    plain: School, plan: BacktestPlan, error: type[Exception], words: str
) -> None:
    with pytest.raises(error, match=words):
        backtested(plain, plan)


def test_an_empty_tenant_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotEnoughData, match="no night has measured anything"):
        backtested(School(tmp_path))


def test_before_a_course_starts_silence_is_no_lesson(plain: School) -> None:
    engine, day = plain.engine(), day_of(13)
    assert set(engine.signals("t", day, COURSES)["course"].to_pylist()) == {"c0", "c1"}
    for label, courses in CASES:
        (frame,) = frames_on(engine, "t", COURSES, [day], horizon_days=14, label=label, known_by=day_of(40))
        assert set(frame.signals["course"].to_pylist()) == courses
        assert len(frame.outcome) == frame.signals.num_rows


def test_days_on_which_nobody_was_enrolled_are_told(plain: School) -> None:
    early = BacktestPlan(date(2023, 1, 1), date(2023, 2, 1), date(2023, 2, 8), 7, 14, "silence")
    with pytest.raises(NotEnoughData, match="nobody was enrolled"):
        backtested(plain, early)


CASES: tuple[tuple[Label, set[str]], ...] = (("silence", {"c0"}), ("withdrawal", {"c0", "c1"}))
VERBS = st.sampled_from(["content_viewed", "complained", "refund_asked", "withdrawn", "enrolled", "assignment_due"])
LEARNERS = st.sampled_from([f"l{n:02}" for n in range(60)] + ["a stranger"])


def planted(verb: str, learner: str, day: int) -> Row:
    return (learner, "c0", verb, None, day_of(day), 12, None)


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> School:
    """The school as it is, rolled up; to be copied, not changed."""
    school = opened(tmp_path_factory.mktemp("plain"))
    school.engine()
    return school


@pytest.fixture(scope="module")
def plain_report(plain: School) -> BacktestReport:
    return backtested(plain)


@settings(max_examples=3, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.builds(planted, VERBS, LEARNERS, st.integers(0, 170)), min_size=20, max_size=60))
def test_what_arrives_later_changes_no_backtest(plain: School, plain_report: BacktestReport, rows: list[Row]) -> None:
    with TemporaryDirectory() as folder:
        school = plain.copied(Path(folder) / "home")
        school.keep(rows, day_of(170))
        assert backtested(school) == plain_report


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(30, 110),
    st.lists(st.builds(planted, VERBS, LEARNERS, st.integers(0, 170)), min_size=20, max_size=60),
)
def test_no_risk_as_of_an_earlier_day_changes(plain: School, as_of: int, rows: list[Row]) -> None:
    """Late events (happened before, arrived after) and future ones (happen after, whenever they arrive)."""
    day = day_of(as_of)
    before = risks_as_of(plain, day)
    assert before.num_rows > 0
    with TemporaryDirectory() as folder:
        school = plain.copied(Path(folder) / "home")
        school.keep([row for row in rows if row[4] <= day] or rows, day_of(as_of + 1))
        school.keep([row for row in rows if row[4] > day] or [planted("complained", "l00", 171)], day_of(as_of - 1))
        assert risks_as_of(school, day).equals(before)


@settings(max_examples=6, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.integers(30, 110),
    st.lists(st.builds(planted, st.just("withdrawn"), LEARNERS, st.integers(0, 170)), min_size=20, max_size=60),
)
def test_no_risk_changes_by_withdrawals_that_come_later(
    plain: School, by_course: LightGBMModel, as_of: int, rows: list[Row]
) -> None:
    """Of a model that weighs how many left the course of late, and says the more the more it was told of them."""
    day = day_of(as_of)
    before = risks_as_of(plain, day, by_course)
    with TemporaryDirectory() as folder:
        school = plain.copied(Path(folder) / "home")
        school.keep([row for row in rows if row[4] <= day] or rows, day_of(as_of + 1))
        school.keep([row for row in rows if row[4] > day] or [planted("withdrawn", "l00", 171)], day_of(as_of - 1))
        assert risks_as_of(school, day, by_course).equals(before)


def test_withdrawals_known_by_then_raise_the_risk_of_the_others(
    plain: School, by_course: LightGBMModel, tmp_path: Path
) -> None:
    school, day = plain.copied(tmp_path / "home"), day_of(60)
    school.keep([planted("withdrawn", f"l{n:02}", 40 + n % 5) for n in range(0, 20, 2)], day_of(50))
    told = [
        {(row["learner"], row["course"]): row["risk"] for row in risks_as_of(one, day, by_course).to_pylist()}
        for one in (plain, school)
    ]
    others = [key for key in told[1] if key[1] == "c0"]
    assert others
    assert all(told[1][key] > told[0][key] for key in others)


@pytest.fixture(scope="module")
def by_course(plain: School) -> LightGBMModel:
    """A model as trained on the school, with a third number of its calibration."""
    frames = training_frames(
        plain.engine(), "t", COURSES, known_by=day_of(69), horizon_days=14, label="silence", every_days=7,
        history_days=90,
    )  # fmt: skip
    model = train(frames, policy_of(), known_by=day_of(69))
    card = msgspec.convert({**model.card(), "calibration_left": 0.8, "calibration_usual": -3.5}, ModelCard)
    return LightGBMModel(model.booster.model_to_string(), card)


def risks_as_of(school: School, day: date, scorer: Scorer | None = None) -> pa.Table:
    policy = policy_of()
    card = scorer or Scorecard.from_policy(policy)
    return assess_with(school.engine().signals("t", day, COURSES), card, policy, [], day)

"""A back-test: what the policy would have said on past days, held against what became of the learners.

The scorer learns only from as-of days whose outcome was known by `train_until`; the tested days come after. Signals
of a day use only what had arrived by then, and the outcomes what had arrived when the last tested day's horizon had
passed, so that a back-test told again later, after more has arrived, says the same.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import msgspec
import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.care import candidates
from staycourse.events import Course, Learner
from staycourse.kernel import BadInput, NotEnoughData, worded
from staycourse.policy import Policy
from staycourse.review.report import BacktestReport, ScorecardWeights, WeekQuality
from staycourse.review.tally import Tally, TestedDay, enrolment_keys
from staycourse.risk import (
    Frame,
    Scorecard,
    Scorer,
    assess_with,
    auc,
    average_precision,
    brier,
    calibration_error,
    frames_on,
    train,
    training_frames,
)
from staycourse.signals import Label, SignalEngine, measured_span


@dataclass(frozen=True, slots=True)
class BacktestPlan:
    """What to learn from and what to test. No `test_to`: up to the last day whose horizon has passed in the data."""

    train_until: date
    test_from: date
    test_to: date | None
    every_days: int
    horizon_days: int
    label: Label


def backtest(
    engine: SignalEngine,
    tenant: str,
    courses: Sequence[Course],
    learners: Sequence[Learner] | pa.Table,
    policy: Policy,
    plan: BacktestPlan,
) -> BacktestReport:
    """Train by `plan.train_until`, assess every `plan.every_days` from `plan.test_from` on, and tell how it went.

    BadInput if the test begins before the training ends; NotEnoughData if no tested day has a known outcome.
    """
    days = _test_days(engine, tenant, plan)
    tried = msgspec.structs.replace(
        policy, churn=msgspec.structs.replace(policy.churn, horizon_days=plan.horizon_days, label=plan.label)
    )
    lessons = list(_lessons(engine, tenant, courses, tried, plan))
    scorer = _scorer(lessons, tried, plan.train_until)
    tally = Tally(tuple(rule.id for rule in tried.rules), plan.horizon_days, plan.label)
    known_by = days[-1] + timedelta(days=plan.horizon_days)
    for frame in frames_on(
        engine, tenant, courses, days, horizon_days=plan.horizon_days, label=plan.label, known_by=known_by
    ):
        risks = assess_with(frame.signals, scorer, tried, learners, frame.as_of)
        tally.add(frame.as_of, risks, _alerting(risks, tried), frame.outcome)
    if not tally.days:
        raise NotEnoughData(
            worded("nobody was enrolled on the tested days {days} to {until}", days=days[0], until=days[-1]),
            where=worded("tenant {tenant}", tenant=tenant),
            mend="choose others",
        )
    learned = {"training_days": len(lessons), "training_rows": sum(len(frame.outcome) for frame in lessons)}
    return _report(tally, plan, scorer.basis, _weights(lessons, tried), **learned)


def _test_days(engine: SignalEngine, tenant: str, plan: BacktestPlan) -> list[date]:
    if plan.test_from < plan.train_until:
        raise BadInput(
            worded(
                "{test_from} lies before the end of the training, {train_until}",
                test_from=plan.test_from,
                train_until=plan.train_until,
            ),
            where="test-from",
            mend="test on later days than those learned from",
        )
    span = measured_span(engine, tenant)
    last_known = max(span.last_event_day, span.last_ingest_day) - timedelta(days=plan.horizon_days)
    last = plan.test_to or last_known
    if last > last_known or last < plan.test_from:
        raise NotEnoughData(
            worded(
                "the data ends {horizon_days} days after {last_known}: later days have no known outcome yet",
                horizon_days=plan.horizon_days,
                last_known=last_known,
            ),
            where="test-to" if plan.test_to else "test-from",
            mend="test earlier days or a shorter horizon",
        )
    return [plan.test_from + timedelta(days=n) for n in range(0, (last - plan.test_from).days + 1, plan.every_days)]


def _lessons(
    engine: SignalEngine, tenant: str, courses: Sequence[Course], policy: Policy, plan: BacktestPlan
) -> Iterator[Frame]:
    return training_frames(
        engine,
        tenant,
        courses,
        known_by=plan.train_until,
        horizon_days=plan.horizon_days,
        label=plan.label,
        every_days=policy.model.as_of_every_days,
        history_days=policy.model.history_days,
    )


def _scorer(lessons: Sequence[Frame], policy: Policy, known_by: date) -> Scorer:
    """Return the model that the nightly path would have used on that day; the scorecard where there was too little."""
    try:
        return train(lessons, policy, known_by=known_by)
    except NotEnoughData:
        return Scorecard.from_policy(policy)


def _weights(lessons: Sequence[Frame], policy: Policy) -> ScorecardWeights:
    default = _by_line(Scorecard.from_policy(policy))
    try:
        return ScorecardWeights(default, _by_line(Scorecard.learn(lessons, policy)))
    except NotEnoughData:
        return ScorecardWeights(default, None)


def _by_line(card: Scorecard) -> dict[str, float]:
    return {"intercept": card.intercept} | card.by_item()


def _alerting(risks: pa.Table, policy: Policy) -> npt.NDArray[np.bool_]:
    """Say which rows of `risks` would have been shown as needing care."""
    return np.asarray(
        pc.is_in(enrolment_keys(risks), value_set=enrolment_keys(candidates(risks, policy))), dtype=np.bool_
    )


def _report(
    tally: Tally, plan: BacktestPlan, basis: str, weights: ScorecardWeights, *, training_days: int, training_rows: int
) -> BacktestReport:
    outcome, risk, here = tally.outcome(), tally.risk(), tally.not_gone()
    return BacktestReport(
        train_until=plan.train_until,
        test_from=tally.days[0].as_of,
        test_to=tally.days[-1].as_of,
        horizon_days=plan.horizon_days,
        label=plan.label,
        basis=basis,
        training_days=training_days,
        training_rows=training_rows,
        n=len(outcome),
        positives=int(outcome.sum()),
        auc=auc(outcome, risk),
        average_precision=average_precision(outcome, risk),
        brier=brier(outcome, risk),
        ece=calibration_error(outcome, risk),
        n_not_gone=int(here.sum()),
        auc_not_gone=auc(outcome[here], risk[here]),
        rules=tally.rules(),
        alerts=tally.alerts(),
        scorecard=weights,
        by_week=tuple(_week(day) for day in tally.days),
    )


def _week(day: TestedDay) -> WeekQuality:
    mean = float(day.risk.mean())
    return WeekQuality(day.as_of, len(day.outcome), int(day.outcome.sum()), mean, auc(day.outcome, day.risk))

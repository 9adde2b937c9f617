"""A candidate policy beside today's on the same past days: what each would have said, asked for, and been right about.

Both see on each day only what was known by its end. The model of each learned from outcomes known before the first day
that counts; where both ask the same of it, it is one model and a day is scored once. Outcomes are judged at each
policy's own horizon.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import pyarrow as pa

from staycourse.events import Course, Learner
from staycourse.kernel import NotEnoughData, worded
from staycourse.policy import Policy
from staycourse.review.cost import weekly_cap
from staycourse.review.intervals import Interval
from staycourse.review.past import OnPast, Past, past_of, untold
from staycourse.review.quality import (
    PolicyFigures,
    balance_of,
    counts_by_learner,
    difference,
    figures_of,
    precision_of,
    recall_of,
)
from staycourse.review.replay import Replay, learners_of, replay
from staycourse.signals import SignalEngine


@dataclass(frozen=True, slots=True)
class PolicyPlan:
    """The days to try policies on: from `first` to `last`, one in `every_days`."""

    first: date
    last: date
    every_days: int = 7


@dataclass(frozen=True, slots=True)
class PolicyDifference:
    """The candidate's figures less today's. The intervals (95 %) are of resampling learners; None if not defined."""

    alerts: int
    messages: int
    people_hours: float
    precision: Interval | None
    recall: Interval | None
    balance: Interval | None


@dataclass(frozen=True, slots=True)
class Assumption:
    """Something that a figure rests on: a message `policy.assume.<name>` with its values."""

    name: str
    values: dict[str, float | int | str]


@dataclass(frozen=True, slots=True)
class PolicyBacktest:
    """Two policies on the same past days. `learned_by` is the day by whose end all that was learned was known."""

    first: date
    last: date
    every_days: int
    days: int
    learned_by: date
    same_scores: bool
    today: PolicyFigures
    candidate: PolicyFigures
    difference: PolicyDifference
    assumptions: tuple[Assumption, ...]


def policy_backtest(
    engine: SignalEngine,
    tenant: str,
    courses: Sequence[Course],
    learners: Sequence[Learner] | pa.Table,
    today: Policy,
    candidate: Policy,
    plan: PolicyPlan,
    tell: OnPast = untold,
) -> PolicyBacktest:
    """Try `candidate` beside `today` on the days of `plan`; `tell` is told how far that is.

    NotEnoughData where nothing was known before the first day, nobody was enrolled, or the longer horizon has not
    passed by the end of the data; BadInput for days in the wrong order.
    """
    horizon = max(today.churn.horizon_days, candidate.churn.horizon_days)
    past = past_of(
        engine, tenant, courses, learners,
        first=plan.first, last=plan.last, every_days=plan.every_days, horizon_days=horizon, tell=tell,
    )  # fmt: skip
    return compared(past, today, candidate, first=plan.first)


def compared(past: Past, today: Policy, candidate: Policy, *, first: date, last: date | None = None) -> PolicyBacktest:
    """Try both policies on the days of `past` from `first` to `last`."""
    last = last or past.days[-1]
    runs = [replay(past, policy, counts_from=first, last=last) for policy in (today, candidate)]
    days = [day for day in past.seen(today) if first <= day.as_of <= last and day.signals.num_rows]
    if not days:
        raise NotEnoughData(
            worded("nobody was enrolled from {first} to {last}", first=first, last=last),
            where=worded("tenant {tenant}", tenant=past.tenant),
            mend="choose other days",
        )
    figures = [figures_of(run, past.scorer(run.policy).basis) for run in runs]
    return PolicyBacktest(
        first=first,
        last=last,
        every_days=runs[0].every_days,
        days=len(days),
        learned_by=past.learned_by,
        same_scores=past.question(today) == past.question(candidate),
        today=figures[0],
        candidate=figures[1],
        difference=_difference(runs, figures),
        assumptions=tuple(_assumptions(past, today, candidate, runs[0].every_days)),
    )


def _difference(runs: Sequence[Replay], figures: Sequence[PolicyFigures]) -> PolicyDifference:
    today, candidate = figures
    named = learners_of(runs)
    before, after = (counts_by_learner(run, named) for run in runs)
    return PolicyDifference(
        alerts=candidate.total.alerts - today.total.alerts,
        messages=candidate.effort.messages - today.effort.messages,
        people_hours=candidate.effort.people_hours - today.effort.people_hours,
        precision=difference(before, after, precision_of),
        recall=difference(before, after, recall_of),
        balance=difference(before, after, balance_of),
    )


def _assumptions(past: Past, today: Policy, candidate: Policy, every_days: int) -> list[Assumption]:
    """Say what the figures rest on, so that nobody takes them for more than they are."""
    told = [
        Assumption("learned", {"day": past.learned_by.isoformat()}),
        Assumption("unanswered", {}),
        Assumption("steps", {}),
    ]
    cap = weekly_cap(candidate)
    told.append(Assumption("cap", {"cap": cap}) if cap is not None else Assumption("no_cap", {}))
    if every_days > 1:
        told.append(Assumption("looks", {"days": every_days}))
    horizons = {"today": today.churn.horizon_days, "candidate": candidate.churn.horizon_days}
    if (today.churn.horizon_days, today.churn.label) != (candidate.churn.horizon_days, candidate.churn.label):
        told.append(Assumption("other_question", dict(horizons)))
    return told

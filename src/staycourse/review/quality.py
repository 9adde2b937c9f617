"""What a replay comes to: alerts, precision, recall, lead, messages and hours, whole and by tier, rule and week."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np

from staycourse.review.cost import alert_cost, weekly_cap
from staycourse.review.intervals import Interval, Numbers, resampled, share_interval
from staycourse.review.past import LEFT, UNKNOWN
from staycourse.review.replay import Leaving, OpenedAlert, Replay

Figure = Callable[[Numbers], Numbers]


@dataclass(frozen=True, slots=True)
class AlertFigures:
    """How good some alerts were.

    `judged` are those whose outcome can be told; `precision` is the share of them that left within the horizon after,
    `recall` the share of `leavings` before which such an alert was open, `median_lead_days` by how many days it came
    before.
    """

    alerts: int
    judged: int
    right: int
    precision: Interval | None
    leavings: int
    warned: int
    recall: Interval | None
    median_lead_days: float | None


@dataclass(frozen=True, slots=True)
class WeekFigures:
    """One week, by its first day: alerts opened in it, and whether the policy's alert budget was kept and reached.

    `kept` is None without a budget; `precise` None where no precision is asked for or nothing can be judged.
    """

    first: date
    last: date
    alerts: int
    per_day: float
    judged: int
    precision: Interval | None
    kept: bool | None
    precise: bool | None


@dataclass(frozen=True, slots=True)
class Effort:
    """What the alerts would have asked: messages to learners and minutes of people, by the stated assumptions.

    `messages` are after the weekly cap; `per_learner` of those who were alerted on, `most` of one learner.
    """

    learners: int
    messages: int
    messages_uncapped: int
    messages_per_learner: float | None
    messages_most: int
    people_hours: float


@dataclass(frozen=True, slots=True)
class PolicyFigures:
    """One policy on the past: all its alerts together, then by tier, by rule and by week.

    An alert counts under each of its rules, and under `risk_alone` where it has none. `withheld` are the alerts that
    the budget had no room for, counted on each day that they asked.
    """

    version: int
    horizon_days: int
    label: str
    basis: str
    total: AlertFigures
    effort: Effort
    withheld: int
    by_tier: dict[str, AlertFigures]
    by_rule: dict[str, AlertFigures]
    by_week: tuple[WeekFigures, ...]


def figures_of(run: Replay, basis: str) -> PolicyFigures:
    """Return what `run` came to; `basis` says what scored."""
    policy, leavings = run.policy, run.left()
    rules = sorted({rule for alert in run.opened for rule in alert.rules})
    order = [rule.id for rule in policy.rules]
    rules.sort(key=lambda rule: order.index(rule) if rule in order else len(order))
    return PolicyFigures(
        version=policy.version,
        horizon_days=policy.churn.horizon_days,
        label=policy.churn.label,
        basis=basis,
        total=measured(run.opened, leavings),
        effort=effort_of(run),
        withheld=run.withheld,
        by_tier={tier: _of_tier(run, leavings, tier) for tier in ("core", "regular")},
        by_rule={rule: _of_rule(run, leavings, rule) for rule in rules},
        by_week=tuple(weeks_of(run)),
    )


def measured(opened: Sequence[OpenedAlert], leavings: Sequence[Leaving]) -> AlertFigures:
    """Return how good the alerts `opened` were, against all of `leavings`."""
    judged = sum(alert.outcome != UNKNOWN for alert in opened)
    right = sum(alert.outcome == LEFT for alert in opened)
    leads = [(leaving.on - leaving.warned).days for leaving in leavings if leaving.warned is not None]
    return AlertFigures(
        alerts=len(opened),
        judged=judged,
        right=right,
        precision=share_interval(right, judged),
        leavings=len(leavings),
        warned=len(leads),
        recall=share_interval(len(leads), len(leavings)),
        median_lead_days=float(np.median(leads)) if leads else None,
    )


def weeks_of(run: Replay) -> Iterable[WeekFigures]:
    """Yield the weeks from the first day that counts on; the last may be shorter."""
    alerts = run.policy.alerts
    first = run.counts_from
    while first < run.until:
        end = min(first + timedelta(days=7), run.until)
        opened = [alert for alert in run.opened if first <= alert.opened < end]
        judged = sum(alert.outcome != UNKNOWN for alert in opened)
        precision = share_interval(sum(alert.outcome == LEFT for alert in opened), judged)
        days = (end - first).days
        bound = alerts.budget_per_day
        mild = sum(alert.trigger != "immediate" for alert in opened)
        kept = None if bound == "unlimited" else mild <= bound * days
        asked = alerts.budget_precision > 0 and precision is not None
        precise = precision.value >= alerts.budget_precision if asked and precision is not None else None
        yield WeekFigures(
            first, end - timedelta(days=1), len(opened), len(opened) / days, judged, precision, kept, precise
        )
        first = end


def effort_of(run: Replay) -> Effort:
    """Return what the alerts would have asked for."""
    days = (run.until - run.counts_from).days
    cap = weekly_cap(run.policy)
    most = None if cap is None else cap * -(-days // 7)
    messages: dict[str, int] = {}
    minutes = 0.0
    for alert in run.opened:
        cost = alert_cost(run.policy, alert.cause, alert.tier)
        messages[alert.learner] = messages.get(alert.learner, 0) + cost.messages
        minutes += cost.minutes
    capped = [count if most is None else min(count, most) for count in messages.values()]
    return Effort(
        learners=len(messages),
        messages=sum(capped),
        messages_uncapped=sum(messages.values()),
        messages_per_learner=sum(capped) / len(capped) if capped else None,
        messages_most=max(capped, default=0),
        people_hours=minutes / 60,
    )


def counts_by_learner(run: Replay, learners: Sequence[str]) -> Numbers:
    """Return per learner: alerts judged, of these right, leavings, of these warned of."""
    place = {learner: row for row, learner in enumerate(learners)}
    counts = np.zeros((len(learners), 4))
    for alert in run.opened:
        counts[place[alert.learner], 0] += alert.outcome != UNKNOWN
        counts[place[alert.learner], 1] += alert.outcome == LEFT
    for leaving in run.left():
        counts[place[leaving.learner], 2] += 1
        counts[place[leaving.learner], 3] += leaving.warned is not None
    return counts


def precision_of(sums: Numbers) -> Numbers:
    """Return right / judged; NaN of nothing."""
    return _over(sums[..., 1], sums[..., 0])


def recall_of(sums: Numbers) -> Numbers:
    """Return warned / leavings; NaN of nothing."""
    return _over(sums[..., 3], sums[..., 2])


def balance_of(sums: Numbers) -> Numbers:
    """Return F1, the harmonic mean of precision and recall (van Rijsbergen 1979, ch. 7): crying wolf and silence
    weigh the same. 0 where nothing was right.
    """
    precision, recall = np.nan_to_num(precision_of(sums)), np.nan_to_num(recall_of(sums))
    return np.asarray(np.where(precision + recall > 0, 2 * precision * recall
                               / np.maximum(precision + recall, 1e-12), 0.0))  # fmt: skip


def difference(today: Numbers, other: Numbers, figure: Figure, level: float = 0.95) -> Interval | None:
    """Return `figure` of `other` less that of `today`, over the same learners, with its interval."""
    both = np.concatenate([today, other], axis=1)
    width = today.shape[1]
    return resampled(both, lambda sums: figure(sums[..., width:]) - figure(sums[..., :width]), level)


def _over(above: Numbers, below: Numbers) -> Numbers:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0))


def _of_tier(run: Replay, leavings: Sequence[Leaving], tier: str) -> AlertFigures:
    return measured(
        [alert for alert in run.opened if alert.tier == tier], [leaving for leaving in leavings if leaving.tier == tier]
    )


def _of_rule(run: Replay, leavings: Sequence[Leaving], rule: str) -> AlertFigures:
    warned = [
        leaving if rule in leaving.rules else Leaving(leaving.learner, leaving.tier, leaving.on) for leaving in leavings
    ]
    return measured([alert for alert in run.opened if rule in alert.rules], warned)

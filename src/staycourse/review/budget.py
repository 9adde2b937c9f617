"""The alert budget: at most N alerts a day of which at least P are right. Which thresholds keep it, and how it went.

The thresholds are chosen on past days and shown on later ones. A higher threshold never opens more alerts a day, so
the least that keeps the budget is the one that misses fewest; among those the precision asked for decides.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import msgspec

from staycourse.kernel import BadInput
from staycourse.policy import Policy
from staycourse.review.past import Past
from staycourse.review.patches import Edit, edited
from staycourse.review.policy_backtest import PolicyBacktest, compared
from staycourse.review.quality import AlertFigures, measured
from staycourse.review.replay import Replay, replay

STEP = 0.05

LEAST_JUDGED = 20
"""A precision of fewer alerts says nothing."""


@dataclass(frozen=True, slots=True)
class BudgetAsked:
    """At most `per_day` alerts a day ("unlimited": any number) at a precision of at least `precision` (0: any)."""

    per_day: int | str
    precision: float


@dataclass(frozen=True, slots=True)
class BudgetPoint:
    """What thresholds came to on the past days: alerts a day, and how good these were.

    `kept` says whether it stayed within the alerts a day, `precise` whether it reached the precision asked for.
    """

    minimum_risk: float
    minimum_risk_with_rule: float
    per_day: float
    figures: AlertFigures
    kept: bool
    precise: bool


@dataclass(frozen=True, slots=True)
class BudgetFit:
    """The thresholds that fit a budget. `verdict` names a message `policy.budget.<verdict>`: reached, few (nothing can
    be judged), unreachable (no threshold reaches the precision: `best` comes nearest), over (only immediate rules are
    left, and they alone are more), or later (reached where it was chosen, not on the later days).

    `chosen_to` is the last day that it was chosen on; `text` is the whole policy with it, and `shown` tries that beside
    today's on the days after.
    """

    asked: BudgetAsked
    chosen_from: date
    chosen_to: date
    verdict: str
    best: BudgetPoint
    points: tuple[BudgetPoint, ...]
    text: str
    shown: PolicyBacktest


def fit_budget(past: Past, policy: Policy, text: str, asked: BudgetAsked, *, first: date, split: date) -> BudgetFit:
    """Return the thresholds for `asked`: chosen on the days of `past` from `first` to before `split`, shown from there.

    `text` is the policy as written. BadInput where either part has no day.
    """
    before = [day for day in past.days if first <= day < split]
    if not before or past.days[-1] < split:
        raise BadInput("there are too few days to choose on some and show on later ones", where="--from",
                       mend="ask about a longer time")  # fmt: skip
    points = tuple(_points(past, policy, asked, first, before[-1]))
    best = _best(points)
    tried = with_budget(policy, best, asked)
    shown = compared(past, policy, tried, first=split)
    edits = [Edit(("alerts", name), getattr(tried.alerts, name)) for name in (
        "minimum_risk", "minimum_risk_with_rule", "budget_per_day", "budget_precision",
    )]  # fmt: skip
    return BudgetFit(asked, first, before[-1], _verdict(best, asked, shown), best, points, edited(text, edits), shown)


def with_budget(policy: Policy, point: BudgetPoint, asked: BudgetAsked) -> Policy:
    """Return `policy` with the thresholds of `point` and the budget stated."""
    alerts = msgspec.structs.replace(
        _thresholds(policy, point.minimum_risk, point.minimum_risk_with_rule).alerts,
        budget_per_day=asked.per_day, budget_precision=asked.precision,
    )  # fmt: skip
    return msgspec.structs.replace(policy, alerts=alerts)


def _points(past: Past, policy: Policy, asked: BudgetAsked, first: date, last: date) -> list[BudgetPoint]:
    """Try one threshold after the other, for risks alone and, up to it, for rules."""
    found = []
    for minimum in _grid(policy):
        for ruled in _ruled(policy, minimum):
            run = replay(past, _unbounded(_thresholds(policy, minimum, ruled)), counts_from=first, last=last)
            found.append(_point(run, asked, minimum, ruled))
    return found


def _grid(policy: Policy) -> list[float]:
    steps = {round(step * STEP, 2) for step in range(1, round(1 / STEP) + 1)}
    return sorted(steps | {policy.alerts.minimum_risk})


def _ruled(policy: Policy, minimum: float) -> Sequence[float]:
    """Return what to try for rules: today's threshold where it is lower, and the same as for risks alone."""
    today = policy.alerts.minimum_risk_with_rule
    return (today, minimum) if today < minimum else (minimum,)


def _point(run: Replay, asked: BudgetAsked, minimum: float, ruled: float) -> BudgetPoint:
    figures = measured(run.opened, run.left())
    per_day = figures.alerts / (run.until - run.counts_from).days
    kept = asked.per_day == "unlimited" or per_day <= float(asked.per_day)
    precise = figures.precision is not None and figures.precision.value >= asked.precision
    return BudgetPoint(minimum, ruled, per_day, figures, kept, precise or asked.precision == 0)


def _best(points: Sequence[BudgetPoint]) -> BudgetPoint:
    """Return what warns of most leavings within the budget at the precision; failing that, what comes nearest.

    Nearest: within the budget the most precise of those that rest on LEAST_JUDGED alerts or more; where nothing stays
    within it, the fewest a day. Equals go to the higher thresholds, which ask less of people.
    """
    full = [point for point in points if point.kept and point.precise]
    if full:
        return max(full, key=lambda point: (point.figures.warned, -point.per_day, point.minimum_risk))
    kept = [point for point in points if point.kept and point.figures.judged >= LEAST_JUDGED] or [
        point for point in points if point.kept
    ]
    if kept:
        return max(kept, key=lambda point: (_precision(point), point.minimum_risk))
    return min(points, key=lambda point: (point.per_day, -point.minimum_risk, -point.minimum_risk_with_rule))


def _precision(point: BudgetPoint) -> float:
    return point.figures.precision.value if point.figures.precision else -1.0


def _verdict(best: BudgetPoint, asked: BudgetAsked, shown: PolicyBacktest) -> str:
    if not best.kept:
        return "over"
    if asked.precision == 0:
        return "reached"
    if best.figures.precision is None:
        return "few"
    if not best.precise:
        return "unreachable"
    later = shown.candidate.total.precision
    return "reached" if later is not None and later.high >= asked.precision else "later"


def _thresholds(policy: Policy, minimum: float, ruled: float) -> Policy:
    alerts = msgspec.structs.replace(policy.alerts, minimum_risk=minimum, minimum_risk_with_rule=ruled)
    return msgspec.structs.replace(policy, alerts=alerts)


def _unbounded(policy: Policy) -> Policy:
    return msgspec.structs.replace(
        policy, alerts=msgspec.structs.replace(policy.alerts, budget_per_day="unlimited", budget_precision=0.0)
    )

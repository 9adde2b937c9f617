"""Counting how alerts ended: per rule, cause, tier, playbook and channel."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add
from types import MappingProxyType
from typing import Literal

from staycourse.kernel import Money
from staycourse.review.counted import EndingCount, LeaverCount
from staycourse.review.outcomes import UNTREATED, Ending

By = Literal["all", "rule", "cause", "tier", "playbook", "channel"]

_GROUPS: Mapping[By, Callable[[EndingCount], tuple[str, ...]]] = MappingProxyType(
    {
        "all": lambda _: ("",),
        "rule": lambda one: one.rules,
        "cause": lambda one: (one.cause,),
        "tier": lambda one: (one.tier,),
        "playbook": lambda one: (one.playbook,) if one.playbook else (),
        "channel": lambda one: (one.channel,) if one.channel else (),
    }
)
"""To which groups alerts belong: each rule that fired is one, so the rules' tallies overlap."""

_FOUND_BY: Mapping[By, Callable[[LeaverCount], Collection[str]]] = MappingProxyType(
    {
        "all": lambda _: ("",),
        "rule": lambda left: left.rules,
        "cause": lambda left: left.causes,
        "tier": lambda left: (left.tier,),  # their own, so that no tier finds more than it lost
    }
)
"""Which groups found leavers for whom there was an alert; playbooks and channels find nobody."""


@dataclass(frozen=True, slots=True)
class Leaver:
    """One enrolment that was lost on `left_on`: the withdrawal, or the day on which a silence reached the horizon."""

    learner: str
    course: str
    tier: str
    left_on: date


@dataclass(frozen=True, slots=True)
class EndingTally:
    """How the alerts of one group ended.

    `n` are the judged; `not_judged` those whose course ended first. Precision is the share that churned, told twice:
    `precision_untreated` among the held-out, which is how right the alerts are, and `precision_treated` among all the
    others, which help has lowered where it helps. `recall` is the share of all leavers (of the tier, by tier) for whom
    an alert of the group was opened before they left, within its horizon; None by playbook and channel, which find
    nobody. `contacted_despite_hold_out` should be 0. `cost` is what the judged alerts cost together, `cost_per_saved`
    that divided by `saved`, to the nearest minor unit; **it proves nothing**: many of the saved would have come back by
    themselves (Evidence.cost_per_kept has the honest figure). Money is None if nothing was spent.
    """

    n: int
    not_judged: int
    churned: int
    saved: int
    false_alarms: int
    n_untreated: int
    precision_untreated: float | None
    precision_treated: float | None
    recall: float | None
    median_lead_days: float | None
    contacted_despite_hold_out: int
    cost: Money | None
    cost_per_saved: Money | None


def tally_endings(
    counts: Iterable[EndingCount], by: By, *, leavers: Sequence[LeaverCount] = ()
) -> dict[str, EndingTally]:
    """Return the tally of each group by its name, sorted; `all` has one group named "".

    BadInput if costs are in several currencies.
    """
    groups: defaultdict[str, list[EndingCount]] = defaultdict(list)
    for one in counts:
        for name in _GROUPS[by](one):
            groups[name].append(one)
    return {name: _tally(groups[name], _recall(name, by, leavers)) for name in sorted(groups)}


def _tally(counts: Sequence[EndingCount], recall: float | None) -> EndingTally:
    judged = [one for one in counts if one.ending != "not_judged"]
    untreated = [one for one in judged if one.arm in UNTREATED]
    treated = [one for one in judged if one.arm not in UNTREATED]
    saved, cost = _ended(judged, "saved"), _cost(judged)
    return EndingTally(
        n=_sum(judged),
        not_judged=_ended(counts, "not_judged"),
        churned=_ended(judged, "churned"),
        saved=saved,
        false_alarms=_ended(judged, "false_alarm"),
        n_untreated=_sum(untreated),
        precision_untreated=_ended(untreated, "churned") / _sum(untreated) if untreated else None,
        precision_treated=_ended(treated, "churned") / _sum(treated) if treated else None,
        recall=recall,
        median_lead_days=_median_lead(judged),
        contacted_despite_hold_out=sum(one.contacted for one in untreated),
        cost=cost,
        cost_per_saved=Money(round(cost.minor / saved), cost.currency) if cost and saved else None,
    )


def _sum(counts: Iterable[EndingCount]) -> int:
    return sum(one.n for one in counts)


def _ended(counts: Iterable[EndingCount], ending: Ending) -> int:
    return sum(one.n for one in counts if one.ending == ending)


def _median_lead(counts: Iterable[EndingCount]) -> float | None:
    """Return the median of the lead days: of an even number of alerts the mean of the two in the middle."""
    days: Counter[int] = Counter()
    for one in counts:
        if one.lead_days is not None:
            days[one.lead_days] += one.n
    total, passed, middle = days.total(), 0, []
    for day in sorted(days):
        # Of the places from 0 on that hold this day, those that are in the middle.
        middle += [day] * sum(passed <= place < passed + days[day] for place in ((total - 1) // 2, total // 2))
        passed += days[day]
    return sum(middle) / 2 if middle else None


def _cost(counts: Iterable[EndingCount]) -> Money | None:
    by_currency: defaultdict[str, int] = defaultdict(int)
    for one in counts:
        if one.cost_minor and one.currency:
            by_currency[one.currency] += one.cost_minor
    amounts = [Money(minor, currency) for currency, minor in sorted(by_currency.items())]
    return reduce(add, amounts) if amounts else None


def _recall(name: str, by: By, leavers: Sequence[LeaverCount]) -> float | None:
    """Return the share of the leavers for whom one of the group's alerts was opened before, within its horizon."""
    if by not in _FOUND_BY:
        return None
    base = sum(left.n for left in leavers if by != "tier" or left.tier == name)
    found = sum(left.n for left in leavers if left.found and name in _FOUND_BY[by](left))
    return found / base if base else None

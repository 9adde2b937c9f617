"""Counting how alerts ended: per rule, cause, tier, playbook and channel."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import reduce
from operator import add
from statistics import median
from types import MappingProxyType
from typing import Literal

from staycourse.kernel import Money
from staycourse.review.outcomes import UNTREATED, AlertFacts, Ended

By = Literal["all", "rule", "cause", "tier", "playbook", "channel"]

_GROUPS: Mapping[By, Callable[[AlertFacts], tuple[str, ...]]] = MappingProxyType(
    {
        "all": lambda _: ("",),
        "rule": lambda facts: facts.rules,
        "cause": lambda facts: (facts.cause,),
        "tier": lambda facts: (facts.tier,),
        "playbook": lambda facts: (facts.playbook,) if facts.playbook else (),
        "channel": lambda facts: (facts.channel,) if facts.channel else (),
    }
)
"""To which groups an alert belongs: each rule that fired is one, so the rules' tallies overlap."""


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
    ended: Sequence[Ended], by: By, *, leavers: Sequence[Leaver] = (), alerts: Sequence[AlertFacts] | None = None
) -> dict[str, EndingTally]:
    """Return the tally of each group by its name, sorted; `all` has one group named "".

    `alerts` are all that were open before the `leavers` left, judged or not (the judged ones if not given). BadInput
    if costs are in several currencies.
    """
    groups: defaultdict[str, list[Ended]] = defaultdict(list)
    for one in ended:
        for name in _GROUPS[by](one.facts):
            groups[name].append(one)
    recalls = _recalls([one.facts for one in ended] if alerts is None else alerts, by, leavers)
    return {name: _tally(groups[name], recalls.get(name)) for name in sorted(groups)}


def _tally(ended: Sequence[Ended], recall: float | None) -> EndingTally:
    judged = [one for one in ended if one.ending != "not_judged"]
    untreated = [one for one in judged if one.facts.arm in UNTREATED]
    treated = [one for one in judged if one.facts.arm not in UNTREATED]
    saved = sum(one.ending == "saved" for one in judged)
    leads = [one.lead_days for one in judged if one.lead_days is not None]
    cost = _cost(judged)
    return EndingTally(
        n=len(judged),
        not_judged=len(ended) - len(judged),
        churned=_churned(judged),
        saved=saved,
        false_alarms=sum(one.ending == "false_alarm" for one in judged),
        n_untreated=len(untreated),
        precision_untreated=_churned(untreated) / len(untreated) if untreated else None,
        precision_treated=_churned(treated) / len(treated) if treated else None,
        recall=recall,
        median_lead_days=float(median(leads)) if leads else None,
        contacted_despite_hold_out=sum(one.facts.contacted_on is not None for one in untreated),
        cost=cost,
        cost_per_saved=Money(round(cost.minor / saved), cost.currency) if cost and saved else None,
    )


def _churned(ended: Iterable[Ended]) -> int:
    return sum(one.ending == "churned" for one in ended)


def _cost(ended: Sequence[Ended]) -> Money | None:
    by_currency: defaultdict[str, int] = defaultdict(int)
    for one in ended:
        if one.facts.cost_minor and one.facts.currency:
            by_currency[one.facts.currency] += one.facts.cost_minor
    amounts = [Money(minor, currency) for currency, minor in sorted(by_currency.items())]
    return reduce(add, amounts) if amounts else None


def _recalls(alerts: Sequence[AlertFacts], by: By, leavers: Sequence[Leaver]) -> dict[str, float]:
    """Return per group the share of the leavers for whom one of its alerts was opened before, within its horizon."""
    if not leavers or by in {"playbook", "channel"}:
        return {}
    opened: defaultdict[tuple[str, str], list[AlertFacts]] = defaultdict(list)
    for facts in alerts:
        opened[facts.learner, facts.course].append(facts)
    found: defaultdict[str, int] = defaultdict(int)
    left: defaultdict[str, int] = defaultdict(int)
    for leaver in leavers:
        left[leaver.tier] += 1
        before = [
            facts for facts in opened[leaver.learner, leaver.course] if facts.as_of < leaver.left_on <= facts.due_on
        ]
        # The tier is the leaver's own, so that no tier finds more than it lost.
        groups = {leaver.tier} if by == "tier" else {name for facts in before for name in _GROUPS[by](facts)}
        for name in groups if before else ():
            found[name] += 1
    names = {name for facts in alerts for name in _GROUPS[by](facts)}
    return {name: found[name] / base for name in names if (base := left[name] if by == "tier" else len(leavers))}

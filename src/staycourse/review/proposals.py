"""What thresholds, weights and horizon would have been better: chosen on earlier days, shown on later ones.

For each thing that the policy could say otherwise a few values are tried on the earlier days, one thing at a time, and
the best by balance (F1 of the alerts' precision and recall) is kept. It is proposed only if it is better on the later
days too, by more than chance: the interval of the difference, from resampling learners, must lie above 0 at 95 %
shared among all that was tried there (Bonferroni). Nothing is changed; a proposal is a text that a person may accept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
import pyarrow as pa

from staycourse.kernel import BadInput, NotEnoughData
from staycourse.policy import Policy, load_policy
from staycourse.review.changes import PolicyChange, policy_changes
from staycourse.review.intervals import Interval, Numbers, resampled
from staycourse.review.options import Option, options_of
from staycourse.review.past import UNKNOWN, Past
from staycourse.review.patches import Edit, edited
from staycourse.review.policy_backtest import PolicyBacktest, compared
from staycourse.review.quality import balance_of, counts_by_learner, difference
from staycourse.review.replay import Replay, learners_of, replay
from staycourse.risk import Scorecard, churn_proposals
from staycourse.signals import SIGNALS_BY_NAME

NOISE = 0.05
LEAST_ALERTS = 30
"""Fewer alerts judged on the earlier days, and nothing is chosen by them."""

Values = dict[str, float | int | str]


@dataclass(frozen=True, slots=True)
class PolicyProposal:
    """One change worth a person's look.

    `reason` is a message `policy.proposal.<reason>` with `values`; `text` the whole policy with it; `gain` the
    difference of balance on the later days (of the risk's mean squared error for the scorecard; None for the horizon,
    which rests on the return curve); `shown` the back-test on the later days beside today's policy.
    """

    name: str
    reason: str
    values: Values
    changes: tuple[PolicyChange, ...]
    text: str
    gain: Interval | None
    shown: PolicyBacktest


@dataclass(frozen=True, slots=True)
class Declined:
    """Something that was looked at and is not proposed: a message `policy.declined.<reason>` with `values`."""

    name: str
    reason: str
    values: Values
    gain: Interval | None = None


@dataclass(frozen=True, slots=True)
class ProposalReport:
    """What was proposed and what not. `text` holds all of `proposals` that go together (see `combined`), "" if none;
    `together` is its back-test. `level` is the confidence that each interval had to have.
    """

    chosen_from: date
    chosen_to: date
    shown_from: date
    shown_to: date
    level: float
    proposals: tuple[PolicyProposal, ...]
    declined: tuple[Declined, ...]
    text: str
    combined: tuple[str, ...]
    together: PolicyBacktest | None


@dataclass(frozen=True, slots=True)
class _Study:
    """The days split in two, today's policy with its text, and what it came to on either part."""

    past: Past
    policy: Policy
    text: str
    first: date
    split: date
    before: Replay

    @property
    def chosen_to(self) -> date:
        return max(day for day in self.past.days if day < self.split)

    def early(self, policy: Policy) -> Replay:
        return replay(self.past, policy, counts_from=self.first, last=self.chosen_to)


@dataclass(frozen=True, slots=True)
class _Found:
    """An option that was best on the earlier days, with the policy and its gain there."""

    option: Option
    edits: tuple[Edit, ...]
    new: float | str
    policy: Policy
    early: Interval


def propose(past: Past, policy: Policy, text: str, *, first: date, split: date) -> ProposalReport:
    """Look for better thresholds, weights and horizon on `past`: chosen from `first` to before `split`, shown after.

    `text` is the policy in force as written. BadInput where either part has no day; NotEnoughData where nobody was
    enrolled in the later one.
    """
    if not any(first <= day < split for day in past.days) or past.days[-1] < split:
        raise BadInput("there are too few days to choose on some and show on later ones", where="--from",
                       mend="ask about a longer time")  # fmt: skip
    study = _Study(past, policy, text, first, split, _run(past, policy, first, split))
    declined: list[Declined] = []
    found = list(_chosen(study, declined))
    level = 1 - NOISE / max(1, len(found) + 1)
    proposals = [made for one in found if (made := _shown(study, one, level, declined)) is not None]
    proposals += _weights(study, level, declined)
    proposals += _horizon(study, declined)
    combined, whole = _combined(study, found, {made.name for made in proposals})
    return ProposalReport(
        chosen_from=first, chosen_to=study.chosen_to, shown_from=split, shown_to=past.days[-1], level=level,
        proposals=tuple(proposals), declined=tuple(declined), text=whole, combined=combined,
        together=compared(past, policy, _policy(whole), first=split) if whole else None,
    )  # fmt: skip


def _run(past: Past, policy: Policy, first: date, split: date) -> Replay:
    return replay(past, policy, counts_from=first, last=max(day for day in past.days if day < split))


def _chosen(study: _Study, declined: list[Declined]) -> Iterator[_Found]:
    """Yield for each thing that can be said otherwise the value that was best on the earlier days."""
    opened = Counter(rule for alert in study.before.opened for rule in alert.rules)
    few: set[str] = set()
    for option in options_of(study.policy):
        if option.rule and opened[option.rule] < LEAST_ALERTS:
            if option.rule not in few:
                few.add(option.rule)
                values: Values = {"rule": option.rule, "n": opened[option.rule], "least": LEAST_ALERTS}
                declined.append(Declined(f"rule.{option.rule}", "few", values))
            continue
        best: _Found | None = None
        for choice in option.choices:
            policy = _policy(edited(study.text, choice.edits))
            gain = _gain(study.before, study.early(policy))
            if gain and gain.value > 0 and (best is None or gain.value > best.early.value):
                best = _Found(option, choice.edits, choice.value, policy, gain)
        if best is None:
            declined.append(Declined(option.name, "best", _values(option, option.today)))
        else:
            yield best


def _shown(study: _Study, found: _Found, level: float, declined: list[Declined]) -> PolicyProposal | None:
    """Return the proposal if it holds on the later days; else note why it is none."""
    shown = compared(study.past, study.policy, found.policy, first=study.split)
    gain = _gain(_late(study, study.policy), _late(study, found.policy), level)
    values = _values(found.option, found.new)
    if gain is None or gain.low <= 0:
        reason = "worse" if gain is not None and gain.value <= 0 else "noise"
        declined.append(Declined(found.option.name, reason, values, gain))
        return None
    return PolicyProposal(
        name=found.option.name,
        reason=found.option.kind,
        values=values | _figures(shown),
        changes=policy_changes(study.policy, found.policy),
        text=edited(study.text, found.edits),
        gain=gain,
        shown=shown,
    )


def _weights(study: _Study, level: float, declined: list[Declined]) -> list[PolicyProposal]:
    """Propose the scorecard's learned weights if, scoring alone, they come closer to what happened later."""
    try:
        card = Scorecard.learn(study.past.lessons(study.policy), study.policy)
    except NotEnoughData:
        declined.append(Declined("scorecard", "unlearned", {}))
        return []
    weights = tuple(Edit(("scorecard", "items", place, "weight"), round(weight, 2) + 0.0)
                    for place, weight in enumerate(card.weights))  # fmt: skip
    edits = (*weights, Edit(("scorecard", "intercept"), round(card.intercept, 2) + 0.0))
    text = edited(study.text, edits)
    policy, past = _policy(text), study.past.by_cards()
    gain = _closer(past, study, policy, level)
    if gain is None or gain.low <= 0:
        declined.append(Declined("scorecard", "worse" if gain and gain.value <= 0 else "noise", {}, gain))
        return []
    changes = policy_changes(study.policy, policy)
    shown = compared(past, study.policy, policy, first=study.split)
    values: Values = {"lines": len(changes)}
    return [PolicyProposal("scorecard", "scorecard", values | _figures(shown), changes, text, gain, shown)]


def _closer(past: Past, study: _Study, policy: Policy, level: float) -> Interval | None:
    """Return by how much the mean squared error of the risk (Brier 1950) is less than with today's weights."""
    counts: dict[str, Numbers] = {}
    for day in past.seen(policy):
        known = day.outcome != UNKNOWN
        if day.as_of < study.split or not known.any():
            continue
        before, after = (past.risks(tried, day) for tried in (study.policy, policy))
        errors = [(np.asarray(risks["risk"].to_numpy()) - day.outcome) ** 2 for risks in (before, after)]
        rows = np.column_stack([np.ones(len(known)), *errors])[known]
        for learner, row in zip(before["learner"].filter(pa.array(known)).to_pylist(), rows, strict=True):
            counts[learner] = counts[learner] + row if learner in counts else row
    if not counts:
        return None
    table = np.stack([counts[learner] for learner in sorted(counts)])
    return resampled(table, lambda sums: (sums[..., 1] - sums[..., 2]) / np.maximum(sums[..., 0], 1.0), level)


def _horizon(study: _Study, declined: list[Declined]) -> list[PolicyProposal]:
    """Propose the return curve's horizon if it said the same before and after, give or take a day."""
    past, churn = study.past, study.policy.churn
    told = [churn_proposals(past.engine.gaps(past.tenant, day, past.courses), churn)
            for day in (study.split, past.known_by)]  # fmt: skip
    days = [curves[0].horizon_days for curves in told if curves]
    if churn.label != "silence" or len(days) < len(told) or None in days:
        declined.append(Declined("horizon", "no_curve", {}))
        return []
    early, late = (int(day or 0) for day in days)
    values: Values = {"old": churn.horizon_days, "new": early, "later": late}
    if early == churn.horizon_days or abs(early - late) > 1:
        declined.append(Declined("horizon", "unsteady" if abs(early - late) > 1 else "agrees", values))
        return []
    text = edited(study.text, (Edit(("churn", "horizon_days"), early),))
    policy = _policy(text)
    shown = compared(past, study.policy, policy, first=study.split)
    values |= {"return_share": churn.return_share, "follow_days": churn.follow_days}
    reason = "horizon_longest" if told[0][0].reasoning.endswith(".longest") else "horizon"
    return [PolicyProposal("horizon", reason, values, policy_changes(study.policy, policy), text, None, shown)]


def _combined(study: _Study, found: Sequence[_Found], held: set[str]) -> tuple[tuple[str, ...], str]:
    """Lay the thresholds that held over each other, the best first, as long as each still helps on the earlier days."""
    names: list[str] = []
    edits: list[Edit] = []
    so_far = study.before
    for one in sorted(found, key=lambda one: -one.early.value):
        if one.option.name not in held:
            continue
        tried = study.early(_policy(edited(study.text, [*edits, *one.edits])))
        gain = _gain(so_far, tried)
        if gain and gain.value > 0:
            names.append(one.option.name)
            edits += one.edits
            so_far = tried
    return tuple(names), edited(study.text, edits) if edits else ""


def _late(study: _Study, policy: Policy) -> Replay:
    return replay(study.past, policy, counts_from=study.split)


def _gain(today: Replay, other: Replay, level: float = 0.95) -> Interval | None:
    named = learners_of((today, other))
    return difference(counts_by_learner(today, named), counts_by_learner(other, named), balance_of, level)


def _policy(text: str) -> Policy:
    return load_policy(text, signals=SIGNALS_BY_NAME, source="proposal")


def _values(option: Option, new: float | str) -> Values:
    named: Mapping[str, str] = {"rule": option.rule, "tier": option.tier, "signal": option.signal}
    return {name: value for name, value in named.items() if value} | {"old": option.today, "new": new}


def _figures(shown: PolicyBacktest) -> Values:
    """Return what the words of a reason name: precision and recall before and after, alerts and hours."""
    values: Values = {}
    for name, policy in (("old", shown.today), ("new", shown.candidate)):
        total = policy.total
        values[f"precision_share_{name}"] = total.precision.value if total.precision else float("nan")
        values[f"recall_share_{name}"] = total.recall.value if total.recall else float("nan")
        values[f"alerts_{name}"] = total.alerts
        values[f"hours_{name}"] = policy.effort.people_hours
    return values

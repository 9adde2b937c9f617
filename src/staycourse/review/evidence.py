"""The evidence for a playbook: its uplift against its hold-out, whether to trust the figures, and what it costs."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from staycourse.kernel import BadInput, Money
from staycourse.policy import Judged
from staycourse.review.arms import Bounds, Counts, Stratum, comparable, pooled
from staycourse.review.compared import seen_of_alerts, strata_by_tier
from staycourse.review.counted import counts_of
from staycourse.review.experiments import SAMPLE_RATIO_P, Detectable, detectable, sample_ratio
from staycourse.review.guardrails import GuardRail
from staycourse.review.outcomes import Ended
from staycourse.review.sequential import TUNING
from staycourse.review.uplift import Uplift, uplift

Verdict = Literal["helps", "harms", "not_yet_known", "no_difference_larger_than"]
Because = Literal["interval", "too_few_outcomes", "draw_broken"]


@dataclass(frozen=True, slots=True)
class EvidenceRules:
    """By what the evidence is weighed; to be fixed before an experiment starts.

    `minimum_outcomes`: so many learners who stayed and so many who left are needed in each arm before any uplift is
    shown. `matters`: the smallest difference of the shares worth knowing; an interval within it on both sides says that
    there is no difference larger than its farther end.
    """

    alpha: float = 0.05
    tuning: int = TUNING
    power: float = 0.8
    minimum_outcomes: int = 20
    matters: float = 0.05

    def __post_init__(self) -> None:
        if not (0 < self.alpha < 1 and 0 < self.power < 1 and 0 < self.matters < 1 and self.minimum_outcomes >= 1):
            raise BadInput(
                "the evidence's rules are shares and counts", where="rules", mend="keep them above 0, below 1"
            )


@dataclass(frozen=True, slots=True)
class Evidence:
    """What is known of one playbook (or of all care together, `playbook` None).

    `treated` and `held`: learners, and those of them who were kept: who did within the horizon of their first
    alert, or entry, what `judged_by` names (after an alert: stayed). `outcomes`: of each arm, the fewest who were
    kept or lost, and `needed` how many there must be. `uplift` is None while too little is known or the draw is
    broken. `verdict` rests on the always-valid interval, so it may be read every week; `value` is the difference
    that a `no_difference_larger_than` names; `because` says why. `sample_ratio_p` below 0.001: the draw is broken.
    `detectable`: what so many learners would show. `cost` was spent on the treated; `cost_per_kept` divides it by
    those who stayed because of the playbook (uplift × treated), with its range from the always-valid interval;
    given only where it helps.
    """

    playbook: str | None
    treated: Counts
    held: Counts
    uplift: Uplift | None
    verdict: Verdict
    because: Because
    value: float | None
    sample_ratio_p: float | None
    guard_rails: tuple[GuardRail, ...]
    detectable: Detectable | None
    cost: Money | None
    cost_per_kept: Money | None
    cost_per_kept_range: tuple[Money, Money] | None
    judged_by: Judged = "stays"
    outcomes: int = 0
    needed: int = 0


def weigh(
    playbook: str | None,
    arms: Sequence[Stratum],
    *,
    guard_rails: Iterable[GuardRail] = (),
    cost: Money | None = None,
    rules: EvidenceRules | None = None,
    judged_by: Judged = "stays",
) -> Evidence:
    """Weigh what `arms` (shares of those who were kept, one per tier) say of a playbook. None: nothing is known."""
    rules = rules or EvidenceRules()
    treated, held = pooled([one.treated for one in arms]), pooled([one.held for one in arms])
    drawn = _draw(arms)
    broken = drawn is not None and drawn < SAMPLE_RATIO_P
    outcomes = _fewest(arms)
    few = outcomes < rules.minimum_outcomes
    found = None if broken or few else uplift(arms, alpha=rules.alpha, tuning=rules.tuning)
    verdict, value = _verdict(found.always_valid if found else None, rules.matters)
    kept, span = _cost_per_kept(cost, treated.n, found if verdict == "helps" else None)
    return Evidence(
        playbook=playbook,
        treated=treated,
        held=held,
        uplift=found,
        verdict=verdict,
        because="draw_broken" if broken else "too_few_outcomes" if few else "interval",
        value=value,
        sample_ratio_p=drawn,
        guard_rails=tuple(guard_rails),
        detectable=_detectable(arms, held, rules),
        cost=cost,
        cost_per_kept=kept,
        cost_per_kept_range=span,
        judged_by=judged_by,
        outcomes=outcomes,
        needed=rules.minimum_outcomes,
    )


def strata_of(
    ended: Iterable[Ended], playbook: str | None, held_share: float | Mapping[str, float]
) -> tuple[Stratum, ...]:
    """Return the arms of `playbook` by tier, from how its alerts ended; None: all care against the global hold-out.

    See review.compared for who counts.
    """
    return strata_by_tier(seen_of_alerts(counts_of(ended), playbook), held_share)


def _draw(strata: Sequence[Stratum]) -> float | None:
    """Return the sample-ratio p over all tiers, the stated shares weighed by the tiers' sizes."""
    total = sum(one.n for one in strata)
    if total == 0:
        return None
    stated = sum(one.n * one.held_share for one in strata) / total
    return sample_ratio([sum(one.treated.n for one in strata), sum(one.held.n for one in strata)], [1 - stated, stated])


def _fewest(strata: Sequence[Stratum]) -> int:
    used = comparable(strata)
    arms = (pooled([one.treated for one in used]), pooled([one.held for one in used]))
    return min(min(arm.successes, arm.n - arm.successes) for arm in arms)


def _verdict(interval: Bounds | None, matters: float) -> tuple[Verdict, float | None]:
    if interval is None:
        return "not_yet_known", None
    if interval.low > 0:
        return "helps", None
    if interval.high < 0:
        return "harms", None
    farthest = max(-interval.low, interval.high)
    return ("no_difference_larger_than", farthest) if farthest <= matters else ("not_yet_known", None)


def _detectable(strata: Sequence[Stratum], held: Counts, rules: EvidenceRules) -> Detectable | None:
    """Return what this many learners would show, at the share that stayed among the held-out so far."""
    n = sum(one.n for one in strata)
    if held.n in {0, n} or held.mean == 1:
        return None
    return detectable(n, held.n / n, held.mean, alpha=rules.alpha, power=rules.power, tuning=rules.tuning)


def _cost_per_kept(
    cost: Money | None, n_treated: int, found: Uplift | None
) -> tuple[Money | None, tuple[Money, Money] | None]:
    if cost is None or found is None or found.always_valid is None:
        return None, None

    def per_kept(difference: float) -> Money:
        return Money(round(cost.minor / (difference * n_treated)), cost.currency)

    return per_kept(found.difference), (per_kept(found.always_valid.high), per_kept(found.always_valid.low))

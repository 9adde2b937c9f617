"""The uplift: what help added beside what happened by itself, post-stratified by tier, with two kinds of intervals.

The hold-out is drawn by hash within tiers, so each tier is an experiment of its own. The tiers' differences are
averaged by the tiers' sizes (both arms together): Miratrix, Sekhon and Yu, "Adjusting treatment effect estimates by
post-stratification in randomized experiments", JRSS B 75(2), 2013.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from staycourse.kernel import NotEnoughData
from staycourse.review.arms import Arm, Bounds, Counts, Stratum, comparable
from staycourse.review.sequential import TUNING, always_valid_multiplier


@dataclass(frozen=True, slots=True)
class Uplift:
    """What the treated have above the held-out.

    `treated` and `held` are the post-stratified shares or averages, `difference` the first less the second, and
    `relative` the difference as a part of `held` (None where `held` is not above 0). `fixed` holds at a size that was
    fixed before; `always_valid` holds however often it is looked at, and is what may be acted on (None where an arm
    does not vary: then nothing is known of its error). `left_out` are learners of tiers with fewer than two in an arm.
    """

    treated: float
    held: float
    difference: float
    fixed: Bounds
    always_valid: Bounds | None
    relative: float | None
    relative_fixed: Bounds | None
    relative_always_valid: Bounds | None
    n_treated: int
    n_held: int
    left_out: int


@dataclass(frozen=True, slots=True)
class _Side:
    """One arm over all strata: mean, variance of the mean, and what Welch's degrees of freedom need."""

    mean: float
    error: float
    tail: float
    n: int


def uplift(strata: Sequence[Stratum], *, alpha: float = 0.05, tuning: int = TUNING) -> Uplift:
    """Return the uplift with intervals of confidence 1 - `alpha`; NotEnoughData if no stratum can be compared.

    Shares: Newcombe's hybrid score interval (Statistics in Medicine 17, 1998, method 10), each arm's Wilson limits at
    the effective size of its post-stratified share; with one stratum exactly his. Averages: Welch's. The relative
    uplift: on the log scale for shares (Katz et al., Biometrics 34, 1978), by the delta method for averages, as
    GrowthBook.
    """
    used = comparable(strata)
    if not used:
        raise NotEnoughData("no tier has two learners in each arm", where="uplift", mend="wait for more alerts to end")
    weights = [stratum.n / sum(one.n for one in used) for stratum in used]
    treated, held = _side([one.treated for one in used], weights), _side([one.held for one in used], weights)
    of_shares = isinstance(used[0].treated, Counts)
    normal = NormalDist().inv_cdf(1 - alpha / 2)
    fixed = _newcombe(treated, held, normal) if of_shares else _plain(treated, held, _student(treated, held, alpha))
    varied = treated.error > 0 and held.error > 0
    reach = always_valid_multiplier(treated.n + held.n, alpha=alpha, tuning=tuning)
    always = _plain(treated, held, reach) if varied else None
    relative = (treated.mean - held.mean) / held.mean if held.mean > 0 else None
    around = _relative_log if of_shares else _relative_delta
    return Uplift(
        treated=treated.mean,
        held=held.mean,
        difference=treated.mean - held.mean,
        fixed=fixed,
        always_valid=_within(always) if always is not None and of_shares else always,
        relative=relative,
        relative_fixed=around(treated, held, normal if of_shares else _student(treated, held, alpha)),
        relative_always_valid=around(treated, held, reach) if varied else None,
        n_treated=treated.n,
        n_held=held.n,
        left_out=sum(stratum.n for stratum in strata) - treated.n - held.n,
    )


def wilson(share: float, n: float, reach: float) -> Bounds:
    """Return Wilson's score interval (JASA 22, 1927) of a share among `n`, `reach` standard errors to each side."""
    middle = (share + reach**2 / (2 * n)) / (1 + reach**2 / n)
    half = reach / (1 + reach**2 / n) * math.sqrt(share * (1 - share) / n + reach**2 / (4 * n**2))
    return Bounds(max(0.0, middle - half), min(1.0, middle + half))


def _side(arms: Sequence[Arm], weights: Sequence[float]) -> _Side:
    parts = [weight**2 * arm.variance / arm.n for arm, weight in zip(arms, weights, strict=True)]
    return _Side(
        mean=sum(weight * arm.mean for arm, weight in zip(arms, weights, strict=True)),
        error=sum(parts),
        tail=sum(part**2 / (arm.n - 1) for arm, part in zip(arms, parts, strict=True)),
        n=sum(arm.n for arm in arms),
    )


def _plain(treated: _Side, held: _Side, reach: float) -> Bounds:
    half = reach * math.sqrt(treated.error + held.error)
    return Bounds(treated.mean - held.mean - half, treated.mean - held.mean + half)


def _newcombe(treated: _Side, held: _Side, reach: float) -> Bounds:
    difference = treated.mean - held.mean
    here, there = _score(treated, reach), _score(held, reach)
    low = difference - math.hypot(treated.mean - here.low, there.high - held.mean)
    high = difference + math.hypot(here.high - treated.mean, held.mean - there.low)
    return Bounds(max(-1.0, low), min(1.0, high))  # rounding may reach past what two shares can differ by


def _score(side: _Side, reach: float) -> Bounds:
    """Wilson's interval at the size at which a plain sample's share would have this error."""
    effective = side.mean * (1 - side.mean) / side.error if side.error > 0 else side.n
    return wilson(side.mean, effective, reach)


def _student(treated: _Side, held: _Side, alpha: float) -> float:
    """Return Student's quantile at the degrees of freedom of Welch and Satterthwaite."""
    from scipy.special import stdtrit

    if treated.tail + held.tail == 0:
        return NormalDist().inv_cdf(1 - alpha / 2)
    freedom = (treated.error + held.error) ** 2 / (treated.tail + held.tail)
    return float(stdtrit(freedom, 1 - alpha / 2))


def _relative_log(treated: _Side, held: _Side, reach: float) -> Bounds | None:
    if treated.mean <= 0 or held.mean <= 0:
        return None
    ratio = treated.mean / held.mean
    half = reach * math.sqrt(treated.error / treated.mean**2 + held.error / held.mean**2)
    return Bounds(ratio * math.exp(-half) - 1, ratio * math.exp(half) - 1)


def _relative_delta(treated: _Side, held: _Side, reach: float) -> Bounds | None:
    if held.mean <= 0:
        return None
    ratio = treated.mean / held.mean
    half = reach * math.sqrt(treated.error + held.error * ratio**2) / held.mean
    return Bounds(ratio - 1 - half, ratio - 1 + half)


def _within(interval: Bounds) -> Bounds:
    """Shares cannot differ by more than everything."""
    return Bounds(max(-1.0, interval.low), min(1.0, interval.high))

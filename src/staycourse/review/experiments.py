"""What must be known before an experiment starts, and whether its draw went as stated."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

from staycourse.kernel import BadInput, worded
from staycourse.review.sequential import TUNING, always_valid_multiplier

SAMPLE_RATIO_P = 0.001
"""Below this the draw is taken as broken (Fabijan et al., "Diagnosing sample ratio mismatch in online controlled
experiments", KDD 2019): small, because it is asked of every experiment every week.
"""


@dataclass(frozen=True, slots=True)
class Detectable:
    """The smallest gain in the share that stays which `n` learners would show with probability `power`.

    `fixed`: looked at once, at the end. `always_valid`: by the interval that is acted on, looked at once at the end
    (who looks earlier too finds it at least as often). None where even everybody staying would not be told from chance.
    """

    n: int
    held_share: float
    base_rate: float
    power: float
    fixed: float | None
    always_valid: float | None


def detectable(
    n: int, held_share: float, base_rate: float, *, alpha: float = 0.05, power: float = 0.8, tuning: int = TUNING
) -> Detectable:
    """Return the minimum detectable effect of `n` learners of whom `held_share` are held out.

    `base_rate` is the share that stays without help. BadInput for shares outside 0 to 1 or an arm without learners.
    """
    if not (0 < held_share < 1 and 0 <= base_rate < 1 and 0 < power < 1):
        raise BadInput(
            "shares lie between 0 and 1", where="detectable", mend="give hold-out, base rate and power as shares"
        )
    if n * min(held_share, 1 - held_share) < 1:
        raise BadInput(
            worded("{n} learners leave an arm empty", n=n),
            where="detectable",
            mend="take more learners or a larger arm",
        )
    reach = NormalDist().inv_cdf(1 - alpha / 2)
    often = NormalDist().inv_cdf(power)
    always = always_valid_multiplier(n, alpha=alpha, tuning=tuning)
    arms = (n * (1 - held_share), n * held_share)
    return Detectable(
        n, held_share, base_rate, power, _gain(arms, base_rate, reach + often), _gain(arms, base_rate, always + often)
    )


def _gain(arms: tuple[float, float], base: float, errors: float) -> float | None:
    """Return the gain that is `errors` of its own standard errors large: what is above it shows at least as often."""
    from scipy.optimize import brentq

    def short(gain: float) -> float:
        reached = min(1.0, base + gain)
        return gain - errors * math.sqrt(reached * (1 - reached) / arms[0] + base * (1 - base) / arms[1])

    if short(1 - base) < 0:
        return None
    if short(0.0) >= 0:  # Nobody stays by themselves: any who stay were helped, the error vanishes with the gain.
        return float(brentq(short, 1 / (arms[0] + 1), 1 - base)) if short(1 / (arms[0] + 1)) < 0 else 1 / arms[0]
    return float(brentq(short, 0.0, 1 - base))


def sample_ratio(observed: Sequence[int], shares: Sequence[float]) -> float | None:
    """Return the p-value of Pearson's chi-square: how surprising the arms' sizes are if drawn by `shares`.

    Below SAMPLE_RATIO_P something loses or doubles learners in one arm, and no figure of the experiment is to be
    trusted. None where nobody was drawn. BadInput if the shares do not add up to 1.
    """
    from scipy.special import chdtrc

    if len(observed) != len(shares) or abs(sum(shares) - 1) > 1e-9 or min(shares) <= 0:
        raise BadInput(
            "the shares must be above 0 and add up to 1", where="sample_ratio", mend="state one share per arm"
        )
    total = sum(observed)
    if total == 0:
        return None
    squares = sum((seen - total * share) ** 2 / (total * share) for seen, share in zip(observed, shares, strict=True))
    return float(chdtrc(len(shares) - 1, squares))

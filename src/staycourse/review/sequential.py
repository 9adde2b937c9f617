"""How much wider an interval must be so that it may be looked at every week and acted on at any time."""

from __future__ import annotations

import math

from staycourse.kernel import BadInput

TUNING = 5_000
"""Learners in both arms at which the always-valid interval is tightest, as GrowthBook's default. It must be fixed
before an experiment starts: choosing it by what was seen undoes what it promises.
"""


def always_valid_multiplier(n: int, *, alpha: float = 0.05, tuning: int = TUNING) -> float:
    """Return by how many standard errors the interval reaches to each side after `n` learners (1 or more).

    The asymptotic confidence sequence of Waudby-Smith, Arbour, Sinha, Kennedy and Ramdas, "Time-uniform central limit
    theory and asymptotic confidence sequences", Annals of Statistics 52(6), 2024 (arXiv 2103.06476v7, equation 9):
    with r = n rho^2 it is sqrt(2 (r + 1) / r log(sqrt(r + 1) / alpha)); rho^2 = (-2 log alpha + log(1 - 2 log alpha)) /
    tuning (its equation 161). The same mixture as GrowthBook's sequential test.
    """
    if n < 1 or tuning < 1 or not 0 < alpha < 1:
        raise BadInput(
            "an always-valid interval needs n and tuning of at least 1", where="sequential", mend="0 < alpha < 1"
        )
    grown = n * (-2 * math.log(alpha) + math.log(1 - 2 * math.log(alpha))) / tuning
    return math.sqrt(2 * (grown + 1) / grown * math.log(math.sqrt(grown + 1) / alpha))

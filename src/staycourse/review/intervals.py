"""How sure a share or a difference is: Wilson's interval, and resampling of learners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import sqrt
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]

DRAWS = 1000
SEED = 20


@dataclass(frozen=True, slots=True)
class Interval:
    """A value with the ends of its interval."""

    value: float
    low: float
    high: float

    @property
    def beyond_noise(self) -> bool:
        """Say whether nothing (0) lies outside of the interval."""
        return self.low > 0 or self.high < 0


def share_interval(hits: int, of: int, level: float = 0.95) -> Interval | None:
    """Return the share with Wilson's interval (Wilson 1927, JASA 22, 209-212); None of nothing."""
    if of == 0:
        return None
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share, z2 = hits / of, z * z / of
    middle = (share + z2 / 2) / (1 + z2)
    half = z * sqrt(share * (1 - share) / of + z2 / (4 * of)) / (1 + z2)
    return Interval(share, max(0.0, middle - half), min(1.0, middle + half))


def resampled(counts: Numbers, figure: Callable[[Numbers], Numbers], level: float = 0.95) -> Interval | None:
    """Return `figure` of the sums over learners, with the interval that resampling the learners gives.

    `counts` has a row per learner: a learner's alerts and leavings hang together, so whole learners are drawn. `figure`
    takes sums [..., column]. Each learner counts a Poisson(1) number of times in each of DRAWS draws (Hanley and
    MacGibbon 2006, "Creating non-parametric bootstrap samples using Poisson frequencies"); who has no count has no
    say, so leaving them out changes nothing. None where the figure is not defined; the draws are always the same ones.
    """
    value = float(figure(counts.sum(axis=0)))
    if not np.isfinite(value):
        return None
    draw = np.random.default_rng(SEED)
    sums = np.stack([draw.poisson(1.0, len(counts)).astype(np.float64) @ counts for _ in range(DRAWS)])
    drawn = figure(sums)
    drawn = drawn[np.isfinite(drawn)]
    low, high = np.quantile(drawn, [(1 - level) / 2, (1 + level) / 2]) if len(drawn) else (np.nan, np.nan)
    return Interval(value, float(low), float(high)) if np.isfinite(low) else None

"""Calibration: two numbers that make a model's log-odds mean what they say, and a third for how many left of late."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from staycourse.risk.metrics import Flags
from staycourse.risk.regression import held_regression
from staycourse.risk.scores import Floats

LEAST_SLOPE = 0.05
"""A lower slope would turn the order of learners round, or say the same of everyone."""

LEFT_LATELY = "course_left_28d"
"""The signal that the third number is of: trees learn what tells the learners of a course apart, and how often its
learners leave comes back with it.
"""

LEAST_SHARE = 0.02
"""Added to the share that left before its logarithm is taken, so that a course that nobody left is not unlike all."""

_HOLD = 1e-3


@dataclass(frozen=True, slots=True)
class Calibration:
    """True log-odds = `slope` * the model's log-odds + `intercept` (Platt 1999) + `left` * (the logarithm of
    LEFT_LATELY + LEAST_SHARE, less the `usual` one); the last term is 0 where that is not known.

    Numbers, and not a staircase (isotonic regression), so that contributions stay exact: each is multiplied by the
    slope, the third number's is one more, and of one course nobody's rank changes.
    """

    slope: float = 1.0
    intercept: float = 0.0
    left: float = 0.0
    usual: float = 0.0

    def __call__(self, margin: Floats, share: Floats | None = None) -> Floats:
        """Return the calibrated log-odds; `share` is each row's LEFT_LATELY."""
        platt = self.slope * margin + self.intercept
        return platt if share is None else platt + self.of_course(share)

    def of_course(self, share: Floats) -> Floats:
        """Return what it adds that so many of a course left: its contribution, in log-odds."""
        return self.left * np.nan_to_num(_logarithm(share) - self.usual, nan=0.0)


def fit_calibration(
    margin: Floats, outcome: Flags, weight: Floats | None = None, share: Floats | None = None
) -> Calibration:
    """Fit by maximum likelihood on log-odds given by models that had not seen these rows.

    Where higher log-odds went with fewer leaving, nothing of them can be trusted: nearly all is level then. `weight`
    says how much each row counts. With `share`, each row's LEFT_LATELY, the third number is fitted too; where that is
    the same of everyone, or more left where fewer had left of late, there is none.
    """
    seen = np.ones(len(margin)) if weight is None else weight
    if share is not None and (found := _with_course(margin, outcome, seen, share)) is not None:
        return found
    design = np.column_stack([margin, np.ones(len(margin))])
    slope, intercept = held_regression(design, seen * outcome, seen, np.array([1.0, 0.0]), np.full(2, _HOLD))
    if slope >= LEAST_SLOPE:
        return Calibration(float(slope), float(intercept))
    rest = np.clip(np.average(outcome, weights=seen), 1e-6, 1 - 1e-6)
    return Calibration(LEAST_SLOPE, float(np.log(rest / (1 - rest)) - LEAST_SLOPE * np.average(margin, weights=seen)))


def _with_course(margin: Floats, outcome: Flags, seen: Floats, share: Floats) -> Calibration | None:
    known = ~np.isnan(share)
    if not known.any() or share[known].min() == share[known].max():
        return None
    usual = float(np.average(_logarithm(share[known]), weights=seen[known]))
    design = np.column_stack([margin, Calibration(left=1.0, usual=usual).of_course(share), np.ones(len(margin))])
    start, hold = np.array([1.0, 0.0, 0.0]), np.full(3, _HOLD)
    slope, left, intercept = held_regression(design, seen * outcome, seen, start, hold)
    if slope < LEAST_SLOPE or left <= 0:
        return None
    return Calibration(float(slope), float(intercept), float(left), usual)


def _logarithm(share: Floats) -> Floats:
    return np.asarray(np.log(share + LEAST_SHARE), dtype=np.float64)

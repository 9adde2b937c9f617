"""Calibration: two numbers that make a model's log-odds mean what they say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from staycourse.risk.metrics import Flags
from staycourse.risk.regression import held_regression
from staycourse.risk.scores import Floats

LEAST_SLOPE = 0.05
"""A lower slope would turn the order of learners round, or say the same of everyone."""


@dataclass(frozen=True, slots=True)
class Calibration:
    """True log-odds = `slope` * the model's log-odds + `intercept` (Platt 1999).

    Two numbers, and not a staircase (isotonic regression), so that contributions stay exact: each is multiplied by
    the slope, and nobody's rank changes.
    """

    slope: float = 1.0
    intercept: float = 0.0

    def __call__(self, margin: Floats) -> Floats:
        """Return the calibrated log-odds."""
        return self.slope * margin + self.intercept


def fit_calibration(margin: Floats, outcome: Flags, weight: Floats | None = None) -> Calibration:
    """Fit by maximum likelihood on log-odds given by models that had not seen these rows.

    Where higher log-odds went with fewer leaving, nothing of them can be trusted: nearly all is level then. `weight`
    says how much each row counts.
    """
    seen = np.ones(len(margin)) if weight is None else weight
    design = np.column_stack([margin, np.ones(len(margin))])
    slope, intercept = held_regression(design, seen * outcome, seen, np.array([1.0, 0.0]), np.full(2, 1e-3))
    if slope >= LEAST_SLOPE:
        return Calibration(float(slope), float(intercept))
    rest = np.clip(np.average(outcome, weights=seen), 1e-6, 1 - 1e-6)
    return Calibration(LEAST_SLOPE, float(np.log(rest / (1 - rest)) - LEAST_SLOPE * np.average(margin, weights=seen)))

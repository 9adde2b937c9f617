"""Logistic regression on grouped lessons, each number held to where it started: shared by scorecard and calibration."""

from __future__ import annotations

import numpy as np

from staycourse.risk.scores import Floats, logistic

_STEPS = 50
_CLOSE = 1e-9


def held_regression(design: Floats, left: Floats, seen: Floats, start: Floats, hold: Floats) -> Floats:
    """Return the log-odds of each column of `design`, of whose rows `seen` were there and `left` left.

    Minimises -log likelihood + 1/2 sum(hold * (at - start)^2) by Newton's method with halved steps; a `hold` above 0
    for each number makes the answer exist and be one.
    """

    def loss(at: Floats) -> float:
        margin = design @ at
        return float((seen * np.logaddexp(0, margin) - left * margin).sum() + 0.5 * (hold * (at - start) ** 2).sum())

    at, best = start.astype(np.float64), loss(start)
    for _ in range(_STEPS):
        probability = logistic(design @ at)
        slope = design.T @ (seen * probability - left) + hold * (at - start)
        curve = (design * (seen * probability * (1 - probability))[:, None]).T @ design + np.diag(hold)
        step = np.linalg.solve(curve, slope)
        while (found := loss(at - step)) > best and np.abs(step).max() > _CLOSE:
            step = step / 2
        if found > best:
            break
        at, improved, best = at - step, best - found, found
        if improved < _CLOSE:
            break
    return at

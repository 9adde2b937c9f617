"""Calibration finds the slope and level of overconfident log-odds, and never turns the order round."""

from __future__ import annotations

import numpy as np
import pytest

from staycourse.risk import calibration_error, fit_calibration
from staycourse.risk.scores import logistic


def test_overconfident_log_odds_are_brought_back() -> None:
    draw = np.random.default_rng(1)
    truth = draw.normal(-2, 1, 40_000)
    outcome = draw.random(len(truth)) < logistic(truth)
    found = fit_calibration(2.0 * truth + 1.0, outcome)
    assert found.slope == pytest.approx(0.5, abs=0.03)
    assert found.intercept == pytest.approx(-0.5, abs=0.06)
    error = calibration_error(outcome, logistic(found(2.0 * truth + 1.0)), of="mass")
    assert error is not None
    assert error < 0.01


def test_the_order_of_learners_is_kept_even_where_it_was_wrong() -> None:
    draw = np.random.default_rng(2)
    truth = draw.normal(-1, 1, 5_000)
    outcome = draw.random(len(truth)) < logistic(truth)
    found = fit_calibration(-truth, outcome)
    assert found.slope > 0
    assert logistic(found(-truth)).mean() == pytest.approx(outcome.mean(), abs=0.01)


@pytest.mark.parametrize("everyone", [True, False])
def test_one_sided_outcomes_give_finite_numbers(everyone: bool) -> None:
    margin = np.linspace(-3, 3, 50)
    found = fit_calibration(margin, np.full(50, everyone))
    assert np.isfinite(found(margin)).all()

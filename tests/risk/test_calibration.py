"""Calibration finds the slope and level of overconfident log-odds, and never turns the order round."""

from __future__ import annotations

import numpy as np
import pytest

from staycourse.risk import calibration_error, fit_calibration
from staycourse.risk.calibration import LEAST_SHARE
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


def _leaving(draw: np.random.Generator, weight: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Log-odds that know nothing of the course, the share of it that left of late, and who left."""
    margin, share = draw.normal(-2, 1, 40_000), draw.uniform(0, 0.2, 40_000)
    truth = margin + weight * (np.log(share + LEAST_SHARE) - np.log(0.1))
    return margin, share, draw.random(len(truth)) < logistic(truth)


def test_how_many_left_of_late_is_weighed_by_what_came_of_it() -> None:
    margin, share, outcome = _leaving(np.random.default_rng(3), 0.8)
    found = fit_calibration(2.0 * margin, outcome, None, share)
    assert found.slope == pytest.approx(0.5, abs=0.03)
    assert found.left == pytest.approx(0.8, abs=0.06)
    assert found.usual == pytest.approx(np.log(share + LEAST_SHARE).mean())
    told = found(2.0 * margin, share)
    np.testing.assert_allclose(told - found(2.0 * margin), found.of_course(share), atol=1e-12)
    assert logistic(told).mean() == pytest.approx(outcome.mean(), abs=0.005)
    assert found.of_course(np.array([np.nan, np.exp(found.usual) - LEAST_SHARE])) == pytest.approx([0.0, 0.0])


@pytest.mark.parametrize("weight", [-0.8, 0.8])
def test_a_course_that_many_left_is_never_told_safer_for_it_nor_one_like_all_the_others(weight: float) -> None:
    margin, share, outcome = _leaving(np.random.default_rng(4), weight)
    assert (fit_calibration(margin, outcome, None, share).left > 0) == (weight > 0)
    for same in (np.full(len(share), 0.1), np.full(len(share), np.nan)):
        assert fit_calibration(margin, outcome, None, same) == fit_calibration(margin, outcome)


def test_rows_whose_course_is_not_known_are_calibrated_beside_the_others() -> None:
    margin, share, outcome = _leaving(np.random.default_rng(5), 0.8)
    share[::10] = np.nan
    found = fit_calibration(margin, outcome, None, share)
    assert found.left == pytest.approx(0.8, abs=0.08)
    assert np.isfinite(found(margin, share)).all()

"""The metrics against their definitions and against scikit-learn."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from staycourse.risk import auc, average_precision, brier, calibration_error

PAIRS = st.lists(st.tuples(st.booleans(), st.integers(0, 12)), min_size=2, max_size=60)


@given(PAIRS)
@settings(deadline=None, max_examples=80)
def test_ranking_metrics_agree_with_scikit_learn_ties_included(pairs: list[tuple[bool, int]]) -> None:
    outcome = np.array([left for left, _ in pairs])
    score = np.array([number / 12 for _, number in pairs])
    if outcome.all() or not outcome.any():
        assert auc(outcome, score) is None
        return
    assert auc(outcome, score) == pytest.approx(roc_auc_score(outcome, score), abs=1e-12)
    assert average_precision(outcome, score) == pytest.approx(average_precision_score(outcome, score), abs=1e-12)


def test_calibration_error_is_the_gap_between_said_and_seen() -> None:
    outcome = np.array([True, False, False, False, True, True])
    probability = np.array([0.05, 0.05, 0.05, 0.05, 0.95, 0.95])
    gaps = (4 * abs(0.25 - 0.05) + 2 * abs(1 - 0.95)) / 6
    assert calibration_error(outcome, probability) == pytest.approx(gaps)
    assert calibration_error(outcome, probability, bins=1, of="mass") == pytest.approx(abs(0.5 - probability.mean()))


def test_a_certain_probability_falls_into_the_last_bin() -> None:
    assert calibration_error(np.array([True]), np.array([1.0])) == 0.0


def test_nobody_has_no_metrics() -> None:
    none, nothing = np.zeros(0, dtype=bool), np.zeros(0)
    assert auc(none, nothing) is None
    assert average_precision(none, nothing) is None
    assert brier(none, nothing) is None
    assert calibration_error(none, nothing) is None


def test_brier_is_the_mean_squared_error() -> None:
    assert brier(np.array([True, False]), np.array([0.5, 0.5])) == pytest.approx(0.25)

"""What can be seen before an experiment starts, and whether the draw went as stated."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.kernel import BadInput
from staycourse.review import SAMPLE_RATIO_P, detectable, sample_ratio
from staycourse.review.sequential import always_valid_multiplier


def test_the_draw_has_the_p_of_scipys_chi_square() -> None:
    """scipy.stats.chisquare([44700, 45489]) and of three arms by thirds."""
    assert sample_ratio([44_700, 45_489], [0.5, 0.5]) == pytest.approx(0.008607987810836262)
    assert sample_ratio([21_387, 21_306, 21_307], [1 / 3] * 3) == pytest.approx(0.9036929575604196)
    assert sample_ratio([0, 0], [0.9, 0.1]) is None


def test_a_draw_that_loses_a_tenth_of_the_treated_is_found() -> None:
    found = sample_ratio([18_000 - 1_800, 2_000], [0.9, 0.1])
    assert found is not None
    assert found < SAMPLE_RATIO_P


def test_a_sound_draw_is_flagged_once_in_a_thousand() -> None:
    held = np.random.default_rng(3).binomial(5_000, 0.1, 20_000)
    flagged = np.mean([(sample_ratio([5_000 - h, h], [0.9, 0.1]) or 0) < SAMPLE_RATIO_P for h in held.tolist()])
    assert 0.0002 <= flagged <= 0.002


@pytest.mark.parametrize("shares", [[0.9, 0.2], [1.0], [1.0, 0.0]])
def test_shares_that_are_none_are_refused(shares: list[float]) -> None:
    with pytest.raises(BadInput, match="add up to 1"):
        sample_ratio([90, 10], shares)


@pytest.mark.parametrize(("n", "held_share", "base"), [(2_000, 0.2, 0.3), (10_000, 0.1, 0.6)])
def test_the_detectable_gain_is_seen_eight_times_in_ten(n: int, held_share: float, base: float) -> None:
    found = detectable(n, held_share, base)
    assert found.fixed is not None
    assert found.always_valid is not None
    assert found.fixed < found.always_valid
    for gain, reach in ((found.fixed, 1.96), (found.always_valid, always_valid_multiplier(n))):
        assert 0.77 <= seen((n * (1 - held_share), n * held_share), base, gain, reach) <= 0.83


def seen(arms: tuple[float, float], base: float, gain: float, reach: float) -> float:
    """Return the share of simulated experiments whose interval lies above 0."""
    dice, runs = np.random.default_rng(5), 20_000
    sizes = np.array(arms)[:, None]
    shares = np.stack([dice.binomial(round(arms[0]), base + gain, runs), dice.binomial(round(arms[1]), base, runs)])
    shares = shares / sizes
    error = np.sqrt((shares * (1 - shares) / sizes).sum(axis=0))
    return float(np.mean(shares[0] - shares[1] > reach * error))


def test_it_is_what_was_published_of_cookie_cats() -> None:
    """ "Observed sample size achieves 0.74 pp MDE" at 80 % power (dorukalkan/cookie-cats-ab-test, README)."""
    found = detectable(90_189, 44_700 / 90_189, 0.1902)
    assert found.fixed is not None
    assert round(100 * found.fixed, 2) == 0.74


def test_too_few_learners_see_nothing_at_all() -> None:
    assert detectable(20, 0.1, 0.9).fixed is None
    with pytest.raises(BadInput, match="leave an arm empty"):
        detectable(5, 0.1, 0.5)
    with pytest.raises(BadInput, match="between 0 and 1"):
        detectable(500, 0.0, 0.5)


@given(st.integers(100, 100_000), st.floats(0.05, 0.5), st.floats(0, 0.9))
def test_more_learners_see_no_less(n: int, held_share: float, base: float) -> None:
    few, many = detectable(n, held_share, base), detectable(4 * n, held_share, base)
    if few.fixed is not None:
        assert many.fixed is not None
        assert 0 < many.fixed <= few.fixed
        assert few.fixed <= 1 - base

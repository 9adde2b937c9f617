"""The uplift and its intervals: against statsmodels and GrowthBook's gbstats, by properties, and by simulation.

The figures of the other two were taken once, with statsmodels 0.15.0 and gbstats 0.8.0 in environments of their own,
because neither is needed to run the product (docs/decisions/0009-evidence.md).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from staycourse.kernel import BadInput, NotEnoughData
from staycourse.review import Counts, Stratum, Sums, Uplift, uplift
from staycourse.review.sequential import always_valid_multiplier
from staycourse.review.uplift import wilson

Numbers = npt.NDArray[np.float64]


def of_shares(treated: tuple[int, int], held: tuple[int, int]) -> Uplift:
    """Successes and learners of both arms."""
    return uplift([Stratum("regular", Counts(treated[1], treated[0]), Counts(held[1], held[0]), 0.5)])


@pytest.mark.parametrize(
    ("treated", "held", "low", "high"),
    [
        ((8279, 45489), (8502, 44700), -0.013281940871914845, -0.00312130268876128),
        ((20119, 45489), (20034, 44700), -0.012391904992707325, 0.000582095069752226),
        ((1120, 1600), (240, 400), 0.04785810828757693, 0.15345679888602226),
        ((56, 70), (48, 80), 0.05243147240236498, 0.33387265403690614),
        ((9, 10), (3, 10), 0.1705227239345029, 0.809017973535488),
        ((0, 10), (0, 20), -0.1611251580528194, 0.27753279986288926),
        ((267, 21307), (122, 21306), 0.005014344671481532, 0.008640723396917826),
    ],
)
def test_shares_have_statsmodels_newcombe_interval(
    treated: tuple[int, int], held: tuple[int, int], low: float, high: float
) -> None:
    """confint_proportions_2indep(..., method="newcomb", compare="diff")."""
    fixed = of_shares(treated, held).fixed
    assert (fixed.low, fixed.high) == pytest.approx((low, high), abs=1e-12)


def test_the_relative_uplift_has_statsmodels_log_interval() -> None:
    found = of_shares((1120, 1600), (240, 400))
    assert found.relative == pytest.approx(1 / 6)
    assert found.relative_fixed is not None
    assert (found.relative_fixed.low, found.relative_fixed.high) == pytest.approx(
        (0.0703065994396066, 0.2717020635243814), abs=1e-12
    )


def test_averages_and_the_always_valid_interval_are_those_of_gbstats() -> None:
    """TwoSidedTTest and SequentialTwoSidedTTest at the default tuning of 5,000, absolute and relative."""
    found = uplift([Stratum("regular", Sums(200, 3000, 60000), Sums(50, 600, 9000), 0.2)])
    assert found.always_valid is not None
    assert found.relative_fixed is not None
    assert found.relative_always_valid is not None
    told = [
        *(found.fixed.low, found.fixed.high, found.always_valid.low, found.always_valid.high),
        *(found.relative_fixed.low, found.relative_fixed.high),
        *(found.relative_always_valid.low, found.relative_always_valid.high),
    ]
    assert told == pytest.approx(
        [
            *(0.9095686797006004, 5.0904313202994, -1.9750906581582157, 7.975090658158216),
            *(0.045968473341873456, 0.4540315266581265, -0.23558177079992348, 0.7355817707999235),
        ],
        abs=1e-12,
    )
    shares = of_shares((1120, 1600), (240, 400)).always_valid
    assert shares is not None
    assert (shares.low, shares.high) == pytest.approx((0.01552790733808325, 0.18447209266191672), abs=1e-12)


def test_unequal_hold_out_shares_do_not_pass_for_an_uplift() -> None:
    """Core learners stay more and are held out less: the plain difference flatters help that does nothing."""
    strata = [
        Stratum("core", Counts(9_500, 8_550), Counts(500, 450), 0.05),
        Stratum("regular", Counts(5_000, 1_500), Counts(5_000, 1_500), 0.5),
    ]
    plain = (8_550 + 1_500) / 14_500 - (450 + 1_500) / 5_500
    assert plain > 0.3
    found = uplift(strata)
    assert found.difference == pytest.approx(0)
    assert found.fixed.holds(0)


def test_tiers_that_differ_narrow_the_interval() -> None:
    """With many learners Newcombe's interval is difference ± 1.96 post-stratified standard errors."""
    strata = [
        Stratum("core", Counts(9_000, 8_100), Counts(9_000, 8_000), 0.5),
        Stratum("regular", Counts(9_000, 1_000), Counts(9_000, 900), 0.5),
    ]
    shares = [8_100 / 9_000, 8_000 / 9_000, 1_000 / 9_000, 900 / 9_000]
    error = math.sqrt(sum(0.25 * share * (1 - share) / 9_000 for share in shares))
    found = uplift(strata)
    assert found.fixed.high - found.fixed.low == pytest.approx(2 * 1.96 * error, rel=0.002)


def test_tiers_that_cannot_be_compared_are_left_out_and_told() -> None:
    strata = [
        Stratum("core", Counts(30, 20), Counts(1, 1), 0.1),
        Stratum("regular", Counts(90, 60), Counts(10, 5), 0.1),
    ]
    found = uplift(strata)
    assert (found.n_treated, found.n_held, found.left_out) == (90, 10, 31)
    with pytest.raises(NotEnoughData, match="two learners in each arm"):
        uplift(strata[:1])


def test_an_arm_that_does_not_vary_has_no_always_valid_interval() -> None:
    found = of_shares((0, 10), (0, 20))
    assert found.always_valid is None
    assert found.relative is None
    still = uplift([Stratum("regular", Sums(5, 10, 20), Sums(5, 10, 20), 0.5)])
    assert (still.always_valid, still.fixed.low, still.fixed.high) == (None, 0, 0)


@pytest.mark.parametrize(
    ("build", "words"),
    [
        (lambda: Counts(3, 4), "is no share"),
        (lambda: Counts(3, -1), "is no share"),
        (lambda: Sums(-1, 0, 0), "negative"),
        (lambda: Stratum("core", Counts(1, 1), Counts(1, 1), 0.0), "no share to hold out"),
        (lambda: Stratum("core", Counts(1, 1), Sums(1, 1, 1), 0.5), "cannot be compared"),
        (lambda: always_valid_multiplier(0), "at least 1"),
    ],
)
def test_arms_that_cannot_be_are_refused(build: object, words: str) -> None:
    assert callable(build)
    with pytest.raises(BadInput, match=words):
        build()


arms = st.integers(2, 5_000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@given(arms, arms)
def test_swapping_the_arms_turns_the_sign(one: tuple[int, int], other: tuple[int, int]) -> None:
    there, back = of_shares(one, other), of_shares(other, one)
    assert there.difference == pytest.approx(-back.difference)
    assert (there.fixed.low, there.fixed.high) == pytest.approx((-back.fixed.high, -back.fixed.low))


@given(arms, arms)
@example((0, 2), (535, 535))  # the ends' rounding once reached beyond -1
def test_every_interval_holds_its_estimate_and_the_always_valid_reaches_farther(
    one: tuple[int, int], other: tuple[int, int]
) -> None:
    found = of_shares(one, other)
    assert -1 <= found.fixed.low <= found.difference + 1e-12
    assert found.difference - 1e-12 <= found.fixed.high <= 1
    if found.always_valid is not None:
        assert found.always_valid.holds(found.difference)
        reach = always_valid_multiplier(one[1] + other[1])
        assert reach > 1.96


@given(st.lists(st.tuples(arms, arms), min_size=1, max_size=4))
def test_cutting_each_tier_into_equal_halves_changes_no_estimate(
    tiers: list[tuple[tuple[int, int], tuple[int, int]]],
) -> None:
    whole = [
        Stratum(str(at), Counts(a[1] * 2, a[0] * 2), Counts(b[1] * 2, b[0] * 2), 0.5) for at, (a, b) in enumerate(tiers)
    ]
    halves = [
        Stratum(f"{at}{half}", Counts(a[1], a[0]), Counts(b[1], b[0]), 0.5)
        for at, (a, b) in enumerate(tiers)
        for half in (0, 1)
    ]
    assert uplift(whole).difference == pytest.approx(uplift(halves).difference, abs=1e-12)
    assert uplift(whole).fixed.low == pytest.approx(uplift(halves).fixed.low, abs=1e-9)


@given(st.floats(0, 1), st.integers(1, 10_000))
def test_wilson_solves_its_own_equation(share: float, n: int) -> None:
    """Each limit lies just 1.96 of its own standard errors away."""
    for limit in (wilson(share, n, 1.96).low, wilson(share, n, 1.96).high):
        if 1e-6 < limit < 1 - 1e-6:
            assert abs(share - limit) == pytest.approx(1.96 * math.sqrt(limit * (1 - limit) / n), rel=1e-6, abs=1e-9)


def test_the_always_valid_interval_is_tightest_near_its_tuning() -> None:
    reaches = {n: always_valid_multiplier(n, tuning=5_000) for n in (50, 500, 5_000, 50_000, 500_000)}
    assert min(reaches, key=lambda n: reaches[n]) == 5_000
    assert reaches[5_000] == pytest.approx(3.035, abs=0.001)


# --- simulations: the product's own functions over many seeds; the sizes keep each under a second or two ----------

RUNS = 2_000


def coverage_bounds(runs: int, level: float = 0.95) -> tuple[float, float]:
    """Four standard errors of a simulated share around `level`: wide enough never to fail by chance alone."""
    error = 4 * math.sqrt(level * (1 - level) / runs)
    return level - error, level + error


@pytest.mark.parametrize(
    ("sizes", "treated", "held"),
    [
        (((900, 100),), (0.40,), (0.30,)),
        (((450, 50), (400, 100)), (0.80, 0.35), (0.75, 0.30)),
        (((4_000, 400),), (0.08,), (0.05,)),
    ],
    ids=["one tier", "two tiers of unequal hold-out", "rare outcomes"],
)
def test_the_fixed_interval_covers_95_per_cent(
    sizes: tuple[tuple[int, int], ...], treated: tuple[float, ...], held: tuple[float, ...]
) -> None:
    dice = np.random.default_rng(2026)
    total = sum(map(sum, sizes))
    truth = sum(sum(size) / total * (a - b) for size, a, b in zip(sizes, treated, held, strict=True))
    drawn = [
        (dice.binomial(size[0], a, RUNS).tolist(), dice.binomial(size[1], b, RUNS).tolist())
        for size, a, b in zip(sizes, treated, held, strict=True)
    ]
    held_truth = sum(
        uplift(
            [
                Stratum(str(tier), Counts(size[0], hits[0][run]), Counts(size[1], hits[1][run]), 0.5)
                for tier, (size, hits) in enumerate(zip(sizes, drawn, strict=True))
            ]
        ).fixed.holds(truth)
        for run in range(RUNS)
    )
    low, high = coverage_bounds(RUNS)
    assert low <= held_truth / RUNS <= high


def test_the_interval_of_an_average_covers_95_per_cent() -> None:
    """Skewed minutes, unequal spreads and sizes: what Welch is for."""
    dice = np.random.default_rng(7)
    treated, held = dice.gamma(4.0, 10.0, (RUNS, 300)), dice.gamma(3.0, 10.0, (RUNS, 60))

    def sums(values: Numbers) -> Sums:
        return Sums(len(values), float(values.sum()), float((values**2).sum()))

    covered = sum(
        uplift([Stratum("regular", sums(treated[run]), sums(held[run]), 0.2)]).fixed.holds(10.0) for run in range(RUNS)
    )
    low, high = coverage_bounds(RUNS)
    assert low <= covered / RUNS <= high


def peeked(rate: float, gain: float, held_share: float, looks: npt.NDArray[np.int64], runs: int) -> tuple[float, float]:
    """Return the shares of runs in which the always-valid and the fixed interval held the truth at every look.

    The formulas are those of the product (tested against it below), over all runs at once.
    """
    dice = np.random.default_rng(11)
    always = np.ones(runs, dtype=np.bool_)
    fixed = np.ones(runs, dtype=np.bool_)
    hits, sizes, before = np.zeros((2, runs)), np.zeros(2), np.zeros(2)
    for n in looks:
        sizes = np.array([round(n * (1 - held_share)), round(n * held_share)], dtype=np.float64)
        more = (sizes - before).astype(np.int64)
        hits += np.stack([dice.binomial(more[0], rate + gain, runs), dice.binomial(more[1], rate, runs)])
        before = sizes
        shares = hits / sizes[:, None]
        error = np.sqrt((shares * (1 - shares) / sizes[:, None]).sum(axis=0))
        off = np.abs(shares[0] - shares[1] - gain)
        always &= off <= always_valid_multiplier(int(n)) * error
        fixed &= off <= 1.96 * error
    return float(always.mean()), float(fixed.mean())


@pytest.mark.parametrize(("rate", "gain", "held_share"), [(0.3, 0.0, 0.1), (0.3, 0.05, 0.2), (0.6, -0.05, 0.5)])
def test_the_always_valid_interval_covers_at_every_look_and_the_fixed_one_does_not(
    rate: float, gain: float, held_share: float
) -> None:
    """A hundred looks, from where the first figure is shown (20 outcomes in the smaller arm) to 40,000 learners."""
    looks = np.unique(np.geomspace(20 / held_share / min(rate, 1 - rate), 40_000, 100).astype(np.int64))
    always, fixed = peeked(rate, gain, held_share, looks, 4_000)
    assert always >= 0.95
    assert fixed < 0.7


def test_what_the_simulation_computes_is_what_the_product_computes() -> None:
    found = of_shares((351, 900), (30, 100)).always_valid
    assert found is not None
    shares = np.array([0.39, 0.3])
    error = math.sqrt(float((shares * (1 - shares) / np.array([900, 100])).sum()))
    assert found.high - found.low == pytest.approx(2 * always_valid_multiplier(1_000) * error)

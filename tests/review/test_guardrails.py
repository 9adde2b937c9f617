"""Guard rails: harm, no harm, not yet known."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pytest

from staycourse.review import Counts, guard_rail
from staycourse.review.guardrails import HARM_P, at_least_so_many


@pytest.mark.parametrize(
    ("treated", "held", "state"),
    [
        (Counts(9_000, 180), Counts(1_000, 4), "harm"),
        (Counts(9_000, 45), Counts(1_000, 5), "safe"),
        (Counts(90, 1), Counts(10, 0), "not_yet_known"),
        (Counts(9_000, 90), Counts(1_000, 60), "safe"),
        (Counts(50, 50), Counts(0, 0), "not_yet_known"),
        (Counts(0, 0), Counts(0, 0), "not_yet_known"),
    ],
)
def test_the_rule(treated: Counts, held: Counts, state: str) -> None:
    assert guard_rail("unsubscribe", treated, held).state == state


def test_the_rise_is_bounded_from_above_at_95_per_cent() -> None:
    rail = guard_rail("unsubscribe", Counts(50_000, 5_000), Counts(50_000, 5_000))
    assert rail.rise == 0
    assert rail.rise_at_most == pytest.approx(1.645 * (2 * 0.1 * 0.9 / 50_000) ** 0.5, rel=0.01)


def test_each_name_has_its_tolerance_and_it_can_be_stated() -> None:
    arms = (Counts(4_000, 40), Counts(1_000, 8))
    assert guard_rail("unsubscribe", *arms).tolerated == 0.01
    assert guard_rail("complaint", *arms).tolerated == 0.005
    assert guard_rail("refund", *arms).tolerated == 0.01
    assert guard_rail("unsubscribe", *arms).state == "safe"
    assert guard_rail("unsubscribe", *arms, tolerated=0.001).state == "not_yet_known"


def test_help_that_changes_nothing_is_rarely_called_harm_and_harm_mostly_is() -> None:
    dice = np.random.default_rng(13)

    def called_harm(treated_rate: float) -> float:
        treated, held = dice.binomial(4_000, treated_rate, 400), dice.binomial(500, 0.02, 400)
        return float(
            np.mean(
                [
                    guard_rail("unsubscribe", Counts(4_000, a), Counts(500, b)).state == "harm"
                    for a, b in zip(treated.tolist(), held.tolist(), strict=True)
                ]
            )
        )

    assert called_harm(0.02) <= HARM_P + 0.02
    assert called_harm(0.06) >= 0.9


def test_the_chance_is_that_of_fishers_exact_test() -> None:
    from scipy.stats import fisher_exact

    draws = np.random.default_rng(7)
    sizes = [(1, 1), (3, 40), (90, 10), (9_000, 1_000), (200_000, 30_000)]
    for treated, held in sizes * 12:
        shares = draws.choice([0.0, 0.001, 0.02, 0.4, 0.97, 1.0], 2)
        arms = (
            Counts(treated, int(draws.binomial(treated, shares[0]))),
            Counts(held, int(draws.binomial(held, shares[1]))),
        )
        table = [[arm.successes, arm.n - arm.successes] for arm in arms]
        expected = float(fisher_exact(table, alternative="greater").pvalue)
        assert at_least_so_many(*arms) == pytest.approx(expected, rel=1e-7, abs=1e-12), arms


def test_the_page_of_evidence_loads_no_library_of_statistics() -> None:
    """Of scipy.stats alone the import took 2.7 s, at the first look after each start."""
    asked = (
        "import sys; from staycourse.review import Counts, guard_rail; guard_rail('x', Counts(90, 9), Counts(10, 0)); "
    )
    asked += "guard_rail('x', Counts(90, 9), Counts(10, 0)); sys.exit('scipy.stats' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", asked], check=False, timeout=60).returncode == 0

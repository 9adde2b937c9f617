"""The draw is stable, fair, independent, and grows without letting anybody out."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from scipy.stats import binomtest, chi2_contingency

from staycourse.care.holdout import draw, number_of
from staycourse.care.records import EVERYTHING

LEARNERS = [f"learner-{number}" for number in range(20_000)]


def held_out(playbook: str, tier: str = "core", *, share: float = 0.1, salt: str = "1") -> set[str]:
    return {
        learner
        for learner in LEARNERS
        if draw(learner, playbook, tier, share=share, salt=salt, exempt=False).arm == "held_out"
    }


@pytest.mark.parametrize(("tier", "share"), list(product(["core", "regular"], [0.01, 0.05, 0.1, 0.5])))
def test_the_share_is_held_out_in_each_tier_within_sampling_error(tier: str, share: float) -> None:
    assert binomtest(len(held_out("camp", tier, share=share)), len(LEARNERS), share).pvalue > 0.001


def test_the_draw_is_the_same_for_ever() -> None:
    assert number_of("ann", "camp", "core", "1") == 0.5837273146011553
    assert draw("ann", "camp", "core", share=0.58, salt="1", exempt=False).arm == "treated"
    assert draw("ann", "camp", "core", share=0.59, salt="1", exempt=False).arm == "held_out"


@pytest.mark.parametrize(
    "other",
    [
        {"playbook": "buddy"},
        {"playbook": EVERYTHING},
        {"playbook": "camp", "tier": "regular"},
        {"playbook": "camp", "salt": "2"},
    ],
)
def test_one_draw_says_nothing_of_another(other: dict[str, str]) -> None:
    first, second = held_out("camp", share=0.3), held_out(share=0.3, **other)
    counts = [
        [len(first & second), len(first - second)],
        [len(second - first), len(LEARNERS) - len(first | second)],
    ]
    assert chi2_contingency(counts).pvalue > 0.001


def test_a_greater_share_only_adds() -> None:
    shares = [0.0, 0.05, 0.1, 0.4, 1.0]
    grown = [held_out("camp", share=share) for share in shares]
    assert all(smaller < greater for smaller, greater in pairwise(grown))
    assert (len(grown[0]), len(grown[-1])) == (0, len(LEARNERS))


def test_who_is_exempt_is_never_held_out() -> None:
    drawn = draw("ann", "camp", "core", share=1.0, salt="1", exempt=True)
    assert (drawn.arm, drawn.share) == ("exempt", 1.0)


def test_parts_do_not_run_into_each_other() -> None:
    assert number_of("a", "bc", "t", "s") != number_of("a", "b", "ct", "s")

"""Which of several answers to a cause is used: by what has worked, not the same thing again and again.

After K. P. Yancey and B. Settles, "A Sleeping, Recovering Bandit Algorithm for Optimizing Recurring Notifications",
KDD 2020. Taken from there: arms sleep (only what a learner is eligible for is weighed), and an arm recovers (what this
learner got lately counts less, the less the longer ago it was). Left: their score, the relative difference of an arm's
reward to the reward of the eligible others, and the softmax over it, which need millions of rounds and a tuned
temperature; here the outcomes of a cause and tier are hundreds, so arms are drawn by Thompson sampling (W. R. Thompson,
Biometrika 1933) from Beta posteriors. Their penalty halves again and again and is subtracted; here it shrinks evenly to
nothing over the policy's recovery_days and is a share of the drawn rate, so that an operator can say what it does.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt

from staycourse.kernel import BadInput
from staycourse.policy import ChoicePolicy

Numbers = npt.NDArray[np.float64]

DRAWS = 2000
"""Draws by which the weights are told: a probability is right to about two hundredths."""

INTERVAL = (0.05, 0.95)
"""The quantiles of the interval that is told: it holds the rate with 90 % probability."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one use of a playbook: whether the learner was saved, and how many days ago that was known."""

    playbook: str
    cause: str
    tier: str
    saved: bool
    days_ago: float = 0.0


@dataclass(frozen=True, slots=True)
class PlaybookRecord:
    """How often a playbook saved learners of a tier from a cause. Whole numbers, or faded ones (`records_of`)."""

    playbook: str
    cause: str
    tier: str
    successes: float
    trials: float


@dataclass(frozen=True, slots=True)
class Weight:
    """Why a playbook was or was not chosen.

    `probability` of being chosen; `mean` of what is believed of its rate of success, from `low` to `high` with 90 %
    probability; `penalty` is the share taken off since this learner had it lately.
    """

    probability: float
    mean: float
    low: float
    high: float
    penalty: float


@dataclass(frozen=True, slots=True)
class Choice:
    """The playbook chosen, on what basis, and the weight of each that could have been."""

    playbook: str
    basis: Literal["priority", "bandit"]
    weights: Mapping[str, Weight]


def choose(
    arms: Sequence[str],
    records: Sequence[PlaybookRecord],
    history: Sequence[tuple[str, float]],
    policy: ChoicePolicy,
    seed: str,
) -> Choice:
    """Choose among `arms`, the playbooks that the learner may get, in the operator's order (priority, then name).

    `records` are those of the learner's cause and tier, whatever the playbook. `history` names the playbooks that this
    learner had and how many days ago. `seed` (learner and alert) makes the draw: the same seed, the same choice. The
    first of `arms` is taken while the policy says so, or fewer than `minimum_outcomes` are known. BadInput if there is
    nothing to choose from.
    """
    if not arms:
        raise BadInput("there is no playbook to choose from", where="choice", mend="give one that fits")
    first, second = _posteriors(arms, records, policy.prior_strength)
    kept = 1.0 - np.array([_penalty(arm, history, policy) for arm in arms])
    # Fixed draws tell the weights, so that equal beliefs are told alike; the seed's own draw decides.
    told = np.random.Generator(np.random.PCG64(0)).beta(first, second, size=(DRAWS, len(arms)))
    known = sum(record.trials for record in records)
    if len(arms) == 1 or not policy.enabled or known < policy.minimum_outcomes:
        return Choice(arms[0], "priority", _weights(arms, first, second, kept, told, np.eye(1, len(arms))[0]))
    drawn = _generator(seed).beta(first, second) * kept
    probability = np.bincount((told * kept).argmax(axis=1), minlength=len(arms)) / DRAWS
    chosen = arms[int(drawn.argmax())]
    return Choice(chosen, "bandit", _weights(arms, first, second, kept, told, probability))


def records_of(outcomes: Iterable[Outcome], *, half_life_days: float = float("inf")) -> list[PlaybookRecord]:
    """Return the records of `outcomes`, each counting half as much for every `half_life_days` that it is old.

    With a half-life a playbook that has become better or worse is believed anew; without one everything counts alike.
    """
    sums: dict[tuple[str, str, str], list[float]] = {}
    for outcome in outcomes:
        weight = 0.5 ** (outcome.days_ago / half_life_days)
        total = sums.setdefault((outcome.playbook, outcome.cause, outcome.tier), [0.0, 0.0])
        total[0] += weight * outcome.saved
        total[1] += weight
    return [PlaybookRecord(*key, successes, trials) for key, (successes, trials) in sorted(sums.items())]


def _posteriors(arms: Sequence[str], records: Sequence[PlaybookRecord], strength: float) -> tuple[Numbers, Numbers]:
    """Return the Beta posteriors' parameters of `arms`.

    Every arm starts with `strength` made-up outcomes at the rate of all together, so that a new one is neither praised
    nor damned; half an outcome each way keeps that rate from being 0 or 1.
    """
    rate = (sum(one.successes for one in records) + 0.5) / (sum(one.trials for one in records) + 1.0)
    won = np.array([sum(one.successes for one in records if one.playbook == arm) for arm in arms])
    tried = np.array([sum(one.trials for one in records if one.playbook == arm) for arm in arms])
    return rate * strength + won, (1.0 - rate) * strength + (tried - won)


def _penalty(arm: str, history: Sequence[tuple[str, float]], policy: ChoicePolicy) -> float:
    """Return the share taken off `arm` since this learner had it: less each day, none after recovery_days."""
    ago = min((days for playbook, days in history if playbook == arm), default=float(policy.recovery_days))
    return policy.recency_penalty * max(0.0, 1.0 - max(0.0, ago) / policy.recovery_days)


def _weights(
    arms: Sequence[str], first: Numbers, second: Numbers, kept: Numbers, told: Numbers, probability: Numbers
) -> dict[str, Weight]:
    low, high = np.quantile(told, INTERVAL, axis=0)
    mean = first / (first + second)
    return {
        arm: Weight(
            probability=float(probability[place]), mean=float(mean[place]), low=float(low[place]),
            high=float(high[place]), penalty=float(1.0 - kept[place]),
        )
        for place, arm in enumerate(arms)
    }  # fmt: skip


def _generator(seed: str) -> np.random.Generator:
    digest = hashlib.blake2b(seed.encode("utf-8", "surrogatepass"), digest_size=16).digest()
    return np.random.Generator(np.random.PCG64(int.from_bytes(digest, "big")))

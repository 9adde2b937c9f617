"""How one learner receives one message: drawn from their second stream, so that their own life goes on alike."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from staycourse.simulate.assumptions import Reception

LATEST = 3
"""Who comes back because of a message does so within so many days."""


@dataclass(frozen=True, slots=True)
class Reaction:
    """What a learner does with a message. `minutes` after it was taken it is opened; `later` days bring the return."""

    opened: bool
    clicked: bool
    replied: bool
    unsubscribed: bool
    complained: bool
    minutes: int
    later: int


def react(draws: np.random.Generator, how: Reception, lately: int) -> Reaction:
    """Draw the reaction to a message, `lately` others having come within 30 days. It always takes seven draws."""
    chance = draws.random(5)
    minutes, later = int(draws.integers(5, 600)), int(draws.integers(1, LATEST + 1))
    opened = bool(chance[0] < how.opens)
    complained = opened and bool(chance[4] < how.complains)
    left = opened and bool(chance[3] < how.unsubscribes + how.fatigue * lately)
    return Reaction(
        opened=opened,
        clicked=opened and bool(chance[1] < how.clicks),
        replied=opened and bool(chance[2] < how.replies),
        unsubscribed=left or complained,
        complained=complained,
        minutes=minutes,
        later=later,
    )

"""The scorecard: points a person can add up. It scores from the first day, and learns its weights from history."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from staycourse.kernel import NotEnoughData, worded
from staycourse.policy import Policy, ScorecardItem
from staycourse.risk.history import Frame
from staycourse.risk.regression import held_regression
from staycourse.risk.rules import meets, numbers
from staycourse.risk.scores import Floats, Scores, logistic

HOLD = 25.0
"""How firmly a learned weight is held to the default: about as firmly as a hundred lessons would hold it. A line that
never held keeps its default."""


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Log-odds = `intercept` + the `weights` of the `items` that hold, item by item."""

    items: tuple[ScorecardItem, ...]
    weights: tuple[float, ...]
    intercept: float
    basis: str = "scorecard"

    @classmethod
    def from_policy(cls, policy: Policy) -> Scorecard:
        """Return the policy's scorecard with its default weights."""
        card = policy.scorecard
        return cls(card.items, tuple(item.weight for item in card.items), card.intercept)

    @classmethod
    def learn(cls, frames: Iterable[Frame], policy: Policy) -> Scorecard:
        """Return the policy's items with weights learned by logistic regression, held to the defaults.

        NotEnoughData where nobody left, or nobody stayed, in all of `frames`. The intercept is learned freely.
        """
        default = cls.from_policy(policy)
        fired, left, seen = _patterns(frames, default.items)
        if left.sum() == 0 or left.sum() == seen.sum():
            raise NotEnoughData(
                worded(
                    "{left} of {seen} lessons left: there is nothing to tell apart",
                    left=int(left.sum()),
                    seen=int(seen.sum()),
                ),
                where="scorecard",
                mend="wait for more history or import it; until then the default weights are used",
            )
        start = np.array([*default.weights, default.intercept])
        hold = np.array([HOLD] * len(default.items) + [1e-6])
        learned = held_regression(np.column_stack([fired, np.ones(len(fired))]), left, seen, start, hold)
        return cls(default.items, tuple(learned[:-1].tolist()), float(learned[-1]), "scorecard_learned")

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals that it reads."""
        return tuple(dict.fromkeys(item.signal for item in self.items))

    def score(self, signals: pa.Table) -> Scores:
        """Return the scores; a signal's contribution is the sum of the weights of its items that hold."""
        names = self.signals
        held = fired_items(signals, self.items)
        contributions = np.zeros((signals.num_rows, len(names)))
        for place, (item, weight) in enumerate(zip(self.items, self.weights, strict=True)):
            contributions[:, names.index(item.signal)] += weight * held[:, place]
        margin = self.intercept + contributions.sum(axis=1)
        return Scores(logistic(margin), margin, contributions, self.intercept, names, self.basis)

    def by_item(self) -> dict[str, float]:
        """Return the weights by item, written `signal op threshold`, as shown beside each other."""
        named = zip(self.items, self.weights, strict=True)
        return {f"{item.signal} {item.op} {item.at:g}": weight for item, weight in named}


def fired_items(signals: pa.Table, items: Sequence[ScorecardItem]) -> Floats:
    """Return 1.0 where an item (column) holds for a row; an unknown value holds for none."""
    held = np.zeros((signals.num_rows, len(items)))
    for place, item in enumerate(items):
        held[:, place] = meets(numbers(signals, item.signal), item.op, item.at)
    return held


def _patterns(frames: Iterable[Frame], items: Sequence[ScorecardItem]) -> tuple[Floats, Floats, Floats]:
    """Return the different patterns of items that held, with how many lessons of each left, and were there."""
    found: dict[bytes, list[int]] = {}
    for frame in frames:
        held = np.packbits(fired_items(frame.signals, items).astype(bool), axis=1)
        if not len(held):
            continue
        pattern, place = np.unique(held, axis=0, return_inverse=True)
        seen = np.bincount(place.ravel(), minlength=len(pattern))
        left = np.bincount(place.ravel(), weights=frame.outcome, minlength=len(pattern))
        for row, gone, there in zip(pattern, left, seen, strict=True):
            count = found.setdefault(row.tobytes(), [0, 0])
            count[0] += int(gone)
            count[1] += int(there)
    packed = np.frombuffer(b"".join(found), np.uint8).reshape(len(found), (len(items) + 7) // 8)
    fired = np.unpackbits(packed, axis=1, count=len(items)).astype(np.float64)
    counts = np.array(list(found.values()), np.float64).reshape(len(found), 2)
    return fired, counts[:, 0], counts[:, 1]

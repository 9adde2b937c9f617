"""Which lessons of the past are learned from where there are more than fit: drawn where the engine computes, by lot.

A lesson's lot is a hash of its own keys, so that every engine draws the same ones, however it splits the work.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:  # ibis takes a second to load: who only reads the catalogue does not wait for it
    import ibis.expr.types as ir

Numbers = npt.NDArray[np.float64]
DIGITS = 8
HALVINGS = 20
"""Half a million times two to this power are more lessons than there will be."""


@dataclass(slots=True)
class Lots:
    """Keeps the lessons whose lot is below a bound, which is halved until at most `most` are kept of all so far."""

    most: int
    halved: int = 0
    _counts: list[int] = field(default_factory=lambda: [0] * (HALVINGS + 1))

    @property
    def share(self) -> float:
        """The share of the lessons that is kept just now; it only ever falls."""
        return 0.5**self.halved

    @property
    def bound(self) -> str:
        """What the text of a lot must stand before."""
        return bounds()[self.halved]

    def take_in(self, counts: Sequence[int]) -> None:
        """Note of further lessons how many have lots below each of `bounds`."""
        self._counts = [so_far + more for so_far, more in zip(self._counts, counts, strict=True)]
        while self._counts[self.halved] > self.most and self.halved < HALVINGS:
            self.halved += 1


def bounds() -> tuple[str, ...]:
    """Return the bounds, each half of the one before; every lot stands before the first."""
    return ("g", *(f"{16**DIGITS >> halvings:0{DIGITS}x}" for halvings in range(1, HALVINGS + 1)))


def lot_of(learner: ir.StringValue, course: ir.StringValue, as_of: ir.IntegerValue) -> ir.StringValue:
    """Return the lot of a lesson: the MD5 (RFC 1321) of its keys in small hexadecimals; `lots` says the same here."""
    return (learner + "/" + course + "/" + as_of.cast("string")).hexdigest("md5")


def lots(learners: Sequence[str], courses: Sequence[str], as_of: int) -> list[str]:
    """Return the lots of lessons of one day, counted since 1970-01-01."""
    keys = (f"{learner}/{course}/{as_of}".encode() for learner, course in zip(learners, courses, strict=True))
    return [hashlib.md5(one, usedforsecurity=False).hexdigest() for one in keys]


def shares(told: Sequence[str]) -> Numbers:
    """Return lots as numbers from 0 to 1: one is drawn while that is below the share that is kept."""
    return np.array([int(lot[:DIGITS], 16) / 16**DIGITS for lot in told], np.float64)


def drawn_table(told: ir.Table, turns: ir.Table, days: int) -> ir.Table:
    """Return `told` (outcomes whose numbers are of `days` turns) with the lot of each row."""
    both = told.join(turns, told.learner_no % days == turns.turn)
    return both.select("learner_no", "course_no", "outcome", lot=lot_of(both.learner, both.course, both.as_of))

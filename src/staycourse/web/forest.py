"""A forest plot drawn on the server: a row for each line of evidence, on one common scale."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from staycourse.review import Uplift

STEPS = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)
"""Percentage points to which the scale may reach on both sides."""


@dataclass(frozen=True, slots=True)
class ForestRow:
    """One row: where its point and intervals stand, from 0 (left) to 100 (right)."""

    point: float
    fixed: tuple[float, float]
    always: tuple[float, float] | None


@dataclass(frozen=True, slots=True)
class Scale:
    """From minus `reach` to plus `reach` percentage points."""

    reach: float

    def place(self, points: float) -> float:
        """Return where a difference stands, from 0 to 100; what lies outside stands at the edge."""
        return round(min(max(50 + 50 * points / self.reach, 0.0), 100.0), 2)

    def row(self, uplift: Uplift) -> ForestRow:
        """Return an uplift on this scale."""
        always = uplift.always_valid
        return ForestRow(
            self.place(100 * uplift.difference),
            (self.place(100 * uplift.fixed.low), self.place(100 * uplift.fixed.high)),
            (self.place(100 * always.low), self.place(100 * always.high)) if always else None,
        )


def scale_of(uplifts: Sequence[Uplift]) -> Scale:
    """Return the smallest scale that holds every interval."""
    ends = [abs(end) for one in uplifts for end in (
        one.fixed.low, one.fixed.high, *((one.always_valid.low, one.always_valid.high) if one.always_valid else ())
    )]  # fmt: skip
    most = 100 * max((end for end in ends if math.isfinite(end)), default=0.1)
    return Scale(next((step for step in STEPS if step >= most), 100.0))

"""What the replayed part of the histories says of how learners come and go: the parameters of the learner model."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Flags = npt.NDArray[np.bool_]
Numbers = npt.NDArray[np.float64]

SILENCE = 13
"""A pause of more days than this counts as drifting: it outlasts the default churn horizon of 14 days."""

STEPS = 7
"""Pauses are told apart day by day up to this one; from here on their daily chance to end is the same."""

STRENGTH = 40.0
"""A learner's own rate counts as much as the common one after so many days at risk (shrinkage)."""


@dataclass(frozen=True, slots=True)
class Habits:
    """The common parameters.

    `daily[g-1]`: the chance to learn on a day when the last day of learning was g days ago (the last entry: longer
    ago), of who is not drifting. `slide`: the chance that drifting begins on a day of learning. Of those who drift the
    share `never` would not come back by themselves, the others do with the chance `back` each day.
    """

    daily: tuple[float, ...]
    slide: float
    back: float
    never: float

    def told(self) -> dict[str, Any]:
        """Return them as plain data."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Fitted:
    """The common habits, and per learner the log-odds by which they learn more often than others, and days since."""

    habits: Habits
    offsets: Numbers
    absent: npt.NDArray[np.int64]


def fit(active: Flags, never: float) -> Fitted:
    """Fit to `active` [learner, day], the days of learning up to the last replayed one; all False before the first.

    `never` is taken as given: those who are gone for good are not among learners chosen for being awake.
    """
    ended, at_risk = np.zeros(STEPS), np.zeros(STEPS)
    own = np.zeros((len(active), 2))
    long_done: list[int] = []
    long_open = 0
    days = active.shape[1]
    for row, here in enumerate(active):
        on = np.flatnonzero(here)
        if not len(on):
            continue
        gaps = np.diff(on)
        long_done += [int(gap) for gap in gaps if gap > SILENCE]
        long_open += int(days - 1 - on[-1] > SILENCE)
        for gap in gaps[gaps <= SILENCE]:
            for day in range(1, int(gap) + 1):
                at_risk[min(day, STEPS) - 1] += 1
            ended[min(int(gap), STEPS) - 1] += 1
            own[row] += (1, gap)
    daily = np.clip((ended + 0.5) / (at_risk + 1.0), 0.02, 0.95)
    back = float(np.clip((len(long_done) + 1) / (sum(gap - SILENCE for gap in long_done) + 10), 0.02, 0.3))
    lasting = 1 - (1 - never) * (1 - (1 - back) ** SILENCE)  # the others end before they can be told from a pause
    slides = (len(long_done) + long_open + 1) / lasting
    habits = Habits(
        daily=tuple(float(chance) for chance in daily),
        slide=float(np.clip(slides / (active.sum() + 50), 0.005, 0.2)),
        back=back,
        never=never,
    )
    return Fitted(habits, _offsets(own, ended.sum() / max(at_risk.sum(), 1.0)), _absent(active))


def _offsets(own: Numbers, common: float) -> Numbers:
    """Return each learner's own log-odds beside the common ones, shrunken towards nothing."""
    rate = (own[:, 0] + STRENGTH * common) / (own[:, 1] + STRENGTH)
    rate = np.clip(rate, 0.01, 0.99)
    common = float(np.clip(common, 0.01, 0.99))
    return np.asarray(np.log(rate / (1 - rate)) - np.log(common / (1 - common)), dtype=np.float64)


def _absent(active: Flags) -> npt.NDArray[np.int64]:
    """Return the days since each learner's last day of learning, 0 for the last replayed one."""
    return np.asarray(np.argmax(active[:, ::-1], axis=1), dtype=np.int64)

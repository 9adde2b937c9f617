"""What is compared: the figures of one arm of an experiment, and the strata within which its learners were drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from staycourse.kernel import BadInput, worded


@dataclass(frozen=True, slots=True)
class Counts:
    """One arm of a share: of `n` learners `successes` did it. BadInput if they are not counts of that kind."""

    n: int
    successes: int

    def __post_init__(self) -> None:
        if not 0 <= self.successes <= self.n:
            raise BadInput(
                worded("{successes} of {n} is no share", successes=self.successes, n=self.n),
                where="arm",
                mend="give successes from 0 to n",
            )

    @property
    def mean(self) -> float:
        """The share; 0 where nobody is."""
        return self.successes / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """The variance of one learner's outcome."""
        return self.mean * (1 - self.mean)

    def __add__(self, other: Counts) -> Counts:
        return Counts(self.n + other.n, self.successes + other.successes)


@dataclass(frozen=True, slots=True)
class Sums:
    """One arm of an average (minutes, minor units): of `n` learners the sum and the sum of squares."""

    n: int
    total: float
    squares: float

    def __post_init__(self) -> None:
        if self.n < 0 or self.squares < 0:
            raise BadInput("an arm has no negative counts or squares", where="arm", mend="give n, sum, sum of squares")

    @property
    def mean(self) -> float:
        """The average; 0 where nobody is."""
        return self.total / self.n if self.n else 0.0

    @property
    def variance(self) -> float:
        """The unbiased variance of one learner's value; 0 for fewer than two learners."""
        return max(0.0, (self.squares - self.total**2 / self.n) / (self.n - 1)) if self.n > 1 else 0.0


Arm = Counts | Sums


@dataclass(frozen=True, slots=True)
class Stratum:
    """The two arms among the learners of one tier; `held_share` (0 to 1) is the stated share that is held out."""

    name: str
    treated: Arm
    held: Arm
    held_share: float

    def __post_init__(self) -> None:
        if not 0 < self.held_share < 1:
            raise BadInput(
                worded("{held_share} is no share to hold out", held_share=self.held_share),
                where=self.name,
                mend="hold out more than 0 and less than 1",
            )
        if type(self.treated) is not type(self.held):
            raise BadInput(
                "a share cannot be compared with an average", where=self.name, mend="give both arms in one form"
            )

    @property
    def n(self) -> int:
        """Learners in both arms."""
        return self.treated.n + self.held.n


@dataclass(frozen=True, slots=True)
class Bounds:
    """From `low` to `high`, both in the unit of what they are about."""

    low: float
    high: float

    def holds(self, value: float) -> bool:
        """Say whether `value` lies within."""
        return self.low <= value <= self.high


def comparable(strata: Sequence[Stratum]) -> list[Stratum]:
    """Return the strata with at least two learners in each arm: only there is something to compare."""
    return [stratum for stratum in strata if min(stratum.treated.n, stratum.held.n) >= 2]


def pooled(arms: Sequence[Arm]) -> Counts:
    """Return the plain sum of arms of shares; BadInput for averages."""
    found = Counts(0, 0)
    for arm in arms:
        if not isinstance(arm, Counts):
            raise BadInput("an average has no outcomes to count", where="arm", mend="give Counts")
        found += arm
    return found

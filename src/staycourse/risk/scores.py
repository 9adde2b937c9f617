"""What every scorer gives: a probability, and the exact share of each signal in it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from staycourse.risk.rules import numbers

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of n rows over k signals.

    `probability` (0 to 1) is of leaving within the horizon; `margin` its log-odds = `base` + the row's sum of
    `contributions` (log-odds, a column per name in `signals`). `basis` says what scored: model, scorecard or
    scorecard_learned.
    """

    probability: Floats
    margin: Floats
    contributions: Floats
    base: float
    signals: tuple[str, ...]
    basis: str


class Scorer(Protocol):
    """What gives scores of a table of signals."""

    @property
    def basis(self) -> str:
        """What scores: model, scorecard or scorecard_learned."""
        ...

    @property
    def signals(self) -> tuple[str, ...]:
        """The signals that it reads."""
        ...

    def score(self, signals: pa.Table) -> Scores:
        """Return the scores of the rows of `signals`, in their order."""
        ...


def logistic(margin: Floats) -> Floats:
    """Return the probabilities of log-odds, without overflow for large ones."""
    return np.asarray(0.5 * (1.0 + np.tanh(0.5 * margin)), dtype=np.float64)


def matrix_of(signals: pa.Table, names: Sequence[str]) -> Floats:
    """Return the columns `names` as one float64 matrix, column by column in memory, NaN where unknown."""
    matrix = np.empty((signals.num_rows, len(names)), dtype=np.float64, order="F")
    for place, name in enumerate(names):
        matrix[:, place] = numbers(signals, name)
    return matrix


def added(values: npt.NDArray[Any], weights: Floats) -> Floats:
    """Return `values @ weights`, each row's sum in the order of the columns.

    A matrix product adds in another order for one row than for many, and a score must not depend on which rows are
    scored beside it.
    """
    sums = np.zeros((values.shape[0], weights.shape[1]))
    for place, group in zip(*np.nonzero(weights), strict=True):
        sums[:, group] += values[:, place] * weights[place, group]
    return sums

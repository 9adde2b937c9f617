"""How good probabilities are: do they rank, and do they mean what they say."""

from __future__ import annotations

from typing import Literal

import numpy as np
import numpy.typing as npt

from staycourse.risk.scores import Floats

Flags = npt.NDArray[np.bool_]


def auc(outcome: Flags, score: Floats) -> float | None:
    """Return the area under the ROC curve: how often who left scored higher than who stayed, ties counting half.

    None where only one of the two is there. (Mann and Whitney 1947.)
    """
    positives = int(outcome.sum())
    negatives = len(outcome) - positives
    if not positives or not negatives:
        return None
    _, place, counts = np.unique(score, return_inverse=True, return_counts=True)
    rank = (np.cumsum(counts) - (counts - 1) / 2.0)[place]
    above = rank[outcome].sum() - positives * (positives + 1) / 2.0
    return float(above / (positives * negatives))


def average_precision(outcome: Flags, score: Floats) -> float | None:
    """Return the mean precision over those who left, from the highest score down; equal scores stand together.

    None where nobody left.
    """
    positives = int(outcome.sum())
    if not positives:
        return None
    order = np.argsort(-score, kind="stable")
    hits = np.cumsum(outcome[order])
    last = np.append(np.diff(score[order]) != 0, True)
    hits, shown = hits[last], (np.arange(len(score)) + 1)[last]
    gained = np.diff(hits, prepend=0)
    return float((gained * hits / shown).sum() / positives)


def brier(outcome: Flags, probability: Floats) -> float | None:
    """Return the mean squared error of the probabilities (Brier 1950); None of nobody."""
    return float(np.mean((probability - outcome) ** 2)) if len(outcome) else None


def calibration_error(
    outcome: Flags, probability: Floats, *, bins: int = 10, of: Literal["width", "mass"] = "width"
) -> float | None:
    """Return the expected calibration error: |share who left - mean probability|, averaged over bins by their size.

    Bins of equal `width` of probability (Naeini, Cooper and Hauskrecht 2015), or of equal `mass` of learners. None
    of nobody.
    """
    count = len(outcome)
    if not count:
        return None
    if of == "width":
        bin_of = np.minimum((probability * bins).astype(np.int64), bins - 1)
    else:
        bin_of = np.empty(count, dtype=np.int64)
        bin_of[np.argsort(probability, kind="stable")] = np.arange(count) * bins // count
    left = np.bincount(bin_of, weights=outcome.astype(np.float64), minlength=bins)
    expected = np.bincount(bin_of, weights=probability, minlength=bins)
    return float(np.abs(left - expected).sum() / count)

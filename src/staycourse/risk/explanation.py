"""Exact reasons at the cost of a prediction: Shapley values of shallow trees, looked up instead of computed.

A tree of depth 3 asks at most seven questions. A row's answers make a number below 128, and everything about the tree
(its value and the Shapley value of each signal in it) depends on that number alone: so it is computed once for each
number, and then only read. The values are those of path-dependent TreeSHAP (Lundberg et al., Nature Machine
Intelligence 2, 2020), which LightGBM's `pred_contrib` gives as well.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from typing import Any

import numpy as np
import numpy.typing as npt

from staycourse.risk.scores import Floats

MOST_SPLITS = 7
FEW = 2_000
"""Up to so many rows all trees are looked up together: for few rows a call costs more than what it does."""

ROWS_AT_ONCE = 16_384
"""Rows looked at together: their ranks, answers and shares stay in the processor's cache."""

Ranks = npt.NDArray[np.uint16]


@dataclass(frozen=True, slots=True)
class _Split:
    """A question: is signal `feature` at most `threshold`? A missing value answers `missing_left`."""

    feature: int
    threshold: float
    missing_left: bool


@dataclass(frozen=True, slots=True)
class _Tree:
    """A tree as a table: `value[answers]` and, per signal of `features`, `shares[place, answers]`."""

    splits: tuple[_Split, ...]
    features: tuple[int, ...]
    shares: Floats
    expected: float


@dataclass(frozen=True, slots=True)
class _Question:
    """A split against the ranks of its signal: left if rank - `first` <= `reach` without sign.

    Rank 0 is a missing value; with `first` = 1 it wraps round to the greatest number, and answers right.
    """

    feature: int
    first: int
    reach: int


class ShapleyTables:
    """The tables of a whole model of shallow trees; knows `features` signals, in the order of the matrix."""

    def __init__(self, trees: Sequence[Mapping[str, Any]], features: int) -> None:
        self.features = features
        self._trees = [_tree(tree["tree_structure"]) for tree in trees]
        self.expected = float(sum(tree.expected for tree in self._trees))
        self._thresholds = _thresholds(self._trees, features)
        self._asked = [tuple(self._question(split) for split in tree.splits) for tree in self._trees]
        self._beside_each_other = _BesideEachOther(self._trees, self._asked)

    def contributions(self, matrix: Floats) -> Floats:
        """Return each row's contributions in the model's log-odds; `expected` + their sum is the model's margin."""
        rows = matrix.shape[0]
        found = np.zeros((self.features, rows), dtype=np.float64)
        if rows <= FEW:
            self._beside_each_other.add(self._ranks(matrix), found)
            return found.T
        for start in range(0, rows, ROWS_AT_ONCE):
            block = matrix[start : start + ROWS_AT_ONCE]
            self._add(block, found[:, start : start + len(block)])
        return found.T

    def _add(self, block: Floats, into: Floats) -> None:
        ranks = self._ranks(block)
        held = np.zeros((self.features, len(block)), dtype=np.float64)
        answers = np.empty(len(block), dtype=np.uint8)
        place = np.empty(len(block), dtype=np.intp)
        share = np.empty(len(block), dtype=np.float64)
        for tree, asked in zip(self._trees, self._asked, strict=True):
            answers.fill(0)
            for bit, question in enumerate(asked):
                left = (ranks[question.feature, question.first] <= question.reach).view(np.uint8)
                answers |= left << np.uint8(bit) if bit else left
            np.copyto(place, answers)
            for feature, table in zip(tree.features, tree.shares, strict=True):
                np.take(table, place, out=share, mode="clip")
                held[feature] += share
        into[:] = held

    def _ranks(self, block: Floats) -> dict[tuple[int, int], Ranks]:
        """Return, per signal asked about, its rank among the thresholds (0 missing), and that rank less 1."""
        ranks: dict[tuple[int, int], Ranks] = {}
        for feature, thresholds in self._thresholds.items():
            values = block[:, feature]
            rank = (np.searchsorted(thresholds, values, side="left") + 1).astype(np.uint16)
            rank[np.isnan(values)] = 0
            ranks[feature, 0] = rank
            ranks[feature, 1] = rank - np.uint16(1)
        return ranks

    def _question(self, split: _Split) -> _Question:
        rank = int(np.searchsorted(self._thresholds[split.feature], split.threshold, side="left")) + 1
        return _Question(split.feature, 0, rank) if split.missing_left else _Question(split.feature, 1, rank - 1)


class _BesideEachOther:
    """All trees in a few arrays. Of each signal the shares stand in the order of the trees, so that the sums are those
    of one tree after the other.
    """

    def __init__(self, trees: Sequence[_Tree], asked: Sequence[Sequence[_Question]]) -> None:
        self._ranks = sorted({(one.feature, one.first) for of_tree in asked for one in of_tree})
        place = {one: number for number, one in enumerate(self._ranks)}
        shape = (len(trees), MOST_SPLITS)
        self._column = np.zeros(shape, dtype=np.intp)
        self._reach = np.zeros(shape, dtype=np.uint16)
        self._bit = np.zeros(shape, dtype=np.uint8)  # 0 where a tree asks nothing more
        for tree, of_tree in enumerate(asked):
            for number, one in enumerate(of_tree):
                self._column[tree, number], self._reach[tree, number] = place[one.feature, one.first], one.reach
                self._bit[tree, number] = 1 << number
        pairs = [(feature, tree, row) for tree, one in enumerate(trees) for row, feature in enumerate(one.features)]
        pairs.sort(key=lambda pair: pair[0])
        tables = [trees[tree].shares[row] for _, tree, row in pairs]
        self._table = np.concatenate(tables) if tables else np.zeros(0)
        self._start = np.cumsum([0, *(len(table) for table in tables)])[:-1].astype(np.intp)
        self._tree = np.array([tree for _, tree, _ in pairs], dtype=np.intp)
        features, firsts = np.unique([feature for feature, _, _ in pairs], return_index=True)
        ends = np.append(firsts, len(pairs))[1:]
        self._features = list(zip(features.tolist(), firsts.tolist(), ends.tolist(), strict=True))

    def add(self, ranks: Mapping[tuple[int, int], Ranks], into: Floats) -> None:
        """Add each signal's shares to its row of `into`."""
        if not len(self._tree) or not into.shape[1]:
            return
        known = np.stack([ranks[one] for one in self._ranks])
        answers = np.zeros((len(self._column), into.shape[1]), dtype=np.uint8)
        for number in range(MOST_SPLITS):
            left = known[self._column[:, number]] <= self._reach[:, number, None]
            answers |= left.view(np.uint8) * self._bit[:, number, None]
        # A row beside another is never added up alone: then the sum goes down the trees, one after the other, and is to
        # the last bit the same; of a single row NumPy would add the trees in pairs.
        both = np.repeat(answers, 2, axis=1) if answers.shape[1] == 1 else answers
        shares = self._table[both[self._tree] + self._start[:, None]]
        for feature, first, end in self._features:
            into[feature] += np.add.reduce(shares[first:end], axis=0)[: into.shape[1]]


def _thresholds(trees: Sequence[_Tree], features: int) -> dict[int, Floats]:
    asked: dict[int, set[float]] = {}
    for split in (split for tree in trees for split in tree.splits):
        asked.setdefault(split.feature, set()).add(split.threshold)
    return {feature: np.array(sorted(asked[feature])) for feature in range(features) if feature in asked}


def _tree(root: Mapping[str, Any]) -> _Tree:
    splits: list[_Split] = []
    numbers: dict[int, int] = {}
    for node in _inner(root):
        numbers[node["split_index"]] = len(splits)
        splits.append(_split(node))
    if len(splits) > MOST_SPLITS:
        raise ValueError(f"a tree of {len(splits)} splits has no table: at most {MOST_SPLITS}")
    features = tuple(dict.fromkeys(split.feature for split in splits))
    values = _values(root, splits, numbers, features)
    return _Tree(tuple(splits), features, _shapley(values, len(features)), float(values[0, 0]))


def _inner(node: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    if "split_index" in node:
        yield node
        yield from _inner(node["left_child"])
        yield from _inner(node["right_child"])


def _split(node: Mapping[str, Any]) -> _Split:
    if node["decision_type"] != "<=":
        raise ValueError(f"a split by {node['decision_type']!r} has no table: only <= has")
    threshold = float(node["threshold"])
    # Where the training data missed nothing LightGBM reads a missing value as 0.
    missing_left = bool(node["default_left"]) if node["missing_type"] == "NaN" else threshold >= 0.0
    return _Split(int(node["split_feature"]), threshold, missing_left)


def _values(
    node: Mapping[str, Any],
    splits: Sequence[_Split],
    numbers: Mapping[int, int],
    features: Sequence[int],
) -> Floats:
    """Return the tree's value by answers (row) where only the signals in the set `known` (column) may be looked at.

    A question about another signal is answered as the training rows did, in proportion.
    """
    answers, known = np.arange(1 << len(splits)), np.arange(1 << len(features))
    if "split_index" not in node:
        return np.full((len(answers), len(known)), float(node["leaf_value"]))
    bit = numbers[node["split_index"]]
    left = _values(node["left_child"], splits, numbers, features)
    right = _values(node["right_child"], splits, numbers, features)
    goes_left = (answers >> bit & 1).astype(bool)[:, None]
    looked = (known >> features.index(splits[bit].feature) & 1).astype(bool)[None, :]
    share = _count(node["left_child"]) / _count(node)
    return np.where(looked, np.where(goes_left, left, right), share * left + (1 - share) * right)


def _count(node: Mapping[str, Any]) -> int:
    return int(node["internal_count"] if "split_index" in node else node["leaf_count"])


def _shapley(values: Floats, features: int) -> Floats:
    """Return the Shapley values of the games `values[answers, set]`: a row per signal, a column per answers."""
    shares = np.zeros((features, len(values)))
    for feature in range(features):
        others = [other for other in range(features) if other != feature]
        for size in range(features):
            weight = factorial(size) * factorial(features - size - 1) / factorial(features)
            for chosen in combinations(others, size):
                without = sum(1 << other for other in chosen)
                shares[feature] += weight * (values[:, without | 1 << feature] - values[:, without])
    return shares

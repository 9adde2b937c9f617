"""Rows that are alike, brought together: groups and their sums, and the one row on the other side of a join."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cached_property
from typing import Any

import ibis.expr.operations as ops
import numpy as np

from staycourse.adapters.engines.arrays.coding import Coding
from staycourse.adapters.engines.arrays.columns import Array, Column, Flags, Scattered

SPARSE = 4
"""Where at most one row in so many is known, only those are looked at; the rollup's counters are mostly unknown."""

_TABLE = 4
"""Codes are looked up in a table of at most so many places a row; of more, they are sorted."""

_WIDE = 32
"""As _TABLE, where to search instead takes a dozen steps a row."""

_SMALL_TABLE = 1 << 14

_FEW_RUNS = 32
"""Runs in order that are merged in less time than their rows are sorted in: days' files, each by learner."""


class Groups:
    """Rows in groups, which are in the order of their keys.

    `order` brings each group's rows together (None: they are), `starts` are their first places then, and `numbers`
    say which group each row is in.
    """

    def __init__(self, rows: int, starts: Array, order: Array | None = None) -> None:
        self.rows = rows
        self.starts = starts
        self._order = order

    @classmethod
    def of(cls, keys: Sequence[Array], rows: int) -> Groups:
        """Bring the rows of equal keys together."""
        if not rows:
            return cls(0, np.zeros(0, np.int64))
        keys = [key for key in keys if key.strides[0]] or keys[:1]  # what is one value for all tells nobody apart
        if in_order(keys):
            return cls(rows, np.flatnonzero(_changes(keys)))
        coding = Coding.of(keys)
        if coding is None:
            order = np.lexsort(tuple(reversed(keys)))
            return cls(rows, np.flatnonzero(_changes([key[order] for key in keys])), order)
        codes = coding.codes(keys)
        if coding.size <= max(_SMALL_TABLE, _TABLE * rows):
            return _Tabled(codes, coding.size)
        order = _order(codes)
        return cls(rows, np.flatnonzero(_changes([codes[order]])), order)

    @property
    def order(self) -> Array | None:
        """Return the rows, those of each group together; None if they lie so."""
        return self._order

    def firsts(self) -> Array:
        """Return one row of each group."""
        return self.starts if self.order is None else self.order[self.starts]

    def reduced(self, work: np.ufunc, values: Array) -> Array:
        """Return `work` over each group."""
        if not len(self.starts):
            return values[:0]
        ordered = values if self.order is None else values[self.order]
        found: Array = work.reduceat(ordered, self.starts)
        return found

    def counts(self) -> Array:
        """Return how many rows each group has."""
        return np.diff(np.append(self.starts, self.rows))

    @cached_property
    def numbers(self) -> Array:
        """The number of each row's group."""
        found = np.repeat(np.arange(len(self.starts)), self.counts())
        if self.order is not None:
            found[self.order] = found.copy()
        return found

    def few(self, column: Column) -> Array | None:
        """Return the rows of `column` that are known, if they are few or at hand."""
        if column.at is not None:
            return column.at
        if column.valid is None or np.count_nonzero(column.valid) * SPARSE > self.rows:
            return None
        return np.flatnonzero(column.valid)

    def having(self, rows: Array) -> Flags:
        """Return which groups have any of `rows`."""
        there = np.zeros(len(self.starts), np.bool_)
        there[self.numbers[rows]] = True
        return there


class _Tabled(Groups):
    """Rows of codes that are small enough for each to have a place of its own: nothing need be sorted."""

    def __init__(self, codes: Array, size: int) -> None:
        there = np.bincount(codes, minlength=size)
        self._codes = codes
        self._held = np.flatnonzero(there)
        self._counts = there[self._held]
        self._places = there  # from here on: the number of each code's group
        there[self._held] = np.arange(len(self._held))
        super().__init__(len(codes), np.cumsum(self._counts) - self._counts)

    @cached_property
    def numbers(self) -> Array:
        """See Groups."""
        found: Array = self._places[self._codes]
        return found

    @property
    def order(self) -> Array:
        """See Groups."""
        if self._order is None:
            self._order = np.argsort(self.numbers, kind="stable")
        return self._order

    def firsts(self) -> Array:
        """See Groups."""
        found = np.empty(len(self._places), np.int64)
        found[self._codes] = np.arange(self.rows)
        return found[self._held]

    def counts(self) -> Array:
        """See Groups."""
        return self._counts


def in_order(keys: Sequence[Array]) -> bool:
    """Say whether rows are in the order of their keys, the first of these before the next."""
    before = np.zeros(max(len(keys[0]) - 1, 0), np.bool_)  # where an earlier key decides already
    for key in keys:
        if (~before & (key[1:] < key[:-1])).any():
            return False
        before |= key[1:] > key[:-1]
    return True


def _order(codes: Array) -> Array:
    """Return the order of `codes`; of what lies in a few runs that are in order, these need only be merged."""
    runs = 1 + np.count_nonzero(codes[1:] < codes[:-1])
    found: Array = np.argsort(codes, kind="stable" if runs <= _FEW_RUNS else None)
    return found


def _changes(keys: Sequence[Array]) -> Flags:
    """Return where a row differs from the one before it."""
    changes = np.zeros(len(keys[0]), np.bool_)
    changes[0] = True
    for key in keys:
        changes[1:] |= key[1:] != key[:-1]
    return changes


def total(groups: Groups, column: Column) -> Column:
    """Return the sum of what is known; null where nothing is."""
    if column.valid is None:
        return Column(groups.reduced(np.add, column.values))
    rows = groups.few(column)
    if rows is not None:  # whole numbers below 2**53, so that float64 adds them up exactly
        sums = np.bincount(groups.numbers[rows], held_at(column, rows), len(groups.starts))
        return Column(sums.astype(_kind(column)), groups.having(rows), True)
    values = column.values if column.zeroed else np.where(column.valid, column.values, 0)
    return Column(groups.reduced(np.add, values), groups.reduced(np.logical_or, column.valid), True)


def held_at(column: Column, rows: Array) -> Array:
    """Return the values at `rows`, where the column is known."""
    return column.held if isinstance(column, Scattered) else column.values[rows]


def _kind(column: Column) -> np.dtype[Any]:
    return np.dtype(column.kind) if isinstance(column, Scattered) else column.values.dtype


def _extreme(work: np.ufunc, least: bool) -> Callable[[Groups, Column], Column]:
    def done(groups: Groups, column: Column) -> Column:
        if column.valid is None:
            return Column(groups.reduced(work, column.values))
        kind = _kind(column)
        limits = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
        beyond = limits.max if least else limits.min
        rows = groups.few(column)
        if rows is not None:
            found = np.full(len(groups.starts), beyond, kind)
            work.at(found, groups.numbers[rows], held_at(column, rows))
            return Column(found, groups.having(rows))
        values = np.where(column.valid, column.values, beyond)
        return Column(groups.reduced(work, values), groups.reduced(np.logical_or, column.valid))

    return done


def _bits(groups: Groups, column: Column) -> Column:
    rows = groups.few(column)
    if rows is not None:
        found = np.zeros(len(groups.starts), _kind(column))
        np.bitwise_or.at(found, groups.numbers[rows], held_at(column, rows))
        return Column(found, groups.having(rows))
    values = column.values if column.valid is None else np.where(column.valid, column.values, 0)
    found = groups.reduced(np.bitwise_or, values)
    return Column(found, None if column.valid is None else groups.reduced(np.logical_or, column.valid))


def _count(groups: Groups, column: Column) -> Column:
    rows = groups.few(column)
    if rows is not None:
        return Column(np.bincount(groups.numbers[rows], minlength=len(groups.starts)))
    return Column(groups.reduced(np.add, column.known().astype(np.int64)))


REDUCTIONS: Mapping[type[ops.Node], Callable[[Groups, Column], Column]] = {
    ops.Sum: total, ops.Min: _extreme(np.minimum, True), ops.Max: _extreme(np.maximum, False), ops.BitOr: _bits,
    ops.Count: _count,
}  # fmt: skip


def partners(left: Sequence[Column], right: Sequence[Column]) -> Array:
    """Return for each row on the left the row on the right with the same keys, -1 where there is none.

    ValueError if one has several, or where a key on the right is null: no expression of the signals asks that. What is
    null on the left has no partner.
    """
    if any(column.valid is not None and not column.valid.all() for column in right):
        raise ValueError("rows are joined by keys that are never null")
    mine, its = [column.values for column in left], [column.values for column in right]
    if not len(its[0]):
        return np.full(len(mine[0]), -1, np.int64)
    coding = Coding.of(its)
    if coding is None:
        raise ValueError("rows are joined by keys of a narrower range")
    asked, codes = coding.looked_up(mine), coding.codes(its)
    for column in left:
        if column.valid is not None:
            asked = np.where(column.valid, asked, -1)
    return (_tabled if coding.size <= max(_SMALL_TABLE, _WIDE * len(asked)) else _searched)(asked, codes, coding.size)


def _tabled(asked: Array, codes: Array, size: int) -> Array:
    places = np.full(size + 1, -1, np.intp)  # the last one is for what is not there: -1
    places[codes] = np.arange(len(codes))
    if np.count_nonzero(places >= 0) < len(codes):
        raise ValueError("a row would have several partners")
    return places[asked]


def _searched(asked: Array, codes: Array, _: int) -> Array:
    order = None
    if (codes[1:] <= codes[:-1]).any():
        order = np.argsort(codes)
        codes = codes[order]
        if (codes[1:] == codes[:-1]).any():
            raise ValueError("a row would have several partners")
    at = np.minimum(np.searchsorted(codes, asked), len(codes) - 1)
    return np.where(codes[at] == asked, at if order is None else order[at], -1)

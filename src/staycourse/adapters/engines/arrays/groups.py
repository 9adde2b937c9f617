"""Rows that are alike, brought together: groups and their sums, and the one row on the other side of a join."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis.expr.operations as ops
import numpy as np

from staycourse.adapters.engines.arrays.columns import Array, Column, Flags

SPARSE = 4
"""Where at most one row in so many is known, only those are looked at; the rollup's counters are mostly unknown."""

_FEW = 1 << 12


@dataclass(frozen=True)
class Groups:
    """Rows in groups: `order` brings each group's rows together (None: they are), `starts` are their first places."""

    order: Array | None
    starts: Array
    rows: int

    @classmethod
    def of(cls, keys: Sequence[Array], rows: int) -> Groups:
        """Bring the rows of equal keys together."""
        if not rows:
            return cls(None, np.zeros(0, np.int64), 0)
        order = None
        if not _in_order(keys):
            order = np.lexsort(tuple(reversed(keys)))
            keys = [key[order] for key in keys]
        changes = np.zeros(rows, np.bool_)
        changes[0] = True
        for key in keys:
            changes[1:] |= key[1:] != key[:-1]
        return cls(order, np.flatnonzero(changes), rows)

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
        """Return the rows of `column` that are known, if they are few."""
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


def _in_order(keys: Sequence[Array]) -> bool:
    before = np.zeros(max(len(keys[0]) - 1, 0), np.bool_)  # where an earlier key decides already
    for key in keys:
        if (~before & (key[1:] < key[:-1])).any():
            return False
        before |= key[1:] > key[:-1]
    return True


def total(groups: Groups, column: Column) -> Column:
    """Return the sum of what is known; null where nothing is."""
    if column.valid is None:
        return Column(groups.reduced(np.add, column.values))
    rows = groups.few(column)
    if rows is not None:  # whole numbers below 2**53, so that float64 adds them up exactly
        sums = np.bincount(groups.numbers[rows], column.values[rows], len(groups.starts))
        return Column(sums.astype(column.values.dtype), groups.having(rows), True)
    values = column.values if column.zeroed else np.where(column.valid, column.values, 0)
    return Column(groups.reduced(np.add, values), groups.reduced(np.logical_or, column.valid), True)


def _extreme(work: np.ufunc, least: bool) -> Callable[[Groups, Column], Column]:
    def done(groups: Groups, column: Column) -> Column:
        if column.valid is None:
            return Column(groups.reduced(work, column.values))
        kind = column.values.dtype
        limits = np.finfo(kind) if kind.kind == "f" else np.iinfo(kind)
        beyond = limits.max if least else limits.min
        rows = groups.few(column)
        if rows is not None:
            found = np.full(len(groups.starts), beyond, kind)
            work.at(found, groups.numbers[rows], column.values[rows])
            return Column(found, groups.having(rows))
        values = np.where(column.valid, column.values, beyond)
        return Column(groups.reduced(work, values), groups.reduced(np.logical_or, column.valid))

    return done


def _bits(groups: Groups, column: Column) -> Column:
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

    ValueError if one has several: no expression of the signals asks that.
    """
    mine, its = _packed(left), _packed(right)
    if not len(its):
        return np.full(len(mine), -1, np.int64)
    if len(mine) > len(its) and its.min() >= 0 and its.max() < _FEW:
        return _looked_up(mine, its)
    order = None
    if (its[1:] <= its[:-1]).any():
        order = np.argsort(its, kind="stable")
        its = its[order]
        if (its[1:] == its[:-1]).any():
            raise ValueError("a row would have several partners")
    at = np.minimum(np.searchsorted(its, mine), len(its) - 1)
    found = at if order is None else order[at]
    return np.where(its[at] == mine, found, -1)


def _looked_up(mine: Array, its: Array) -> Array:
    """Do what `partners` does, of keys that are small numbers: each has a place of its own."""
    places = np.full(_FEW + 1, -1, np.int64)
    places[its] = np.arange(len(its))
    if np.count_nonzero(places >= 0) < len(its):
        raise ValueError("a row would have several partners")
    return places[np.where((mine >= 0) & (mine < _FEW), mine, _FEW)]


def _packed(columns: Sequence[Column]) -> Array:
    """Return one number for each row's keys, which are at most two numbers of 32 bits, none null."""
    if len(columns) > 2 or any(column.valid is not None and not column.valid.all() for column in columns):
        raise ValueError("rows are joined by one or two keys that are never null")
    keys: list[Any] = [column.values.astype(np.int64) for column in columns]
    packed: Array = keys[0] if len(keys) == 1 else keys[0] << 32 | keys[1]
    return packed

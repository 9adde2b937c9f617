"""Sums of one counter in several windows, each of which holds the smaller ones: one pass over the rows for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import ibis.expr.operations as ops
import numpy as np

from staycourse.adapters.engines.arrays.columns import Array, Column, nothing_of
from staycourse.adapters.engines.arrays.groups import SPARSE, Groups, held_at


@dataclass(frozen=True, slots=True)
class Window:
    """What a sum is over: the values `of`, where `age` is below `days`; all of them where there is no `age`."""

    of: ops.Value
    age: ops.Value | None = None
    days: int | None = None


def window_of(sum_of: Any) -> Window | None:
    """Return what a sum in float64 is over, if it is of this kind."""
    if not isinstance(sum_of, ops.Sum) or not isinstance(sum_of.arg, ops.Cast) or not sum_of.arg.to.is_float64():
        return None
    inside: Any = sum_of.arg.arg
    if not isinstance(inside, ops.IfElse):
        return Window(inside)
    test, otherwise = inside.bool_expr, inside.false_null_expr
    bounded = isinstance(test, ops.Less) and isinstance(test.right, ops.Literal)
    if not bounded or not isinstance(otherwise, ops.Literal) or otherwise.value is not None:
        return None
    return Window(inside.true_expr, test.left, test.right.value)


@dataclass(frozen=True)
class Rings:
    """Where each row goes among the sums: by the smallest of the windows of `days` that holds it, and its group.

    Groups lie together within a ring, so that rings are added up many groups at a time.
    """

    groups: Groups
    age: Column | None
    days: Sequence[int]

    def places(self, rows: Array) -> Array:
        """Return the places of `rows`, which are few."""
        ages = None if self.age is None else self.age.values.take(rows)
        return self._places(self.groups.numbers.take(rows), ages)

    @cached_property
    def everywhere(self) -> Array:
        """The places of all rows."""
        return self._places(self.groups.numbers, None if self.age is None else self.age.values)

    def _places(self, numbers: Array, ages: Array | None) -> Array:
        if ages is None:
            return numbers
        ring = np.searchsorted(self.days, np.arange(self.days[-1] + 1), side="right") * len(self.groups.starts)
        found = ring.take(np.minimum(ages, self.days[-1]))  # what is to come is not seen
        found += numbers
        return found


def nested_sums(rings: Rings, column: Column) -> list[Column]:
    """Return the sums of `column` in each of the windows of `rings`, the smallest first, and the sum of all of it.

    They are of whole numbers below 2**53, which float64 adds up exactly in any order.
    """
    windows, count = len(rings.days), len(rings.groups.starts)
    if column.nothing:
        return [nothing_of(np.float64)] * (windows + 1)
    column = column.spread(rings.groups.rows)
    if column.at is None and column.valid is None:
        values, places = column.values, rings.everywhere
    else:
        rows = column.at if column.at is not None else np.flatnonzero(column.known())
        values = held_at(column, rows)
        places = rings.places(rows) if len(rows) * SPARSE < rings.groups.rows else rings.everywhere[rows]
    size = count * (windows + 1)
    sums = np.bincount(places, values, size).reshape(windows + 1, count)
    for ring in range(windows):
        sums[ring + 1] += sums[ring]
    if len(values) and values.min() > 0:  # no sum of these is 0
        has = sums > 0
    else:
        there = np.zeros(size, np.bool_)
        there[places] = True
        has = np.logical_or.accumulate(there.reshape(windows + 1, count))
    return [Column(its, any_, True) for its, any_ in zip(sums, has, strict=True)]

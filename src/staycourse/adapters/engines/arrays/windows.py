"""Sums of one counter in several windows, each of which holds the smaller ones: one pass over the rows for all."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import ibis.expr.operations as ops
import numpy as np

from staycourse.adapters.engines.arrays.columns import Array, Column, nothing_of
from staycourse.adapters.engines.arrays.groups import Groups


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


def rings_of(groups: Groups, age: Column | None, days: Sequence[int]) -> Array:
    """Return the place of each row among the sums: by the smallest of the windows of `days` that holds it, and group.

    Groups lie together within a ring, so that rings are added up many groups at a time.
    """
    if age is None:
        return groups.numbers
    ring = np.zeros(groups.rows, np.int64)
    for bound in days:
        ring += age.values >= bound
    ring *= len(groups.starts)
    ring += groups.numbers
    return ring


def nested_sums(groups: Groups, column: Column, rings: Array, windows: int) -> list[Column]:
    """Return the sums of `column` in each of so many windows, the smallest first, and the sum of all of it.

    They are of whole numbers below 2**53, which float64 adds up exactly in any order.
    """
    if column.nothing:
        return [nothing_of(np.float64)] * (windows + 1)
    column, count = column.spread(groups.rows), len(groups.starts)
    values, places = column.values, rings
    if column.valid is not None:
        known = np.flatnonzero(column.valid) if column.at is None else column.at
        values, places = values[known], rings[known]
    there = np.zeros(count * (windows + 1), np.bool_)
    there[places] = True
    sums = np.bincount(places, values, len(there)).reshape(windows + 1, count)
    has = there.reshape(windows + 1, count)
    for ring in range(windows):
        sums[ring + 1] += sums[ring]
        has[ring + 1] |= has[ring]
    return [Column(its, any_, True) for its, any_ in zip(sums, has, strict=True)]

"""What each operation of an Ibis expression does to columns, with SQL's nulls."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import ibis.expr.datatypes as dt
import ibis.expr.operations as ops
import numpy as np

from staycourse.adapters.engines.arrays.columns import Column, Flags, nothing_of

Operation = Callable[..., Column]

_TYPES = {"int8": np.int8, "int16": np.int16, "int32": np.int32, "int64": np.int64, "float64": np.float64}


def numpy_type(kind: dt.DataType) -> Any:
    """Return the type of arrays that hold `kind`; texts are held as numbers that name them."""
    if kind.is_boolean():
        return np.bool_
    if kind.is_string():
        return np.int64
    return _TYPES.get(type(kind).__name__.lower(), np.int64 if kind.is_integer() else np.float64)


def literal(value: Any, kind: dt.DataType, code: Callable[[str], int]) -> Column:
    """Return one value for every row."""
    if value is None:
        return nothing_of(numpy_type(kind))
    return Column(np.asarray(code(value) if isinstance(value, str) else value, numpy_type(kind)))


def both(one: Flags | None, other: Flags | None) -> Flags | None:
    """Return where both are known."""
    if one is None:
        return other
    return one if other is None else one & other


def _simple(work: Callable[[Any, Any], Any]) -> Operation:
    def done(left: Column, right: Column) -> Column:
        return Column(work(left.values, right.values), both(left.valid, right.valid))

    return done


def _divide(left: Column, right: Column) -> Column:
    above, below = (side.values.astype(np.float64, copy=False) for side in (left, right))
    below = below + (below == 0)  # what would divide by 0 is null already
    return Column(np.divide(above, below), both(left.valid, right.valid))


def _shift(left: Column, right: Column) -> Column:
    by = np.clip(right.values.astype(np.int64), 0, 63)  # what lies outside stands under a condition that is not met
    return Column(np.right_shift(left.values.astype(np.int64), by), both(left.valid, right.valid))


def _and(left: Column, right: Column) -> Column:
    if left.valid is None and right.valid is None:
        return Column(left.values & right.values)
    false = (~left.values & left.known()) | (~right.values & right.known())
    return Column(left.holds() & right.holds(), (left.known() & right.known()) | false)


def _or(left: Column, right: Column) -> Column:
    true = left.holds() | right.holds()
    return Column(true) if left.valid is None and right.valid is None else Column(
        true, (left.known() & right.known()) | true
    )  # fmt: skip


def _if_else(condition: Column, then: Column, otherwise: Column) -> Column:
    if otherwise.nothing and then.nothing:
        return then
    holds = condition.holds()
    if not holds.ndim:  # the same for every row
        if otherwise.nothing:
            return then if holds else nothing_of(then.values.dtype)
        chosen = then if holds else otherwise
        kind = np.result_type(then.values, otherwise.values)
        return Column(chosen.values.astype(kind), chosen.valid, chosen.zeroed, chosen.nothing)
    if otherwise.nothing:
        valid = holds if then.valid is None else holds & then.valid
        if then.values.dtype == np.float64 and (then.zeroed or then.valid is None):
            return Column(then.values * holds, valid, True)
        at = None if then.at is None else then.at[holds[then.at]]
        return Column(np.broadcast_to(then.values, holds.shape), valid, at=at)
    values = np.where(holds, then.values, otherwise.values)
    if then.valid is None and otherwise.valid is None:
        return Column(values)
    return Column(values, np.where(holds, then.known(), otherwise.known()))


def _coalesce(*columns: Column) -> Column:
    def first(one: Column, other: Column) -> Column:
        if one.valid is None:
            return one
        if one.zeroed and other.valid is None and not other.values.ndim and other.values == 0:
            return Column(one.values)  # what stands under a null is 0 already
        values = np.where(one.valid, one.values, other.values)
        return Column(values, None if other.valid is None else one.valid | other.valid)

    return _of_those_there(first, columns)


def _of_those_there(work: Callable[[Column, Column], Column], columns: Sequence[Column]) -> Column:
    """Put together the columns that are not nothing, as the type that all of them have in common."""
    there = [column for column in columns if not column.nothing]
    if not there:
        return columns[0]
    found = reduce(work, there)
    if len(there) == len(columns):
        return found
    kind = np.result_type(*(column.values.dtype for column in columns))
    return Column(np.asarray(found.values, kind), found.valid, found.zeroed)


def _null_if(column: Column, other: Column) -> Column:
    if column.nothing:
        return column
    differs = column.values != other.values
    return Column(column.values, differs if column.valid is None else column.valid & differs)


def _most(choose: Callable[[Any, Any], Any]) -> Operation:
    """The greatest or least of those that are known."""

    def two(one: Column, other: Column) -> Column:
        chosen = choose(one.values, other.values)
        if one.valid is None and other.valid is None:
            return Column(chosen)
        mine, its = one.known(), other.known()
        return Column(np.where(mine & its, chosen, np.where(mine, one.values, other.values)), mine | its)

    return lambda *columns: _of_those_there(two, columns)


def _between(column: Column, lower: Column, upper: Column) -> Column:
    inside = (column.values >= lower.values) & (column.values <= upper.values)
    return Column(inside, both(column.valid, both(lower.valid, upper.valid)))


def cases(conditions: list[Column], results: list[Column], otherwise: Column) -> Column:
    """Return the result of the first condition that holds."""
    found = otherwise
    for condition, result in zip(reversed(conditions), reversed(results), strict=True):
        found = _if_else(condition, result, found)
    return found


def cast(column: Column, kind: dt.DataType) -> Column:
    """Return `column` as another type."""
    wanted = numpy_type(kind)
    if column.nothing:
        return nothing_of(wanted)
    return column if column.values.dtype == wanted else Column(
        column.values.astype(wanted), column.valid, column.zeroed, at=column.at
    )  # fmt: skip


def bit_count(column: Column) -> Column:
    """Return how many bits are set."""
    if column.nothing:
        return nothing_of(np.int64)
    return Column(np.bitwise_count(column.values).astype(np.int64), column.valid)


OPERATIONS: Mapping[type[ops.Node], Operation] = {
    ops.Add: _simple(np.add), ops.Subtract: _simple(np.subtract), ops.Multiply: _simple(np.multiply),
    ops.Divide: _divide, ops.BitwiseAnd: _simple(np.bitwise_and), ops.BitwiseXor: _simple(np.bitwise_xor),
    ops.BitwiseOr: _simple(np.bitwise_or), ops.BitwiseRightShift: _shift, ops.Equals: _simple(np.equal),
    ops.NotEquals: _simple(np.not_equal), ops.Less: _simple(np.less), ops.LessEqual: _simple(np.less_equal),
    ops.Greater: _simple(np.greater), ops.GreaterEqual: _simple(np.greater_equal), ops.And: _and, ops.Or: _or,
    ops.IfElse: _if_else, ops.Coalesce: _coalesce, ops.NullIf: _null_if, ops.Greatest: _most(np.maximum),
    ops.Least: _most(np.minimum), ops.Between: _between, ops.IsNull: lambda one: Column(~one.known()),
    ops.NotNull: lambda one: Column(one.known()), ops.Floor: lambda one: Column(np.floor(one.values), one.valid),
    ops.DateDelta: lambda _, left, right: Column(left.values - right.values, both(left.valid, right.valid)),  # days
}  # fmt: skip

STRICT = frozenset({
    ops.Add, ops.Subtract, ops.Multiply, ops.Divide, ops.BitwiseAnd, ops.BitwiseXor, ops.BitwiseOr,
    ops.BitwiseRightShift, ops.Equals, ops.NotEquals, ops.Less, ops.LessEqual, ops.Greater, ops.GreaterEqual,
    ops.Between, ops.Floor,
})  # fmt: skip
"""What is null wherever anything that it is made of is null."""

"""What is made of many rows: sums and their like over groups, and over the groups beside each row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import ibis.expr.operations as ops
import numpy as np

from staycourse.adapters.engines.arrays.columns import Column, nothing_of
from staycourse.adapters.engines.arrays.groups import REDUCTIONS, Groups, in_order
from staycourse.adapters.engines.arrays.run import Reduction, Run, Value
from staycourse.adapters.engines.arrays.values import OPERATIONS, STRICT, cast, literal, numpy_type
from staycourse.adapters.engines.arrays.windows import Rings, nested_sums, window_of

if TYPE_CHECKING:
    from staycourse.adapters.engines.arrays.compiler import Compiler


def reductions(
    compiler: Compiler, metrics: Mapping[str, ops.Node], grouped: Callable[[Run], Groups]
) -> dict[str, Reduction]:
    """Return what makes each of `metrics`, given the groups."""
    found = _nested(compiler, metrics, grouped)
    return found | {name: _reduction(compiler, one) for name, one in metrics.items() if name not in found}


def _nested(
    compiler: Compiler, metrics: Mapping[str, ops.Node], grouped: Callable[[Run], Groups]
) -> dict[str, Reduction]:
    """Return those of `metrics` that are sums in windows: of each counter all together."""
    found: dict[str, Reduction] = {}
    rings: dict[tuple[int, ...], Callable[[Run], Rings]] = {}
    windows = {name: window for name, one in metrics.items() if (window := window_of(one)) is not None}
    ages = {window.age for window in windows.values() if window.age is not None}
    if len(ages) > 1:
        return found
    age = compiler.value(ages.pop()) if ages else None
    for counter in {window.of for window in windows.values()}:
        its = {name: window.days for name, window in windows.items() if window.of == counter}
        days = tuple(sorted(bound for bound in set(its.values()) if bound is not None))
        if days not in rings:
            rings[days] = compiler.once(partial(_rings, grouped, age if days else None, days))
        sums = compiler.once(partial(_sums, rings[days], compiler.value(counter)))
        for name, bound in its.items():
            found[name] = partial(_sum_of, sums, len(days) if bound is None else days.index(bound))
    return found


def _reduction(compiler: Compiler, node: ops.Node) -> Reduction:
    if isinstance(node, ops.CountStar):
        return lambda _, groups: Column(groups.counts())
    if type(node) in REDUCTIONS:
        return _reduced(REDUCTIONS[type(node)], compiler.value(node.args[0]), numpy_type(node.dtype))
    if isinstance(node, ops.Cast):
        inner, kind = _reduction(compiler, node.arg), node.to
        return lambda run, groups: cast(inner(run, groups), kind)
    parts = [_reduction(compiler, arg) for arg in node.args if isinstance(arg, ops.Value)]
    work_of = OPERATIONS.get(type(node))
    if isinstance(node, ops.Literal):
        constant = literal(node.value, node.dtype, compiler.code)
        return lambda _run, _groups: constant
    if work_of is None:
        raise TypeError(f"no array operation for {type(node).__name__} over groups")
    nothing = nothing_of(numpy_type(node.dtype)) if type(node) in STRICT else None

    def combined(run: Run, groups: Groups) -> Column:
        given = [part(run, groups) for part in parts]
        return nothing if nothing and any(one.nothing for one in given) else work_of(*given)

    return combined


def window_value(compiler: Compiler, node: Any) -> Value:
    """Return what makes a sum, or a least or greatest value, over the group of each row; or, in an order, the sum up to
    each row.
    """
    (parent,) = node.relations
    grouped, arg = compiler.groups(parent, node.group_by), compiler.value(node.func.args[0])
    rows_of = compiler.relation(parent)
    if not node.order_by and node.start is None and node.end is None:
        whole = _reduced(REDUCTIONS[type(node.func)], arg, numpy_type(node.func.dtype))
        return lambda run: whole(run, grouped(run)).take(grouped(run).numbers)
    up_to_here = node.how == "rows" and node.start is None and node.end is not None and node.end.value.value == 0
    if not isinstance(node.func, ops.Sum) or len(node.order_by) != 1 or not up_to_here:
        raise TypeError("no array operation for such a window")
    by = compiler.value(node.order_by[0].arg)

    def running(run: Run) -> Column:
        rows = rows_of(run).rows
        return _running(grouped(run), arg(run).spread(rows), by(run).spread(rows))

    return running


def _running(groups: Groups, column: Column, by: Column) -> Column:
    values = column.values if column.valid is None else np.where(column.valid, column.values, 0)
    order = slice(None) if in_order([groups.numbers, by.values]) else np.lexsort((by.values, groups.numbers))
    sums = np.cumsum(values[order])
    before = sums[groups.starts] - values[order][groups.starts]
    found = np.empty_like(sums)
    found[order] = sums - np.repeat(before, groups.counts())
    return Column(found)


def _rings(grouped: Callable[[Run], Groups], age: Value | None, days: tuple[int, ...], run: Run) -> Rings:
    return Rings(grouped(run), None if age is None else age(run), days)


def _sums(rings: Callable[[Run], Rings], column: Value, run: Run) -> list[Column]:
    return nested_sums(rings(run), column(run))


def _sum_of(sums: Callable[[Run], list[Column]], place: int, run: Run, _: Groups) -> Column:
    return sums(run)[place]


def _reduced(work: Callable[[Groups, Column], Column], arg: Value, kind: Any) -> Reduction:
    nothing = nothing_of(kind) if work is not REDUCTIONS[ops.Count] else None

    def done(run: Run, groups: Groups) -> Column:
        column = arg(run)
        return nothing if column.nothing and nothing is not None else work(groups, column.spread(groups.rows))

    return done

"""What rows an expression's relations are."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

import ibis.expr.operations as ops
import numpy as np

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame, joined
from staycourse.adapters.engines.arrays.groups import partners
from staycourse.adapters.engines.arrays.reductions import reductions
from staycourse.adapters.engines.arrays.run import Relation, Run
from staycourse.adapters.engines.arrays.values import literal

if TYPE_CHECKING:
    from staycourse.adapters.engines.arrays.compiler import Compiler


def made_relation(compiler: Compiler, node: ops.Node) -> Relation:
    """Return what makes the rows of `node`; TypeError if it is of a kind that no expression has."""
    if isinstance(node, ops.UnboundTable):
        table = node.name
        return lambda run: run.tables[table]
    if isinstance(node, ops.DummyTable):
        return _listed(compiler, node)
    if isinstance(node, ops.JoinReference | ops.DropColumns):
        return compiler.relation(node.parent)
    made = _RELATIONS.get(type(node))
    if made is None:
        raise TypeError(f"no array relation for {type(node).__name__}")
    return made(compiler, node)


def _listed(compiler: Compiler, node: Any) -> Relation:
    """Return the rows of a table that an expression lists: of one column of structs of literals, with these fields."""
    ((_, unnested),) = node.values.items()
    if not isinstance(unnested, ops.Unnest) or not isinstance(unnested.arg, ops.Array):
        raise TypeError("no array relation for a table that is not listed row by row")
    rows: Any = unnested.arg.exprs
    columns = {}
    for place, name in enumerate(rows[0].names):
        fields = [literal(row.values[place].value, row.values[place].dtype, compiler.code) for row in rows]
        columns[name] = joined([field.spread(1) for field in fields])
    listed = Frame.of(columns)
    return lambda _: listed


def _project(compiler: Compiler, node: Any) -> Relation:
    parent = compiler.relation(node.parent)
    values = {name: compiler.value(one) for name, one in node.values.items()}

    def done(run: Run) -> Frame:
        rows = parent(run).rows
        return Frame(rows, lambda name: values[name](run))

    return done


def _filter(compiler: Compiler, node: Any) -> Relation:
    parent, predicates = compiler.relation(node.parent), [compiler.value(one) for one in node.predicates]

    def done(run: Run) -> Frame:
        whole = parent(run)
        kept = np.ones(whole.rows, np.bool_)
        for predicate in predicates:
            kept &= predicate(run).holds()
        if kept.all():
            return whole
        rows = np.flatnonzero(kept)
        return Frame(len(rows), lambda name: whole.column(name).take(rows))

    return done


def _aggregate(compiler: Compiler, node: Any) -> Relation:
    parent = compiler.relation(node.parent)
    keys = {name: compiler.value(one) for name, one in node.groups.items()}
    grouped = compiler.groups(node.parent, tuple(node.groups.values()))
    metrics = reductions(compiler, node.metrics, grouped)

    def done(run: Run) -> Frame:
        groups = grouped(run)
        rows, firsts = parent(run).rows, groups.firsts()

        def column(name: str) -> Column:
            if name in keys:
                return keys[name](run).spread(rows).take(firsts)
            return metrics[name](run, groups)

        return Frame(len(groups.starts), column)

    return done


def _union(compiler: Compiler, node: Any) -> Relation:
    """Put the rows of several relations below each other, of all that are united one after the other at once."""
    if node.distinct:
        raise TypeError("no array relation for a union of distinct rows")
    sides: list[Any] = [node]
    while any(isinstance(side, ops.Union) and not side.distinct for side in sides):
        sides = [
            one for side in sides
            for one in ((side.left, side.right) if isinstance(side, ops.Union) and not side.distinct else (side,))
        ]  # fmt: skip
    parents = [compiler.relation(side) for side in sides]

    def done(run: Run) -> Frame:
        frames = [parent(run) for parent in parents]
        rows = sum(frame.rows for frame in frames)
        return Frame(rows, lambda name: joined([frame.column(name).spread(frame.rows) for frame in frames]))

    return done


def _join(compiler: Compiler, node: Any) -> Relation:
    references = [node.first, *(link.table for link in node.rest)]
    parents = [compiler.relation(one.parent) for one in references]
    place = {one: number for number, one in enumerate(references)}
    links = [(link.how, *_sides(link, place)) for link in node.rest]

    def met(run: Run) -> Sequence[Frame]:
        frames = [parent(run) for parent in parents]
        rows: list[Array | None] = [None]
        for number, (how, left, right) in enumerate(links, start=1):
            mine = [_taken(frames[of].column(name), rows[of]) for of, name in left]
            its = frames[number]
            found = partners(mine, [its.column(name).spread(its.rows) for name in right])
            if how == "inner" and (found < 0).any():
                kept = np.flatnonzero(found >= 0)
                rows = [kept if one is None else one[kept] for one in rows]
                found = found[kept]
            rows.append(found)
        count = frames[0].rows if rows[0] is None else len(rows[0])
        return [_met(frame, its, count) for frame, its in zip(frames, rows, strict=True)]

    together = compiler.once(met)
    with compiler.beside({one: _one_of(together, number) for one, number in place.items()}):
        values = {name: compiler.value(one) for name, one in node.values.items()}

    def done(run: Run) -> Frame:
        rows = together(run)[0].rows
        return Frame(rows, lambda name: values[name](run))

    return done


def _one_of(together: Callable[[Run], Sequence[Frame]], number: int) -> Relation:
    return lambda run: together(run)[number]


def _met(frame: Frame, rows: Array | None, count: int) -> Frame:
    return Frame(count, lambda name: _taken(frame.column(name), rows))


def _sides(link: Any, place: Mapping[Any, int]) -> tuple[list[tuple[int, str]], list[str]]:
    """Return by which columns of which earlier tables a join goes, and by which of the new one."""
    if link.how not in ("inner", "left"):
        raise TypeError(f"no array join of the kind {link.how}")
    left, right = [], []
    for predicate in link.predicates:
        if not isinstance(predicate, ops.Equals):
            raise TypeError(f"no array join by {type(predicate).__name__}")
        one, other = predicate.left, predicate.right
        if one.rel == link.table:
            one, other = other, one
        left.append((place[one.rel], one.name))
        right.append(other.name)
    return left, right


def _taken(column: Column, rows: Array | None) -> Column:
    return column if rows is None else column.take_or_null(rows)


_RELATIONS: Mapping[type[ops.Node], Callable[[Compiler, Any], Relation]] = {
    ops.Project: _project, ops.Filter: _filter, ops.Aggregate: _aggregate, ops.Union: _union, ops.JoinChain: _join,
}  # fmt: skip

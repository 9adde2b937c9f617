"""An Ibis expression as a program over arrays in memory: the same definition, without a query to plan each time.

Planning the signals' hundred wide columns costs a database some tenth of a second, however few learners are asked
about. What is asked many times a second is compiled once to functions over columns (NumPy), one for each node of the
expression, and each node is computed once a run. Only what the expressions of the rollup and the signals use is known
here, and whatever else comes is a TypeError when it is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, TypeVar

import duckdb
import ibis.expr.operations as ops
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame, nothing_of
from staycourse.adapters.engines.arrays.groups import REDUCTIONS, Groups, partners
from staycourse.adapters.engines.arrays.values import OPERATIONS, STRICT, bit_count, cases, cast, literal, numpy_type
from staycourse.adapters.engines.arrays.windows import nested_sums, rings_of, window_of
from staycourse.adapters.engines.statements import sql_of

T = TypeVar("T")


@dataclass(slots=True)
class Run:
    """One run of a program: its tables, and what was computed so far."""

    tables: Mapping[str, Frame]
    memory: list[Any]


@contextmanager
def running() -> Iterator[list[Run]]:
    """Give a list for runs, whose frames make columns until the block ends; then all that was computed is let go of.

    A run and its frames hold each other: without this, Python's collector alone would find them, many runs later and in
    the middle of one.
    """
    runs: list[Run] = []
    try:
        yield runs
    finally:
        for run in runs:
            run.memory.clear()


Value = Callable[[Run], Column]
Relation = Callable[[Run], Frame]
Reduction = Callable[[Run, Groups], Column]


class Program:
    """Computes the rows of `expression`. `code` gives the number that stands for a text in columns of texts."""

    def __init__(self, expression: ir.Table, code: Callable[[str], int]) -> None:
        self._code = code
        self._slots = 0
        self._values: dict[ops.Node, Value] = {}
        self._relations: dict[ops.Node, Relation] = {}
        self.names: tuple[str, ...] = tuple(expression.columns)
        self._whole = self._relation(expression.op())

    def run(self, tables: Mapping[str, Frame], runs: list[Run]) -> Frame:
        """Return the rows, given the tables that the expression names; add the run to `runs` (see `running`)."""
        runs.append(Run(tables, [None] * self._slots))
        return self._whole(runs[-1])

    def _once(self, work: Callable[[Run], T]) -> Callable[[Run], T]:
        slot = self._slots
        self._slots += 1

        def done(run: Run) -> T:
            found: T | None = run.memory[slot]
            if found is None:
                found = run.memory[slot] = work(run)
            return found

        return done

    def _value(self, node: ops.Node) -> Value:
        found = self._values.get(node)
        if found is None:
            made = self._made_value(node)
            found = self._values[node] = self._once(lambda run: made(run).settled())
        return found

    def _relation(self, node: ops.Node) -> Relation:
        found = self._relations.get(node)
        if found is None:
            found = self._relations[node] = self._once(self._made_relation(node))
        return found

    def _made_value(self, node: ops.Node) -> Value:
        if isinstance(node, ops.Field):
            relation, name = self._relation(node.rel), node.name
            return lambda run: relation(run).column(name)
        if isinstance(node, ops.Literal):
            constant = literal(node.value, node.dtype, self._code)
            return lambda _: constant
        if isinstance(node, ops.DateFromYMD):  # dates are held as days since 1970-01-01
            day = Column(np.asarray(np.datetime64(_iso(node), "D").astype(np.int64)))
            return lambda _: day
        if isinstance(node, ops.Cast):
            arg, kind = self._value(node.arg), node.to
            return lambda run: cast(arg(run), kind)
        if isinstance(node, ops.SearchedCase):
            return self._cases(node)
        if isinstance(node, ops.ScalarUDF) and node.__func_name__ == "bit_count":
            mask = self._value(node.args[0])
            return lambda run: bit_count(mask(run))
        return self._operation(node)

    def _cases(self, node: Any) -> Value:
        conditions = [self._value(one) for one in node.cases]
        results, default, kind = [self._value(one) for one in node.results], self._value(node.default), node.dtype
        return lambda run: cases(
            [one(run) for one in conditions], [cast(one(run), kind) for one in results], cast(default(run), kind)
        )

    def _operation(self, node: ops.Node) -> Value:
        work = OPERATIONS.get(type(node))
        if work is None:
            raise TypeError(f"no array operation for {type(node).__name__}")
        given = [one for arg in node.args for one in (arg if isinstance(arg, tuple) else (arg,))]
        args = [self._value(one) for one in given if isinstance(one, ops.Value)]
        if type(node) in STRICT:
            return _strict(work, args, nothing_of(numpy_type(node.dtype)))
        if len(args) == 2:
            first, second = args
            return lambda run: work(first(run), second(run))
        return lambda run: work(*[arg(run) for arg in args])

    def _made_relation(self, node: ops.Node) -> Relation:
        if isinstance(node, ops.UnboundTable):
            table = node.name
            return lambda run: run.tables[table]
        if isinstance(node, ops.Project | ops.Aggregate | ops.JoinChain | ops.Filter) and not node.find(
            ops.UnboundTable
        ):
            constant = self._constant(node.to_expr())
            return lambda _: constant
        if isinstance(node, ops.JoinReference | ops.DropColumns):
            return self._relation(node.parent)
        if isinstance(node, ops.Project):
            return self._project(node)
        if isinstance(node, ops.Filter):
            return self._filter(node)
        if isinstance(node, ops.Aggregate):
            return self._aggregate(node)
        if isinstance(node, ops.JoinChain):
            return self._join(node)
        raise TypeError(f"no array relation for {type(node).__name__}")

    def _constant(self, table: ir.Table) -> Frame:
        """Return a table that rests on no other: asked of DuckDB, once."""
        with duckdb.connect() as connection:
            found = connection.sql(sql_of(table, "duckdb")).to_arrow_table()
        return Frame.of({name: self._held(found[name].combine_chunks()) for name in found.column_names})

    def _held(self, column: pa.Array) -> Column:
        if pa.types.is_string(column.type):
            column = pa.array([self._code(text) for text in column.to_pylist()], pa.int64())
        valid = None if not column.null_count else np.asarray(pc.is_valid(column))
        filled = column if not column.null_count else pc.fill_null(column, 0)
        return Column(filled.to_numpy(zero_copy_only=False), valid)

    def _project(self, node: Any) -> Relation:
        parent = self._relation(node.parent)
        values = {name: self._value(one) for name, one in node.values.items()}

        def done(run: Run) -> Frame:
            rows = parent(run).rows
            return Frame(rows, lambda name: values[name](run))

        return done

    def _filter(self, node: Any) -> Relation:
        parent, predicates = self._relation(node.parent), [self._value(one) for one in node.predicates]

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

    def _aggregate(self, node: Any) -> Relation:
        parent = self._relation(node.parent)
        keys = {name: self._value(one) for name, one in node.groups.items()}

        def brought_together(run: Run) -> Groups:
            rows = parent(run).rows
            return Groups.of([key(run).spread(rows).values for key in keys.values()], rows)

        grouped = self._once(brought_together)
        metrics = self._nested(node.metrics, grouped)
        metrics |= {name: self._reduction(one) for name, one in node.metrics.items() if name not in metrics}

        def done(run: Run) -> Frame:
            groups = grouped(run)
            rows, firsts = groups.rows, groups.firsts()

            def column(name: str) -> Column:
                if name in keys:
                    return keys[name](run).spread(rows).take(firsts)
                return metrics[name](run, groups)

            return Frame(len(groups.starts), column)

        return done

    def _nested(self, metrics: Mapping[str, ops.Node], grouped: Callable[[Run], Groups]) -> dict[str, Reduction]:
        """Return those of `metrics` that are sums in windows: of each counter all together."""
        found: dict[str, Reduction] = {}
        rings: dict[tuple[int, ...], Callable[[Run], Array]] = {}
        windows = {name: window for name, one in metrics.items() if (window := window_of(one)) is not None}
        ages = {window.age for window in windows.values() if window.age is not None}
        if len(ages) > 1:
            return found
        age = self._value(ages.pop()) if ages else None
        for counter in {window.of for window in windows.values()}:
            its = {name: window.days for name, window in windows.items() if window.of == counter}
            days = tuple(sorted(bound for bound in set(its.values()) if bound is not None))
            if days not in rings:
                rings[days] = self._once(partial(_rings, grouped, age if days else None, days))
            sums = self._once(partial(_sums, grouped, self._value(counter), rings[days], len(days)))
            for name, bound in its.items():
                found[name] = partial(_sum_of, sums, len(days) if bound is None else days.index(bound))
        return found

    def _reduction(self, node: ops.Node) -> Reduction:
        if isinstance(node, ops.CountStar):
            return lambda _, groups: Column(groups.counts())
        if type(node) in REDUCTIONS:
            return _reduced(REDUCTIONS[type(node)], self._value(node.args[0]), numpy_type(node.dtype))
        if isinstance(node, ops.Cast):
            inner, kind = self._reduction(node.arg), node.to
            return lambda run, groups: cast(inner(run, groups), kind)
        parts = [self._reduction(arg) for arg in node.args if isinstance(arg, ops.Value)]
        work_of = OPERATIONS.get(type(node))
        if isinstance(node, ops.Literal):
            constant = literal(node.value, node.dtype, self._code)
            return lambda _run, _groups: constant
        if work_of is None:
            raise TypeError(f"no array operation for {type(node).__name__} over groups")
        nothing = nothing_of(numpy_type(node.dtype)) if type(node) in STRICT else None

        def combined(run: Run, groups: Groups) -> Column:
            given = [part(run, groups) for part in parts]
            return nothing if nothing and any(one.nothing for one in given) else work_of(*given)

        return combined

    def _join(self, node: Any) -> Relation:
        references = [node.first, *(link.table for link in node.rest)]
        parents = [self._relation(one.parent) for one in references]
        place = {one: number for number, one in enumerate(references)}
        links = [(link.how, *_sides(link, place)) for link in node.rest]

        def met(run: Run) -> Sequence[Frame]:
            frames = [parent(run) for parent in parents]
            rows: list[Array | None] = [None]
            for number, (how, left, right) in enumerate(links, start=1):
                mine = [_taken(frames[of].column(name), rows[of]) for of, name in left]
                found = partners(mine, [frames[number].column(name) for name in right])
                if how == "inner" and (found < 0).any():
                    kept = np.flatnonzero(found >= 0)
                    rows = [kept if one is None else one[kept] for one in rows]
                    found = found[kept]
                rows.append(found)
            count = frames[0].rows if rows[0] is None else len(rows[0])
            return [_met(frame, its, count) for frame, its in zip(frames, rows, strict=True)]

        together = self._once(met)
        values = self._over({one: _one_of(together, number) for one, number in place.items()}, node.values)

        def done(run: Run) -> Frame:
            rows = together(run)[0].rows
            return Frame(rows, lambda name: values[name](run))

        return done

    def _over(self, references: Mapping[ops.Node, Relation], values: Mapping[str, ops.Node]) -> dict[str, Value]:
        """Make the values of one join: what a reference stands for holds in that join alone."""
        outer = self._values, self._relations
        self._values, self._relations = {}, dict(references)
        try:
            return {name: self._value(one) for name, one in values.items()}
        finally:
            self._values, self._relations = outer


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


def _strict(work: Callable[..., Column], args: Sequence[Value], nothing: Column) -> Value:
    """Do `work`, but for where one of what it takes is nothing: then so is what comes of it."""

    def two(run: Run) -> Column:
        one, other = first(run), second(run)
        return nothing if one.nothing or other.nothing else work(one, other)

    def many(run: Run) -> Column:
        given = [arg(run) for arg in args]
        return nothing if any(one.nothing for one in given) else work(*given)

    if len(args) != 2:
        return many
    first, second = args
    return two


def _rings(grouped: Callable[[Run], Groups], age: Value | None, days: Sequence[int], run: Run) -> Array:
    return rings_of(grouped(run), None if age is None else age(run), days)


def _sums(
    grouped: Callable[[Run], Groups], column: Value, rings: Callable[[Run], Array], windows: int, run: Run
) -> list[Column]:
    return nested_sums(grouped(run), column(run), rings(run), windows)


def _sum_of(sums: Callable[[Run], list[Column]], place: int, run: Run, _: Groups) -> Column:
    return sums(run)[place]


def _reduced(work: Callable[[Groups, Column], Column], arg: Value, kind: Any) -> Reduction:
    nothing = nothing_of(kind) if work is not REDUCTIONS[ops.Count] else None

    def done(run: Run, groups: Groups) -> Column:
        column = arg(run)
        return nothing if column.nothing and nothing is not None else work(groups, column.spread(groups.rows))

    return done


def _iso(node: Any) -> str:
    return f"{node.year.value:04d}-{node.month.value:02d}-{node.day.value:02d}"


def as_arrow(column: Column, kind: Any) -> pa.Array:
    """Return a column as an array of Arrow's, of a type of NumPy's."""
    values = column.values.astype(kind, copy=False)
    return pa.array(values, mask=None if column.valid is None else ~column.valid)


def columns_of(table: pa.Table, names: Sequence[str]) -> dict[str, Column]:
    """Return columns of numbers of `table`, nulls as 0 that is not valid."""
    found: dict[str, Column] = {}
    for name in names:
        column = table[name].combine_chunks()
        if column.null_count:
            found[name] = Column(pc.fill_null(column, 0).to_numpy(), np.asarray(pc.is_valid(column)), True)
        else:
            found[name] = Column(column.to_numpy(zero_copy_only=False))
    return found

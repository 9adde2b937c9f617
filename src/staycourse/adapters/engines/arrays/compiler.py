"""What an Ibis expression's nodes become: functions over columns (NumPy), one for each node, each computed once a run.

Only what the expressions of the rollup and the signals use is known here, and whatever else comes is a TypeError when
it is compiled.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, TypeVar

import ibis.expr.operations as ops
import numpy as np

from staycourse.adapters.engines.arrays.columns import Column, Scattered, nothing_of
from staycourse.adapters.engines.arrays.groups import Groups
from staycourse.adapters.engines.arrays.reductions import window_value
from staycourse.adapters.engines.arrays.relations import made_relation
from staycourse.adapters.engines.arrays.run import Relation, Run, Value
from staycourse.adapters.engines.arrays.values import OPERATIONS, STRICT, bit_count, cases, cast, literal, numpy_type

T = TypeVar("T")


class Compiler:
    """Compiles the nodes of one expression. `code` gives the number that stands for a text in columns of texts;
    `slots` is how much a run has to keep in mind.
    """

    def __init__(self, code: Callable[[str], int]) -> None:
        self.code = code
        self.slots = 0
        self._values: dict[ops.Node, Value] = {}
        self._relations: dict[ops.Node, Relation] = {}
        self._groups: dict[tuple[ops.Node, ...], Callable[[Run], Groups]] = {}

    def once(self, work: Callable[[Run], T]) -> Callable[[Run], T]:
        """Return `work`, done once a run and kept while it is still to be asked for."""
        slot = self.slots
        self.slots += 1

        def done(run: Run) -> T:
            found: T | None = run.memory[slot]
            if found is None:
                found = work(run)
            left = run.left[slot] = run.left[slot] - 1
            run.memory[slot] = found if left else None
            return found

        return done

    def value(self, node: ops.Node) -> Value:
        """Return what makes a column."""
        found = self._values.get(node)
        if found is None:
            made = self._made_value(node)
            found = self._values[node] = self.once(lambda run: made(run).settled())
        return found

    def relation(self, node: ops.Node) -> Relation:
        """Return what makes rows."""
        found = self._relations.get(node)
        if found is None:
            found = self._relations[node] = self.once(made_relation(self, node))
        return found

    def groups(self, parent: ops.Node, keys: Sequence[ops.Node]) -> Callable[[Run], Groups]:
        """Return what brings the rows of `parent` together by `keys`."""
        own = (parent, *keys)
        if own not in self._groups:
            rows_of, columns = self.relation(parent), [self.value(key) for key in keys]

            def brought_together(run: Run) -> Groups:
                rows = rows_of(run).rows
                return Groups.of([column(run).spread(rows).values for column in columns], rows)

            self._groups[own] = self.once(brought_together)
        return self._groups[own]

    @contextmanager
    def beside(self, references: Mapping[ops.Node, Relation]) -> Iterator[None]:
        """Compile values of one join: what a reference stands for holds in that join alone."""
        outer = self._values, self._relations
        self._values, self._relations = {}, dict(references)
        try:
            yield
        finally:
            self._values, self._relations = outer

    def _made_value(self, node: ops.Node) -> Value:
        if isinstance(node, ops.Field):
            relation, name = self.relation(node.rel), node.name
            return lambda run: relation(run).column(name)
        if isinstance(node, ops.StructField):  # of a table that is listed: its rows' fields are its columns
            listed, name = self.relation(node.arg.rel), node.field
            return lambda run: listed(run).column(name)
        if isinstance(node, ops.Literal):
            constant = literal(node.value, node.dtype, self.code)
            return lambda _: constant
        if isinstance(node, ops.DateFromYMD):  # dates are held as days since 1970-01-01
            day = Column(np.asarray(np.datetime64(_iso(node), "D").astype(np.int64)))
            return lambda _: day
        if isinstance(node, ops.Cast):
            arg, kind = self.value(node.arg), node.to
            return lambda run: cast(arg(run), kind)
        if isinstance(node, ops.IfElse) and (found := self._where_known(node)) is not None:
            return found
        if isinstance(node, ops.SearchedCase):
            return self._cases(node)
        if isinstance(node, ops.ScalarUDF) and node.__func_name__ == "bit_count":
            mask = self.value(node.args[0])
            return lambda run: bit_count(mask(run))
        if isinstance(node, ops.WindowFunction):
            return window_value(self, node)
        return self._operation(node)

    def _where_known(self, node: Any) -> Value | None:
        """Return what makes a value where something else is known (and more is true), if `node` is that: of few rows,
        only those are looked at.
        """
        tests = _conjuncts(node.bool_expr)
        if not isinstance(tests[0], ops.NotNull) or not _is_null(node.false_null_expr):
            return None
        whole = self._operation(node)
        other, then = self.value(tests[0].arg), self.value(node.true_expr)
        more = [self.value(test) for test in tests[1:]]

        def done(run: Run) -> Column:
            known, value = other(run), then(run)
            if not isinstance(known, Scattered) or value.valid is not None or not value.values.ndim:
                return whole(run)
            at = known.at
            for test in more:
                at = at[test(run).spread(known.rows).holds()[at]]
            return Scattered(known.rows, at, value.values[at], value.values.dtype)

        return done

    def _cases(self, node: Any) -> Value:
        conditions = [self.value(one) for one in node.cases]
        results, default, kind = [self.value(one) for one in node.results], self.value(node.default), node.dtype
        return lambda run: cases(
            [one(run) for one in conditions], [cast(one(run), kind) for one in results], cast(default(run), kind)
        )

    def _operation(self, node: ops.Node) -> Value:
        work = OPERATIONS.get(type(node))
        if work is None:
            raise TypeError(f"no array operation for {type(node).__name__}")
        given = [one for arg in node.args for one in (arg if isinstance(arg, tuple) else (arg,))]
        args = [self.value(one) for one in given if isinstance(one, ops.Value)]
        if type(node) in STRICT:
            return _strict(work, args, nothing_of(numpy_type(node.dtype)))
        if len(args) == 2:
            first, second = args
            return lambda run: work(first(run), second(run))
        return lambda run: work(*[arg(run) for arg in args])


def _conjuncts(node: Any) -> list[Any]:
    return [*_conjuncts(node.left), *_conjuncts(node.right)] if isinstance(node, ops.And) else [node]


def _is_null(node: Any) -> bool:
    return isinstance(node, ops.Literal) and node.value is None


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


def _iso(node: Any) -> str:
    return f"{node.year.value:04d}-{node.month.value:02d}-{node.day.value:02d}"

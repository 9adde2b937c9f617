"""Running the statements: step by step, so that DuckDB knows the size of every step before it plans the next."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import duckdb
import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.statements import signals_statements
from staycourse.signals import CATALOGUE, Signal

_ROWS_A_BATCH = 65_536
"""Larger batches cost more: while a hundred columns grow, they are moved again and again."""


def fetched(connection: duckdb.DuckDBPyConnection, query: str, *values: str) -> pa.Table:
    """Return the rows of `query`."""
    return connection.sql(query, params=list(values)).to_arrow_table(_ROWS_A_BATCH)


def all_signals(connection: duckdb.DuckDBPyConnection, catalogue: tuple[Signal, ...] = CATALOGUE) -> pa.Table:
    """Return every signal of every open enrolment of the views and tables in `connection`, ordered by the keys'
    numbers.

    The comparison with peers is asked over the plain signals just fetched, and its columns are laid beside them: to
    join them would move a hundred wide columns once more.
    """
    statements = signals_statements("duckdb", catalogue)
    with _as_written(connection):
        for number, (name, statement) in enumerate(statements.steps):
            order = "" if number else " ORDER BY learner_no, course_no"
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {statement}{order}")
        connection.execute("SET threads = 1")
        plain = _in_order(fetched(connection, statements.plain))
        for name, _ in statements.steps:
            connection.execute(f"DROP TABLE {name}")
        connection.register("plain", plain)
        compared = _in_order(fetched(connection, statements.compared)).drop_columns(["learner_no", "course_no"])
        connection.unregister("plain")
    for name in compared.column_names:
        plain = plain.append_column(name, compared[name])
    return plain


@contextmanager
def _as_written(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let joins run as they are written, the wide side streaming past the narrow ones, so that rows also keep their
    order.

    DuckDB guesses too low how many rows a filter leaves and would put the wide side into hash tables, at twice the
    time. One thread: that the order is kept with more of them is not so, and sorting a hundred columns costs more
    than it wins.
    """
    (threads,) = connection.execute("SELECT current_setting('threads')").fetchall()[0]
    connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")
    connection.execute("SET preserve_insertion_order = true")
    try:
        yield
    finally:
        connection.execute("RESET disabled_optimizers")
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET threads = {threads}")


def _in_order(table: pa.Table) -> pa.Table:
    """Return the rows by learner and course, in the order in which these were numbered; mostly they are so already."""
    keys = table["learner_no"].to_numpy().astype(np.int64) << 32 | table["course_no"].to_numpy()
    if (np.diff(keys) > 0).all():
        return table
    return table.take(pa.array(np.argsort(keys)))

"""The signals' statements run step by step, so that DuckDB knows the size of every step before it plans the next."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from staycourse.adapters.engines.answers import in_order
from staycourse.adapters.engines.duckdb.session import DuckDBSession
from staycourse.adapters.engines.statements import signals_statements
from staycourse.signals import Signal


def all_signals(session: DuckDBSession, catalogue: tuple[Signal, ...]) -> pa.Table:
    """Return every signal of every open enrolment of the views and tables in `session`, by the keys' numbers."""
    plain = plain_signals_of(session, catalogue)
    standings = standings_of_all(session, catalogue, [counts_of(session, catalogue, plain)])
    return with_peers(session, catalogue, plain, standings)


def plain_signals_of(session: DuckDBSession, catalogue: tuple[Signal, ...]) -> pa.Table:
    """Return the signals without peers of the open enrolments in `session`, ordered by the keys' numbers."""
    statements, connection = signals_statements("duckdb", catalogue), session.connection
    with _as_written(connection):
        for number, (name, statement) in enumerate(statements.steps):
            order = "" if number else " ORDER BY learner_no, course_no"
            session.keep(name, statement + order)
        connection.execute("SET threads = 1")
        plain = in_order(session.fetch(statements.plain))
        for name, _ in statements.steps:
            connection.execute(f"DROP TABLE {name}")
    return plain


def counts_of(session: DuckDBSession, catalogue: tuple[Signal, ...], plain: pa.Table) -> pa.Table:
    """Return what peers are compared by, of the enrolments in `plain`."""
    return _over(session, signals_statements("duckdb", catalogue).counts, plain=plain)


def standings_of_all(session: DuckDBSession, catalogue: tuple[Signal, ...], counts: Sequence[pa.Table]) -> pa.Table:
    """Return how everyone stands, from the counts of all parts of them."""
    return _over(session, signals_statements("duckdb", catalogue).standings, counts=pa.concat_tables(counts))


def with_peers(session: DuckDBSession, catalogue: tuple[Signal, ...], plain: pa.Table, standings: pa.Table) -> pa.Table:
    """Lay the signals that compare with peers beside the plain ones: to join them would move a hundred wide columns
    once more.
    """
    with _as_written(session.connection):
        session.connection.execute("SET threads = 1")
        compared = _over(session, signals_statements("duckdb", catalogue).compared, plain=plain, standings=standings)
    compared = in_order(compared).drop_columns(["learner_no", "course_no"])
    for name in compared.column_names:
        plain = plain.append_column(name, compared[name])
    return plain


def _over(session: DuckDBSession, statement: str, **tables: pa.Table) -> pa.Table:
    """Return the rows of a statement over tables in hand."""
    for name, table in tables.items():
        session.connection.register(name, table)
    try:
        return session.fetch(statement)
    finally:
        for name in tables:
            session.connection.unregister(name)


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

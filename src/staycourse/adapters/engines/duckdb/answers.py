"""A night's signals: the rollup read by DuckDB, the plain signals a program over arrays, the peers statements again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import lru_cache

import duckdb
import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.answers import in_order
from staycourse.adapters.engines.arrays import (
    SEEN_KEYS,
    Column,
    Frame,
    Gathered,
    Names,
    Program,
    SeenRows,
    as_arrow,
    columns_of,
    running,
)
from staycourse.adapters.engines.duckdb.session import DuckDBSession
from staycourse.adapters.engines.statements import array_tables, peer_statements, seen_name
from staycourse.signals import SPANS, Signal, plain_signals, reaches

_KINDS = dict.fromkeys(("learner_no", "course_no", "enrolled_age", "course_day"), np.int32)


def all_signals(session: DuckDBSession, catalogue: tuple[Signal, ...]) -> pa.Table:
    """Return every signal of every open enrolment of the views and tables in `session`, by the keys' numbers."""
    plain = plain_signals_of(session, catalogue)
    standings = standings_of_all(session, catalogue, [counts_of(session, catalogue, plain)])
    return with_peers(session, catalogue, plain, standings)


def plain_signals_of(session: DuckDBSession, catalogue: tuple[Signal, ...]) -> pa.Table:
    """Return the signals without peers of the open enrolments in `session`, ordered by the keys' numbers.

    DuckDB reads; the signals are a program over arrays, some hundred thousand rows at a time. To gather and join a
    hundred columns costs a database twice as much.
    """
    program, names = _program(catalogue), Names()
    names.code("")
    numbers = session.fetch("SELECT learner_no, learner FROM learners ORDER BY learner_no")
    known, learners = numbers["learner_no"].to_numpy(), numbers["learner"].combine_chunks()
    courses = session.fetch("SELECT course_no, course, start_age, end_age FROM courses")
    course = columns_of(courses.drop_columns(["course"]), ("course_no", "start_age", "end_age"))
    codes = names.codes(courses["course"].to_pylist())
    course["course"] = Column(codes)
    texts = pa.array(names.texts, pa.string())
    parts = []
    for rows in seen_rows(session, reaches(catalogue)).parts():
        own = Column(np.unique(rows.column("learner_no").values))
        people = Frame.of({"learner_no": own, "learner": own})
        tables = {seen_name(None): rows, "courses": Frame.of(course), "learners": people}
        with running() as runs:
            found = program.run(tables, runs)
            plain = {name: found.column(name).spread(found.rows) for name in program.names}
            made = {name: as_arrow(column, _KINDS.get(name, np.float64)) for name, column in plain.items()}
            made["learner"] = learners.take(pa.array(np.searchsorted(known, plain["learner"].values)))
            made["course"] = texts.take(pa.array(plain["course"].values))
            parts.append(pa.table(made))
    return pa.concat_tables(parts)


def seen_rows(session: DuckDBSession, wanted: Mapping[str, int | None]) -> SeenRows:
    """Return the rows seen as of the day in question, with the counters `wanted`, of as many days as these say."""
    spans: dict[int | None, list[str]] = {None: []}
    for counter, days in wanted.items():
        span = None if days is None else next((span for span in SPANS if days <= span), None)
        spans.setdefault(span, []).append(counter)
    whole = _gathered(session, None, (*SEEN_KEYS, *spans.pop(None)))
    keys = {name: whole.pop(name).together()[1] for name in SEEN_KEYS}
    counters = {name: column.together() for name, column in whole.items()}
    for span, names in spans.items():
        within = np.flatnonzero(keys["age"] < span).astype(np.int32)
        for name, column in _gathered(session, span, names).items():
            rows, values = column.together()
            counters[name] = within[rows], values
    return SeenRows(keys, counters)


def _gathered(session: DuckDBSession, span: int | None, names: Sequence[str]) -> dict[str, Gathered]:
    """Read columns of the rows seen, in the order of the files: one thread, so that each query has the same."""
    found = {name: Gathered() for name in names}
    first = 0
    with _as_written(session.connection):
        session.connection.execute("SET threads = 1")
        for batch in session.batches(f"SELECT {', '.join(names)} FROM {seen_name(span)}"):
            for name, column in zip(names, batch.columns, strict=True):
                found[name].take(column, first)
            first += batch.num_rows
    return found


@lru_cache(maxsize=8)
def _program(catalogue: tuple[Signal, ...]) -> Program:
    return Program(plain_signals(*array_tables(), catalogue), {"": 0}.__getitem__)  # the signals name no other text


def counts_of(session: DuckDBSession, catalogue: tuple[Signal, ...], plain: pa.Table) -> pa.Table:
    """Return what peers are compared by, of the enrolments in `plain`."""
    return _over(session, peer_statements("duckdb", catalogue).counts, plain=plain)


def standings_of_all(session: DuckDBSession, catalogue: tuple[Signal, ...], counts: Sequence[pa.Table]) -> pa.Table:
    """Return how everyone stands, from the counts of all parts of them."""
    return _over(session, peer_statements("duckdb", catalogue).standings, counts=pa.concat_tables(counts))


def with_peers(session: DuckDBSession, catalogue: tuple[Signal, ...], plain: pa.Table, standings: pa.Table) -> pa.Table:
    """Lay the signals that compare with peers beside the plain ones: to join them would move a hundred wide columns
    once more.
    """
    with _as_written(session.connection):
        session.connection.execute("SET threads = 1")
        compared = _over(session, peer_statements("duckdb", catalogue).compared, plain=plain, standings=standings)
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

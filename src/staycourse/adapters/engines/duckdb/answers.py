"""A night's signals: the rollup read as arrays, the signals programs over them; DuckDB holds the names and courses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager

import duckdb
import pyarrow as pa

from staycourse.adapters.engines.arrays import SEEN_KEYS, Frame, SeenRows, Stretch, night_of, stretches_of
from staycourse.adapters.engines.duckdb.session import DuckDBSession
from staycourse.adapters.engines.statements import seen_name
from staycourse.signals import SPANS, Signal, reaches


def all_signals(session: DuckDBSession, catalogue: tuple[Signal, ...], rows: Iterable[Frame]) -> pa.Table:
    """Return every signal of every open enrolment among the `rows` seen as of the day of the tables in `session`, by
    the keys' numbers.
    """
    night = night_of(catalogue)
    plain = plain_of(session, catalogue, rows)
    return night.compared(plain, night.standings([night.counts(plain)]))


def plain_of(session: DuckDBSession, catalogue: tuple[Signal, ...], rows: Iterable[Frame]) -> pa.Table:
    """Return the signals without peers of the open enrolments among `rows`; see `all_signals`."""
    learners = session.fetch("SELECT learner_no, learner FROM learners")
    courses = session.fetch("SELECT course_no, course, start_age, end_age FROM courses")
    return night_of(catalogue).plain(rows, learners, courses)


def rows_held(session: DuckDBSession, catalogue: tuple[Signal, ...]) -> Iterator[Frame]:
    """Yield the rows seen as of the day that `session` is about, part by part, with the counters that are looked at."""
    found: list[Stretch] = []
    wanted = reaches(catalogue)
    with _in_file_order(session.connection):
        for first, last in zip((0, *SPANS), (*SPANS, None), strict=True):
            names = [name for name, days in wanted.items() if days is None or days > first]
            below = "" if last is None else f" AND age < {last}"
            columns = ", ".join((*SEEN_KEYS, *names))
            found += stretches_of(session.fetch(f"SELECT {columns} FROM {seen_name(None)} WHERE age >= {first}{below}"))
    yield from SeenRows(found).parts()


@contextmanager
def _in_file_order(connection: duckdb.DuckDBPyConnection) -> Iterator[None]:
    """Let queries keep the order of the files. One thread: that the order is kept with more of them is not so."""
    (threads,) = connection.execute("SELECT current_setting('threads')").fetchall()[0]
    connection.execute("SET preserve_insertion_order = true")
    connection.execute("SET threads = 1")
    try:
        yield
    finally:
        connection.execute("SET preserve_insertion_order = false")
        connection.execute(f"SET threads = {threads}")

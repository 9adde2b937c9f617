"""A night's signals: programs over the rollup as arrays, which are read from its files, or asked of a session."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

import duckdb
import pyarrow as pa

from staycourse.adapters.engines.arrays import (
    SEEN_KEYS,
    Frame,
    SeenRows,
    Stretch,
    courses_of,
    night_of,
    peers_of,
    stretches_of,
)
from staycourse.adapters.engines.duckdb.session import DuckDBSession
from staycourse.adapters.engines.rollups import Rollups
from staycourse.adapters.engines.statements import seen_name
from staycourse.events import Course
from staycourse.kernel import EPOCH
from staycourse.signals import SPANS, Signal, reaches

Numbered = tuple[pa.Table, pa.Table]
"""LEARNER_COLUMNS and COURSE_COLUMNS of all that rollup rows name."""


def all_signals(catalogue: tuple[Signal, ...], rows: Iterable[Frame], names: Numbered) -> pa.Table:
    """Return every signal of every open enrolment among the `rows` seen as of a day, by the keys' numbers."""
    peers, courses = peers_of(catalogue), courses_of(catalogue)
    plain, counts = plain_and_leavers(catalogue, rows, names)
    valued = peers.valued(plain)
    found = peers.compared(plain, valued, peers.standings([peers.counts(valued)]))
    return courses.beside(found, courses.told([counts]))


def plain_and_leavers(
    catalogue: tuple[Signal, ...], rows: Iterable[Frame], names: Numbered
) -> tuple[pa.Table, pa.Table]:
    """Return the signals that need nobody else of every open enrolment among the `rows`, and COURSE_COUNTS of all."""
    courses = courses_of(catalogue)
    counts: list[pa.Table] = []

    def counted() -> Iterator[Frame]:
        for part in rows:
            counts.append(courses.leavers(part))
            yield part

    plain = night_of(catalogue).plain(counted(), *names)
    return plain, pa.concat_tables([*counts, courses.still_there(plain)])


def names_held(session: DuckDBSession) -> Numbered:
    """Return the tables `learners` and `courses` of `session`."""
    return (
        session.fetch("SELECT learner_no, learner FROM learners"),
        session.fetch("SELECT course_no, course, start_age, end_age FROM courses"),
    )


def names_of(rollups: Rollups, courses: Sequence[Course], today: int) -> Numbered:
    """Return everyone and every course numbered so far, these with their ages as of the day `today`."""
    known = {course.course: course for course in courses}
    numbered = rollups.numbered("courses")
    own = [known.get(name) for name in numbered["course"].to_pylist()]

    def ages(days: Iterable[date | None]) -> pa.Array:
        return pa.array([None if day is None else today - (day - EPOCH).days for day in days], pa.int32())

    starts = ages(course.starts_on if course else None for course in own)
    ends = ages(course.ends_on if course else None for course in own)
    return rollups.numbered("learners"), numbered.append_column("start_age", starts).append_column("end_age", ends)


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

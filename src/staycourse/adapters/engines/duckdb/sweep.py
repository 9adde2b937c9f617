"""Many as-of days asked at once: training and back-tests look at dozens of past days, and planning a query costs far
more than running it over a few thousand learners.

The one compiled statement serves unchanged. Each (learner, as-of day) is shown to it as a learner of its own, and each
(course, as-of day) as a course of its own, by numbering them `number * days + turn`; so nothing is ever counted,
ranked or joined across days.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.engines.duckdb.answers import all_signals, fetched
from staycourse.adapters.engines.statements import outcomes_statement, seen_name, seen_statement
from staycourse.events import Course
from staycourse.kernel import EPOCH
from staycourse.signals import CATALOGUE, SPANS, Label

ROWS_AT_ONCE = 4_000_000
"""Rollup rows, each counted once for every as-of day that sees it, that one statement goes over: bounds its memory."""

MOST_DAYS = 32
"""Keeps the numbers within 32 bits for up to 67 M learners."""


def chunks(days: Sequence[date], rows: int) -> Iterator[Sequence[date]]:
    """Split the as-of days so that no statement goes over much more than ROWS_AT_ONCE rows."""
    size = max(1, min(MOST_DAYS, ROWS_AT_ONCE // max(rows, 1)))
    for start in range(0, len(days), size):
        yield days[start : start + size]


def lessons(
    connection: duckdb.DuckDBPyConnection,
    days: Sequence[date],
    courses: Sequence[Course],
    *,
    horizon_days: int,
    label: Label,
    known_by: date,
) -> Iterator[tuple[date, pa.Table]]:
    """Yield each as-of day with the signals and outcome of its open enrolments; `connection` has rollup and names."""
    _see(connection, days)
    _name(connection, days, courses)
    known = (known_by - EPOCH).days
    horizon = f"day > as_of AND day <= as_of + {horizon_days} AND ingest_day <= {known}"
    connection.execute(
        f"CREATE OR REPLACE TEMP VIEW later AS SELECT * EXCLUDE (turn, as_of) "
        f"REPLACE ({_numbered('learner_no', days)}, {_numbered('course_no', days)}) "
        f"FROM rollup JOIN turns ON {horizon}"
    )
    names = ", ".join(f"s.{signal.name}" for signal in CATALOGUE)
    connection.register("answered", all_signals(connection))
    found = fetched(
        connection,
        f"SELECT turn, s.learner, s.course, (DATE '1970-01-01' + as_of - s.enrolled_age)::DATE AS enrolled_on, "
        f"s.course_day, {names}, o.outcome FROM answered s "
        f"JOIN ({outcomes_statement('duckdb', horizon_days, label)}) o USING (learner_no, course_no) "
        f"JOIN turns ON turn = s.course_no % {len(days)} ORDER BY turn, learner_no, course_no",
    )
    connection.unregister("answered")
    for turn, day in enumerate(days):
        yield day, found.filter(pc.equal(found["turn"], turn)).drop_columns(["turn"])


def _see(connection: duckdb.DuckDBPyConnection, days: Sequence[date]) -> None:
    """Make the views of what was seen on each day, and the table `turns` of the days."""
    numbers = [(day - EPOCH).days for day in days]
    turns = ", ".join(f"({turn}, {number})" for turn, number in enumerate(numbers))
    connection.execute(f"CREATE OR REPLACE TEMP TABLE turns AS SELECT * FROM (VALUES {turns}) t(turn, as_of)")
    for span in (None, *SPANS):
        parts = [
            f"SELECT * REPLACE ((learner_no * {len(days)} + {turn})::INTEGER AS learner_no, "
            f"(course_no * {len(days)} + {turn})::INTEGER AS course_no) "
            f"FROM ({seen_statement('duckdb', number, span)})"
            for turn, number in enumerate(numbers)
        ]
        connection.execute(f"CREATE OR REPLACE TEMP VIEW {seen_name(span)} AS {' UNION ALL '.join(parts)}")


def _name(connection: duckdb.DuckDBPyConnection, days: Sequence[date], courses: Sequence[Course]) -> None:
    """Make the tables `learners` and `courses` of every turn from the names that the rollup has."""
    known = pa.table({
        "course": pa.array([course.course for course in courses], pa.string()),
        "starts_on": pa.array([course.starts_on for course in courses], pa.date32()),
        "ends_on": pa.array([course.ends_on for course in courses], pa.date32()),
    })  # fmt: skip
    connection.register("known_courses", known)
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE learners AS SELECT {_numbered('learner_no', days)}, learner "
        "FROM numbered_learners, turns"
    )
    connection.execute(
        f"CREATE OR REPLACE TEMP TABLE courses AS SELECT {_numbered('course_no', days)}, course, "
        "(DATE '1970-01-01' + as_of - starts_on)::INTEGER AS start_age, "
        "(DATE '1970-01-01' + as_of - ends_on)::INTEGER AS end_age "
        "FROM numbered_courses LEFT JOIN known_courses USING (course), turns"
    )


def _numbered(column: str, days: Sequence[date]) -> str:
    return f"({column} * {len(days)} + turn)::INTEGER AS {column}"

"""Many as-of days asked at once: training and back-tests look at dozens of past days, and planning a query costs far
more than running it over a few thousand learners.

The one compiled statement serves unchanged. Each (learner, as-of day) is shown to it as a learner of its own, and each
(course, as-of day) as a course of its own, by numbering them `number * days + turn`; so nothing is ever counted,
ranked or joined across days.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from functools import cache
from typing import TypeVar

import ibis
import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.answers import in_order, shaped, truth
from staycourse.adapters.engines.session import Session
from staycourse.adapters.engines.statements import outcomes_statement, seen_name, seen_statement, sql_of
from staycourse.events import COUNTERS, Course
from staycourse.kernel import EPOCH
from staycourse.signals import SPANS, Label, Lots, Signal, bounds, drawn_table

ROWS_AT_ONCE = 4_000_000
"""Rollup rows, each counted once for every as-of day that sees it, that one statement goes over: bounds its memory."""

MOST_DAYS = 32
"""Keeps the numbers within 32 bits for up to 67 M learners."""

_COUNTERS = ", ".join(counter.name for counter in COUNTERS)


S = TypeVar("S", bound=Session)


def chunks(days: Sequence[date], rows: int, rows_at_once: int = ROWS_AT_ONCE) -> Iterator[Sequence[date]]:
    """Split the as-of days so that no statement goes over much more than `rows_at_once` rows."""
    size = max(1, min(MOST_DAYS, rows_at_once // max(rows, 1)))
    for start in range(0, len(days), size):
        yield days[start : start + size]


def lessons(
    session: S,
    dialect: str,
    answer: Callable[[S], None],
    catalogue: Sequence[Signal],
    days: Sequence[date],
    courses: Sequence[Course],
    *,
    horizon_days: int,
    label: Label,
    known_by: date,
    lots: Lots | None = None,
) -> Iterator[tuple[date, pa.Table]]:
    """Yield each as-of day with the signals and outcome of its open enrolments; `session` has rollup and names.

    With `lots`, of those that are drawn: signals rank everyone among everyone, but no other is fetched. Days that are
    asked together and have no outcome at all are then left out.
    """
    numbers = np.array([(day - EPOCH).days for day in days], dtype=np.int32)
    session.put("turns", pa.table({"turn": pa.array(np.arange(len(days), dtype=np.int32)), "as_of": pa.array(numbers)}))
    _see(session, dialect, numbers.tolist())
    _name(session, len(days), courses)
    known = (known_by - EPOCH).days
    session.view(
        "later",
        f"SELECT ingest_day, {_numbered(len(days))}, day, {_COUNTERS} FROM rollup AS r JOIN turns AS t "
        f"ON r.day > t.as_of AND r.day <= t.as_of + {horizon_days} WHERE r.ingest_day <= {known}",
    )
    told = f"({outcomes_statement(dialect, horizon_days, label)})"
    if lots is not None:
        drawn = _drawn(session, dialect, len(days), told, lots)
        if drawn is None:  # long after the last course: the signals of nobody cost what everyone's do
            return
        told = drawn
    answer(session)
    names = ", ".join(f"s.{signal.name} AS {signal.name}" for signal in catalogue)
    names += ", o.outcome AS outcome" + (", o.lot AS lot" if lots is not None else "")
    found = in_order(session.fetch(
        "SELECT s.learner_no AS learner_no, s.course_no AS course_no, s.learner AS learner, s.course AS course, "
        f"s.enrolled_age AS enrolled_age, s.course_day AS course_day, {names} FROM answered AS s JOIN {told} AS o "
        "ON s.learner_no = o.learner_no AND s.course_no = o.course_no"
    ))  # fmt: skip
    turns = found["course_no"].to_numpy() % len(days)
    for turn, day in enumerate(days):
        table = found.filter(pa.array(turns == turn))
        lesson = shaped(table, day, catalogue).append_column("outcome", truth(table["outcome"]))
        yield day, lesson if lots is None else lesson.append_column("lot", table["lot"])


def _drawn(session: Session, dialect: str, days: int, told: str, lots: Lots) -> str | None:
    """Put aside the outcomes `told` with their lots, let `lots` know how many they are, and return those drawn; None
    where there are no outcomes.
    """
    session.keep("told", f"SELECT * FROM {told} AS told")
    session.keep("drawn", _lots_statement(dialect, days))
    below = (f"sum(CASE WHEN lot < '{bound}' THEN 1 ELSE 0 END) AS below_{n}" for n, bound in enumerate(bounds()))
    (counts,) = session.fetch(f"SELECT {', '.join(below)} FROM drawn").to_pylist()
    if not any(counts.values()):
        return None
    lots.take_in([int(count or 0) for count in counts.values()])
    return f"(SELECT * FROM drawn WHERE lot < '{lots.bound}')"


@cache
def _lots_statement(dialect: str, days: int) -> str:
    """Return the query of the lots of the table `told`."""
    numbers, names = dict.fromkeys(("learner_no", "course_no"), "int32"), dict.fromkeys(("learner", "course"), "string")
    told = ibis.table({**numbers, **names, "outcome": "boolean"}, name="told")
    turns = ibis.table({"turn": "int32", "as_of": "int32"}, name="turns")
    return sql_of(drawn_table(told, turns, days), dialect)


def put_courses(session: Session, courses: Sequence[Course]) -> None:
    """Make the table `known_courses` of what is known of each course, days since 1970-01-01."""

    def numbers(days: Sequence[date | None]) -> pa.Array:
        return pa.array([None if day is None else (day - EPOCH).days for day in days], pa.int32())

    known = {
        "course": pa.array([course.course for course in courses], pa.string()),
        "starts_on": numbers([course.starts_on for course in courses]),
        "ends_on": numbers([course.ends_on for course in courses]),
    }
    session.put("known_courses", pa.table(known))


def _see(session: Session, dialect: str, numbers: Sequence[int]) -> None:
    """Make the views of what was seen on each day."""
    for span in (None, *SPANS):
        parts = [
            f"SELECT ingest_day, CAST(learner_no * {len(numbers)} + {turn} AS INT) AS learner_no, "
            f"CAST(course_no * {len(numbers)} + {turn} AS INT) AS course_no, day, {_COUNTERS}, age "
            f"FROM ({seen_statement(dialect, number, span)}) AS seen_{turn}"
            for turn, number in enumerate(numbers)
        ]
        session.view(seen_name(span), " UNION ALL ".join(parts))


def _name(session: Session, days: int, courses: Sequence[Course]) -> None:
    """Make the tables `learners` and `courses` of every turn from the names that the rollup has."""
    put_courses(session, courses)
    session.keep(
        "learners",
        f"SELECT CAST(learner_no * {days} + turn AS INT) AS learner_no, learner "
        "FROM numbered_learners CROSS JOIN turns",
    )
    session.keep(
        "courses",
        f"SELECT CAST(n.course_no * {days} + t.turn AS INT) AS course_no, n.course AS course, "
        "CAST(t.as_of - k.starts_on AS INT) AS start_age, CAST(t.as_of - k.ends_on AS INT) AS end_age "
        "FROM numbered_courses AS n LEFT JOIN known_courses AS k ON n.course = k.course CROSS JOIN turns AS t",
    )


def _numbered(days: int) -> str:
    return ", ".join(f"CAST({name} * {days} + turn AS INT) AS {name}" for name in ("learner_no", "course_no"))

"""The SQL of each question, compiled from the one Ibis expression, once a process and dialect: the tables have
fixed names.
"""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import ibis
import ibis.expr.types as ir

from staycourse.events import EVENT_COLUMNS, rollup_of
from staycourse.signals import (
    ASKED_COLUMNS,
    COURSE_COLUMNS,
    COURSE_COUNTS,
    LEARNER_COLUMNS,
    ROLLUP_COLUMNS,
    SPANS,
    Label,
    Rows,
    Signal,
    activity_of,
    afterwards_table,
    bases_of,
    by_week,
    course_table,
    gaps_table,
    leavers,
    of_course,
    outcomes_table,
    peer_counts,
    peer_signals,
    plain_signals,
    seen,
    standings,
    still_there,
    watched_table,
    with_course,
)

_SEEN_COLUMNS = {**ROLLUP_COLUMNS, "age": "int32"}
_PLAIN_KEYS = {
    "learner_no": "int32", "course_no": "int32", "learner": "string", "course": "string", "enrolled_age": "int32",
    "course_day": "int32",
}  # fmt: skip
COUNTED_COLUMNS = {
    "base": "string", "course_no": "int32", "course_week": "int32", "of": "float64", "equal": "int64",
}  # fmt: skip
STOOD_COLUMNS = {**COUNTED_COLUMNS, "up_to": "int64", "everyone": "int64", "median": "float64"}
"""Counts and standings with the courses' numbers: what is kept of a night (STANDING_COLUMNS) has their names."""

_A_DAY = 1_234_567
"""Stands for the day where a statement is compiled for any: no other number looks like it."""

_options = threading.Lock()


def sql_of(expression: ir.Table, dialect: str) -> str:
    """Return the SQL of `expression`.

    Selects are not fused: fusing takes three times the rest of the compilation together.
    """
    from staycourse.adapters.engines.dialects import compiled  # every compiler that Ibis has comes with it: a second

    with _options:
        fuse = ibis.options.sql.fuse_selects
        ibis.options.sql.fuse_selects = False
        try:
            return compiled(expression, dialect)
        finally:
            ibis.options.sql.fuse_selects = fuse


def seen_name(days: int | None) -> str:
    """Name the view of the rows seen as of the day in question, of the last `days` days."""
    return f"seen_{days}" if days else "seen"


def _seen(days: int | None) -> ir.Table:
    return ibis.table(_SEEN_COLUMNS, name=seen_name(days))


_rows = Rows(_seen, SPANS)
_courses = ibis.table(COURSE_COLUMNS, name="courses")
_learners = ibis.table(LEARNER_COLUMNS, name="learners")


def array_tables() -> tuple[Rows, ir.Table, ir.Table]:
    """Return what the signals' expression is over as a program over arrays: rows seen, courses, learners."""
    return Rows(_seen, at_once=True), _courses, _learners


@cache
def rollup_statement(dialect: str) -> str:
    """Return the query that rolls up the table `events`."""
    return sql_of(rollup_of(ibis.table(EVENT_COLUMNS, name="events")), dialect)


def seen_statement(dialect: str, as_of: int, days: int | None) -> str:
    """Return the query of the rows of the table `rollup` seen as of a day (since 1970-01-01).

    Only its days differ from one day's to another's, and training asks of a hundred: it is compiled once.
    """
    told = _seen_on_a_day(dialect, days)
    for marked, day in ((_A_DAY, as_of), (_A_DAY - (days or 0), as_of - (days or 0))):
        told = told.replace(str(marked), str(day))
    return told


@cache
def _seen_on_a_day(dialect: str, days: int | None) -> str:
    return sql_of(seen(ibis.table(ROLLUP_COLUMNS, name="rollup"), _A_DAY, days), dialect)


@dataclass(frozen=True, slots=True)
class SignalStatements:
    """The signals' one expression, cut where an engine does well to put a step aside as a table (it then knows its
    size).

    `steps` are tables to make in turn, `plain` the signals without peers.
    """

    steps: tuple[tuple[str, str], ...]
    plain: str


@dataclass(frozen=True, slots=True)
class PeerStatements:
    """Over the table `plain`, `counts` are what peers are compared by; over the table `counts`, of everyone, the
    `standings`; and over `plain` and `standings` the signals with peers, `compared`.
    """

    counts: str
    standings: str
    compared: str


@cache
def signals_statements(dialect: str, catalogue: tuple[Signal, ...]) -> SignalStatements:
    """Return the queries of the plain signals of `catalogue`, of every open enrolment."""
    steps: list[tuple[str, str]] = []

    def keep(name: str, table: ir.Table) -> ir.Table:
        steps.append((name, sql_of(table, dialect)))
        return ibis.table(table.schema(), name=name)

    plain = plain_signals(_rows, _courses, _learners, catalogue, keep)
    return SignalStatements(tuple(steps), sql_of(plain, dialect))


def weeks_expression() -> ir.Table:
    """Return the group of peers of each row of the table `plain`."""
    return by_week(ibis.table(_PLAIN_KEYS, name="plain"))


def counts_expression(catalogue: Sequence[Signal], day: str = "course_day") -> ir.Table:
    """Return what `PeerStatements.counts` is compiled from; with `course_week` for `day` the weeks are given."""
    return peer_counts(_plain(catalogue, day), catalogue)


def standings_expression() -> ir.Table:
    """Return what `PeerStatements.standings` is compiled from."""
    return standings(ibis.table(COUNTED_COLUMNS, name="counts"))


def compared_expression(catalogue: Sequence[Signal], day: str = "course_day") -> ir.Table:
    """Return what `PeerStatements.compared` is compiled from; `day` as of `counts_expression`."""
    return peer_signals(_plain(catalogue, day), ibis.table(STOOD_COLUMNS, name="standings"), catalogue)


def _plain(catalogue: Sequence[Signal], day: str) -> ir.Table:
    keys = dict.fromkeys(("learner_no", "course_no", day), "int32")
    return ibis.table(keys | dict.fromkeys(bases_of(catalogue), "float64"), name="plain")


@cache
def peer_statements(dialect: str, catalogue: tuple[Signal, ...]) -> PeerStatements:
    """Return the queries of the signals of `catalogue` that compare with peers."""
    made = counts_expression(catalogue), standings_expression(), compared_expression(catalogue)
    return PeerStatements(*(sql_of(one, dialect) for one in made))


@dataclass(frozen=True, slots=True)
class CourseExpressions:
    """The signals that are the same of everyone in a course: over the rows seen, COURSE_COUNTS of those who left; over
    the table `plain`, those of the open enrolments; over the table `course_counts`, of everyone, the courses' signals;
    and over `plain` and the table `course_told`, each row's, in the order of `plain` where rows have one.
    """

    leavers: ir.Table
    still_there: ir.Table
    told: ir.Table
    beside: ir.Table


def course_expressions(catalogue: tuple[Signal, ...], rows: Rows = _rows) -> CourseExpressions | None:
    """Return what of `catalogue` is the same of everyone in a course; None if nothing is."""
    wanted = of_course(catalogue)
    if not wanted:
        return None
    plain = ibis.table({"course_no": _PLAIN_KEYS["course_no"]}, name="plain")
    told = course_table(ibis.table(COURSE_COUNTS, name="course_counts"), wanted)
    held = ibis.table({"course_no": "int32", **{signal.name: "float64" for signal in wanted}}, name="course_told")
    beside = with_course(plain, held, wanted, plain.columns)
    return CourseExpressions(leavers(rows, wanted), still_there(plain), told, beside)


@cache
def course_statements(dialect: str, catalogue: tuple[Signal, ...]) -> tuple[tuple[str, str], ...]:
    """Return the tables to make in turn, over the views seen and the table `plain`: `course_told` is the last."""
    found = course_expressions(catalogue)
    if found is None:
        return ()
    counts = found.leavers.union(found.still_there)
    return ("course_counts", sql_of(counts, dialect)), ("course_told", sql_of(found.told, dialect))


@cache
def watched_statement(dialect: str) -> str:
    """Return the query of how many enrolments are open."""
    return sql_of(watched_table(_rows, _courses), dialect)


@cache
def outcomes_statement(dialect: str, horizon_days: int, label: Label) -> str:
    """Return the query of what became of the open enrolments; the horizon's rows are the table `later`."""
    later = ibis.table(ROLLUP_COLUMNS, name="later")
    return sql_of(outcomes_table(_rows, later, _courses, _learners, horizon_days=horizon_days, label=label), dialect)


@cache
def afterwards_statement(dialect: str, known_by: int) -> str:
    """Return the query of what came after each row of the table `asked`, over the table `rollup`."""
    asked = ibis.table(ASKED_COLUMNS, name="asked")
    rollup = ibis.table(ROLLUP_COLUMNS, name="rollup")
    return sql_of(afterwards_table(rollup, asked, _courses, _learners, ibis.literal(known_by, "int32")), dialect)


@cache
def gaps_statement(dialect: str) -> str:
    """Return the query of the silences between learning days."""
    return sql_of(gaps_table(_seen(None), _courses), dialect)


@cache
def activity_statement(dialect: str) -> str:
    """Return the query of the learners' days."""
    return sql_of(activity_of(_seen(None), _courses, _learners), dialect)

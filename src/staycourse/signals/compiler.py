"""The compiler: from the catalogue to one Ibis expression over the rollup."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from functools import reduce
from operator import and_
from typing import TYPE_CHECKING

from staycourse.events import COUNTERS
from staycourse.signals.catalogue import CATALOGUE
from staycourse.signals.courses import course_table, leavers, of_course, still_there, with_course
from staycourse.signals.forms import ELSEWHERE, first_days_column, sums_needed, value_of
from staycourse.signals.measures import SPANS, Keep, Measure, Rows, as_is, measured
from staycourse.signals.peers import compared, counts, standings
from staycourse.signals.signal import FIRST_DAYS, Signal

if TYPE_CHECKING:  # ibis takes a second to load: who only reads the catalogue does not wait for it
    import ibis.expr.types as ir

ENROLMENT = ("learner_no", "course_no")

ROLLUP_COLUMNS = {
    "ingest_day": "int32", "learner_no": "int32", "course_no": "int32", "day": "int32",
    **{counter.name: "int64" for counter in COUNTERS},
}  # fmt: skip
"""The rollup as engines keep it: days since 1970-01-01, learners and courses by number, counters null where there
is none.
"""

LEARNER_COLUMNS = {"learner_no": "int32", "learner": "string"}
COURSE_COLUMNS = {"course_no": "int32", "course": "string", "start_age": "int32", "end_age": "int32"}
"""Of each course, how many days before the as-of day it started and ends (negative: after it); null where not known."""

STATE = (
    Measure("enrolments", "first"), Measure("enrolments", "last"), Measure("activity", "first"),
    Measure("withdrawals", "last"), Measure("completions", "last"),
)  # fmt: skip
"""By what it is told which enrolments are open."""


def seen(rollup: ir.Table, as_of: int, days: int | None = None) -> ir.Table:
    """Return the rows known at the end of day `as_of` (since 1970-01-01), of the last `days` days, with their `age`
    in days.

    This is the only place that says what "as of" means: what had arrived by then, about what had happened by then.
    """
    rows = rollup.filter(rollup.ingest_day <= as_of, rollup.day <= as_of)
    if days is not None:
        rows = rows.filter(rows.day > as_of - days)
    return rows.mutate(age=(as_of - rows.day).cast("int32"))


def open_enrolments(rows: Rows, courses: ir.Table, measures: Collection[Measure] = (), keep: Keep = as_is) -> ir.Table:
    """Return the enrolments to watch: enrolled (or active without), neither withdrawn nor completed since, course
    not over.

    Columns: the keys, course, enrolled_age, begun_age (since the enrolment or the course's start, the later),
    course_day, end_age (of the course's end), and the `measures`.
    """
    import ibis

    table = measured(rows, ENROLMENT, {*STATE, *measures}, keep)
    table = table.join(courses, "course_no").filter(courses.course != "")
    enrolled = table.first_enrolments.fill_null(table.first_activity)
    newest = table.last_enrolments.fill_null(table.first_activity)
    still = [
        enrolled.notnull(),
        table.end_age.isnull() | (table.end_age < 0),
        *((table[name].isnull() | (table[name] > newest)) for name in ("last_withdrawals", "last_completions")),
    ]
    table = table.filter(reduce(and_, still)).mutate(enrolled_age=enrolled)
    begun = ibis.ifelse(table.start_age < table.enrolled_age, table.start_age, table.enrolled_age)
    return table.mutate(
        begun_age=begun.fill_null(table.enrolled_age), course_day=table.start_age.fill_null(table.enrolled_age)
    )


def signals_table(
    rows: Rows, courses: ir.Table, learners: ir.Table, catalogue: Sequence[Signal] = CATALOGUE, keep: Keep = as_is
) -> ir.Table:
    """Return one row for each open enrolment: learner, course, enrolled_age, course_day and every signal of
    `catalogue`.
    """
    plain = plain_signals(rows, courses, learners, catalogue, keep)
    standing = standings(peer_counts(plain, catalogue))
    peers = peer_signals(plain, standing, catalogue).rename(learner_of="learner_no", course_of="course_no")
    both = plain.join(peers, [plain.learner_no == peers.learner_of, plain.course_no == peers.course_of])
    columns = (*ENROLMENT, "learner", "course", "enrolled_age", "course_day")
    if wanted := of_course(catalogue):
        told = course_table(leavers(rows, wanted).union(still_there(plain)), wanted)
        both = with_course(both, told, wanted, [*columns, *(s.name for s in catalogue if s not in wanted)])
    return both.select(*columns, *(s.name for s in catalogue))


def plain_signals(
    rows: Rows, courses: ir.Table, learners: ir.Table, catalogue: Sequence[Signal] = CATALOGUE, keep: Keep = as_is
) -> ir.Table:
    """Return every open enrolment's signals that need nobody else, under the names `learner` and `course`."""
    own = {m for signal in catalogue if signal.scope == "enrolment" for m in sums_needed(signal)}
    table = open_enrolments(rows, courses, own, keep)
    narrow = keep("open_enrolments", table.select(*ENROLMENT, "begun_age"))
    plain = [signal for signal in catalogue if is_plain(signal)]
    table = _with_first_days(table, narrow, rows, catalogue, keep)
    table = _with_learner(table, narrow, rows, catalogue, keep)
    table = table.join(learners, "learner_no")
    values = {s.name: table[s.name] if s.scope == "learner" else value_of(s, table) for s in plain}
    return table.select(*ENROLMENT, "learner", "course", "enrolled_age", "course_day", **values)


def is_plain(signal: Signal) -> bool:
    """Say whether `signal` needs nobody but the learner."""
    return not signal.of and signal.scope != "course"


def peer_counts(plain: ir.Table, catalogue: Sequence[Signal] = CATALOGUE) -> ir.Table:
    """Return the counts that peers are compared by, from the table of plain signals; see `peers.counts`."""
    return counts(plain, [signal for signal in catalogue if signal.of])


def peer_signals(plain: ir.Table, standing: ir.Table, catalogue: Sequence[Signal] = CATALOGUE) -> ir.Table:
    """Return the keys and the signals that compare with peers, from the plain ones and the `standings` of everyone."""
    return compared(plain, ENROLMENT, standing, [signal for signal in catalogue if signal.of])


def _with_first_days(
    table: ir.Table, narrow: ir.Table, rows: Rows, catalogue: Sequence[Signal], keep: Keep
) -> ir.Table:
    """Add the sums of the first days of the enrolments that began within the longest span; null for older ones."""
    import ibis

    counters = sorted({counter for signal in catalogue if signal.form == "first_days" for counter in signal.counters})
    if not counters:
        return table
    longest = SPANS[-1]
    began = narrow.filter(narrow.begun_age >= 0, narrow.begun_age < longest)
    began = began.select(learner_of=began.learner_no, course_of=began.course_no, begun=began.begun_age)
    early = rows.within(longest)
    early = early.join(began, [early.learner_no == began.learner_of, early.course_no == began.course_of])
    early = early.filter(early.age <= early.begun, early.age > early.begun - FIRST_DAYS)
    sums = early.group_by("learner_of", "course_of").agg(
        **{first_days_column(counter): early[counter].cast("float64").sum() for counter in counters}
    )
    sums = keep("first_days", sums)
    joined = table.left_join(sums, [table.learner_no == sums.learner_of, table.course_no == sums.course_of])
    recent = joined.begun_age.between(0, longest - 1)
    names = [first_days_column(counter) for counter in counters]
    filled = {name: ibis.ifelse(recent, joined[name].fill_null(0.0), None) for name in names}
    return joined.drop("learner_of", "course_of").mutate(**filled)


def _with_learner(table: ir.Table, narrow: ir.Table, rows: Rows, catalogue: Sequence[Signal], keep: Keep) -> ir.Table:
    """Add what is counted over all that the learner did: signals of scope learner, and sums that `elsewhere`
    takes from.
    """
    whole = [signal for signal in catalogue if signal.scope == "learner"]
    beside = {m for signal in catalogue if signal.form == "elsewhere" for m in sums_needed(signal)}
    measures = {m for signal in whole for m in sums_needed(signal)} | beside
    everywhere = measured(rows, ["learner_no"], measures, keep)
    counted = narrow.group_by("learner_no").agg(open_enrolments=narrow.count()).rename(counted_of="learner_no")
    everywhere = everywhere.join(counted, everywhere.learner_no == counted.counted_of)
    everywhere = everywhere.select(
        "open_enrolments",
        learner_of=everywhere.learner_no,
        **{signal.name: value_of(signal, everywhere) for signal in whole},
        **{m.column + ELSEWHERE: everywhere[m.column] for m in sorted(beside)},
    )
    everywhere = keep("everywhere", everywhere)
    return table.join(everywhere, table.learner_no == everywhere.learner_of)

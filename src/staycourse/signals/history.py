"""What became of enrolments, how long silences last, and one learner's days: expressions over the same rollup."""

from __future__ import annotations

from typing import TYPE_CHECKING

from staycourse.signals.compiler import ENROLMENT, open_enrolments
from staycourse.signals.engine import Label
from staycourse.signals.measures import Rows

if TYPE_CHECKING:  # ibis takes a second to load: who only reads the catalogue does not wait for it
    import ibis.expr.types as ir

ACTIVITY_COUNTERS = (
    "activity", "enrolments", "withdrawals", "completions", "quality_samples", "freeze_sum", "poor_samples",
    "round_trip_samples", "round_trip_sum", "slow_samples", "loss_samples", "loss_sum", "rejoins",
)  # fmt: skip


def watched_table(rows: Rows, courses: ir.Table) -> ir.Table:
    """Return the one row `n`: how many enrolments are open."""
    table = open_enrolments(rows, courses)
    return table.agg(n=table.count())


def outcomes_table(
    rows: Rows, later: ir.Table, courses: ir.Table, learners: ir.Table, *, horizon_days: int, label: Label
) -> ir.Table:
    """Return learner, course, outcome of the open enrolments.

    `later` are rollup rows of the horizon's days, known by the day the outcome is asked for.
    """
    table = open_enrolments(rows, courses)
    if label == "silence":
        table = table.filter(table.end_age.isnull() | (table.end_age <= -horizon_days))
    after = later.group_by(learner_of=later.learner_no, course_of=later.course_no).agg(
        acts=later.activity.cast("float64").sum(),
        left=later.withdrawals.cast("float64").sum(),
        completed=later.completions.cast("float64").sum(),
    )
    table = table.left_join(after, [table.learner_no == after.learner_of, table.course_no == after.course_of])
    if label == "silence":
        table = table.filter(table.completed.isnull()).mutate(outcome=table.acts.isnull())
    else:
        table = table.mutate(outcome=table.left.notnull())
    table = table.join(learners, "learner_no")
    return table.select(*ENROLMENT, "learner", "course", "outcome")


ASKED_COLUMNS = {"number": "int64", "learner": "string", "course": "string", "as_of": "int32", "until": "int32"}
"""Enrolments asked about: `as_of` is D and `until` the last day of the horizon, both since 1970-01-01."""


def afterwards_table(
    rollup: ir.Table, asked: ir.Table, courses: ir.Table, learners: ir.Table, known_by: ir.IntegerScalar
) -> ir.Table:
    """Return number, silent_since, returned_on, last_learning_on, withdrew_on, paid_on of what was asked, in days since
    1970-01-01.

    `silent_since` is what was known by the end of D; the others what was known by the end of `known_by`.
    """
    import ibis

    keys = asked.join(learners, "learner").left_join(courses.select("course_no", of_course="course"), [
        asked.course == courses.course
    ])  # fmt: skip
    keys = keys.select("number", "course", "as_of", "until", who="learner_no", where="course_no")
    rows = rollup.filter(rollup.ingest_day <= known_by, rollup.day <= known_by)
    learned = rows.activity.notnull()
    rows = rows.select(
        "ingest_day", "learner_no", "course_no", "day",
        learned=learned, came_back=learned | rows.completions.notnull(), enrolled=rows.enrolments.notnull(),
        left=rows.withdrawals.notnull(), paid=rows.payments.notnull(),
    )  # fmt: skip
    found = keys.join(rows, [keys.who == rows.learner_no, (keys.course == "") | (keys.where == rows.course_no)])
    before = (found.day <= found.as_of) & (found.ingest_day <= found.as_of)
    after = found.day > found.as_of
    return found.group_by("number").agg(
        silent_since=ibis.coalesce(
            found.day.max(where=before & found.learned), found.day.min(where=before & found.enrolled)
        ),
        returned_on=found.day.min(where=after & found.came_back),
        last_learning_on=found.day.max(where=after & (found.day <= found.until) & found.learned),
        withdrew_on=found.day.min(where=after & found.left),
        paid_on=found.day.min(where=after & found.paid),
    )


def gaps_table(rows: ir.Table, courses: ir.Table) -> ir.Table:
    """Return course, gap_days, returned, count; see SignalEngine.gaps. Learners over all courses have the course ""."""
    import ibis

    learning = rows.filter(rows.activity.notnull()).join(courses, "course_no")
    one = learning.select("learner_no", "course", "age")
    every = learning.select("learner_no", "age").mutate(course=ibis.literal("")).select("learner_no", "course", "age")
    days = one.union(every).distinct()
    next_age = days.age.lag().over(ibis.window(group_by=("learner_no", "course"), order_by="age"))
    days = days.mutate(next_age=next_age)
    closed = days.left_join(_closed(rows, courses), ["learner_no", "course"])
    ended = closed.closed_age.fill_null(0)
    ended = ibis.ifelse(ended > 0, ended, 0)
    silent = ibis.ifelse(closed.next_age.isnull(), closed.age - ended, closed.age - closed.next_age - 1)
    gaps = closed.select("course", gap_days=silent.cast("int32"), returned=closed.next_age.notnull())
    gaps = gaps.filter(gaps.gap_days > 0)
    return gaps.group_by("course", "gap_days", "returned").agg(count=gaps.count())


def _closed(rows: ir.Table, courses: ir.Table) -> ir.Table:
    """Return how many days ago each enrolment came to its regular end: the course's last day, or its completion."""
    import ibis

    joined = rows.join(courses, "course_no").filter(courses.course != "")
    table = joined.group_by("learner_no", "course").agg(
        completed=ibis.ifelse(joined.completions.notnull(), joined.age, None).max(), ended=joined.end_age.max()
    )
    return table.select("learner_no", "course", closed_age=ibis.greatest(table.completed, table.ended))


def activity_of(rows: ir.Table, courses: ir.Table, learners: ir.Table) -> ir.Table:
    """Return learner, course, age and the counters that the learner's page draws."""
    named = rows.join(courses, "course_no").join(learners, "learner_no")
    return named.group_by("learner", "course", "age").agg(
        **{name: named[name].cast("float64").sum().fill_null(0.0).cast("int64") for name in ACTIVITY_COUNTERS}
    )

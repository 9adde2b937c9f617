"""What is the same of everyone in a course: how many of those who were there left it of late.

It is made of counts that add up, so that parts of everyone may be counted apart and put below each other. Like all
else it uses only what was known as of the day.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from staycourse.signals.measures import Rows
from staycourse.signals.signal import Signal

if TYPE_CHECKING:  # ibis takes a second to load: who only reads the catalogue does not wait for it
    import ibis.expr.types as ir

OPEN = -1
"""Stands for an age where the open enrolments are counted."""

COURSE_COUNTS = {"course_no": "int32", "age": "int32", "equal": "int64"}
"""Of each course, how many enrolments were last withdrawn so many days ago; with the age OPEN, how many are open."""


def of_course(catalogue: Sequence[Signal]) -> list[Signal]:
    """Return the signals that are the same of everyone in a course."""
    return [signal for signal in catalogue if signal.scope == "course"]


def leavers(rows: Rows, wanted: Sequence[Signal]) -> ir.Table:
    """Return COURSE_COUNTS of those who left, as far back as the signals `wanted` look."""
    reach = max(signal.days or 0 for signal in wanted)
    seen = rows.within(reach)
    gone = seen.filter(seen.withdrawals.notnull())  # few: of these alone anybody looks at the age
    gone = gone.filter(gone.age < reach)
    last = gone.group_by("learner_no", "course_no").agg(age=gone.age.min())
    return _counted(last.group_by("course_no", "age").agg(equal=last.count().cast("int64")))


def still_there(plain: ir.Table) -> ir.Table:
    """Return COURSE_COUNTS of the open enrolments in `plain`, which has their course_no."""
    import ibis

    there = plain.group_by("course_no").agg(equal=plain.count().cast("int64"))
    return _counted(there.mutate(age=ibis.literal(OPEN, "int32")))


def course_table(counts: ir.Table, wanted: Sequence[Signal]) -> ir.Table:
    """Return course_no and the signals `wanted` of each course that has open enrolments, from COURSE_COUNTS of all
    parts of everyone.
    """
    days = counts.group_by("course_no", "age").agg(equal=counts.equal.sum().cast("int64"))
    there = days.filter(days.age == OPEN)
    table = there.select("course_no", there=there.equal.cast("float64"))
    values = {}
    for place, signal in enumerate(wanted):
        gone = days.filter(days.age > OPEN, days.age < signal.days)
        gone = gone.group_by(of_course=gone.course_no).agg(
            left=gone.equal.sum().cast("float64"), most=gone.equal.max().cast("float64")
        )
        gone = gone.rename({f"{name}_{place}": name for name in gone.columns})
        table = table.left_join(gone, table.course_no == gone[f"of_course_{place}"])
        left, most = (table[f"{name}_{place}"].fill_null(0.0) for name in ("left", "most"))
        values[signal.name] = (left - most) / (table.there + left)
    return table.select("course_no", **values)


def with_course(plain: ir.Table, told: ir.Table, wanted: Sequence[Signal], keys: Sequence[str]) -> ir.Table:
    """Return `keys` and the signals `wanted` of each row of `plain`, from what is `told` of each course."""
    told = told.rename(its_course="course_no")
    joined = plain.left_join(told, plain.course_no == told.its_course)
    return joined.select(*keys, *(signal.name for signal in wanted))


def _counted(table: ir.Table) -> ir.Table:
    return table.select(*(table[name].cast(kind) for name, kind in COURSE_COUNTS.items()))

"""The forms of signals: which measures a signal needs and how its value comes out of them.

Each value is made of whole numbers and at most one or two divisions in float64, so that every engine gives the same
bits.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import reduce
from operator import add, or_
from typing import TYPE_CHECKING

from staycourse.signals import habits
from staycourse.signals.measures import Measure
from staycourse.signals.signal import HABIT_DAYS, Signal

if TYPE_CHECKING:  # ibis takes a second to load: who only reads the catalogue does not wait for it
    import ibis.expr.types as ir

DAYPARTS = ("activity_night", "activity_morning", "activity_afternoon", "activity_evening")
MASK = Measure("activity", "mask", HABIT_DAYS)
LAST_ACTIVITY = Measure("activity", "last")
ELSEWHERE = "_anywhere"
"""Ends the name of a column with the learner's sum over all courses."""


def sums_needed(signal: Signal) -> tuple[Measure, ...]:
    """Return the measures that the value of `signal` is made of."""
    if signal.form == "twice_in_a_row":
        return tuple(Measure(counter, "mask", HABIT_DAYS) for counter in (*signal.counters, *signal.over))
    if signal.form in _OF_MASK:
        return (MASK, LAST_ACTIVITY)
    if signal.form in ("since", "absent"):
        return tuple(Measure(counter, "last") for counter in signal.counters)
    if signal.form in ("daypart_habit", "daypart_kept"):
        return tuple(Measure(part, "sum", days) for part in DAYPARTS for days in (7, 30))
    times = {"change": (1, 2), "ratio_change": (1, 2), "twice_changed": (1, 2, 3)}.get(signal.form, (1,))
    if signal.form in _WITHOUT_SUMS:
        return ()
    return tuple(
        Measure(counter, "sum", (signal.days or 0) * n) for counter in (*signal.counters, *signal.over) for n in times
    )


def value_of(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    """Return the value of `signal`, in float64, from a table that has its measures and the enrolment's ages."""
    form = _OF_MASK.get(signal.form) or _OF_SUMS[signal.form]
    return form(signal, table).cast("float64")


def _sum(table: ir.Table, counters: tuple[str, ...], days: int | None, before: int = 0) -> ir.NumericColumn:
    """Return the sum in the window of `days`, or in the one that lies `before` such windows earlier."""

    def until(count: int) -> ir.NumericColumn:
        return reduce(add, (table[Measure(counter, "sum", (days or 0) * count).column] for counter in counters))

    return until(before + 1) - until(before) if before else until(1)


def _over(above: ir.NumericColumn, below: ir.NumericColumn) -> ir.NumericColumn:
    return above / below.nullif(0)


def _scaled(value: ir.NumericColumn, scale: int) -> ir.NumericColumn:
    return value / scale if scale != 1 else value


def _level(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    return _scaled(_sum(table, signal.counters, signal.days), signal.scale)


def _change(signal: Signal, table: ir.Table, earlier: int = 0) -> ir.NumericColumn:
    now = _sum(table, signal.counters, signal.days, earlier)
    before = _sum(table, signal.counters, signal.days, earlier + 1)
    return _over(now - before, before)


def _twice_changed(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    import ibis

    newer, older = _change(signal, table), _change(signal, table, 1)
    return ibis.cases((newer >= older, newer), (newer < older, older), else_=None)  # null where either is


def _ratio(signal: Signal, table: ir.Table, earlier: int = 0) -> ir.NumericColumn:
    above = _sum(table, signal.counters, signal.days, earlier)
    below = _sum(table, signal.over, signal.days, earlier)
    return _over(above, below * signal.scale if signal.scale != 1 else below)


def _since(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    import ibis

    ages = [table[Measure(counter, "last").column] for counter in signal.counters]
    return ages[0] if len(ages) == 1 else ibis.least(*ages)


def _absent(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    import ibis

    begun = ibis.ifelse(table.begun_age > 0, table.begun_age, 0)
    last = _since(signal, table).fill_null(begun)
    return ibis.ifelse(last < begun, last, begun)


def _shortfall(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    import ibis

    missing = _sum(table, signal.over, signal.days) - _sum(table, signal.counters, signal.days)
    return ibis.ifelse(missing > 0, missing, 0.0)


def _daypart_habit(_: Signal, table: ir.Table) -> ir.NumericColumn:
    import ibis

    month = [_sum(table, (part,), 30) for part in DAYPARTS]
    return _over(ibis.greatest(*month), reduce(add, month))


def _daypart_kept(_: Signal, table: ir.Table) -> ir.NumericColumn:
    import ibis

    week = [_sum(table, (part,), 7) for part in DAYPARTS]
    earlier = [_sum(table, (part,), 30) - now for part, now in zip(DAYPARTS, week, strict=True)]
    busiest = ibis.greatest(*earlier)
    in_habit = ibis.cases(*((before == busiest, now) for before, now in zip(earlier, week, strict=True)), else_=0.0)
    return ibis.ifelse(busiest > 0, _over(in_habit, reduce(add, week)), None)


def _first_days(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    return _scaled(reduce(add, (table[first_days_column(counter)] for counter in signal.counters)), signal.scale)


def first_days_column(counter: str) -> str:
    """Name the column with a counter's sum over an enrolment's first days."""
    return f"first_days_{counter}"


def _elsewhere(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    own = _sum(table, signal.counters, signal.days)
    return reduce(add, (table[Measure(c, "sum", signal.days or 0).column + ELSEWHERE] for c in signal.counters)) - own


def _active_days(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    return habits.active_days(table[MASK.column], signal.days or HABIT_DAYS)


def _active_days_change(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    days = signal.days or HABIT_DAYS // 2
    before = habits.active_days(table[MASK.column], days, days)
    return _over(habits.active_days(table[MASK.column], days) - before, before)


def _days_since_begun(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    """Return how many days of the window the enrolment has lasted; null before it begins."""
    import ibis

    lasted = table.begun_age + 1
    window = signal.days or HABIT_DAYS
    return ibis.ifelse(lasted > 0, ibis.ifelse(lasted > window, window, lasted), None)


def _active_share(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    lasted = _days_since_begun(signal, table).cast("int64")
    return _over(habits.active_days(table[MASK.column], lasted), lasted)


def _absence_in_habits(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    lasted = _days_since_begun(signal, table).cast("int64")
    return _over(table[LAST_ACTIVITY.column] * habits.active_days(table[MASK.column], lasted), lasted)


def _twice_in_a_row(signal: Signal, table: ir.Table) -> ir.NumericColumn:
    mask, days = (
        reduce(or_, (table[Measure(counter, "mask", HABIT_DAYS).column] for counter in counters))
        for counters in (signal.counters, signal.over)
    )
    return habits.twice_in_a_row(mask, days)


_Form = Callable[[Signal, "ir.Table"], "ir.NumericColumn"]

_OF_MASK: Mapping[str, _Form] = {
    "active_days": _active_days,
    "active_days_change": _active_days_change,
    "active_share": _active_share,
    "absence_in_habits": _absence_in_habits,
    "streak": lambda _, table: habits.streak(table[MASK.column]),
    "weekday_habit": lambda _, table: habits.weekday_habit(table[MASK.column]),
    "weekday_missed": lambda _, table: habits.weekday_missed(table[MASK.column]),
}

_OF_SUMS: Mapping[str, _Form] = {
    "level": _level,
    "change": _change,
    "twice_changed": _twice_changed,
    "ratio": _ratio,
    "ratio_change": lambda signal, table: _ratio(signal, table) - _ratio(signal, table, 1),
    "since": _since,
    "absent": _absent,
    "shortfall": _shortfall,
    "shortfall_share": lambda signal, table: _over(_shortfall(signal, table), _sum(table, signal.over, signal.days)),
    "twice_in_a_row": _twice_in_a_row,
    "daypart_habit": _daypart_habit,
    "daypart_kept": _daypart_kept,
    "first_days": _first_days,
    "days_enrolled": lambda _, table: table.enrolled_age,
    "other_enrolments": lambda _, table: table.open_enrolments - 1,
    "elsewhere": _elsewhere,
}

_WITHOUT_SUMS = ("first_days", "days_enrolled", "other_enrolments", "peer_rank", "peer_ratio", "left_lately")

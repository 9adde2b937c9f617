"""The sums that signals are made of, and how they are gathered in as few and as narrow passes over the rollup as
will do.

The rollup is read in spans: what looks back a fortnight reads a fortnight. Counters that most rows lack are summed
apart, over the rows that have any of them. Each pass is one GROUP BY; the passes are joined to the widest one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import reduce
from operator import or_
from typing import TYPE_CHECKING, Literal

from staycourse.signals.signal import HABIT_DAYS

if TYPE_CHECKING:  # ibis takes a second to load: who only reads the catalogue does not wait for it
    import ibis.expr.types as ir

Keep = Callable[[str, "ir.Table"], "ir.Table"]
"""May put a named step of the expression aside as a table and return that table; or do nothing."""


def as_is(_: str, table: ir.Table) -> ir.Table:
    """Keep nothing aside: all steps stay one expression."""
    return table


SPANS = (14, 60)
"""Passes reach back this far; what reaches further reads the whole history."""

COMMON = frozenset({
    "activity", "presence", "activity_night", "activity_morning", "activity_afternoon", "activity_evening", "logins",
    "sessions", "session_seconds", "clicks", "content_views", "home_views", "forum_views", "quiz_views",
    "lessons_started", "lessons_completed", "video_seconds", "quiz_answers", "quiz_right", "enrolments",
    "withdrawals", "completions",
})  # fmt: skip
"""Counters that many rollup rows have. Only speed depends on it, never a value."""


_TOP = 1 << (HABIT_DAYS - 1)


@dataclass(frozen=True, slots=True, order=True)
class Measure:
    """One column of sums. sum: of the last `days` days. last, first: age in days of the newest and the oldest row
    with the counter. mask: bit n is set if there was any of it n days before the as-of day, for n < HABIT_DAYS."""

    counter: str
    kind: Literal["sum", "last", "first", "mask"] = "sum"
    days: int = 0  # 0: since the first event

    @property
    def column(self) -> str:
        """The column's name."""
        return f"{self.kind}_{self.counter}_{self.days}" if self.days else f"{self.kind}_{self.counter}"


@dataclass(frozen=True, slots=True)
class Rows:
    """The rollup rows seen as of a day: `of` the last n days, for the n in `spans`, or all of them (None).

    Column `age`: days before the as-of day. Without spans, and with `at_once`, all sums come of one pass over all rows:
    for who goes over rows in memory.
    """

    of: Callable[[int | None], ir.Table]
    spans: Sequence[int] = ()
    at_once: bool = False

    def within(self, days: int) -> ir.Table:
        """Return rows among which are all of the last `days` days."""
        return self.of(next((span for span in self.spans if days <= span), None))

    def pass_of(self, measure: Measure) -> tuple[int | None, bool]:
        """Return the span that holds all a measure needs, and whether it is summed with the common counters."""
        common = measure.counter in COMMON
        if self.at_once or not measure.days:
            return None, common or self.at_once
        spans = self.spans if common else self.spans[1:]
        return next((span for span in spans if measure.days <= span), None), common


def measured(rows: Rows, keys: Sequence[str], measures: Iterable[Measure], keep: Keep = as_is) -> ir.Table:
    """Return one row for each of `keys` ever seen, with every measure's column: sums are 0 and the rest null
    where nothing was.
    """
    every = sorted(set(measures))
    passes: dict[tuple[int | None, bool], list[Measure]] = {(None, True): []}
    for measure in every:
        passes.setdefault(rows.pass_of(measure), []).append(measure)
    joined = keep(_pass_name(keys, None, True), _gathered(rows.of(None), keys, passes.pop((None, True)), None))
    for (span, common), wanted in passes.items():
        seen = rows.of(span)
        if not common:
            seen = seen.filter(reduce(or_, (seen[name].notnull() for name in sorted({m.counter for m in wanted}))))
        name = _pass_name(keys, span, common)
        other = keep(name, _gathered(seen, keys, wanted, span).rename({f"{key}_{name}": key for key in keys}))
        joined = joined.left_join(other, [joined[key] == other[f"{key}_{name}"] for key in keys])
    return joined.select(*keys, **{m.column: _filled(joined[m.column], m) for m in every})


def _pass_name(keys: Sequence[str], span: int | None, common: bool) -> str:
    return f"{'enrolment' if len(keys) > 1 else 'learner'}_{'common' if common else 'rare'}_{span or 'whole'}"


def _gathered(rows: ir.Table, keys: Sequence[str], measures: Sequence[Measure], span: int | None) -> ir.Table:
    return rows.group_by(*keys).agg(**{measure.column: _aggregate(rows, measure, span) for measure in measures})


def _aggregate(rows: ir.Table, measure: Measure, span: int | None) -> ir.Scalar:
    import ibis

    counter = rows[measure.counter]
    if measure.kind == "last":
        return ibis.ifelse(counter.notnull(), rows.age, None).min()
    if measure.kind == "first":
        return ibis.ifelse(counter.notnull(), rows.age, None).max()
    if measure.kind == "mask":
        within = counter.notnull() & (rows.age < HABIT_DAYS)
        return ibis.ifelse(within, ibis.literal(_TOP, "int64") >> (HABIT_DAYS - 1 - rows.age), None).bit_or()
    inside = counter if measure.days in (0, span) else ibis.ifelse(rows.age < measure.days, counter, None)
    # Whole numbers below 2**53 add up exactly in float64, in any order; 64-bit sums would overflow into 128-bit ones.
    return inside.cast("float64").sum()


def _filled(column: ir.Column, measure: Measure) -> ir.Column:
    if measure.kind == "sum":
        return column.fill_null(0.0)
    return column.fill_null(0) if measure.kind == "mask" else column

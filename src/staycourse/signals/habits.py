"""What the mask of active days tells: bit n is set if the learner was active n days before the as-of day.

Only shifts, ands and additions of whole numbers below 2**56, which all engines do alike.
"""

from __future__ import annotations

from functools import cache, reduce
from operator import add
from typing import TYPE_CHECKING, Any

from staycourse.signals.signal import HABIT_DAYS

if TYPE_CHECKING:  # ibis takes a second to load: who only reads the catalogue does not wait for it
    import ibis.expr.types as ir

WEEK = 7
HABIT_WEEKS = 5
"""A weekday is a habit when it was active in this many of the seven weeks before the last one."""

_ALL = (1 << HABIT_DAYS) - 1
_WEEKDAY = sum(1 << day for day in range(0, HABIT_DAYS, WEEK))


def bits(mask: ir.IntegerColumn) -> ir.IntegerColumn:
    """Return how many bits of `mask` are set."""
    counted: ir.IntegerColumn = _bit_count()(mask)
    return counted


@cache
def _bit_count() -> Any:
    import ibis

    @ibis.udf.scalar.builtin(name="bit_count")  # type: ignore[untyped-decorator]
    def bits(mask: int) -> int:  # type: ignore[empty-body]
        """Return how many bits of `mask` are set."""

    return bits


def active_days(mask: ir.IntegerColumn, days: int | ir.IntegerColumn, skip: int = 0) -> ir.IntegerColumn:
    """Return how many of `days` days (at most HABIT_DAYS) were active, leaving out the last `skip`."""
    import ibis

    if isinstance(days, int):
        return bits((mask >> skip) & ((1 << days) - 1))
    return bits(
        mask & (ibis.literal(_ALL, "int64") >> (HABIT_DAYS - days))
    )  # a small literal would shift in eight bits


def streak(mask: ir.IntegerColumn) -> ir.IntegerColumn:
    """Return the active days in a row up to the as-of day, or up to the day before it if that day itself was not
    active.
    """
    import ibis

    running = ibis.ifelse((mask & 1) == 1, mask, mask >> 1)
    lowest_gap = (running + 1) & (-1 - running)  # the lowest unset bit alone, a power of two
    return bits((lowest_gap - 1) & _ALL)


def twice_in_a_row(mask: ir.IntegerColumn, days: ir.IntegerColumn) -> ir.IntegerColumn:
    """Return 1 if the newest two of `days` (a mask too) are both in `mask`, else 0."""
    older = days & (days - 1)  # without the lowest bit, the newest day
    newest_two = days ^ (older & (older - 1))
    return (bits(newest_two & mask) == 2).cast("int64")


def weekday_habit(mask: ir.IntegerColumn) -> ir.IntegerColumn:
    """Return, for the weekday that was active most often in eight weeks, how often it was (0 to 8)."""
    import ibis

    return ibis.greatest(*(_same_weekday(mask, day) for day in range(WEEK)))


def weekday_missed(mask: ir.IntegerColumn) -> ir.IntegerColumn:
    """Return how many habitual weekdays (HABIT_WEEKS of the seven before) had no activity in the last seven days."""
    missed = [
        ((_same_weekday(mask >> WEEK, day) >= HABIT_WEEKS) & (((mask >> day) & 1) == 0)).cast("int64")
        for day in range(WEEK)
    ]
    return reduce(add, missed)


def _same_weekday(mask: ir.IntegerColumn, day: int) -> ir.IntegerColumn:
    """Return how often the weekday of `day` days ago was active in eight weeks."""
    return bits((mask >> day) & _WEEKDAY)

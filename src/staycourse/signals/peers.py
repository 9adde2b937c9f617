"""Comparison with peers: the open enrolments of the same course in the same course week, as of the same day.

Ranks and medians come from counting equal values, so they are exact, the same on every engine, and need no sort of
everyone.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from staycourse.signals.signal import Signal

if TYPE_CHECKING:  # ibis takes a second to load: who only reads the catalogue does not wait for it
    import ibis.expr.types as ir

GROUP = ("course_no", "course_week")


def compared(table: ir.Table, keys: Sequence[str], standing: ir.Table, wanted: Sequence[Signal]) -> ir.Table:
    """Return `keys` and the signals `wanted`, of forms peer_rank and peer_ratio, of a table with the signals they
    are `of`, by the `standings` of everyone.
    """
    bases = bases_of(wanted)
    joined = table = by_week(table, *keys, *bases)
    columns: dict[str, ir.Column] = {}
    for number, base in enumerate(bases):
        of_base = [signal for signal in wanted if signal.of == base]
        its = _signals_of(standing.filter(standing.base == base), of_base)
        its = its.rename(**{f"{name}_{number}": name for name in (*GROUP, "of")})
        same = [joined[key] == its[f"{key}_{number}"] for key in GROUP]
        joined = joined.left_join(its, [*same, joined[base] == its[f"of_{number}"]])
        columns |= {signal.name: its[signal.name] for signal in of_base}
    return joined.select(*keys, *columns)


def bases_of(wanted: Sequence[Signal]) -> list[str]:
    """Return the signals that `wanted`, of forms peer_rank and peer_ratio, are `of`."""
    return sorted({signal.of for signal in wanted if signal.of})


STANDING_COLUMNS = {
    "base": "string", "course_no": "string", "course_week": "int32", "of": "float64", "equal": "int64",
    "up_to": "int64", "everyone": "int64", "median": "float64",
}  # fmt: skip
"""What a night keeps of its peers: of each signal, in each course and course week, each value that somebody had, how
many had it, how many had it or a lower one, how many there were, and the median. It names nobody.
A signal that is the same of everyone in a course stands there as the one value of its week 0.
"""


def counts(table: ir.Table, wanted: Sequence[Signal]) -> ir.Table:
    """Return how many in `table` (course_no, course_day or course_week, and the signals that `wanted` are of) have each
    value, in each group of peers: base, course_no, course_week, of, equal. Those of parts of everyone are put below
    each other.
    """
    import ibis

    table = by_week(table, *bases_of(wanted))
    parts = []
    for base in bases_of(wanted):
        known = table.filter(table[base].notnull())
        counted = known.group_by(*GROUP, of=known[base]).agg(equal=known.count().cast("int64"))
        parts.append(counted.select(*GROUP, "of", "equal", base=ibis.literal(base)))
    if not parts:
        nobody = table.filter(ibis.literal(False))
        parts = [nobody.select(*GROUP, of=ibis.literal(0.0), equal=ibis.literal(0, "int64"), base=ibis.literal(""))]
    return ibis.union(*parts).select("base", *GROUP, "of", "equal")


def standings(counted: ir.Table) -> ir.Table:
    """Return STANDING_COLUMNS of everyone, from their `counts`."""
    import ibis

    group = ("base", *GROUP)
    table = counted.group_by(*group, "of").agg(equal=counted.equal.sum().cast("int64"))
    ordered = ibis.window(group_by=group, order_by="of", preceding=None, following=0)
    whole = ibis.window(group_by=group)
    table = table.mutate(
        up_to=table.equal.sum().over(ordered).cast("int64"), everyone=table.equal.sum().over(whole).cast("int64")
    )
    at_or_past = ibis.ifelse(2 * table.up_to >= table.everyone, table.of, None)
    return table.mutate(median=at_or_past.min().over(whole)).select(*STANDING_COLUMNS)


def compared_with(table: ir.Table, keys: Sequence[str], wanted: Sequence[Signal]) -> ir.Table:
    """Return `keys` and the signals `wanted` by the standings of an earlier day, for who was not among them as well.

    `table` has the signals that `wanted` are of, and beside each of these (by its place in `bases_of`): of_<place> and
    up_to_<place> of the greatest value that is not greater than it, equal_<place>, and everyone_<place> and
    median_<place> of its group; null where there is none.
    """
    import ibis

    columns: dict[str, ir.Column] = {}
    for place, base in enumerate(bases_of(wanted)):
        of, equal, up_to = table[base], table[f"equal_{place}"], table[f"up_to_{place}"].fill_null(0)
        same = ibis.ifelse(table[f"of_{place}"] == of, equal, 0)
        values = _compared(of, same, up_to, table[f"everyone_{place}"], table[f"median_{place}"])
        known = of.notnull()
        columns |= {
            signal.name: ibis.ifelse(known, values[signal.form].cast("float64"), None)
            for signal in wanted
            if signal.of == base
        }
    return table.select(*keys, **columns)


def by_week(table: ir.Table, *columns: str) -> ir.Table:
    """Return GROUP and the columns; a table that has its weeks keeps them."""
    known = "course_week" in table.columns
    week = table.course_week if known else (table.course_day / 7).floor().cast("int32")
    return table.select(*dict.fromkeys((*columns, "course_no")), course_week=week)


def _signals_of(standing: ir.Table, wanted: Sequence[Signal]) -> ir.Table:
    """Return, for each value of one base in each group of peers, the signals that compare it."""
    values = _compared(standing.of, standing.equal, standing.up_to, standing.everyone, standing["median"])
    return standing.select(*GROUP, "of", **{signal.name: values[signal.form].cast("float64") for signal in wanted})


def _compared(
    of: ir.Column, equal: ir.Column, up_to: ir.Column, everyone: ir.Column, median: ir.Column
) -> dict[str, ir.Column]:
    """Return the value of each form that compares with peers."""
    return {
        "peer_rank": (2 * up_to - equal) / (2 * everyone),
        "peer_ratio": of / median.nullif(0.0),
    }

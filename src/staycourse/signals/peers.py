"""Comparison with peers: the open enrolments of the same course in the same course week, as of the same day.

Ranks and medians come from counting equal values, so they are exact, the same on every engine, and need no sort of
everyone.
"""

from __future__ import annotations

from collections.abc import Sequence

import ibis
import ibis.expr.types as ir

from staycourse.signals.signal import Signal

GROUP = ("course_no", "course_week")


def compared(table: ir.Table, keys: Sequence[str], wanted: Sequence[Signal]) -> ir.Table:
    """Return `keys` and the signals `wanted`, of forms peer_rank and peer_ratio, of a table with the signals they
    are `of`.
    """
    bases = sorted({signal.of for signal in wanted})
    table = table.select(*keys, *bases, course_week=(table.course_day / 7).floor().cast("int32"))
    joined = table
    columns: dict[str, ir.Column] = {}
    for number, base in enumerate(bases):
        of_base = [signal for signal in wanted if signal.of == base]
        standing = _standing(table, base, of_base).rename(**{f"{name}_{number}": name for name in (*GROUP, "of")})
        same = [joined[key] == standing[f"{key}_{number}"] for key in GROUP]
        joined = joined.left_join(standing, [*same, joined[base] == standing[f"of_{number}"]])
        columns |= {signal.name: standing[signal.name] for signal in of_base}
    return joined.select(*keys, *columns)


def _standing(table: ir.Table, base: str, wanted: Sequence[Signal]) -> ir.Table:
    """Return, for each value of `base` in each group of peers, the signals that compare it."""
    known = table.filter(table[base].notnull())
    counted = known.group_by(*GROUP, of=known[base]).agg(equal=known.count())
    ordered = ibis.window(group_by=GROUP, order_by="of", preceding=None, following=0)
    whole = ibis.window(group_by=GROUP)
    counted = counted.mutate(
        up_to=counted.equal.sum().over(ordered).cast("int64"), everyone=counted.equal.sum().over(whole).cast("int64")
    )
    at_or_past = ibis.ifelse(2 * counted.up_to >= counted.everyone, counted.of, None)
    counted = counted.mutate(median=at_or_past.min().over(whole))
    values = {
        "peer_rank": (2 * counted.up_to - counted.equal) / (2 * counted.everyone),
        "peer_ratio": counted.of / counted["median"].nullif(0.0),
    }
    return counted.select(*GROUP, "of", **{signal.name: values[signal.form].cast("float64") for signal in wanted})

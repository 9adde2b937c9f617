"""Everyone's rollup rows seen as of a day, in memory: of each counter only what there is, learner by learner.

Of seventy counters a row has a dozen; held as rows and values, 10 M rows take half a gigabyte. Rollup files hold their
rows by learner, so that a range of learners is a stretch of each file, and nothing but what a program goes over just
now need be put in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame, nothing_of
from staycourse.adapters.engines.arrays.groups import SPARSE

SEEN_KEYS = ("learner_no", "course_no", "age")
ROWS_AT_ONCE = 200_000
"""Rows that a program goes over together: their columns stay near the processor."""

_MOST_RUNS = 10_000
_NARROW = np.iinfo(np.int32)


@dataclass
class Gathered:
    """One column as it is read: the rows that have any of it, in their order, and how much."""

    rows: list[Array] = field(default_factory=list)
    values: list[Array] = field(default_factory=list)

    def take(self, column: pa.Array, first: int) -> None:
        """Take the next rows, of which the first is the row `first`."""
        if column.null_count == len(column):
            return
        known, values = _known(column)
        if values.min() >= _NARROW.min and values.max() <= _NARROW.max:
            values = values.astype(np.int32)
        self.rows.append((known + first).astype(np.int32))
        self.values.append(values)

    def together(self) -> tuple[Array, Array]:
        """Return rows and values, and let go of what is held."""
        nothing = np.zeros(0, np.int32)
        found = np.concatenate([nothing, *self.rows]), np.concatenate([nothing, *self.values])
        self.rows.clear()
        self.values.clear()
        return found


class SeenRows:
    """Rows with `keys` by SEEN_KEYS, and of each counter the rows that have any and how much."""

    def __init__(self, keys: Mapping[str, Array], counters: Mapping[str, tuple[Array, Array]]) -> None:
        learners = keys["learner_no"]
        starts = np.flatnonzero(learners[1:] < learners[:-1]) + 1
        if len(starts) > _MOST_RUNS:  # not every file that there is was written in order
            order = np.argsort(learners, kind="stable")
            place = np.empty(len(order), np.int32)
            place[order] = np.arange(len(order), dtype=np.int32)
            keys = {name: key[order] for name, key in keys.items()}
            counters = {name: _in_order(place[rows], values) for name, (rows, values) in counters.items()}
            learners, starts = keys["learner_no"], starts[:0]
        self._keys = keys
        self._counters = counters
        ends = np.append(starts, len(learners))
        edges = np.unique(np.sort(learners)[ROWS_AT_ONCE::ROWS_AT_ONCE])
        self._cuts = np.stack([
            np.array([start, *(start + np.searchsorted(learners[start:end], edges)), end])
            for start, end in zip([0, *starts], ends, strict=True)
        ])  # fmt: skip

    def parts(self) -> Iterator[Frame]:
        """Return the rows in parts, by learner and course; all rows of a learner are in one."""
        own = {name: np.searchsorted(rows, self._cuts) for name, (rows, _) in self._counters.items()}
        for part in range(self._cuts.shape[1] - 1):
            yield self._part(part, own)

    def _part(self, part: int, own: Mapping[str, Array]) -> Frame:
        first, last = self._cuts[:, part], self._cuts[:, part + 1]
        rows = _stretches(first, last)
        keys = {name: key[rows] for name, key in self._keys.items()}
        order = np.argsort(keys["learner_no"].astype(np.int64) << 32 | keys["course_no"], kind="stable")
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        shift = first - (np.cumsum(last - first) - (last - first))  # from a row to its number within this part

        def column(name: str) -> Column:
            if name in keys:
                return Column(keys[name][order])
            lows, highs = own[name][:, part], own[name][:, part + 1]
            its = _stretches(lows, highs)
            if not len(its):
                return nothing_of(np.float64)
            found, values = self._counters[name]
            at = place[found[its] - np.repeat(shift, highs - lows)]
            spread, valid = np.zeros(len(order)), np.zeros(len(order), np.bool_)
            spread[at], valid[at] = values[its], True
            return Column(spread, valid, True, at=at if len(at) * SPARSE <= len(order) else None)

        return Frame(len(order), column)


def _known(column: pa.Array) -> tuple[Array, Array]:
    """Return which values are known, and those; from Arrow's own memory, which is five times as fast as asking it."""
    bits, held = column.buffers()
    start, end = column.offset, column.offset + len(column)
    values = np.frombuffer(held, column.type.to_pandas_dtype())[start:end]
    if bits is None:
        return np.arange(len(column)), values
    flags = np.unpackbits(np.frombuffer(bits, np.uint8), count=end, bitorder="little")[start:]
    known = np.flatnonzero(flags.view(np.bool_))
    return known, values[known]


def _stretches(first: Array, last: Array) -> Array:
    """Return the numbers from each of `first` up to its `last`, one stretch after the other."""
    sizes = last - first
    found: Array = np.repeat(first - (np.cumsum(sizes) - sizes), sizes) + np.arange(sizes.sum())
    return found


def _in_order(rows: Array, values: Array) -> tuple[Array, Array]:
    order = np.argsort(rows)
    return rows[order], values[order]

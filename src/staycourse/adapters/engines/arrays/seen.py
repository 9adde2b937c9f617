"""Everyone's rollup rows, in memory: of each counter only what there is, cut into parts that are gone over together.

Of seventy counters a row has a dozen; held as rows and values, 10 M rows take half a gigabyte. A rollup file holds its
rows by learner, so that the rows of a range of learners are a stretch of each file, and nothing need be put in order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame, Scattered, nothing_of

ROLLUP_KEYS = ("ingest_day", "learner_no", "course_no", "day")
SEEN_KEYS = ("learner_no", "course_no", "age")
_KEYS = frozenset((*ROLLUP_KEYS, *SEEN_KEYS))
ROWS_AT_ONCE = 600_000
"""Rows that a program goes over together: their columns stay near the processor."""

_MOST_STRETCHES = 1_000
NARROW = np.iinfo(np.int32)


@dataclass(frozen=True, slots=True)
class Stretch:
    """Rows by learner, `keys` by ROLLUP_KEYS or SEEN_KEYS; of each counter the rows that have any, and how much."""

    keys: Mapping[str, Array]
    counters: Mapping[str, tuple[Array, Array]]

    def among(self, learners: range) -> Stretch:
        """Return the rows of some learners."""
        first, last = np.searchsorted(self.keys["learner_no"], [learners.start, learners.stop]).tolist()
        counters = {}
        for name, (rows, values) in self.counters.items():
            low, high = np.searchsorted(rows, [first, last]).tolist()
            counters[name] = rows[low:high] - rows.dtype.type(first), values[low:high]
        return Stretch({name: key[first:last] for name, key in self.keys.items()}, counters)


def stretches_of(table: pa.Table) -> list[Stretch]:
    """Return the rows of a table with ROLLUP_KEYS or SEEN_KEYS and counters, null where there is none: cut where the
    learners begin anew, and put in order if they do so more often than files do.
    """
    learners = table["learner_no"].to_numpy()
    anew = np.flatnonzero(learners[1:] < learners[:-1]) + 1
    if len(anew) > _MOST_STRETCHES:  # not every file that there is was written in order
        table, anew = table.take(pa.array(np.argsort(learners, kind="stable"))), anew[:0]
    keys = {name: table[name].to_numpy() for name in table.column_names if name in _KEYS}
    counters = {name: in_one_piece(table[name]) for name in table.column_names if name not in _KEYS}
    found = []
    for first, last in pairwise([0, *anew.tolist(), table.num_rows]):
        own = {name: column.slice(first, last - first) for name, column in counters.items()}
        held = {name: _known(column) for name, column in own.items() if column.null_count < len(column)}
        found.append(Stretch({name: key[first:last] for name, key in keys.items()}, held))
    return found


class SeenRows:
    """The rows of some stretches."""

    def __init__(self, stretches: Sequence[Stretch]) -> None:
        self._stretches = stretches
        learners = np.concatenate([np.zeros(0, np.int32), *(one.keys["learner_no"] for one in stretches)])
        self._edges = np.unique(np.sort(learners)[ROWS_AT_ONCE::ROWS_AT_ONCE])
        self._parts = len(self._edges) + 1

    def parts(self) -> Iterator[Frame]:
        """Return the rows in parts; all rows of a learner are in one, and the parts are in the order of learners."""
        cuts = [_cut(one.keys["learner_no"], self._edges) for one in self._stretches]
        counters: dict[str, list[_Own]] = {}
        for place, (one, cut) in enumerate(zip(self._stretches, cuts, strict=True)):
            for name, (rows, values) in one.counters.items():
                bounds = np.searchsorted(rows, cut).tolist()
                counters.setdefault(name, []).append(_Own(place, rows, values, bounds))
        for part in range(self._parts):
            yield self._part(part, np.array(cuts, np.int64).reshape(len(cuts), self._parts + 1), counters)

    def _part(self, part: int, cuts: Array, counters: Mapping[str, Sequence[_Own]]) -> Frame:
        firsts, lasts = cuts[:, part].tolist(), cuts[:, part + 1].tolist()
        sizes = cuts[:, part + 1] - cuts[:, part]
        rows = int(sizes.sum())
        shift = np.cumsum(sizes) - sizes - cuts[:, part]  # from a row of a stretch to its number within this part

        def column(name: str) -> Column:
            if name in _KEYS:
                keys = [one.keys[name][first:last] for one, first, last in zip(
                    self._stretches, firsts, lasts, strict=True)]  # fmt: skip
                return Column(np.concatenate([np.zeros(0, np.int32), *keys]))
            own = [one for one in counters.get(name, ()) if one.bounds[part] < one.bounds[part + 1]]
            if not own:
                return nothing_of(np.float64)
            at = np.concatenate([one.rows[one.bounds[part] : one.bounds[part + 1]] for one in own])
            held = np.concatenate([one.values[one.bounds[part] : one.bounds[part + 1]] for one in own])
            of = [one.bounds[part + 1] - one.bounds[part] for one in own]
            return Scattered(rows, at + np.repeat(shift[[one.stretch for one in own]], of), held)

        return Frame(rows, column)


@dataclass(frozen=True, slots=True)
class _Own:
    """What one stretch has of one counter: `rows` and `values`, of each part those from one bound to the next."""

    stretch: int
    rows: Array
    values: Array
    bounds: Sequence[int]


def _cut(learners: Array, edges: Array) -> Array:
    return np.array([0, *np.searchsorted(learners, edges), len(learners)])


def in_one_piece(column: pa.ChunkedArray) -> pa.Array:
    """Return the values in one piece; to ask Arrow copies them, also where they are."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def _known(column: pa.Array) -> tuple[Array, Array]:
    """Return which values are known, and those; from Arrow's own memory, which is five times as fast as asking it."""
    bits, held = column.buffers()
    start, end = column.offset, column.offset + len(column)
    values = np.frombuffer(held, column.type.to_pandas_dtype())[start:end]
    if bits is None:
        known = np.arange(len(column))
    else:
        own = np.frombuffer(bits, np.uint8)[start // 8 : -(-end // 8)]
        flags = np.unpackbits(own, bitorder="little")[start % 8 : start % 8 + len(column)]
        known = np.flatnonzero(flags.view(np.bool_))
        values = values[known]
    if values.min() >= NARROW.min and values.max() <= NARROW.max:
        values = values.astype(np.int32)
    return known.astype(np.int32), values

"""Rollup rows put together once, so that no night need do it again: in the order of learner, course and day, and of
days that no window reaches any more only what is still asked of them.

That is their sums, and the first or the last day of some; see `signals.remembered`. Rows hold what they held: each
counter of old days is moved to the row of its last day (its first day keeps its own), where one asks for that, or else
to the newest old row of its enrolment. Every signal as of a later day stays what it is, to the last bit.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from staycourse.adapters.engines.arrays.columns import Array, Flags, Frame, Scattered
from staycourse.adapters.engines.arrays.groups import Groups
from staycourse.adapters.engines.arrays.seen import NARROW, SeenRows, Stretch
from staycourse.signals import SPANS

_KEYS = ("learner_no", "course_no", "day")
_NONE = np.zeros(0, np.int32), np.zeros(0, np.int32)


def settled(
    rows: Sequence[Stretch], until: int, reaches: Mapping[str, int | None], remembered: Mapping[str, frozenset[str]]
) -> Stretch:
    """Return `rows`, which are all that arrived up to the day `until` (since 1970-01-01), as one stretch.

    It stands for them as of `until` and later days, for whoever looks at no more than the counters in `reaches` and no
    further back than these say (see `signals.reaches`).
    """
    longest = max(SPANS[-1], *(days for days in reaches.values() if days is not None), 0)
    parts = [_settled(part, until - longest, reaches, remembered) for part in SeenRows(rows).parts()]
    keys = {name: np.concatenate([part.keys[name] for part in parts]) for name in _KEYS}
    firsts = np.cumsum([0, *(len(part.keys["day"]) for part in parts)])
    counters = {}
    for name in reaches:
        its = [part.counters.get(name, _NONE) for part in parts]
        at = [own + np.int32(first) for first, (own, _) in zip(firsts, its, strict=False)]
        counters[name] = np.concatenate(at), np.concatenate([values for _, values in its])
    return Stretch(keys | {"ingest_day": np.full(len(keys["day"]), until, np.int32)}, counters)


def _settled(
    part: Frame, old_until: int, reaches: Mapping[str, int | None], remembered: Mapping[str, frozenset[str]]
) -> Stretch:
    keys = [part.column(name).values for name in _KEYS]
    days = Groups.of(keys, part.rows)
    held = dict(zip(_KEYS, (key[days.firsts()] for key in keys), strict=True))
    old = _Old.of(held, held["day"] <= old_until)
    used, found = np.zeros(len(days.starts), np.bool_), {}
    for name in reaches:
        column = part.column(name)
        if not isinstance(column, Scattered):
            continue
        rows, values = days.numbers[column.at], column.held
        if name in remembered:
            rows = old.moved(rows, remembered[name])
        else:
            recent = ~old.flags[rows]
            rows, values = rows[recent], values[recent]
        if len(rows):
            found[name] = rows, _ = _added_up(rows, values)
            used[rows] = True
    kept = {name: key[used] for name, key in held.items()}
    place = (np.cumsum(used) - 1).astype(np.int32)
    return Stretch(kept, {name: (place[rows], _narrow(sums)) for name, (rows, sums) in found.items()})


class _Old:
    """The rows of old days, among rows in the order of learner, course and day, of which no two are alike."""

    def __init__(self, flags: Flags, enrolments: Array, count: int) -> None:
        self.flags = flags
        self._enrolments = enrolments
        self._count = count
        self._newest = self._extremes(np.maximum, np.flatnonzero(flags))

    @classmethod
    def of(cls, keys: Mapping[str, Array], flags: Flags) -> _Old:
        """Take the rows with these `keys`, of which those of `flags` are old."""
        enrolments = Groups.of([keys["learner_no"], keys["course_no"]], len(flags))
        return cls(flags, enrolments.numbers, len(enrolments.starts))

    def moved(self, rows: Array, asked: frozenset[str]) -> Array:
        """Return where what is at `rows` goes, if of one counter it is `asked` when its first or last row is."""
        old = self.flags[rows]
        own = rows[old]
        its = self._enrolments[own]
        goal = (self._extremes(np.maximum, own) if "last" in asked else self._newest)[its]
        if "first" in asked:
            goal = np.where(self._extremes(np.minimum, own)[its] == own, own, goal)
        found = rows.copy()
        found[old] = goal
        return found

    def _extremes(self, work: np.ufunc, rows: Array) -> Array:
        found = np.full(self._count, len(self.flags) if work is np.minimum else -1, np.int64)
        work.at(found, self._enrolments[rows], rows)
        return found


def _added_up(rows: Array, values: Array) -> tuple[Array, Array]:
    """Return each of `rows` once and in order, and the sums of its values."""
    if (rows[1:] < rows[:-1]).any():
        order = np.argsort(rows)
        rows, values = rows[order], values[order]
    starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    return rows[starts], np.add.reduceat(values, starts, dtype=np.int64)


def _narrow(sums: Array) -> Array:
    return sums.astype(np.int32) if sums.min() >= NARROW.min and sums.max() <= NARROW.max else sums

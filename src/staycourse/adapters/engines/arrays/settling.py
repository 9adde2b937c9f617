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
from staycourse.adapters.engines.arrays.seen import SeenRows, Stretch

_KEYS = ("learner_no", "course_no", "day")
_NARROW = tuple(np.iinfo(kind) for kind in (np.uint8, np.int16, np.int32, np.int64))

_MANY = 16
"""Of fewer rows than one in so many it is faster to put them in order than to have a place for each."""

_NONE = np.zeros(0, np.int32), np.zeros(0, np.int32)


def settled(
    rows: Sequence[Stretch], until: int, windows: Mapping[str, int], remembered: Mapping[str, frozenset[str]]
) -> Stretch:
    """Return `rows`, which are all that arrived up to the day `until` (since 1970-01-01), as one stretch.

    It stands for them as of `until` and later days, for whoever looks at no more than the counters in `windows`, in
    none that is longer than these say, and however old they are at what is `remembered` (see `signals`).
    """
    parts = [_settled(part, until, windows, remembered) for part in SeenRows(rows).parts()]
    keys = {name: np.concatenate([part.keys[name] for part in parts]) for name in _KEYS}
    firsts = np.cumsum([0, *(len(part.keys["day"]) for part in parts)])
    counters = {}
    for name in windows:
        its = [part.counters.get(name, _NONE) for part in parts]
        at = [own + np.int32(first) for first, (own, _) in zip(firsts, its, strict=False)]
        counters[name] = np.concatenate(at), np.concatenate([values for _, values in its])
    return Stretch(keys | {"ingest_day": np.full(len(keys["day"]), until, np.int32)}, counters)


def _settled(part: Frame, until: int, windows: Mapping[str, int], remembered: Mapping[str, frozenset[str]]) -> Stretch:
    keys = [part.column(name).values for name in _KEYS]
    days = Groups.of(keys, part.rows)
    held = dict(zip(_KEYS, (key[days.firsts()] for key in keys), strict=True))
    enrolments = Groups.of([held["learner_no"], held["course_no"]], len(days.starts))
    old = {window: _Old(enrolments, held["day"] <= until - window) for window in set(windows.values())}
    used, found = np.zeros(len(days.starts), np.bool_), {}
    for name, window in windows.items():
        column = part.column(name)
        if not isinstance(column, Scattered):
            continue
        rows, values = days.numbers[column.at], column.held
        if name in remembered:
            rows = old[window].moved(rows, remembered[name])
        else:
            recent = ~old[window].flags[rows]
            rows, values = rows[recent], values[recent]
        if len(rows):
            found[name] = rows, _ = _added_up(rows, values, len(used))
            used[rows] = True
    kept = {name: key[used] for name, key in held.items()}
    place = (np.cumsum(used) - 1).astype(np.int32)
    return Stretch(kept, {name: (place[rows], _narrow(sums)) for name, (rows, sums) in found.items()})


class _Old:
    """The rows of `flags`, which are the oldest of each of some enrolments: rows are in the order of these and of days,
    and no two are alike.
    """

    def __init__(self, enrolments: Groups, flags: Flags) -> None:
        self.flags = flags
        self._enrolments = enrolments
        self._newest = enrolments.starts + enrolments.reduced(np.add, flags.astype(np.int64)) - 1

    def moved(self, rows: Array, asked: frozenset[str]) -> Array:
        """Return where what is at `rows` goes, if of one counter it is `asked` when its first or last row is."""
        old = self.flags[rows]
        own = rows[old]
        its = self._enrolments.numbers[own]
        goal = (self._extremes(np.maximum, own) if "last" in asked else self._newest)[its]
        if "first" in asked:
            goal = np.where(self._extremes(np.minimum, own)[its] == own, own, goal)
        found = rows.copy()
        found[old] = goal
        return found

    def _extremes(self, work: np.ufunc, rows: Array) -> Array:
        count = len(self._enrolments.starts)
        found = np.full(count, len(self.flags) if work is np.minimum else -1, np.int64)
        work.at(found, self._enrolments.numbers[rows], rows)
        return found


def _added_up(rows: Array, values: Array, among: int) -> tuple[Array, Array]:
    """Return each of `rows`, which are `among` so many, once and in order, and the sums of its values."""
    if len(rows) * _MANY > among:  # whole numbers below 2**53, which float64 adds up exactly
        there = np.zeros(among, np.bool_)
        there[rows] = True
        found = np.flatnonzero(there)
        return found, np.bincount(rows, values, among)[found]
    order = np.argsort(rows)
    rows, values = rows[order], values[order]
    starts = np.flatnonzero(np.concatenate([[True], rows[1:] != rows[:-1]]))
    return rows[starts], np.add.reduceat(values, starts, dtype=np.int64)


def _narrow(sums: Array) -> Array:
    least, most = sums.min(), sums.max()
    kinds = (kind for kind in _NARROW if kind.min <= least and most <= kind.max)
    return sums.astype(next(kinds).dtype)

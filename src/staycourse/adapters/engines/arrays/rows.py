"""Rollup rows of the learners of just now, in memory: added to with every event, gathered by learner."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from itertools import chain

import numpy as np

from staycourse.adapters.engines.arrays.columns import Array, Column, Flags, Frame, nothing_of
from staycourse.events import COUNTERS

KEYS = ("ingest_day", "learner_no", "course_no", "day")
_PLACES = {counter.name: place for place, counter in enumerate(COUNTERS)}
_FIRST_ROOM = 4_096


class Names:
    """Numbers for texts, in the order in which they came."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self._numbers: dict[str, int] = {}

    def code(self, text: str) -> int:
        """Return the number of `text`, a new one if it has none."""
        found = self._numbers.get(text)
        if found is None:
            found = self._numbers[text] = len(self.texts)
            self.texts.append(text)
        return found

    def known(self, text: str) -> int | None:
        """Return the number of `text`, None if it has none."""
        return self._numbers.get(text)

    def codes(self, texts: Iterable[str]) -> Array:
        """Return the numbers of `texts`."""
        return np.array([self.code(text) for text in texts], np.int64)


class LiveRows:
    """Rows of KEYS and every counter; of a counter that is 0 nothing is known, as in the rollup."""

    def __init__(self) -> None:
        self.count = 0
        self._keys = np.zeros((len(KEYS), _FIRST_ROOM), np.int64)
        self._counters = np.zeros((len(COUNTERS), _FIRST_ROOM), np.float64)
        self._rows: dict[int, list[int]] = {}
        self._places: dict[tuple[int, ...], int] = {}
        self._has = np.zeros((_FIRST_ROOM, len(COUNTERS)), np.bool_)  # which counters a learner has any of

    def load(self, keys: Array, counters: Array) -> None:
        """Take rows as they are: `keys` by KEYS, `counters` by the catalogue of counters."""
        first = self._append(keys, counters)
        for place, learner in enumerate(keys[1].tolist(), start=first):
            self._rows.setdefault(learner, []).append(place)

    def add(self, keys: Array, counters: Array) -> None:
        """Take rows of new events: of the same keys they add up."""
        listed = list(zip(*keys.tolist(), strict=True))
        there = np.array([self._places.get(key, -1) for key in listed], np.int64)
        old, new = np.flatnonzero(there >= 0), np.flatnonzero(there < 0)
        self._counters[:, there[old]] += counters[:, old]
        self._note(keys[1, old], counters[:, old])
        first = self._append(keys[:, new], counters[:, new])
        for place, row in enumerate(new.tolist(), start=first):
            self._places[listed[row]] = place
            self._rows.setdefault(listed[row][1], []).append(place)

    def frame(self, learners: Sequence[int]) -> Frame:
        """Return the rollup rows of `learners`, by learner and course."""
        rows = np.fromiter(chain.from_iterable(self._rows.get(learner, ()) for learner in learners), np.int64)
        keys = self._keys[:, rows]
        packed = keys[1] << 32 | keys[2]
        if (packed[1:] < packed[:-1]).any():
            order = np.argsort(packed, kind="stable")
            rows, keys = rows[order], keys[:, order]
        held: Mapping[str, Array] = dict(zip(KEYS, keys, strict=True))
        known = [learner for learner in learners if learner < len(self._has)]
        there: Flags = np.logical_or.reduce(self._has[known], axis=0)

        def column(name: str) -> Column:
            if name in held:
                return Column(held[name])
            place = _PLACES[name]
            if not there[place]:
                return nothing_of(np.float64)
            values = self._counters[place][rows]
            return Column(values, values != 0, True)

        return Frame(len(rows), column)

    def _append(self, keys: Array, counters: Array) -> int:
        first, fresh = self.count, keys.shape[1]
        while first + fresh > self._keys.shape[1]:
            self._keys = np.concatenate([self._keys, np.zeros_like(self._keys)], axis=1)
            self._counters = np.concatenate([self._counters, np.zeros_like(self._counters)], axis=1)
        self._keys[:, first : first + fresh] = keys
        self._counters[:, first : first + fresh] = counters
        self.count += fresh
        self._note(keys[1], counters)
        return first

    def _note(self, learners: Array, counters: Array) -> None:
        most = int(learners.max(initial=0))
        while most >= len(self._has):
            self._has = np.concatenate([self._has, np.zeros_like(self._has)])
        for place in np.flatnonzero(counters.any(axis=1)).tolist():
            self._has[learners[counters[place] != 0], place] = True

"""The ids of the newest events: one that is sent again is not counted again between two nights."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

KNOWN_IDS = 50_000
GENERATIONS = 20
"""The ids of the newest events are remembered, so that one that is sent again is not counted again: so many, so many
times over. They are let go in small parts, since to let go of half a million takes as long as a round."""


class Ids:
    """The ids of the newest events, up to a million."""

    def __init__(self) -> None:
        self._new: set[str] = set()
        self._old: deque[set[str]] = deque(maxlen=GENERATIONS - 1)

    def fresh(self, ids: Sequence[str]) -> list[bool]:
        """Say of each id whether it is new, and remember it."""
        asked = set(ids)
        known = asked & self._new
        for ids_then in self._old:
            if not asked.isdisjoint(ids_then):
                known |= asked & ids_then
        told = [True] * len(ids) if not known and len(asked) == len(ids) else _firsts(ids, known)
        self._new |= asked
        if len(self._new) > KNOWN_IDS:
            self._old.append(self._new)
            self._new = set()
        return told


def _firsts(ids: Sequence[str], known: set[str]) -> list[bool]:
    """Say of each id whether it is neither known nor stands further before."""
    told = []
    for one in ids:
        told.append(one not in known)
        known.add(one)
    return told

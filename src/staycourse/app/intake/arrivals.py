"""Counting what comes in by each door: in memory while it comes, in the store every half minute."""

from __future__ import annotations

import threading
from collections import defaultdict
from datetime import datetime
from typing import Final

from staycourse.adapters.store.doors import ArrivalBook, Arrived, hour_of
from staycourse.app.homes.home import Home

__all__ = [
    "CALIPER", "DOORS", "FILES", "LTI", "NATIVE", "POSTHOG", "SEGMENT", "XAPI", "Arrivals", "Arrived", "arrived",
    "note_arrival",
]  # fmt: skip

NATIVE, SEGMENT, POSTHOG, XAPI, CALIPER, FILES, LTI = (
    "native", "segment", "posthog", "xapi", "caliper", "files", "lti",
)  # fmt: skip

DOORS: Final = (NATIVE, SEGMENT, POSTHOG, XAPI, CALIPER, FILES, LTI)
"""Every way in: events, messages, statements, rows of files, launches."""


class Arrivals:
    """Counts what comes in. Threads may share it. What a process that is killed has not written is not counted."""

    def __init__(self, home: Home) -> None:
        self._book = ArrivalBook(home.database)
        self._clock = home.settings.clock
        self._turn = threading.Lock()
        self._counted: defaultdict[str, dict[tuple[str, datetime], tuple[int, datetime]]] = defaultdict(dict)

    def note(self, tenant: str, door: str, count: int) -> None:
        """Count what came in just now."""
        if count <= 0:
            return
        now = self._clock.now()
        key = (door, hour_of(now))
        with self._turn:
            here = self._counted[tenant]
            here[key] = (here.get(key, (0, now))[0] + count, now)

    def write(self) -> None:
        """Write down what was counted; what cannot be written is counted on."""
        with self._turn:
            waiting, self._counted = self._counted, defaultdict(dict)
        for tenant in list(waiting):
            try:
                self._book.add(tenant, waiting[tenant])
            except BaseException:
                with self._turn:
                    for left in waiting:
                        for key, (count, last) in waiting[left].items():
                            before = self._counted[left].get(key, (0, last))
                            self._counted[left][key] = (before[0] + count, max(before[1], last))
                raise
            del waiting[tenant]


def note_arrival(home: Home, door: str, count: int) -> None:
    """Count what came in just now by a door that no server holds open, in the store at once."""
    arrivals = Arrivals(home)
    arrivals.note(home.tenant, door, count)
    arrivals.write()


def arrived(home: Home) -> dict[str, Arrived]:
    """Return what came in, by door: when last, and how much in the last day and week."""
    return ArrivalBook(home.database).seen(home.tenant, home.settings.clock.now())

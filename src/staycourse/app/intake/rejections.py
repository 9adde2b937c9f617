"""Noting what the doors did not take: in memory while it comes, in the store every half minute."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Final, Protocol

from staycourse.adapters.store.doors import Reason, Rejection, RejectionBook, Tally
from staycourse.app.homes.home import Home

__all__ = ["Refused", "Rejection", "Rejections", "rejected", "rejected_by_door"]

MOST_AT_ONCE: Final = 1_000
"""Reasons that are told apart between two writings; further ones are counted together, by door."""

TIDIED_EVERY: Final = timedelta(hours=1)


class Refused(Protocol):
    """One thing that was not taken: which of its batch (from 0; -1: all of it), where in it, what and the mend."""

    index: int
    pointer: str
    what: str
    mend: str


class Rejections:
    """Counts what was not taken. Threads may share it. What a process that is killed has not written is not counted."""

    def __init__(self, home: Home) -> None:
        self._book = RejectionBook(home.database)
        self._clock = home.settings.clock
        self._turn = threading.Lock()
        self._counted: defaultdict[str, dict[Reason, Tally]] = defaultdict(dict)
        self._tidied: datetime | None = None

    def note(self, tenant: str, door: str, key: str, refused: Sequence[Refused]) -> None:
        """Count what was not taken just now."""
        now = self._clock.now()
        with self._turn:
            here = self._counted[tenant]
            for one in refused:
                field = one.pointer.removeprefix(f"/data/{one.index}")  # of a Caliper envelope: the same at each place
                reason = Reason(door, key, field, str(one.what), str(one.mend))
                _count(here, reason, Tally(1, now, one.index))

    def write(self) -> None:
        """Write down what was counted; what cannot be written is counted on. Forget what is long ago."""
        with self._turn:
            waiting, self._counted = self._counted, defaultdict(dict)
        for tenant in list(waiting):
            try:
                self._book.add(tenant, waiting[tenant])
            except BaseException:
                with self._turn:
                    for left, counted in waiting.items():
                        for reason, tally in counted.items():
                            _count(self._counted[left], reason, tally)
                raise
            del waiting[tenant]
        now = self._clock.now()
        if self._tidied is None or not timedelta() <= now - self._tidied < TIDIED_EVERY:
            self._book.tidy(now)
            self._tidied = now


def rejected(home: Home, door: str = "", limit: int = 100) -> Sequence[Rejection]:
    """Return what the doors did not take in the last days, the newest first; of one `door` where one is given."""
    return RejectionBook(home.database).seen(home.tenant, home.settings.clock.now(), door, limit)


def rejected_by_door(home: Home) -> dict[str, int]:
    """Return for how many reasons each door did not take something in the last days."""
    return RejectionBook(home.database).doors(home.tenant, home.settings.clock.now())


def _count(here: dict[Reason, Tally], reason: Reason, more: Tally) -> None:
    before = here.get(reason)
    if before is None and len(here) >= MOST_AT_ONCE:
        reason = Reason(reason.door, "", "", "", "")
        before = here.get(reason)
    if before is None:
        here[reason] = more
    else:
        here[reason] = Tally(before.times + more.times, max(before.last, more.last), more.place)

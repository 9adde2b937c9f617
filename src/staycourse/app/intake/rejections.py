"""Noting what the doors did not take: in memory while it comes, in the store every half minute."""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any, Final, Protocol

from staycourse.adapters.store.doors import Reason, Rejection, RejectionBook, Tally
from staycourse.app.homes.home import Home

__all__ = ["Refused", "Rejection", "Rejections", "rejected", "rejected_by_door"]

MOST_AT_ONCE: Final = 1_000
"""Reasons that are told apart between two writings; further ones are counted together, by door."""

TIDIED_EVERY: Final = timedelta(hours=1)

_Counted = dict[tuple[str, str, str, str, str], list[Any]]
"""By reason (see Reason) a Tally that grows: plain, since a batch may bring thousands of them."""


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
        self._counted: defaultdict[str, _Counted] = defaultdict(dict)
        self._tidied: datetime | None = None

    def note(self, tenant: str, door: str, key: str, refused: Sequence[Refused]) -> None:
        """Count what was not taken just now."""
        now = self._clock.now()
        with self._turn:
            here = self._counted[tenant]
            for one in refused:
                field = one.pointer
                if field.startswith("/data/"):  # of a Caliper envelope: the same at each place
                    field = field.removeprefix(f"/data/{one.index}")
                reason = (door, key, field, one.what, one.mend)
                seen = here.get(reason)
                if seen is None:
                    seen = _begun(here, reason, now)
                seen[:] = seen[0] + 1, now, one.index

    def write(self) -> None:
        """Write down what was counted; what cannot be written is counted on. Forget what is long ago."""
        with self._turn:
            waiting, self._counted = self._counted, defaultdict(dict)
        for tenant in list(waiting):
            try:
                self._book.add(tenant, _told(waiting[tenant]))
            except BaseException:
                with self._turn:
                    for left, counted in waiting.items():
                        for reason, (times, last, place) in counted.items():
                            since = _begun(self._counted[left], reason, last)
                            since[:] = since[0] + times, max(since[1], last), since[2] or place
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


def _begun(here: _Counted, reason: tuple[str, str, str, str, str], now: datetime) -> list[Any]:
    """Return the tally of a reason, or that of all further ones of its door where there are too many."""
    if reason not in here and len(here) >= MOST_AT_ONCE:
        reason = (reason[0], "", "", "", "")
    return here.setdefault(reason, [0, now, 0])


def _told(counted: _Counted) -> dict[Reason, Tally]:
    return {
        Reason(door, key, field, str(what), str(mend)): Tally(*tally)
        for (door, key, field, what, mend), tally in counted.items()
    }

"""How often one may ask: token buckets in memory, bounded, so that neither a guess nor a loop costs us anything."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from typing import Protocol

MOST_KNOWN = 20_000
"""How many askers are remembered; the one that was silent longest is forgotten, and begins anew."""


class Waits(Protocol):
    """Counts what askers with rates of their own ask for."""

    def wait(self, asker: str, cost: float = 1.0, *, per_second: float) -> float:
        """Count `cost` of `asker` and return 0; or count nothing and return the seconds until it would be let in."""
        ...


class Limit:
    """Lets each asker through `burst` times at once, and again at `per_minute`. Safe for threads.

    An asker may have limits of its own, given with each call; a cost of more than one counts as so many times. What
    costs more than the whole burst goes through a full bucket and leaves a debt, so that it is slowed, not shut out.
    """

    def __init__(self, burst: float, per_minute: float, *, time: Callable[[], float] = time.monotonic) -> None:
        self._burst = float(burst)
        self._rate = per_minute / 60
        self._time = time
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._turn = threading.Lock()

    def take(self, asker: str) -> bool:
        """Count one request of `asker`; False if it is one too many."""
        return self.wait(asker) == 0

    def wait(self, asker: str, cost: float = 1.0, *, per_second: float | None = None) -> float:
        """Count `cost` of `asker` and return 0; or, if that is too much just now, count nothing and return the seconds
        until it would not be. `per_second` is the asker's own rate; its burst is what that gives in two seconds."""
        rate, burst = (self._rate, self._burst) if per_second is None else (per_second, 2 * per_second)
        now = self._time()
        with self._turn:
            left, since = self._known.pop(asker, (burst, now))
            left, missing = after(left, now - since, cost, rate, burst)
            self._known[asker] = (left, now)
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return missing / rate if missing > 0 else 0.0

    def spent(self, asker: str) -> bool:
        """Say whether `asker` has nothing left, without counting."""
        with self._turn:
            left, since = self._known.get(asker, (self._burst, self._time()))
            return left + (self._time() - since) * self._rate < 1


def after(left: float, seconds: float, cost: float, rate: float, burst: float) -> tuple[float, float]:
    """Return what is left of a bucket that had `left`, `seconds` later and after a `cost`, and how much was missing.

    Where anything was missing nothing was taken. What costs more than `burst` leaves less than nothing.
    """
    left = min(burst, left + seconds * rate)
    missing = min(cost, burst) - left
    return (left - cost if missing <= 0 else left), missing

"""How often one may ask: token buckets in memory, bounded, so that neither a guess nor a loop costs us anything."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable

MOST_KNOWN = 20_000
"""How many askers are remembered; the one that was silent longest is forgotten, and begins anew."""


class Limit:
    """Lets each asker through `burst` times at once, and again at `per_minute`. Safe for threads."""

    def __init__(self, burst: int, per_minute: float, *, time: Callable[[], float] = time.monotonic) -> None:
        self._burst = float(burst)
        self._rate = per_minute / 60
        self._time = time
        self._known: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._turn = threading.Lock()

    def take(self, asker: str) -> bool:
        """Count one request of `asker`; False if it is one too many."""
        now = self._time()
        with self._turn:
            left, since = self._known.pop(asker, (self._burst, now))
            left = min(self._burst, left + (now - since) * self._rate)
            through = left >= 1
            self._known[asker] = (left - through, now)
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return through

    def spent(self, asker: str) -> bool:
        """Say whether `asker` has nothing left, without counting."""
        with self._turn:
            left, since = self._known.get(asker, (self._burst, self._time()))
            return left + (self._time() - since) * self._rate < 1

"""Token buckets that all server processes of a home share, so that a key has one limit however many workers there are.

A file of the home is mapped into the memory of each process, and locked by the byte; the kernel lets a lock go when its
process dies, and nothing waits for the disk. What the file says after a restart of the
machine is in the future of the new clock, and is forgotten.
"""

from __future__ import annotations

import mmap
import os
import threading
import time
from collections.abc import Callable
from fcntl import LOCK_EX, LOCK_UN, lockf
from hashlib import blake2b
from pathlib import Path
from struct import Struct
from typing import Final

from staycourse.kernel import StorageFault
from staycourse.web.limits import MOST_KNOWN, after

FOLDER: Final = "limits"
GROUPS: Final = 4_096
WAYS: Final = 8
"""An asker has a place in one group of eight; where a group is full, the one silent longest is forgotten."""

AHEAD: Final = 0.02
"""Seconds of an asker's rate that a process takes ahead of need, so that most requests cost no lock. It is out of the
bucket by then: the limit stays one. What is not used goes back with the next question."""

_PLACE: Final = Struct("<Qdd")  # whose it is, how much is left, and since when
_GROUP_BYTES: Final = WAYS * _PLACE.size


class SharedLimit:
    """Does as `limits.Limit` for askers with a rate of their own. Safe for threads and processes.

    StorageFault where the home has no room for its file (800 KB).
    """

    def __init__(self, home: Path, name: str, *, time: Callable[[], float] = time.monotonic) -> None:
        self._time = time
        self._turn = threading.Lock()  # the kernel's lock is the process's, not the thread's
        self._places: dict[str, tuple[int, int]] = {}
        self._held: dict[str, float] = {}
        place = home / FOLDER / name
        try:
            place.parent.mkdir(mode=0o700, exist_ok=True)
            self._file = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            try:
                # A hole that the disk cannot fill would kill who writes there.
                os.posix_fallocate(self._file, 0, GROUPS * _GROUP_BYTES)
                self._map = mmap.mmap(self._file, GROUPS * _GROUP_BYTES)
            except BaseException:
                os.close(self._file)
                raise
        except OSError as error:
            raise StorageFault("no limit can be kept", where=str(place), mend="check space and rights") from error

    def close(self) -> None:
        """Let the file go."""
        with self._turn:
            self._map.close()
            os.close(self._file)

    def wait(self, asker: str, cost: float = 1.0, *, per_second: float) -> float:
        """Count `cost` of `asker` and return 0; or count nothing and return the seconds until it would not be too much.

        The burst is what `per_second` gives in two seconds.
        """
        with self._turn:
            held = self._held.get(asker, 0.0)
            if held >= cost:
                self._held[asker] = held - cost
                return 0.0
            mark, group = self._places.get(asker) or self._place(asker)
            burst, now = 2 * per_second, self._time()
            lockf(self._file, LOCK_EX, 1, group)
            try:
                at = self._found(mark, group * _GROUP_BYTES)
                known, left, since = _PLACE.unpack_from(self._map, at)
                if known != mark or since > now:
                    left, since = burst, now
                left, missing = after(left + held, now - since, cost, per_second, burst)
                self._held[asker] = held = float(max(0, int(min(left, per_second * AHEAD)))) if missing <= 0 else 0.0
                _PLACE.pack_into(self._map, at, mark, left - held, now)
            finally:
                lockf(self._file, LOCK_UN, 1, group)
        return missing / per_second if missing > 0 else 0.0

    def _place(self, asker: str) -> tuple[int, int]:
        """Return the mark of an asker and the group of places that it belongs to."""
        told = int.from_bytes(blake2b(asker.encode("utf-8", "surrogatepass"), digest_size=8).digest(), "little")
        if len(self._places) > MOST_KNOWN:
            self._places.clear()
            self._held.clear()
        self._places[asker] = found = (told | 1, (told >> 40) % GROUPS)
        return found

    def _found(self, mark: int, begin: int) -> int:
        """Return where in the file the asker of `mark` stands, in place of the one silent longest if it is new."""
        oldest, when = begin, float("inf")
        for at in range(begin, begin + _GROUP_BYTES, _PLACE.size):
            known, _, since = _PLACE.unpack_from(self._map, at)
            if known == mark:
                return at
            if since < when:
                oldest, when = at, since
        return oldest

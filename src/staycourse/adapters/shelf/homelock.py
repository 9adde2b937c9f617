"""One process writes one home: an advisory lock that the kernel lets go when its holder dies."""

from __future__ import annotations

import fcntl
import os
from pathlib import Path

from staycourse.kernel import HomeInUse, StorageFault, as_wording, worded


class HomeLock:
    """Held from its making to `release`. HomeInUse names the process that holds it already."""

    def __init__(self, home: Path) -> None:
        place = home / "home.lock"
        try:
            self._handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StorageFault(
                worded("cannot be written: {why}", why=as_wording(error.strerror)),
                where=str(place),
                mend="check the folder",
            ) from None
        try:
            fcntl.flock(self._handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(self._handle, 20, 0).decode("ascii", "replace").strip() or "unknown"
            os.close(self._handle)
            raise HomeInUse(
                worded("in use by process {holder}", holder=holder),
                where=str(home),
                mend="wait for it, or give another --home",
            ) from None
        os.ftruncate(self._handle, 0)
        os.pwrite(self._handle, f"{os.getpid()}\n".encode(), 0)

    def release(self) -> None:
        """Let the home go."""
        os.close(self._handle)

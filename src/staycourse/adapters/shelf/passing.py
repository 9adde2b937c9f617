"""Folders for what is written only to be sent: they hold learners' data, and nothing else of the home knows of them.

Each is locked by the process that writes into it, so that what a killed process left can be told from what is on its
way, by whoever comes next.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from pathlib import Path

from staycourse.kernel import StorageFault, as_wording, worded

PREFIX = "export-"


class PassingFolder:
    """A folder of this process's own in `home`, gone with everything in it once it is closed or forgotten."""

    def __init__(self, home: Path) -> None:
        clear_left(home)
        self.path, handle = _locked(home)
        self._end = weakref.finalize(self, _remove, self.path, handle)

    def close(self) -> None:
        """Remove it."""
        self._end()


def clear_left(home: Path) -> int:
    """Remove the folders of processes that are gone; return how many are there still, because theirs is at work."""
    busy = 0
    for path in home.glob(f"{PREFIX}*/"):
        try:
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
        except OSError:
            continue  # its owner, or another who clears, was quicker
        if _lock(handle):
            _remove(path, handle)
        else:
            os.close(handle)
            busy += 1
    return busy


def _locked(home: Path) -> tuple[Path, int]:
    """Make a folder and lock it; whoever clears may come between, and then there is another."""
    try:
        while True:
            path = Path(tempfile.mkdtemp(prefix=PREFIX, dir=home))
            handle = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
            if _lock(handle) and path.exists():
                return path, handle
            os.close(handle)
    except OSError as error:
        raise StorageFault(
            worded("cannot be written: {why}", why=as_wording(error.strerror)),
            where=str(home),
            mend="check the folder",
        ) from None


def _lock(handle: int) -> bool:
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _remove(path: Path, handle: int) -> None:
    shutil.rmtree(path, ignore_errors=True)
    os.close(handle)

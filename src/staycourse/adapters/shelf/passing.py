"""What is on its way: folders for what is written only to be sent, and files that are still to get their name.

They hold learners' data, and nothing else knows of them. Each is locked by the process that writes it, so that what a
killed process left can be told from what is on its way, by whoever comes next.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
import weakref
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from glob import escape
from pathlib import Path

from staycourse.kernel import StorageFault, as_wording, worded

PREFIX = "export-"
FRESH = ".fresh"


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


@contextmanager
def half_written(place: Path) -> Iterator[Path]:
    """Give a file beside `place` to be written and then moved there; it goes with the block if it is there still.

    What killed processes left half written of the same `place` goes before.
    """
    for left in place.parent.glob(f".{escape(place.name)}.*{FRESH}"):
        with suppress(OSError):
            handle = os.open(left, os.O_RDONLY)
            try:
                if _lock(handle):
                    left.unlink(missing_ok=True)
            finally:
                os.close(handle)
    fresh = place.with_name(f".{place.name}.{os.getpid()}{FRESH}")
    handle = os.open(fresh, os.O_RDWR | os.O_CREAT, 0o666)
    try:
        _lock(handle)
        yield fresh
    finally:
        os.close(handle)
        fresh.unlink(missing_ok=True)


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

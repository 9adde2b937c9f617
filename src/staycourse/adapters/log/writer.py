"""The one open segment. Whoever calls it sees to it that calls do not overlap."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from staycourse.adapters.log.healing import close_segment
from staycourse.adapters.segments import CLOSED, OPEN, new_header, remove_files, sync_folder, write_all

MOST_EVENTS = 1_000_000
"""Of a segment, which may hold many in few bytes: what takes it over has all of them in memory."""

MOST_AHEAD = 4 << 20
"""How many bytes are filled ahead of what is written."""


LEAST_SPARE = 1 << 20
"""A segment shorter than this is not worth a spare file for the next one."""

_SPARE, _FILLING = "spare.tmp", "filling.tmp"  # what ends with .tmp goes when the folder is opened again


class SegmentWriter:
    """Writes and syncs; makes the next segment when one is full. A failed write is cut back to what was synced.

    With `ahead` the file is filled with zeros ahead of what is written, as much again as it holds: what is synced then
    changes no length and takes no new blocks, so that the disk need not keep a journal of it (a tenth of the time for
    large frames on ext4). Readers take zeros after the last frame for its end. `prepare` does that beforehand.
    """

    def __init__(
        self, folder: Path, number: int, most: int, on_close: Callable[[str, int], None], *, ahead: bool = False
    ) -> None:
        self._ahead = ahead
        self._filled = 0
        self._folder = folder
        self._number = number
        self._most = most
        self._on_close = on_close
        self._descriptor = -1
        self._last = 0
        self.length = 0
        self.events = 0

    def write(self, buffers: list[bytes], events: int) -> None:
        """Append `buffers` and return once they are on disk; OSError if that failed, and then nothing of them stays."""
        if self._descriptor >= 0 and (self.length >= self._most or self.events >= MOST_EVENTS):
            self.close_segment()
        if self._descriptor < 0:
            self._open_segment()
        try:
            if self._ahead:
                self._fill(self.length + sum(map(len, buffers)))
            write_all(self._descriptor, buffers)
            os.fdatasync(self._descriptor)
        except BaseException:
            self._cut_back()
            raise
        self.length += sum(map(len, buffers))
        self.events += events

    def close_segment(self) -> None:
        """Close the open segment, if there is one, and hand it to the compactor by its new name."""
        if self._descriptor < 0:
            return
        path, events = self._path(OPEN), self.events
        if self._filled > self.length:
            os.ftruncate(self._descriptor, self.length)
        self._last = self.length
        self._let_go()
        if events:
            self._on_close(path.with_suffix(CLOSED).name, events)
            close_segment(path)
        else:
            remove_files([path])

    def prepare(self) -> None:
        """Fill a file with zeros for the next segment, as long as the last one and a quarter; call it from one thread.

        It may overlap with all other calls. Where the disk has no room there is no such file, and nothing is lost.
        """
        length = min(self._last + self._last // 4, self._most)
        if not self._ahead or length < LEAST_SPARE or (self._folder / _SPARE).exists():
            return
        draft = self._folder / _FILLING
        try:
            with draft.open("wb") as file:
                nothing = bytes(LEAST_SPARE)
                for _ in range(0, length, LEAST_SPARE):
                    file.write(nothing)
                file.flush()
                os.fsync(file.fileno())
            os.replace(draft, self._folder / _SPARE)  # noqa: PTH105 - by name, for the crash tests
        except OSError:
            self.remove_spare()

    def remove_spare(self) -> None:
        """Remove what was prepared."""
        for name in (_FILLING, _SPARE):
            (self._folder / name).unlink(missing_ok=True)

    def _open_segment(self) -> None:
        path = self._path(OPEN)
        if self._ahead and (self._folder / _SPARE).exists():
            os.replace(self._folder / _SPARE, path)  # noqa: PTH105 - by name, for the crash tests
            self._filled, fresh = path.stat().st_size, 0
        else:
            self._filled, fresh = 0, os.O_TRUNC
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | fresh | os.O_CLOEXEC, 0o644)
        try:
            header = new_header()
            write_all(descriptor, [header])
            sync_folder(self._folder)
        except BaseException:
            os.close(descriptor)
            raise
        self._descriptor, self.length, self.events = descriptor, len(header), 0

    def _fill(self, end: int) -> None:
        """Fill with zeros what lies behind `end`, up to which is written next, unless that was done already."""
        if end > self._filled:
            self._filled = end + os.pwrite(self._descriptor, bytes(min(end, MOST_AHEAD)), end)

    def _cut_back(self) -> None:
        # After a failed sync the system may have thrown the pages away and says so only once (fsync's known trap), so
        # this file is written no further: it keeps what was synced before, and the next append begins a new one.
        try:
            os.ftruncate(self._descriptor, self.length)
            os.fsync(self._descriptor)
        finally:
            self.close_segment()

    def _let_go(self) -> None:
        os.close(self._descriptor)
        self._descriptor = -1
        self._number += 1
        self.length = self.events = self._filled = 0

    def _path(self, suffix: str) -> Path:
        return self._folder / f"{self._number:08d}{suffix}"

"""The lines of a messages file, changed by one process at a time, whoever else has it open."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import msgspec


@contextmanager
def locked(place: Path) -> Iterator[int]:
    """Give the open file at `place` (made if need be), locked; never one that was replaced while we waited."""
    while True:
        handle = os.open(place, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # among threads too: each has a handle of its own
            if _is_at(handle, place):
                yield handle
                return
        finally:
            os.close(handle)


def erase_lines(place: Path, tenant: str, learner: str) -> int:
    """Take the messages of `tenant` to `learner` out of the file, whole or not at all; return how many went."""
    if not place.exists():
        return 0
    with locked(place) as handle:
        lines = _content(handle).splitlines(keepends=True)
        kept = [line for line in lines if not _is_of(line, tenant, learner)]
        if len(kept) == len(lines):
            return 0
        fresh = place.with_name(f".{place.name}.fresh")
        made = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
        with os.fdopen(made, "wb") as file:
            file.writelines(kept)
            file.flush()
            os.fsync(made)
        fresh.replace(place)
        return len(lines) - len(kept)


def messages_to(place: Path, tenant: str, learner: str) -> list[dict[str, object]]:
    """Return the messages of `tenant` to `learner` in the file."""
    if not place.exists():
        return []
    lines = place.read_bytes().splitlines()
    return [msgspec.json.decode(line) for line in lines if _is_of(line, tenant, learner)]


class _Line(msgspec.Struct):
    tenant: str
    learner: str


def _is_of(line: bytes, tenant: str, learner: str) -> bool:
    try:
        found = msgspec.json.decode(line, type=_Line)
    except msgspec.MsgspecError:
        return False  # a line that somebody wrote by hand
    return (found.tenant, found.learner) == (tenant, learner)


def _content(handle: int) -> bytes:
    size, read = os.fstat(handle).st_size, b""
    while len(read) < size and (part := os.pread(handle, size - len(read), len(read))):
        read += part
    return read


def _is_at(handle: int, place: Path) -> bool:
    try:
        there = place.stat()
    except FileNotFoundError:
        return False
    here = os.fstat(handle)
    return (here.st_dev, here.st_ino) == (there.st_dev, there.st_ino)

"""The few ways in which we touch the disk, each of them durable when it returns.

Every call goes through the `os` module by name at the time of the call, so that the crash tests can die at any of them.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from staycourse.kernel import StorageFault

_WRITEV_MOST = 512  # buffers in one call; POSIX allows 1,024 nearly everywhere


@contextmanager
def guarded(
    where: Path, what: str, mend: str = "check that the disk is there, writable and not full"
) -> Iterator[None]:
    """Turn the system's complaint about `where` into a StorageFault that says `what` could not be done."""
    try:
        yield
    except OSError as error:
        raise StorageFault(what, where=str(where), mend=mend) from error


def write_all(descriptor: int, buffers: Sequence[bytes]) -> None:
    """Write every byte of `buffers` in order. A write that the system cuts short is carried on."""
    for start in range(0, len(buffers), _WRITEV_MOST):
        rest: list[bytes | memoryview] = list(buffers[start : start + _WRITEV_MOST])
        while rest:
            written = os.writev(descriptor, rest)
            while rest and written >= len(rest[0]):
                written -= len(rest.pop(0))
            if rest and written:
                rest[0] = memoryview(rest[0])[written:]


def sync_file(path: Path) -> None:
    """Return once the content of `path` is on the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def sync_folder(folder: Path) -> None:
    """Return once the names in `folder` are on the disk: a new, renamed or removed file needs this too."""
    sync_file(folder)


def make_folder(folder: Path) -> None:
    """Make `folder` and the folders above it so that they stay."""
    if folder.is_dir():
        return
    make_folder(folder.parent)
    folder.mkdir(exist_ok=True)
    sync_folder(folder.parent)


@contextmanager
def alone_with(lock: Path) -> Iterator[bool]:
    """Hold the file `lock` (made with its folder) for as long as the body runs; say whether nobody else holds it."""
    make_folder(lock.parent)
    descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        yield _locked(descriptor)
    finally:
        os.close(descriptor)


def _locked(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def publish_file(path: Path, content: bytes) -> None:
    """Put `content` at `path` so that, killed anywhere, either the old file or the whole new one is found."""
    draft = path.with_name(path.name + ".tmp")
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o644)
    try:
        write_all(descriptor, [content])
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
    os.replace(draft, path)  # noqa: PTH105 - by name, for the crash tests
    sync_folder(path.parent)


def remove_files(paths: Iterable[Path]) -> None:
    """Remove `paths` (those already gone are passed over) and make their absence durable."""
    folders = set()
    for path in paths:
        try:
            os.unlink(path)  # noqa: PTH108 - by name, for the crash tests
        except FileNotFoundError:
            continue
        folders.add(path.parent)
    for folder in folders:
        sync_folder(folder)

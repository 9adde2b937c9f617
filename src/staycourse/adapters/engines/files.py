"""Files that are there whole or not at all, whenever whoever writes them stops."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def whole(path: Path, mark: str = "") -> Iterator[Path]:
    """Give a place to write to, and publish it as `path` at the end, durably. `mark` tells two writers apart."""
    unfinished = path.with_suffix(f"{mark}.unfinished")
    path.parent.mkdir(parents=True, exist_ok=True)
    yield unfinished
    _sync(unfinished)
    unfinished.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

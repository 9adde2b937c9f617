"""Segment files read beside the process that writes them: at any moment one may be closed under another name, or go."""

from __future__ import annotations

import os
from pathlib import Path

from staycourse.adapters.segments import CLOSED, HEADER_BYTES, OPEN, guarded, holds_frame

KINDS = frozenset({OPEN, CLOSED})


def listed(lane: Path) -> list[tuple[int, str]]:
    """Return the number and name of each segment in order; a path of each would take ten times as long."""
    with guarded(lane, "the log cannot be read"):
        if not lane.is_dir():
            return []
        with os.scandir(lane) as entries:
            parts = [entry.name.partition(".") for entry in entries]
    return sorted(
        (int(stem), stem + dot + kind) for stem, dot, kind in parts if stem.isdecimal() and dot + kind in KINDS
    )


def identity_of(path: Path) -> str:
    """Return what names a segment; nothing for one that is being made or was compacted away."""
    head, _ = bytes_of(path, 0, HEADER_BYTES)
    return head.hex() if head and len(head) == HEADER_BYTES else ""


def content_of(path: Path, start: int, most: int) -> tuple[bytes | None, bool]:
    """Return `most` bytes of a segment from `start` on (a frame that is longer is read whole), None if it was compacted
    away, and whether it was closed before they were read.
    """
    content, closed = bytes_of(path, start, most)
    if content and len(content) == most and not holds_frame(content):
        return bytes_of(path, start, size_of(path) - start)
    return content, closed


def bytes_of(path: Path, start: int, most: int) -> tuple[bytes | None, bool]:
    """Return bytes of a segment, None if it was compacted away, and whether it was closed before they were read."""
    for place in (path, path.with_suffix(CLOSED)):
        try:
            with place.open("rb") as file:
                file.seek(start)
                return file.read(most), place.suffix == CLOSED
        except FileNotFoundError:
            continue
    return None, False


def size_of(path: Path) -> int:
    """Return how many bytes a segment has, 0 if it was compacted away."""
    for place in (path, path.with_suffix(CLOSED)):
        try:
            return place.stat().st_size
        except FileNotFoundError:
            continue
    return 0

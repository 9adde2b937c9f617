"""What an opening log finds on the disk: torn tails are cut off, damaged bytes kept aside, open segments closed."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

from staycourse.adapters.segments import (
    CLOSED,
    OPEN,
    keep_aside,
    read_frames,
    remove_files,
    segment_number,
    sync_folder,
)
from staycourse.kernel import worded


@dataclass(frozen=True, slots=True)
class Found:
    """The state of the folder after healing: events in each closed segment, what was healed, the next free number."""

    events: dict[str, int]
    healed: tuple[str, ...]
    next_number: int


def heal(folder: Path) -> Found:
    """Make every segment of `folder` whole and closed. Killed anywhere, it can be done again."""
    remove_files(folder.glob("*.tmp"))
    events: dict[str, int] = {}
    healed: list[str] = []
    segments = sorted((path for path in folder.iterdir() if segment_number(path) >= 0), key=segment_number)
    for path in segments:
        words, count = _heal_segment(path)
        healed += words
        if count:
            events[close_segment(path).name] = count
        else:
            remove_files([path])
    return Found(events, tuple(healed), max(map(segment_number, segments), default=0) + 1)


def close_segment(path: Path) -> Path:
    """Give a segment the name by which the compactor may take it."""
    if path.suffix != OPEN:
        return path
    closed = path.with_suffix(CLOSED)
    os.replace(path, closed)  # noqa: PTH105 - by name, for the crash tests
    sync_folder(path.parent)
    return closed


def _heal_segment(path: Path) -> tuple[list[str], int]:
    content = path.read_bytes()
    reading = read_frames(content)
    words: list[str] = []
    for start, end in reading.damage:
        kept = keep_aside(path, start, content[start:end])
        kind = worded("torn tail") if end == len(content) else worded("damage in the middle")
        words.append(
            worded(
                "{name}: {kind}, bytes {start} to {end} of {length}, kept as damaged/{kept}",
                name=path.name, kind=kind, start=start, end=end, length=len(content), kept=kept.name,
            )
        )  # fmt: skip
    if reading.good_end < len(content):
        _truncate(path, reading.good_end)
    return words, reading.events


def _truncate(path: Path, length: int) -> None:
    descriptor = os.open(path, os.O_WRONLY)
    try:
        os.ftruncate(descriptor, length)
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

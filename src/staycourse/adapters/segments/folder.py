"""The names in the log's folder: `00000042.open` is being written, `00000042.segment` closed, `damaged/` put aside.

A log that several processes write has lanes: the folder itself is the first, `lane-1/`, `lane-2/` … are the others.
Each process that appends holds a lane of its own.
"""

from __future__ import annotations

import os
from pathlib import Path

from staycourse.adapters.segments.disk import make_folder, publish_file

OPEN = ".open"
CLOSED = ".segment"
DAMAGED = "damaged"
LANE = "lane-"


def lane_folder(log: Path, number: int) -> Path:
    """Return the folder of a lane; the first is the log's own."""
    return log / f"{LANE}{number}" if number else log


def lane_number(lane: Path) -> int:
    """Return which lane a folder is; 0 for the log's own."""
    number = lane.name.removeprefix(LANE)
    return int(number) if lane.name.startswith(LANE) and number.isdecimal() else 0


def lanes(log: Path) -> list[Path]:
    """Return the folders of every lane that was ever written, the log's own first; none if there is no log yet."""
    if not log.is_dir():
        return []
    with os.scandir(log) as entries:  # of a backlog's thousands of segments nothing is asked but the name
        others = [log / entry.name for entry in entries if entry.name.startswith(LANE) and entry.is_dir()]
    return [log, *sorted((path for path in others if lane_number(path)), key=lane_number)]


def segment_number(path: Path) -> int:
    """Return the number of a segment file, or -1 for a file that is none."""
    known = path.suffix in (OPEN, CLOSED) and path.stem.isdecimal()
    return int(path.stem) if known else -1


def keep_aside(segment: Path, start: int, content: bytes) -> Path:
    """Keep damaged bytes of `segment` for a person to look at; doing it twice changes nothing. Returns where."""
    folder = segment.parent / DAMAGED
    make_folder(folder)
    kept = folder / f"{segment.stem}-{start}.bytes"
    publish_file(kept, content)
    return kept

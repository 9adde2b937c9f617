"""The names in the log's folder: `00000042.open` is being written, `00000042.segment` closed, `damaged/` put aside."""

from __future__ import annotations

from pathlib import Path

from staycourse.adapters.segments.disk import make_folder, publish_file

OPEN = ".open"
CLOSED = ".segment"
DAMAGED = "damaged"


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

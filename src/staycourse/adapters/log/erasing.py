"""One learner in the log: what of them still waits there, and bytes put aside that name them."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

import pyarrow.compute as pc

from staycourse.adapters.segments import (
    CLOSED,
    DAMAGED,
    OPEN,
    decode_events,
    event_of,
    guarded,
    lanes,
    read_frames,
    remove_files,
)
from staycourse.events import Event


def waiting_events(folder: Path, tenant: str, learner: str) -> list[Event]:
    """Return the learner's events that no compaction has taken over yet, in the order of their arrival."""
    found: list[Event] = []
    with guarded(folder, "the log cannot be read"):
        segments = (path for lane in lanes(folder) for path in sorted(lane.iterdir()) if path.suffix in (OPEN, CLOSED))
        for path in segments:
            frames = [frame for frame in read_frames(_bytes(path)).frames if frame.tenant == tenant and frame.count]
            if frames:
                table = decode_events([(frame.payload, frame.count) for frame in frames])
                found += [event_of(row) for row in table.filter(pc.equal(table["learner"], learner)).to_pylist()]
    return found


def remove_damaged(folder: Path, names: Collection[str]) -> int:
    """Remove the damaged bytes put aside in which one of `names` stands; return how many pieces that were."""
    wanted = [name.encode("utf-8", "surrogatepass") for name in names if name]
    with guarded(folder, "damaged bytes of the log cannot be removed"):
        kept = (path for lane in lanes(folder) for path in (lane / DAMAGED).glob("*"))
        pieces = [path for path in kept if any(name in path.read_bytes() for name in wanted)]
        remove_files(pieces)
    return len(pieces)


def _bytes(path: Path) -> bytes:
    """Read a segment, by its other name if it was closed just now; nothing if it was compacted."""
    for place in (path, path.with_suffix(CLOSED)):
        try:
            return place.read_bytes()
        except FileNotFoundError:
            continue
    return b""

"""A log that several processes write at once: each appends to a lane of its own, and any may close what others left."""

from __future__ import annotations

from pathlib import Path

from staycourse.adapters.log.segment_log import SegmentLog
from staycourse.adapters.segments import CLOSED, OPEN, guarded, lane_folder, lanes, segment_number
from staycourse.events import LogHealth
from staycourse.kernel import Clock, HomeInUse, worded

MOST_LANES = 64
"""How many processes may append at one time."""


def open_lane(
    folder: Path, *, segment_bytes: int = 64 << 20, clock: Clock | None = None, ahead: bool = False
) -> SegmentLog:
    """Open the first lane of the log in `folder` that no process holds; HomeInUse if every one is held."""
    for number in range(MOST_LANES):
        try:
            return SegmentLog(lane_folder(folder, number), segment_bytes=segment_bytes, clock=clock, ahead=ahead)
        except HomeInUse:
            continue
    raise HomeInUse(
        worded("{most} processes append already", most=MOST_LANES), where=str(folder), mend="stop some of them"
    )


def close_left_lanes(folder: Path) -> tuple[str, ...]:
    """Close the segments that processes which are gone left open; return in words what was healed."""
    healed: list[str] = []
    for lane in lanes(folder):
        if not open_segments(lane):
            continue
        try:
            left = SegmentLog(lane)
        except HomeInUse:
            continue
        healed += left.health().healed
        left.close()
    return tuple(healed)


def open_segments(folder: Path) -> set[Path]:
    """Return the segments of every lane that are being written, or were when their process died."""
    with guarded(folder, "the log cannot be read"):
        return {path for lane in lanes(folder) for path in lane.iterdir() if path.suffix == OPEN}


def waiting(folder: Path, own: LogHealth | None = None) -> LogHealth:
    """Return the health of the whole log: one's `own` lane, if there is one, and what waits in the lanes of others.

    The events of others are not counted, since that would read every frame: their bytes are.
    """
    segments, size = 0, 0
    for lane in lanes(folder):
        for path in lane.iterdir():
            if path.suffix in (OPEN, CLOSED) and segment_number(path) >= 0:
                try:
                    size += path.stat().st_size
                    segments += 1
                except FileNotFoundError:  # closed or compacted between the two looks
                    continue
    return LogHealth(segments, size, own.events_waiting if own else 0, own.healed if own else ())

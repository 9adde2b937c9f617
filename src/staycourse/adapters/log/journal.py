"""Statements on their way into the store: a log of their own, emptied as they are written there.

It has the event log's form on disk (lanes, segments, frames that prove themselves); only a frame's payload differs: see
staycourse.adapters.log.kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from staycourse.adapters.log.kept import Kept, opened
from staycourse.adapters.log.lanes import close_left_lanes, open_lane
from staycourse.adapters.segments import (
    CLOSED,
    DAMAGED,
    HEADER_BYTES,
    OPEN,
    SegmentParts,
    lane_folder,
    lanes,
    make_folder,
    publish_file,
    read_frames,
    segment_number,
)
from staycourse.events import Packed
from staycourse.kernel import Clock, StorageFault


def put_aside(folder: Path, lane: int, tenant: str, one: Kept) -> Path:
    """Keep a statement of a lane that cannot be written for a person to look at; return where."""
    damaged = lane_folder(folder, lane) / DAMAGED
    make_folder(damaged)
    place = damaged / f"{tenant}-{one.place}.json"
    publish_file(place, one.body)
    return place


class StatementJournal:
    """One lane of the journal in `folder`; threads may share it. Opening closes what processes that are gone left."""

    def __init__(self, folder: Path, *, clock: Clock | None = None) -> None:
        self._folder = folder
        self._log = open_lane(folder, clock=clock, ahead=True)
        self.lane = self._log.lane
        close_left_lanes(folder)

    def append(self, tenant: str, count: int, payload: bytes) -> None:
        """Keep `count` statements, as `packed` gave them; returns only once they are on disk."""
        self._log.append_frame(tenant, count, payload)

    def append_all(self, tenant: str, frames: Sequence[Packed]) -> None:
        """Keep several frames with one sync."""
        self._log.append_packed(tenant, frames)

    def replay(self, take: Callable[[str, list[bytes]], None]) -> int:
        """Hand the payloads of closed segments to `take`, one by one, and remove them; return how many statements."""
        parts = SegmentParts(self._folder)
        count = 0
        for part in parts.parts():
            try:
                content = parts.read(part)
            except StorageFault as fault:
                if isinstance(fault.__cause__, FileNotFoundError):  # another process was quicker
                    continue
                raise
            for tenant, frames in content.frames.items():
                for frame in frames:
                    take(tenant, [bytes(frame.payload)])
                    count += frame.count
            parts.drop([part])
        return count

    def close_segment(self) -> list[Path]:
        """Close the open segment and return every closed one of this lane: what they hold may be removed once it is
        written elsewhere."""
        self._log.roll()
        folder = lane_folder(self._folder, self.lane)
        return [path for path in folder.iterdir() if path.suffix == CLOSED and segment_number(path) >= 0]

    def prepare(self) -> None:
        """Make the next segment ready, so that no request waits for the disk to find room."""
        self._log.prepare()

    def drop(self, segments: Sequence[Path]) -> None:
        """Remove closed segments of this lane."""
        parts = SegmentParts(self._folder)
        names = {str(path.relative_to(self._folder)) for path in segments}
        parts.drop([part for part in parts.parts() if part.name in names])

    def oldest_elsewhere(self) -> int | None:
        """Return when the oldest statement that waits in other processes' lanes arrived (microseconds since 1970)."""
        own = lane_folder(self._folder, self.lane)
        found = [_first_arrival(path) for lane in lanes(self._folder) if lane != own for path in lane.iterdir()]
        return min((arrival for arrival in found if arrival is not None), default=None)

    def close(self) -> None:
        """Close the open segment and let the lane go."""
        self._log.close()


def waiting_kept(folder: Path) -> Iterator[tuple[str, list[Kept]]]:
    """Yield what waits in the journals of every process, frame by frame, with its tenant."""
    for lane in lanes(folder):
        for path in sorted(lane.iterdir()):
            if path.suffix in (OPEN, CLOSED) and segment_number(path) >= 0:
                try:
                    content = path.read_bytes()
                except FileNotFoundError:  # written to the store between the two looks
                    continue
                for frame in read_frames(content).frames:
                    yield frame.tenant, opened(frame.payload)


def _first_arrival(path: Path) -> int | None:
    """Return the arrival of a segment's first frame; its head alone is read."""
    if path.suffix not in (OPEN, CLOSED) or segment_number(path) < 0:
        return None
    try:
        with path.open("rb") as file:
            head = file.read(HEADER_BYTES + 20)
    except FileNotFoundError:
        return None
    return int.from_bytes(head[HEADER_BYTES + 12 :], "little", signed=True) if len(head) == HEADER_BYTES + 20 else None

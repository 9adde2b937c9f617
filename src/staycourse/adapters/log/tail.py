"""Reading what was just appended to the log, beside the process that writes it: no lock, no copy, no event twice."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.segments import CLOSED, OPEN, decode_events, guarded, read_frames, segment_number
from staycourse.events import Event

MOST_BYTES = 64 << 20
"""How much of the log one reading takes in at most."""


@dataclass(frozen=True, slots=True)
class Reading:
    """Live events (backfills left out) of the asked verbs, and the position after them; `more` if more is there."""

    events: tuple[Event, ...]
    position: str
    more: bool


def read_tail(folder: Path, tenant: str, position: str, verbs: Collection[str]) -> Reading:
    """Return the tenant's live events of `verbs` after `position` ("" reads from the oldest segment that is there).

    A position is "segment:offset". Segments that were compacted in the meantime are passed over: whoever compacts
    reads the tail first. A frame that is still being written is left for the next reading.
    """
    number, offset = (int(part) for part in position.split(":")) if position else (0, 0)
    segments = _segments(folder, number)
    for place, (found, path) in enumerate(segments):
        start = offset if found == number else 0
        content = _content(path, start)
        if content is None:
            continue
        read = read_frames(content)
        whole = start + len(content) >= _size(path) and len(content) < MOST_BYTES
        end = start + read.good_end
        closed = whole and path.suffix == CLOSED
        number, offset = (found + 1, 0) if closed else (found, end)
        payloads = [(frame.payload, frame.count) for frame in read.frames if frame.tenant == tenant and frame.count]
        if payloads:
            more = place + 1 < len(segments) or not whole
            return Reading(_events(decode_events(payloads), verbs), f"{number}:{offset}", more)
        if not closed and read.frames:
            return Reading((), f"{number}:{offset}", not whole)
    return Reading((), f"{number}:{offset}", False)


def _segments(folder: Path, number: int) -> list[tuple[int, Path]]:
    with guarded(folder, "the log cannot be read"):
        if not folder.is_dir():
            return []
        found = [(segment_number(path), path) for path in folder.iterdir() if path.suffix in (OPEN, CLOSED)]
    return sorted((at, path) for at, path in found if at >= number)


def _content(path: Path, start: int) -> bytes | None:
    """Read a segment from `start` on; None if it was compacted away."""
    for place in (path, path.with_suffix(CLOSED)):
        try:
            with place.open("rb") as file:
                file.seek(start)
                return file.read(MOST_BYTES)
        except FileNotFoundError:
            continue
    return None


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def _events(table: pa.Table, verbs: Collection[str]) -> tuple[Event, ...]:
    wanted = pc.and_(
        pc.invert(table["backfill"]), pc.is_in(table["verb"], value_set=pa.array(sorted(verbs), pa.string()))
    )
    return tuple(_event(row) for row in table.filter(wanted).to_pylist())


def _event(row: dict[str, object]) -> Event:
    attributes: dict[str, str] = msgspec.json.decode(str(row["attributes"])) if row["attributes"] else {}
    received, value = row["received"], row["value"]
    return Event(
        event_id=str(row["event_id"]),
        learner=str(row["learner"]),
        verb=str(row["verb"]),
        course=str(row["course"]),
        object=str(row["object"]),
        source=str(row["source"]),
        time=_instant(row["time"]),
        received=_instant(received) if received is not None else None,
        value=value if isinstance(value, int) else None,
        attributes=attributes,
    )


def _instant(value: object) -> datetime:
    assert isinstance(value, datetime)  # noqa: S101 (the column's type)
    return value

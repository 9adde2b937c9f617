"""Reading what was just appended to the log, beside the process that writes it: no lock, no copy, no event twice."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from staycourse.adapters.log.beside import content_of, identity_of, listed, size_of
from staycourse.adapters.segments import Choose, TailReading, lane_number, lanes, read_frames, read_live
from staycourse.events import Event

MOST_BYTES = 16 << 20
"""How much of the log one reading takes in at most (some 80,000 events); a frame that is longer is read whole."""

LOOK_BYTES = 1 << 20
"""How much is read to say whether the log goes on: a frame, which is seldom longer."""


@dataclass(frozen=True, slots=True)
class _Place:
    """A position: `offset` in the segment `number`, whose header (in hexadecimal) is `identity`."""

    number: int = 0
    offset: int = 0
    identity: str = ""

    def __str__(self) -> str:
        return f"{self.number}:{self.offset}:{self.identity}"


@dataclass(frozen=True, slots=True)
class _Segment:
    number: int
    path: Path
    identity: str


def read_tail(
    folder: Path,
    tenant: str,
    position: str,
    verbs: Collection[str],
    *,
    within: Collection[str] | None = None,
    choose: Choose | None = None,
) -> TailReading:
    """Return the tenant's live events of `verbs` after `position` ("" reads from the oldest segment that is there);
    with `choose`, those of them that it leaves. Without verbs it only tells whether the log goes on.

    A position is "segment:offset:identity" for each lane, as "lane=position" for those beside the first, joined by "|".
    Numbers begin anew when a lane is opened whose segments were all compacted; the identity in a segment's header tells
    that, and then everything there is new. Segments that were compacted in the meantime are passed over: whoever
    compacts reads the tail first. A frame that is still being written is left for the next reading. `within` (the
    identities of segments) reads those alone.
    """
    places = _parsed_lanes(position)
    events: list[Event] = []
    more = False
    for lane in lanes(folder):
        number = lane_number(lane)
        reading = _read_lane(lane, tenant, places.get(number, ""), verbs, within, choose)
        events += reading.events
        more |= reading.more
        if reading.position:
            places[number] = reading.position
    return TailReading(tuple(events), _joined(places), more)


def _parsed_lanes(position: str) -> dict[int, str]:
    lanes_and_places = [part.rpartition("=") for part in position.split("|") if part]
    return {int(lane or 0): place for lane, _, place in lanes_and_places}


def _joined(places: Mapping[int, str]) -> str:
    return "|".join(f"{lane}={place}" if lane else place for lane, place in sorted(places.items()))


def _read_lane(
    folder: Path,
    tenant: str,
    position: str,
    verbs: Collection[str],
    within: Collection[str] | None,
    choose: Choose | None,
) -> TailReading:
    place = _parsed(position)
    most, step = (MOST_BYTES, MOST_BYTES) if verbs else (1, LOOK_BYTES)
    payloads: list[tuple[memoryview, int]] = []
    taken, more = 0, False
    for segment in _unread(folder, place, within):
        more = taken >= most
        if more:
            break
        start = place.offset if segment.identity == place.identity else 0
        content, _ = content_of(segment.path, start, step)
        if content is None:
            continue
        read = read_frames(content)
        more = size_of(segment.path) - start - len(content) > 0
        if not read.frames and not more:
            continue  # an empty segment leaves no place behind: it may be removed, and its number given again
        place = _Place(segment.number, start + read.good_end, segment.identity)
        payloads += [(frame.payload, frame.count) for frame in read.frames if frame.tenant == tenant and frame.count]
        taken += len(content)
        if more:
            break
    return TailReading(read_live(payloads, verbs, choose), str(place) if place.identity else position, more)


def _parsed(position: str) -> _Place:
    if position.count(":") != 2:
        return _Place()
    number, offset, identity = position.split(":")
    return _Place(int(number), int(offset), identity)


def _unread(folder: Path, place: _Place, within: Collection[str] | None) -> Iterator[_Segment]:
    """Give the segments of the log in order, without those before `place` unless the log was begun anew since.

    One that is being made or was just compacted is not there. A backlog may be of thousands: only what is asked for is
    opened.
    """
    found = listed(folder)
    stands = next((identity_of(folder / name) for number, name in found if number == place.number), "")
    if stands in ("", place.identity) and any(number >= place.number for number, _ in found):
        found = [(number, name) for number, name in found if number >= place.number]
    for number, name in found:
        path = folder / name
        identity = identity_of(path)
        if identity and (within is None or identity in within):
            yield _Segment(number, path, identity)

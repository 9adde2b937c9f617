"""A segment file: a header, then frames. Each frame proves itself by a CRC-32 and can be found again by its mark.

header   8 bytes magic, 16 random bytes: the name by which the lake remembers having taken this segment
frame    mark (4 bytes that never occur in UTF-8), body length u32, CRC-32 u32 of all that follows in the frame,
         arrival i64 (microseconds since 1970, UTC), events u32, tenant length u8, tenant, payload (JSON lines)
All numbers are little-endian.
"""

from __future__ import annotations

import secrets
import struct
import zlib
from dataclasses import dataclass

MAGIC = b"STAYLOG1"
HEADER_BYTES = len(MAGIC) + 16
MARK = b"\xff\xfe\xffF"
_PREFIX = struct.Struct("<4sII")
_BODY = struct.Struct("<qIB")
_HEAD_BYTES = _PREFIX.size + _BODY.size


@dataclass(frozen=True, slots=True)
class Frame:
    """One append of one tenant: `count` events as JSON lines, arrived at `arrival` (microseconds since 1970, UTC)."""

    tenant: str
    arrival: int
    count: int
    payload: memoryview


@dataclass(frozen=True, slots=True)
class Reading:
    """What a segment holds. `damage` are byte ranges that no frame vouches for; `good_end` ends the last good frame."""

    segment: str
    frames: tuple[Frame, ...]
    damage: tuple[tuple[int, int], ...]
    good_end: int

    @property
    def events(self) -> int:
        return sum(frame.count for frame in self.frames)


def new_header() -> bytes:
    """Return the header of a new segment."""
    return MAGIC + secrets.token_bytes(HEADER_BYTES - len(MAGIC))


def pack_frame(tenant: str, arrival: int, count: int, *payload: bytes) -> list[bytes]:
    """Return the frame as buffers, its head and the pieces of the payload themselves (not copied)."""
    name = tenant.encode()
    body = _BODY.pack(arrival, count, len(name)) + name
    check, length = zlib.crc32(body), len(body)
    for piece in payload:
        check, length = zlib.crc32(piece, check), length + len(piece)
    return [_PREFIX.pack(MARK, length, check) + body, *payload]


def read_frames(content: bytes) -> Reading:
    """Read a whole segment. Damaged bytes are passed over up to the next frame that proves itself."""
    view = memoryview(content)
    frames: list[Frame] = []
    damage: list[tuple[int, int]] = []
    sound = len(content) >= HEADER_BYTES and content.startswith(MAGIC)
    position = good_end = HEADER_BYTES if sound else 0
    while position < len(content):
        found = _frame_at(view, position)
        if found is None and position and not content[position:].strip(b"\0"):
            break  # filled ahead, and nothing is written there yet
        if found is None:
            after = _next_frame(content, view, position + 1)
            damage.append((position, after))
            position = after
            continue
        frame, position = found
        good_end = position
        frames.append(frame)
    return Reading(content[:HEADER_BYTES].hex(), tuple(frames), tuple(damage), good_end)


def holds_frame(content: bytes) -> bool:
    """Say whether a whole frame stands anywhere in a piece of a segment."""
    return _next_frame(content, memoryview(content), 0) < len(content)


def _frame_at(view: memoryview, position: int) -> tuple[Frame, int] | None:
    if position + _HEAD_BYTES > len(view):
        return None
    mark, length, check = _PREFIX.unpack_from(view, position)
    start = position + _PREFIX.size
    end = start + length
    if mark != MARK or length < _BODY.size or end > len(view) or zlib.crc32(view[start:end]) != check:
        return None
    arrival, count, width = _BODY.unpack_from(view, start)
    named = start + _BODY.size
    tenant = str(view[named : named + width], "utf-8")
    return Frame(tenant, arrival, count, view[named + width : end]), end


def _next_frame(content: bytes, view: memoryview, position: int) -> int:
    while (position := content.find(MARK, position)) >= 0:
        if _frame_at(view, position) is not None:
            return position
        position += 1
    return len(content)

"""A batch of events as bytes, column by column: cheap to write, and read back as columns without a loop over events.

Chosen by measurement (docs/decisions/0002-log-and-lake.md). It knows nothing of files or frames, so that another log
(NATS JetStream: one message = one batch) can carry the same bytes.

head     version u8, then form u8 and length u32 of each column in the order of COLUMNS
texts    in UTF-8, one after the other, by form: ONE (all alike: written once), EVEN (all of one width), SHORT (before
         them the width of each, u8), LONG (u32); a NUL within a value is kept as U+FFFD
instants as texts in UTC ("2026-03-01T08:00:00.123456Z"): ten times faster than to count microseconds; a JSON
         array, EVEN where all are of one width, else LIST ("" stands for "none"); ONE where all are none
numbers  i64 each (EVEN), NOTHING stands for "none"; ONE where all are none
flags    one byte each (EVEN); ONE where none is set
All numbers are little-endian. Ids and times are never ONE, so that a batch of few bytes holds no more than few events.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec

from staycourse.events import Event
from staycourse.kernel import BadEvent

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

TEXTS = ("event_id", "learner", "verb", "course", "object", "source", "attributes")
INSTANTS = ("time", "received")
NUMBERS = ("value",)
FLAGS = ("backfill",)
COLUMNS = (*TEXTS, *INSTANTS, *NUMBERS, *FLAGS)
NOTHING = -(2**63)

ONE, EVEN, SHORT, LONG, LIST, CUT = range(6)
VERSION = 2
HEAD = struct.Struct("<B" + "BI" * len(COLUMNS))
_MOST_ALIKE = 200  # bytes of a text that is written once for all
_WIDTHS = (20, 27)  # of an instant without and with its microseconds

Column = tuple[int, bytes]
_NONE: Column = (ONE, b"")
_encoder = msgspec.json.Encoder()


def encode_events(events: Sequence[Event]) -> bytes:
    """Return `events` (one or more) as bytes; BadEvent if one cannot be kept (no zone, not in 1970-2199, bad text)."""
    try:
        columns = [
            _texts([event.event_id for event in events], apart=True),
            _texts([event.learner for event in events]),
            _texts([event.verb for event in events]),
            _texts([event.course for event in events]),
            _texts([event.object for event in events]),
            _texts([event.source for event in events]),
            _attributes([event.attributes for event in events]),
            _instants([event.time for event in events]),
            _instants([event.received for event in events]),
            _numbers([event.value for event in events]),
            _flags([event.backfill for event in events]),
        ]
        lengths = [part for form, content in columns for part in (form, len(content))]
        return b"".join((HEAD.pack(VERSION, *lengths), *(content for _, content in columns)))
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise BadEvent("an event cannot be written down", where="event", mend="check its times and texts") from error


def _texts(values: Sequence[str], *, apart: bool = False) -> Column:
    """Write texts; `apart` if they must not be written once for all."""
    first, count = values[0], len(values)
    if not apart and first == values[-1] and len(first) <= _MOST_ALIKE // 4 and values.count(first) == count:
        return ONE, first.replace("\0", "\ufffd").encode()
    joined = "".join(values)
    if "\0" in joined:
        return _texts([value.replace("\0", "\ufffd") for value in values], apart=apart)
    written: Sequence[str | bytes] = values if joined.isascii() else [value.encode() for value in values]
    text = joined.encode()
    try:
        widths = bytes(map(len, written))
    except ValueError:  # one is wider than 255 bytes
        return LONG, _little(array("I", map(len, written))) + text
    return (EVEN, text) if widths.count(widths[0]) == count else (SHORT, widths + text)


def _attributes(values: Sequence[dict[str, str]]) -> Column:
    if not any(values):
        return _NONE
    return _texts([_encoder.encode(value).decode() if value else "" for value in values])


def _instants(instants: Sequence[datetime | None]) -> Column:
    if instants[0] is None and instants.count(None) == len(instants):
        return _NONE
    written = _encoder.encode(instants)
    if _plain(written, len(instants)):
        return EVEN, written
    try:
        low, high = min(instants), max(instants)  # type: ignore[type-var]
    except TypeError:  # some have none, or else no zone; to look for None would compare each with it
        given = [instant for instant in instants if instant is not None]
        low, high = min(given), max(given)
    if low < EARLIEST or high >= LATEST:  # type: ignore[operator]  # also refuses one without a zone
        raise BadEvent("an event's time is outside the years 1970 to 2199", where="time", mend="check its unit")
    if written.count(b"Z") != len(instants):
        written = _encoder.encode(["" if instant is None else instant.astimezone(UTC) for instant in instants])
    return LIST, written


def _plain(written: bytes, count: int) -> bool:
    """Say whether the instants in a JSON array are all of one width, in UTC, and in the years 2000 to 2199.

    Each ends at most one stride with its Z, so that all do if every stride ends with one; then they are of two widths,
    and all of the first one's if the sum says so.
    """
    width = written.find(b'"', 2) - 2
    stride = width + 3
    return (
        width in _WIDTHS
        and len(written) == count * stride + 1
        and written[width + 1 :: stride] == b"Z" * count
        and written[2::stride] == b"2" * count
        and not written[3::stride].translate(None, b"01")
    )


def _numbers(values: Sequence[int | None]) -> Column:
    try:
        return EVEN, struct.pack(f"<{len(values)}q", *values)
    except struct.error:  # some have none, or are none; to look for None would compare each with it
        if values.count(None) == len(values):
            return _NONE
        return EVEN, _little(array("q", [NOTHING if value is None else value for value in values]))


def _flags(values: Sequence[bool]) -> Column:
    return (EVEN, bytes(values)) if any(values) else _NONE


def _little(numbers: array[int]) -> bytes:
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()

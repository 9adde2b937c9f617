"""A batch of events as bytes: JSON lines with one-letter keys, written in a row, read back as columns.

Chosen by measurement (docs/decisions/0002-log-and-lake.md). It knows nothing of files or frames, so that another log
(NATS JetStream: one message = one batch) can carry the same bytes.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import msgspec
import pyarrow as pa
from pyarrow import json as arrow_json

from staycourse.events import Event
from staycourse.kernel import BadEvent

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)
_BLOCK = 8 << 20  # a valid event is at most about 4 MB of JSON; a block must hold a whole line
_encoder = msgspec.json.Encoder()


class Line(msgspec.Struct, omit_defaults=True):
    """One event as kept. Short keys and omitted defaults save a third of the bytes; attributes stay a JSON text."""

    i: str
    l: str  # noqa: E741 - one letter a key
    v: str
    t: datetime
    c: str = ""
    o: str = ""
    n: int | None = None
    r: datetime | None = None
    s: str = ""
    a: str = ""
    b: bool = False


_INSTANT = pa.timestamp("us", "UTC")
_LINES = pa.schema({
    "i": pa.string(), "l": pa.string(), "v": pa.string(), "t": _INSTANT, "c": pa.string(), "o": pa.string(),
    "n": pa.int64(), "r": _INSTANT, "s": pa.string(), "a": pa.string(), "b": pa.bool_(),
})  # fmt: skip
COLUMNS = (
    "event_id",
    "learner",
    "verb",
    "time",
    "course",
    "object",
    "value",
    "received",
    "source",
    "attributes",
    "backfill",
)


def encode_events(events: Sequence[Event]) -> bytes:
    """Return `events` as JSON lines; BadEvent if one cannot be kept (no zone, outside 1970 to 2199, broken text)."""
    try:
        times = [event.time for event in events]
        times += [event.received for event in events if event.received is not None]
        if min(times) < EARLIEST or max(times) >= LATEST:
            raise BadEvent("an event's time is outside the years 1970 to 2199", where="time", mend="check its unit")
        return _encoder.encode_lines([_line(event) for event in events])
    except (TypeError, ValueError, OverflowError) as error:
        raise BadEvent("an event cannot be written down", where="event", mend="check its times and texts") from error


def decode_events(payload: bytes | memoryview, longest_line: int = 0) -> pa.Table:
    """Return the lines as a table of COLUMNS (what was omitted is null); pyarrow.ArrowInvalid if they do not fit."""
    lines = arrow_json.read_json(
        pa.BufferReader(payload),
        read_options=arrow_json.ReadOptions(block_size=max(_BLOCK, longest_line + 1)),
        parse_options=arrow_json.ParseOptions(explicit_schema=_LINES, unexpected_field_behavior="ignore"),
    )
    return lines.select(_LINES.names).rename_columns(COLUMNS)


def _line(event: Event) -> Line:
    time, received = event.time, event.received
    return Line(
        event.event_id,
        event.learner,
        event.verb,
        time if time.tzinfo is UTC else time.astimezone(UTC),
        event.course,
        event.object,
        event.value,
        received if received is None or received.tzinfo is UTC else received.astimezone(UTC),
        event.source,
        _encoder.encode(event.attributes).decode() if event.attributes else "",
        event.backfill,
    )

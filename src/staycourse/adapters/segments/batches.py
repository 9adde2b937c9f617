"""A batch of events as bytes, column by column: cheap to write, and read back as columns without a loop over events.

Chosen by measurement (docs/decisions/0002-log-and-lake.md). It knows nothing of files or frames, so that another log
(NATS JetStream: one message = one batch) can carry the same bytes.

head     version u8, then the length u32 of each column in the order of COLUMNS
texts    the values in UTF-8 with a NUL between two (a NUL within a value is kept as U+FFFD)
instants as texts in UTC ("2026-03-01T08:00:00.123456Z", none empty): ten times faster than to count microseconds
numbers  i64 each; NOTHING stands for "none"
flags    one byte each
All numbers are little-endian.
"""

from __future__ import annotations

import struct
import sys
from array import array
from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from staycourse.events import Event
from staycourse.kernel import BadEvent, StorageFault

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2200, 1, 1, tzinfo=UTC)

TEXTS = ("event_id", "learner", "verb", "course", "object", "source", "attributes")
INSTANTS = ("time", "received")
NUMBERS = ("value",)
FLAGS = ("backfill",)
COLUMNS = (*TEXTS, *INSTANTS, *NUMBERS, *FLAGS)
NOTHING = -(2**63)

_VERSION = 1
_HEAD = struct.Struct(f"<B{len(COLUMNS)}I")
_plain_texts = [attrgetter(name) for name in TEXTS[:-1]]
_encoder = msgspec.json.Encoder()


def encode_events(events: Sequence[Event]) -> bytes:
    """Return `events` (one or more) as bytes; BadEvent if one cannot be kept (no zone, not in 1970-2199, bad text)."""
    try:
        columns = [_texts(list(map(field, events))) for field in _plain_texts]
        columns.append(_texts([_encoder.encode(e.attributes).decode() if e.attributes else "" for e in events]))
        columns.append(_instants([event.time for event in events]))
        columns.append(_instants([event.received for event in events]))
        columns.append(_numbers([event.value for event in events]))
        columns.append(bytes([event.backfill for event in events]))
        return b"".join((_HEAD.pack(_VERSION, *map(len, columns)), *columns))
    except (TypeError, ValueError, OverflowError, AttributeError) as error:
        raise BadEvent("an event cannot be written down", where="event", mend="check its times and texts") from error


def decode_events(batches: Sequence[tuple[memoryview, int]]) -> pa.Table:
    """Return the events of `batches` (bytes and number of events of each, at least one) in order, columns COLUMNS."""
    pieces: list[list[memoryview]] = [[] for _ in COLUMNS]
    for payload, _ in batches:
        version, *lengths = _HEAD.unpack_from(payload)
        if version != _VERSION:
            raise StorageFault(f"a batch of the log is of version {version}", mend="use the staycourse that wrote it")
        position = _HEAD.size
        for column, length in zip(pieces, lengths, strict=True):
            column.append(payload[position : position + length])
            position += length
    count = sum(count for _, count in batches)
    table = dict(zip(COLUMNS, pieces, strict=True))
    arrays = [_read_texts(table[name], count) for name in TEXTS]
    arrays += [_read_instants(table[name], count) for name in INSTANTS]
    arrays += [_read_numbers(table[name]) for name in NUMBERS]
    arrays += [pa.array(np.frombuffer(b"".join(table[name]), np.bool_)) for name in FLAGS]
    return pa.table(arrays, COLUMNS)


def _texts(values: Sequence[str]) -> bytes:
    joined = "\0".join(values)
    if joined.count("\0") != len(values) - 1:
        joined = "\0".join(value.replace("\0", "\ufffd") for value in values)
    return joined.encode()


def _instants(instants: Sequence[datetime | None]) -> bytes:
    given = [instant for instant in instants if instant is not None]
    if not given:
        return b"\0" * (len(instants) - 1)
    if min(given) < EARLIEST or max(given) >= LATEST:  # also refuses an instant without a zone: it cannot be compared
        raise BadEvent("an event's time is outside the years 1970 to 2199", where="time", mend="check its unit")
    written = _encoder.encode(["" if instant is None else instant for instant in instants])
    if written.count(b'Z"') != len(given):
        return _instants([instant and instant.astimezone(UTC) for instant in instants])
    return written[2:-2].replace(b'","', b"\0")


def _numbers(values: Sequence[int | None]) -> bytes:
    numbers = array("q", [NOTHING if value is None else value for value in values])
    if sys.byteorder == "big":
        numbers.byteswap()
    return numbers.tobytes()


def _read_texts(pieces: Sequence[memoryview], count: int) -> pa.StringArray:
    joined = b"\0".join(pieces)
    cuts = np.flatnonzero(np.frombuffer(joined, np.uint8) == 0)
    if len(cuts) != count - 1:
        raise StorageFault("a batch of the log does not hold as many texts as events", mend="see `staycourse doctor`")
    offsets = np.zeros(count + 1, np.int32)
    offsets[1:-1] = cuts - np.arange(count - 1)
    offsets[-1] = len(joined) - len(cuts)
    return pa.StringArray.from_buffers(count, pa.py_buffer(offsets), pa.py_buffer(joined.replace(b"\0", b"")))


def _read_instants(pieces: Sequence[memoryview], count: int) -> pa.Array:
    texts = _read_texts(pieces, count)
    return pc.if_else(pc.equal(texts, ""), None, texts).cast(pa.timestamp("us", "UTC"))


def _read_numbers(pieces: Sequence[memoryview]) -> pa.Array:
    numbers: NDArray[np.int64] = np.frombuffer(b"".join(pieces), "<i8")
    return pa.array(numbers, mask=numbers == NOTHING)

"""A batch of events as bytes, column by column: cheap to write, and read back as columns without a loop over events.

Chosen by measurement (docs/decisions/0002-log-and-lake.md). It knows nothing of files or frames, so that another log
(NATS JetStream: one message = one batch) can carry the same bytes.

head     version u8, then the length u32 of each column in the order of COLUMNS
texts    the values in UTF-8 with a NUL between two (a NUL within a value is kept as U+FFFD)
numbers  i64 each; NOTHING stands for "none"; no bytes at all if no event has one
instants i64 microseconds since 1970, UTC, likewise
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
from numpy.typing import NDArray

from staycourse.events import Event
from staycourse.kernel import BadEvent, StorageFault

EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)
LATEST = datetime(2100, 1, 1, tzinfo=UTC)
"""Until then a double of seconds, rounded, gives back every microsecond."""

TEXTS = ("event_id", "learner", "verb", "course", "object", "source", "attributes")
INSTANTS = ("time", "received")
NUMBERS = ("value",)
FLAGS = ("backfill",)
COLUMNS = (*TEXTS, *INSTANTS, *NUMBERS, *FLAGS)
NOTHING = -(2**63)

_VERSION = 1
_HEAD = struct.Struct(f"<B{len(COLUMNS)}I")
_INSTANT = pa.timestamp("us", "UTC")
_fields = attrgetter(*COLUMNS)
_encoder = msgspec.json.Encoder()


def encode_events(events: Sequence[Event]) -> bytes:
    """Return `events` (one or more) as bytes; BadEvent if one cannot be kept (no zone, not in 1970-2099, bad text)."""
    try:
        *texts, attributes, times, received, values, flags = zip(*map(_fields, events), strict=True)
        columns = [_texts(column) for column in texts]
        columns.append(_texts([_encoder.encode(each).decode() if each else "" for each in attributes]))
        columns += [_instants(times), _instants(received), _numbers(values), bytes(map(bool, flags))]
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
    counts = [count for _, count in batches]
    table = dict(zip(COLUMNS, pieces, strict=True))
    arrays = [_read_texts(table[name], sum(counts)) for name in TEXTS]
    arrays += [_read_numbers(table[name], counts, _INSTANT) for name in INSTANTS]
    arrays += [_read_numbers(table[name], counts, pa.int64()) for name in NUMBERS]
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
        return b""
    if min(given) < EARLIEST or max(given) >= LATEST:  # also refuses an instant without a zone: it cannot be compared
        raise BadEvent("an event's time is outside the years 1970 to 2099", where="time", mend="check its unit")
    seconds = np.array([instant.timestamp() for instant in given])
    known = np.rint(seconds * 1e6).astype("<i8")
    if len(given) == len(instants):
        return known.tobytes()
    every = np.full(len(instants), NOTHING, "<i8")
    every[[instant is not None for instant in instants]] = known
    return every.tobytes()


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


def _read_numbers(pieces: Sequence[memoryview], counts: Sequence[int], kind: pa.DataType) -> pa.Array:
    filled: list[memoryview | bytes] = [
        piece if len(piece) else _nothing(count) for piece, count in zip(pieces, counts, strict=True)
    ]
    numbers: NDArray[np.int64] = np.frombuffer(b"".join(filled), "<i8")
    return pa.array(numbers, pa.int64(), mask=numbers == NOTHING).view(kind)


def _nothing(count: int) -> bytes:
    return np.full(count, NOTHING, "<i8").tobytes()

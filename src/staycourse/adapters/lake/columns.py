"""From lines of the log to the lake's columns: arrival, days local to the tenant, feelings, order."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from staycourse.adapters.lake.days import days_of, hours_of, local_instants
from staycourse.events import TEXT_VERBS

Feel = Callable[[Sequence[str]], Sequence[int]]

_INSTANT = pa.timestamp("us", "UTC")
EVENT_SCHEMA = pa.schema([
    ("event_id", pa.string()),
    ("event_hash", pa.uint64()),   # of event_id: see repeats.event_hashes
    ("learner", pa.string()),
    ("course", pa.string()),       # "" = about no course
    ("verb", pa.string()),
    ("object", pa.string()),
    ("value", pa.int64()),
    ("time", _INSTANT),
    ("received", _INSTANT),
    ("source", pa.string()),
    ("backfill", pa.bool_()),
    ("attributes", pa.string()),   # a JSON object of texts, "{}" = none
    ("event_day", pa.date32()),    # local to the tenant's zone
    ("event_hour", pa.int8()),
    ("feeling", pa.int8()),        # -1, 0, 1 of attributes.text; null = no text, or a verb without the learner's words
])  # fmt: skip
REPEATED = ("learner", "course", "verb", "object", "source", "attributes")
"""Columns whose values repeat: kept as dictionaries in memory and in Parquet."""

INGEST_DAY = "ingest_day"
_fields = msgspec.json.Decoder(dict[str, object])


def lake_columns(written: pa.Table, arrivals: NDArray[np.int64], zone: ZoneInfo, feel: Feel) -> pa.Table:
    """Return `written` (see segments.decode_events) with every column of EVENT_SCHEMA but event_hash, and `ingest_day`.

    `arrivals` is, per row, when its batch reached the log (microseconds, UTC): the arrival of an event that names none,
    unless it is a backfill, which was known at its own time. Columns in REPEATED come as dictionaries.
    """
    columns: dict[str, pa.Array] = {name: _whole(written[name]) for name in written.column_names}
    for name in REPEATED:
        columns[name] = columns[name].dictionary_encode()
    columns["attributes"] = _named(columns["attributes"])
    columns["received"] = pc.coalesce(
        columns["received"], pc.if_else(columns["backfill"], columns["time"], pa.array(arrivals, _INSTANT))
    )
    local = local_instants(_microseconds(columns["time"]), zone)
    columns["event_day"] = pa.array(days_of(local)).view(pa.date32())
    columns["event_hour"] = pa.array(hours_of(local))
    received = local_instants(_microseconds(columns["received"]), zone)
    columns[INGEST_DAY] = pa.array(days_of(received)).view(pa.date32())
    columns["feeling"] = _feelings(columns, feel)
    names = [field.name for field in EVENT_SCHEMA if field.name in columns]
    return pa.table({name: columns[name] for name in [*names, INGEST_DAY]})


def _whole(column: pa.ChunkedArray) -> pa.Array:
    """Return a column as one piece; where it is one already, it is not copied as combine_chunks does."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def sort_order(events: pa.Table) -> NDArray[np.int64]:
    """Return the order of rows by ingest_day (where there is one), learner, course, event_day."""
    keys = [_days(events[INGEST_DAY])] if INGEST_DAY in events.column_names else []
    return _order([*keys, _ranks(events["learner"]), _ranks(events["course"]), _days(events["event_day"])])


def _order(keys: Sequence[NDArray[np.int64]]) -> NDArray[np.int64]:
    # One packed integer sorts many times faster than four keys; days and ranks together nearly always fit into 63 bits.
    packed = np.zeros(len(keys[0]), np.int64)
    bits = 0
    for key in keys:
        low, high = int(key.min()), int(key.max())
        width = (high - low).bit_length()
        packed = (packed << width) | (key - low)
        bits += width
    if bits > 63:
        return np.lexsort(list(reversed(keys)))
    width = len(packed).bit_length()
    if bits + width > 63:
        return np.argsort(packed, kind="stable")
    # With the row's number behind it the key sorts by value, many times faster than rows by their keys.
    ordered = np.sort((packed << width) | np.arange(len(packed)))
    return ordered & ((1 << width) - 1)


def _named(attributes: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return `attributes` with an empty JSON object where the log, to save bytes, has an empty text."""
    values = attributes.dictionary
    return pa.DictionaryArray.from_arrays(attributes.indices, pc.if_else(pc.equal(values, ""), "{}", values))


def _ranks(column: pa.ChunkedArray) -> NDArray[np.int64]:
    """Return each row's place in the order of the column's values."""
    encoded = _whole(column)
    order = pc.sort_indices(encoded.dictionary).to_numpy()
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    result: NDArray[np.int64] = rank[encoded.indices.to_numpy()]
    return result


def _days(column: pa.ChunkedArray) -> NDArray[np.int64]:
    days: NDArray[np.int64] = _whole(column).view(pa.int32()).to_numpy().astype(np.int64)
    return days


def _microseconds(column: pa.Array) -> NDArray[np.int64]:
    instants: NDArray[np.int64] = column.view(pa.int64()).to_numpy(zero_copy_only=False)
    return instants


def _feelings(columns: Mapping[str, pa.Array], feel: Feel) -> pa.Array:
    """Ask `feel` about the learner's own words, and about nothing else."""
    verbs, attributes = columns["verb"], columns["attributes"]
    speaking = pc.is_in(verbs.dictionary, pa.array(TEXT_VERBS)).to_numpy(zero_copy_only=False)[verbs.indices.to_numpy()]
    rows = np.flatnonzero(speaking)
    feelings = np.zeros(len(verbs), np.int8)
    known = np.zeros(len(verbs), np.bool_)
    found = attributes.take(pa.array(rows)).cast(pa.string()).to_pylist()
    said = [(row, text) for row, fields in zip(rows, found, strict=True) if (text := _text(fields))]
    if said:
        places = np.array([row for row, _ in said])
        feelings[places] = np.asarray(feel([text for _, text in said]), np.int8)
        known[places] = True
    return pa.array(feelings, mask=~known)


def _text(attributes: str) -> str:
    text = _fields.decode(attributes).get("text") if '"text"' in attributes else None
    return text.strip() if isinstance(text, str) else ""

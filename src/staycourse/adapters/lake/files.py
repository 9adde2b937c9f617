"""Event files: written whole and synced before anyone may name them, read back as tables."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Executor
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from staycourse.adapters.lake.columns import EVENT_SCHEMA, INGEST_DAY, REPEATED
from staycourse.adapters.lake.manifest import HASHING, Entry
from staycourse.adapters.lake.repeats import event_hashes
from staycourse.adapters.segments import make_folder, sync_file, sync_folder
from staycourse.kernel import EPOCH

_ROW_GROUP = 131_072
_CODED = pa.dictionary(pa.int32(), pa.string())
_FILE_SCHEMA = pa.schema([(field.name, _CODED) if field.name in REPEATED else field for field in EVENT_SCHEMA])


def write_days(folder: Path, events: pa.Table, name: str, executor: Executor) -> list[Entry]:
    """Write `events` (sorted by ingest_day first) as one file a day called `name`; return once all are on the disk."""
    days = events[INGEST_DAY].combine_chunks().view(pa.int32()).to_numpy()
    starts = [0, *(np.flatnonzero(np.diff(days)) + 1).tolist()]
    slices = [
        (EPOCH + timedelta(days=int(days[start])), events.slice(start, end - start))
        for start, end in zip(starts, [*starts[1:], len(days)], strict=True)
    ]
    for day, _ in slices:
        make_folder(folder / f"ingest_day={day.isoformat()}")
    write: Callable[[tuple[date, pa.Table]], Entry] = lambda item: write_file(folder, item[0], name, item[1])  # noqa: E731
    return list(executor.map(write, slices))


def write_file(folder: Path, day: date, name: str, events: pa.Table) -> Entry:
    """Write one event file and return its manifest entry once file and folder are on the disk."""
    entry = Entry(name, day, len(events), 0, HASHING)
    path = folder / entry.place
    with pq.ParquetWriter(
        path, _FILE_SCHEMA, compression="zstd", compression_level=1, use_dictionary=list(REPEATED), store_schema=False
    ) as writer:
        for group in _row_groups(events.select(EVENT_SCHEMA.names)):
            writer.write_table(group, row_group_size=_ROW_GROUP)
    sync_file(path)
    sync_folder(path.parent)
    return Entry(name, day, len(events), path.stat().st_size, HASHING)


def _row_groups(events: pa.Table) -> Iterator[pa.Table]:
    """Give `events` a row group at a time, each with dictionaries of its own: what a slice carries is the whole one.

    Parquet keeps them as they come; made into plain texts, each text would be looked up once more.
    """
    for start in range(0, len(events), _ROW_GROUP):
        group = events.slice(start, _ROW_GROUP).combine_chunks()
        columns = [
            _own(group[field.name].chunk(0)) if field.name in REPEATED else group[field.name] for field in _FILE_SCHEMA
        ]
        yield pa.table(columns, schema=_FILE_SCHEMA)


def _own(column: pa.DictionaryArray) -> pa.DictionaryArray:
    """Return a column with only those words in its dictionary that occur: an erased learner's name must not stay."""
    words, codes = column.dictionary, column.indices.to_numpy()
    occurs = np.zeros(len(words), np.bool_)
    occurs[codes] = True
    if occurs.all():
        return column
    places = np.cumsum(occurs, dtype=np.int32) - np.int32(1)
    return pa.DictionaryArray.from_arrays(pa.array(places[codes]), words.filter(pa.array(occurs)))


def read_files(paths: Sequence[Path]) -> pa.Table:
    """Return the events of `paths`, columns of EVENT_SCHEMA, repeated ones as dictionaries."""
    names = [name for name in EVENT_SCHEMA.names if name != "event_hash"]  # a file may be of hashes made otherwise
    tables = [pq.ParquetFile(path, read_dictionary=list(REPEATED)).read(columns=names) for path in paths]
    events = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    return events.append_column("event_hash", pa.array(event_hashes(events["event_id"])))

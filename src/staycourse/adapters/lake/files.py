"""Event files: written whole and synced before anyone may name them, read back as tables."""

from __future__ import annotations

from collections.abc import Callable, Sequence
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


def write_days(folder: Path, events: pa.Table, name: str, executor: Executor) -> list[Entry]:
    """Write `events` (sorted by ingest_day first) as one file a day called `name`; return once all are on the disk."""
    days = events[INGEST_DAY].combine_chunks().view(pa.int32()).to_numpy()
    values, starts = np.unique(days, return_index=True)
    ends = [*starts[1:].tolist(), len(days)]
    slices = [
        (EPOCH + timedelta(days=day), events.slice(start, end - start))
        for day, start, end in zip(values.tolist(), starts.tolist(), ends, strict=True)
    ]
    for day, _ in slices:
        make_folder(folder / f"ingest_day={day.isoformat()}")
    write: Callable[[tuple[date, pa.Table]], Entry] = lambda item: write_file(folder, item[0], name, item[1])  # noqa: E731
    return list(executor.map(write, slices))


def write_file(folder: Path, day: date, name: str, events: pa.Table) -> Entry:
    """Write one event file and return its manifest entry once file and folder are on the disk."""
    entry = Entry(name, day, len(events), 0, HASHING)
    path = folder / entry.place
    pq.write_table(
        events.select(EVENT_SCHEMA.names).cast(
            EVENT_SCHEMA
        ),  # plain texts: a slice must not carry the whole dictionary
        path,
        row_group_size=_ROW_GROUP,
        compression="zstd",
        compression_level=1,
        use_dictionary=list(REPEATED),
        store_schema=False,
    )
    sync_file(path)
    sync_folder(path.parent)
    return Entry(name, day, len(events), path.stat().st_size, HASHING)


def read_files(paths: Sequence[Path]) -> pa.Table:
    """Return the events of `paths`, columns of EVENT_SCHEMA, repeated ones as dictionaries."""
    names = [name for name in EVENT_SCHEMA.names if name != "event_hash"]  # a file may be of hashes made otherwise
    tables = [pq.ParquetFile(path, read_dictionary=list(REPEATED)).read(columns=names) for path in paths]
    events = pa.concat_tables(tables).unify_dictionaries().combine_chunks()
    return events.append_column("event_hash", pa.array(event_hashes(events["event_id"])))

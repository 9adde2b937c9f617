"""One learner's events out of the lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.fs import LocalFileSystem

from staycourse.adapters.lake.columns import EVENT_SCHEMA, INGEST_DAY
from staycourse.adapters.lake.manifest import EventFile


def learner_events(files: Sequence[EventFile], learner: str, before: date | None, limit_days: int) -> pa.Table:
    """Return the learner's events of the last `limit_days` days that have any, before day `before`; newest first.

    Files are sorted by learner, so that each is read only around the one that is asked for.
    """
    import pyarrow.dataset as ds  # brings pandas along

    schema = EVENT_SCHEMA.append(pa.field(INGEST_DAY, pa.date32()))
    if not files:
        return schema.empty_table()
    wanted = ds.field("learner") == learner
    if before is not None:
        wanted &= ds.field("event_day") < _day(before)
    parquet, disk = ds.ParquetFileFormat(), LocalFileSystem()
    fragments = [
        parquet.make_fragment(str(file.path), disk, partition_expression=ds.field(INGEST_DAY) == _day(file.ingest_day))
        for file in files
    ]
    events = ds.FileSystemDataset(fragments, schema, parquet, disk).to_table(filter=wanted)
    days = np.unique(events["event_day"].combine_chunks().view(pa.int32()).to_numpy())[-limit_days:]
    if len(days):
        events = events.filter(
            pc.greater_equal(events["event_day"], pa.scalar(int(days[0]), pa.int32()).cast(pa.date32()))
        )
    return events.sort_by([("time", "descending"), ("event_id", "ascending")])


def _day(day: date) -> pa.Scalar:
    return pa.scalar(day, pa.date32())

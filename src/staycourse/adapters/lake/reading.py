"""One learner's events out of the lake."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.lake.columns import EVENT_SCHEMA, INGEST_DAY
from staycourse.adapters.lake.manifest import EventFile
from staycourse.kernel import StorageFault


def learner_events(files: Sequence[EventFile], learner: str, before: date | None, limit_days: int) -> pa.Table:
    """Return the learner's events of the last `limit_days` days that have any, before day `before`; newest first."""
    events = _all_of(files, learner)
    if before is not None:
        events = events.filter(pc.less(events["event_day"], pa.scalar(before, pa.date32())))
    days = np.unique(events["event_day"].combine_chunks().view(pa.int32()).to_numpy())[-limit_days:]
    if len(days):
        events = events.filter(
            pc.greater_equal(events["event_day"], pa.scalar(int(days[0]), pa.int32()).cast(pa.date32()))
        )
    return events.sort_by([("time", "descending"), ("event_id", "ascending")])


def _all_of(files: Sequence[EventFile], learner: str) -> pa.Table:
    """Return the learner's every event. A home has as many files as it has days, and DuckDB opens many soonest, and
    of most of them reads no more than whose events they hold."""
    schema = EVENT_SCHEMA.append(pa.field(INGEST_DAY, pa.date32()))
    if not files:
        return schema.empty_table()
    import duckdb  # as heavy as all else here

    paths, columns = [str(file.path) for file in files], ", ".join(EVENT_SCHEMA.names)
    asked = (
        f"SELECT {columns}, filename FROM read_parquet($paths, filename = true, hive_partitioning = false) "
        "WHERE learner = $learner"
    )
    try:
        with duckdb.connect(config={"threads": 2}) as connection:
            found = connection.sql(asked, params={"paths": paths, "learner": learner}).to_arrow_table()
    except duckdb.Error as error:
        raise StorageFault("the lake could not be read", mend="run staycourse doctor") from error
    arrived = {str(file.path): file.ingest_day for file in files}
    days = pa.array([arrived[place] for place in found["filename"].to_pylist()], pa.date32())
    return found.select(EVENT_SCHEMA.names).append_column(schema.field(INGEST_DAY), days).cast(schema)

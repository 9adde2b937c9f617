"""Which events are known already: the same id twice in what is new, or in the lake within the window of days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from staycourse.adapters.lake.columns import INGEST_DAY
from staycourse.adapters.lake.manifest import Entry


def event_hashes(connection: duckdb.DuckDBPyConnection, ids: pa.ChunkedArray) -> NDArray[np.uint64]:
    """Return the last 8 bytes of md5(id), little-endian, of each id."""
    hashes: NDArray[np.uint64] = _ask(
        connection, "SELECT md5_number_lower(event_id) AS h FROM new", new=pa.table({"event_id": ids})
    )["h"].to_numpy()
    return hashes


def first_of_each(ids: pa.ChunkedArray, hashes: NDArray[np.uint64]) -> NDArray[np.bool_]:
    """Return, per row, whether it is the first with its id."""
    first = np.ones(len(hashes), np.bool_)
    order = np.argsort(hashes, kind="stable")
    ordered = hashes[order]
    same = np.flatnonzero(ordered[1:] == ordered[:-1])
    if len(same):
        rows = np.sort(np.unique(np.concatenate([order[same], order[same + 1]])))
        seen: set[str] = set()
        for row, name in zip(rows.tolist(), ids.take(pa.array(rows)).to_pylist(), strict=True):
            first[row] = name not in seen
            seen.add(name)
    return first


def unknown_to_lake(
    connection: duckdb.DuckDBPyConnection, folder: Path, entries: Sequence[Entry], new: pa.Table, window: int
) -> NDArray[np.bool_]:
    """Return, per row of `new` (event_id, event_hash, ingest_day), whether no file within `window` days holds its id.

    The hashes are probed first, reading one column of each file; ids are read only of the files where a hash was met.
    """
    unknown = np.ones(len(new), np.bool_)
    near = _near(entries, new[INGEST_DAY], window)
    if not near:
        return unknown
    paths = [str(folder / entry.place) for entry in near]
    met = _ask(connection, _MET, files=paths, new=new)["filename"].to_pylist()
    if met:
        days = {str(folder / entry.place): entry.ingest_day for entry in near}
        places = pa.table({"filename": met, "file_day": pa.array([days[path] for path in met], pa.date32())})
        rows = np.arange(len(new), dtype=np.int64)
        known = _ask(
            connection, _KNOWN, files=met, new=new.append_column("row", pa.array(rows)), places=places, window=window
        )
        unknown[known["row"].to_numpy()] = False
    return unknown


_MET = """
SELECT DISTINCT filename
FROM read_parquet($files, filename = true, hive_partitioning = false)
SEMI JOIN new USING (event_hash)
"""

_KNOWN = """
SELECT DISTINCT new.row
FROM read_parquet($files, filename = true, hive_partitioning = false) AS old
JOIN places ON places.filename = old.filename
JOIN new ON new.event_hash = old.event_hash
WHERE new.event_id = old.event_id AND abs(new.ingest_day - places.file_day) <= $window
"""


def _near(entries: Sequence[Entry], ingest_days: pa.ChunkedArray, window: int) -> list[Entry]:
    days = np.unique(ingest_days.combine_chunks().view(pa.int32()).to_numpy()).astype(np.int64)
    near = []
    for entry in entries:
        day = (entry.ingest_day - date(1970, 1, 1)) // timedelta(days=1)
        at = int(np.searchsorted(days, day - window))
        if at < len(days) and days[at] <= day + window:
            near.append(entry)
    return near


def _ask(connection: duckdb.DuckDBPyConnection, query: str, **given: object) -> pa.Table:
    """Run `query`; given tables are its tables, other values its parameters."""
    tables = {name: value for name, value in given.items() if isinstance(value, pa.Table)}
    parameters = {name: value for name, value in given.items() if name not in tables}
    for name, table in tables.items():
        connection.register(name, table)
    try:
        return connection.sql(query, params=parameters or None).to_arrow_table()
    finally:
        for name in tables:
            connection.unregister(name)

"""A Session on ClickHouse."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from staycourse.adapters.engines.files import whole, write_days
from staycourse.events import EVENT_COLUMNS
from staycourse.kernel import StorageFault

SETTINGS: Mapping[str, str | int] = {
    "join_use_nulls": 1,  # what an outer join does not find is null, not 0
    "cast_keep_nullable": 1,
    "short_circuit_function_evaluation": "force_enable",  # else what `if` guards (a shift by 55 - age) fails first
    "least_greatest_legacy_null_behavior": 0,  # greatest and least skip nulls, as DuckDB and Spark do
    "use_hive_partitioning": 0,
    "glob_expansion_max_elements": 10_000_000,
    "max_query_size": 100_000_000,
}
"""What makes ClickHouse mean the same by the same SQL."""

HELD_ROWS = 5_000_000
"""A rollup of up to this many rows is held in memory while many days are asked."""

_TYPES = {"int8": "Int8", "int32": "Int32", "int64": "Int64", "string": "String", "date": "Date32"}


class ClickHouseSession:
    """See Session. `connection` is chdb's; its files must lie where the server of a real one may read them."""

    def __init__(self, connection: Any) -> None:
        self._connection = connection

    def scan(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """See Session."""
        self.view(name, f"SELECT {', '.join(columns)} FROM {_source(files, columns)}")

    def load(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """See Session."""
        self.keep(name, f"SELECT {', '.join(columns)} FROM {_source(files, columns)}")

    def scan_events(self, name: str, files: Sequence[Path]) -> None:
        """See Session."""
        own = {column: kind for column, kind in EVENT_COLUMNS.items() if column != "ingest_day"}
        day = r"toDate32(extract(_path, 'ingest_day=(\\d+-\\d+-\\d+)'))"
        self.view(name, f"SELECT {', '.join(own)}, {day} AS ingest_day FROM {_source(files, own)}")

    def hold(self, name: str, query: str) -> None:
        """See Session."""
        rows = self.fetch(f"SELECT count(*) AS n FROM ({query})")["n"][0].as_py()
        if rows <= HELD_ROWS:
            self.keep(name, query)
        else:
            self.view(name, query)

    def put(self, name: str, table: pa.Table) -> None:
        """See Session."""
        held = table.combine_chunks()  # noqa: F841 - chdb finds it by this name
        self.keep(name, "SELECT * FROM Python(held)")

    def view(self, name: str, query: str) -> None:
        """See Session."""
        self._connection.query(f"CREATE OR REPLACE VIEW {name} AS {query}")

    def keep(self, name: str, query: str) -> None:
        """See Session."""
        self._connection.query(f"DROP TABLE IF EXISTS {name}")
        self._connection.query(f"CREATE TABLE {name} ENGINE = Memory AS {query}")

    def fetch(self, query: str) -> pa.Table:
        """See Session."""
        return self._connection.query(query, "ArrowTable")

    def write_any(self, query: str, path: Path) -> None:
        """See Session; StorageFault if it cannot be written. Written here, so that a server need not write files."""
        table = self.fetch(query)
        if not table.num_rows:
            return
        try:
            with whole(path) as unfinished:
                pq.write_table(table, unfinished, compression="zstd", compression_level=1)
        except OSError as error:
            raise StorageFault(
                "the rollup could not be written", where=str(path), mend="check space and rights"
            ) from error

    def write_days(self, query: str, columns: Sequence[str], paths: Mapping[date, Path]) -> None:
        """See Session; StorageFault if they cannot be written. Written here, so that a server need not write files."""
        order = "ingest_day, learner_no, course_no, day"
        table = self.fetch(f"SELECT {', '.join(columns)} FROM ({query}) ORDER BY {order}")
        try:
            write_days(table, paths)
        except OSError as error:
            raise StorageFault("the rollup could not be written", mend="check space and rights") from error


def _source(files: Sequence[Path], columns: Mapping[str, str]) -> str:
    """Return the table function that reads `files`, as one pattern below the folder that they share."""
    types = ", ".join(f"{name} Nullable({_TYPES[kind]})" for name, kind in columns.items())
    if not files:
        return f"null('{types}')"
    if len(files) == 1:
        return f"file('{files[0]}', 'Parquet', '{types}')"
    base = os.path.commonpath(files)
    names = ",".join(str(path.relative_to(base)) for path in files)
    return f"file('{base}/{{{names}}}', 'Parquet', '{types}')"

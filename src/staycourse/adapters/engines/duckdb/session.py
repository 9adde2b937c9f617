"""A Session on DuckDB: an in-memory database over the files."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from staycourse.adapters.engines.files import whole
from staycourse.kernel import StorageFault

HELD_ROWS = 5_000_000
"""A rollup of up to this many rows is held in memory (compressed, some hundred megabytes) while many days are asked."""

_ROWS_A_BATCH = 65_536
"""Larger batches cost more: while a hundred columns grow, they are moved again and again."""

_PARQUET = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
_TYPES = {"int32": "INTEGER", "int64": "BIGINT", "string": "VARCHAR"}


class DuckDBSession:
    """See Session."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        self.connection = connection

    def scan(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """See Session."""
        self.view(name, f"SELECT * FROM {_source(files, columns)}")

    def load(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """See Session."""
        typed = ", ".join(f"{column} {_TYPES[kind]}" for column, kind in columns.items())
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} ({typed})")
        if files:
            self.connection.execute(f"INSERT INTO {name} SELECT * FROM {parquet(files)}")

    def hold(self, name: str, query: str) -> None:
        """See Session."""
        (rows,) = self.connection.execute(f"SELECT count(*) FROM ({query})").fetchall()[0]
        if rows <= HELD_ROWS:
            self.connection.execute("ATTACH ':memory:' AS held (COMPRESS)")
            self.connection.execute(f"CREATE TABLE held.{name} AS {query}")
            query = f"SELECT * FROM held.{name}"
        self.view(name, query)

    def put(self, name: str, table: pa.Table) -> None:
        """See Session."""
        self.connection.register(name, table)

    def view(self, name: str, query: str) -> None:
        """See Session."""
        self.connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {query}")

    def keep(self, name: str, query: str) -> None:
        """See Session."""
        self.connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}")

    def fetch(self, query: str) -> pa.Table:
        """See Session."""
        return self.connection.sql(query).to_arrow_table(_ROWS_A_BATCH)

    def write(self, query: str, path: Path) -> None:
        """Write the rows of `query` as one Parquet file, there whole or not at all; StorageFault if it cannot be."""
        try:
            with whole(path) as unfinished:
                target = str(unfinished).replace("'", "''")
                self.connection.execute(f"COPY ({query}) TO '{target}' {_PARQUET}")
        except (OSError, duckdb.IOException) as error:
            raise StorageFault(
                "the rollup could not be written", where=str(path), mend="check space and rights"
            ) from error


def parquet(files: Sequence[Path], hive: str = "hive_partitioning = false") -> str:
    """Return the table function that reads `files`; `hive` says what their folders' names mean."""
    quoted = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    return f"read_parquet([{quoted}], {hive})"


def _source(files: Sequence[Path], columns: Mapping[str, str]) -> str:
    if files:
        return parquet(files)
    nothing = ", ".join(f"NULL::{_TYPES[kind]} AS {name}" for name, kind in columns.items())
    return f"(SELECT {nothing} WHERE false)"

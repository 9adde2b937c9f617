"""The rollup's files: one beside each live event file, numbers in place of names, whole or not there at all."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from pathlib import Path

import duckdb

from staycourse.adapters.engines.statements import rollup_columns, rollup_statement
from staycourse.kernel import EPOCH, StorageFault
from staycourse.signals import ROLLUP_COLUMNS, EventFile, RollupReport

EVENTS_AT_ONCE = 500_000
"""Small event files (a backfill has one for each day) are rolled up together, up to this many events a statement."""

_PARQUET = "(FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)"
NAMES = {"learners": ("learner_no", "learner"), "courses": ("course_no", "course")}


class Rollups:
    """The rollup folder of one tenant.

    Learners and courses are numbered in the order in which they came (`names/`, append-only). Numbers are written
    before the rollup that uses them; a number that nothing uses, left by a crash, does no harm.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names = folder / "names"

    def files(self, until: date | None = None) -> list[Path]:
        """Return the rollup files of ingest days up to `until`, oldest first."""
        days = sorted(self.folder.glob("ingest_day=*"))
        return [
            path for day in days if until is None or _day_of(day) <= until for path in sorted(day.glob("*.parquet"))
        ]

    def follow(self, connection: duckdb.DuckDBPyConnection, live: Sequence[EventFile]) -> RollupReport:
        """Make one rollup for each live event file that lacks it, then drop those that have no event file any more."""
        wanted = {self._path_of(file): file for file in live}
        there = set(self.files())
        missing = sorted(wanted.keys() - there)
        rows = 0
        if missing:
            self.load_names(connection)
            rows = sum(self._add(connection, batch) for batch in _batches([(path, wanted[path]) for path in missing]))
        gone = there - wanted.keys()
        for path in gone:
            path.unlink()
        return RollupReport(files_added=len(missing), files_dropped=len(gone), rows=rows)

    def load_names(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Create the tables `learners` and `courses` of everyone numbered so far."""
        for table, (number, name) in NAMES.items():
            connection.execute(f"CREATE OR REPLACE TABLE {table} ({number} INTEGER, {name} VARCHAR)")
            files = sorted(self._names.glob(f"{table}-*.parquet"))
            if files:
                connection.execute(f"INSERT INTO {table} SELECT * FROM {parquet(files)}")

    def _path_of(self, file: EventFile) -> Path:
        return self.folder / f"ingest_day={file.ingest_day.isoformat()}" / file.path.name

    def _add(self, connection: duckdb.DuckDBPyConnection, batch: Sequence[tuple[Path, EventFile]]) -> int:
        """Roll up some event files, each of an ingest day of its own, in one statement; return the rows."""
        source = parquet((file.path for _, file in batch), hive="hive_types = {'ingest_day': DATE}")
        connection.execute(f"CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM {source}")
        # In the order of days, so that each day's file reads its own part of the table and not all of it.
        order = "ORDER BY ingest_day" if len(batch) > 1 else ""
        connection.execute(f"CREATE OR REPLACE TEMP TABLE fresh AS FROM ({rollup_statement('duckdb')}) {order}")
        for table in NAMES:
            self._number(connection, table)
        connection.execute("SET disabled_optimizers = 'join_order,build_side_probe_side'")  # hash names, not wide rows
        typed = ", ".join(f"CAST({name} AS {rollup_columns()[name]}) AS {name}" for name in ROLLUP_COLUMNS)
        for path, file in batch:
            day = (file.ingest_day - EPOCH).days
            own = (
                f"FROM (FROM fresh WHERE ingest_day = {day}) "
                "JOIN fresh_learners USING (learner) JOIN fresh_courses USING (course)"
            )
            write(connection, f"SELECT {typed} {own}", path)
        connection.execute("RESET disabled_optimizers")
        (rows,) = connection.execute("SELECT count(*) FROM fresh").fetchall()[0]
        return int(rows)

    def _number(self, connection: duckdb.DuckDBPyConnection, table: str) -> None:
        """Give numbers to the names in `fresh` that have none; all its names, numbered, are then in `fresh_<table>`."""
        number, name = NAMES[table]
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE fresh_{table} AS SELECT {number}, {name} "
            f"FROM {table} SEMI JOIN fresh USING ({name})"
        )
        connection.execute(
            f"CREATE OR REPLACE TEMP TABLE newcomers AS SELECT (row_number() OVER (ORDER BY {name}) "
            f"+ (SELECT coalesce(max({number}), 0) FROM {table}))::INTEGER AS {number}, {name} "
            f"FROM (SELECT DISTINCT {name} FROM fresh) ANTI JOIN fresh_{table} USING ({name})"
        )
        (count,) = connection.execute("SELECT count(*) FROM newcomers").fetchall()[0]
        if count:
            (taken,) = connection.execute(f"SELECT count(*) FROM {table}").fetchall()[0]
            write(
                connection, f"SELECT * FROM newcomers ORDER BY {number}", self._names / f"{table}-{taken:012d}.parquet"
            )
            for known in (table, f"fresh_{table}"):
                connection.execute(f"INSERT INTO {known} SELECT * FROM newcomers")


def parquet(files: Iterable[Path], hive: str = "hive_partitioning = false") -> str:
    """Return the table function that reads `files`; `hive` says what their folders' names mean."""
    quoted = ", ".join("'" + str(path).replace("'", "''") + "'" for path in files)
    return f"read_parquet([{quoted}], {hive})"


def _batches(missing: Sequence[tuple[Path, EventFile]]) -> Iterator[list[tuple[Path, EventFile]]]:
    """Split into batches of at most EVENTS_AT_ONCE events (or one file) in which no ingest day comes twice."""
    batch: list[tuple[Path, EventFile]] = []
    days: set[date] = set()
    events = 0
    for path, file in missing:
        if batch and (events + file.rows > EVENTS_AT_ONCE or file.ingest_day in days):
            yield batch
            batch, days, events = [], set(), 0
        batch.append((path, file))
        days.add(file.ingest_day)
        events += file.rows
    if batch:
        yield batch


def write(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write the rows of `query` to `path` so that, whenever it stops, the file is there whole or not at all."""
    unfinished = path.with_suffix(".unfinished")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        target = str(unfinished).replace("'", "''")
        connection.execute(f"COPY ({query}) TO '{target}' {_PARQUET}")
        _sync(unfinished)
        unfinished.replace(path)
        _sync(path.parent)
    except (OSError, duckdb.IOException) as error:
        raise StorageFault("the rollup could not be written", where=str(path), mend="check space and rights") from error


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _day_of(folder: Path) -> date:
    return date.fromisoformat(folder.name.partition("=")[2])

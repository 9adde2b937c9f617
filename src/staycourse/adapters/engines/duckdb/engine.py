"""SignalEngine on DuckDB.

Every question opens its own in-memory database over the files, so there is nothing to go stale.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date, timedelta
from pathlib import Path

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.engines.duckdb.answers import all_signals, fetched
from staycourse.adapters.engines.duckdb.rollups import NAMES, Rollups, parquet
from staycourse.adapters.engines.duckdb.sweep import chunks, lessons
from staycourse.adapters.engines.statements import (
    activity_statement,
    afterwards_statement,
    gaps_statement,
    outcomes_statement,
    rollup_columns,
    seen_name,
    seen_statement,
)
from staycourse.events import Course
from staycourse.kernel import EPOCH, StorageFault
from staycourse.signals import CATALOGUE, SPANS, EventFile, Label, RollupReport, Signal, Span

_DIALECT = "duckdb"

LOADED_ROWS = 5_000_000
"""A rollup of up to this many rows is held in memory (compressed, some hundred megabytes) while many days are asked."""


class DuckDBEngine:
    """The embedded engine over `home`/tenants/<tenant>/rollup. `files` gives the live event files of a tenant."""

    def __init__(
        self,
        home: Path,
        files: Callable[[str], Sequence[EventFile]],
        *,
        threads: int = 2,
        memory_gigabytes: int = 3,
        catalogue: tuple[Signal, ...] = CATALOGUE,
    ) -> None:
        self._catalogue = catalogue
        self._home = home
        self._files = files
        self._settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": f"{memory_gigabytes}GB",
            "preserve_insertion_order": False,
        }

    def roll_up(self, tenant: str) -> RollupReport:
        """See SignalEngine."""
        with self._database() as connection:
            return self._rollups(tenant).follow(connection, self._files(tenant))

    def span(self, tenant: str) -> Span | None:
        """See SignalEngine."""
        files = self._rollups(tenant).files()
        if not files:
            return None
        with self._database() as connection:
            found = connection.execute(
                f"SELECT min(day), max(day), min(ingest_day), max(ingest_day), count(*) FROM {parquet(files)}"
            ).fetchall()[0]
        *numbers, rows = found
        days = [EPOCH + timedelta(days=number) for number in numbers if number is not None]
        return Span(days[0], days[1], days[2], days[3], rows) if rows else None

    def signals(self, tenant: str, as_of: date, courses: Sequence[Course], *, learner: str | None = None) -> pa.Table:
        """See SignalEngine."""
        with self._as_of(tenant, as_of, courses) as connection:
            table = all_signals(connection, self._catalogue)
        enrolled = (as_of - EPOCH).days - table["enrolled_age"].to_numpy()
        columns = {name: table[name] for name in ("learner", "course")}
        columns["enrolled_on"] = pa.array(enrolled.astype(np.int32)).cast(pa.date32())
        columns["course_day"] = table["course_day"].cast(pa.int32())
        table = pa.table(columns | {signal.name: table[signal.name] for signal in self._catalogue})
        return table if learner is None else table.filter(pc.equal(table["learner"], learner))

    def outcomes(
        self,
        tenant: str,
        as_of: date,
        courses: Sequence[Course],
        *,
        horizon_days: int,
        label: Label,
        known_by: date,
    ) -> pa.Table:
        """See SignalEngine."""
        first, known = (as_of - EPOCH).days, (known_by - EPOCH).days
        with self._as_of(tenant, as_of, courses) as connection:
            connection.execute(
                f"CREATE TEMP VIEW later AS SELECT * FROM {self._source(tenant, known_by)} "
                f"WHERE day > {first} AND day <= {first + horizon_days} AND ingest_day <= {known}"
            )
            statement = outcomes_statement(_DIALECT, horizon_days, label)
            return fetched(
                connection, f"SELECT learner, course, outcome FROM ({statement}) ORDER BY learner_no, course_no"
            )

    def lessons(
        self,
        tenant: str,
        as_of_days: Sequence[date],
        courses: Sequence[Course],
        *,
        horizon_days: int,
        label: Label,
        known_by: date,
    ) -> Iterator[tuple[date, pa.Table]]:
        """See SignalEngine."""
        if not as_of_days:
            return
        with self._database() as connection:
            self._rollups(tenant).load_names(connection)
            for table in NAMES:
                connection.execute(f"ALTER TABLE {table} RENAME TO numbered_{table}")
            rows = self._load(connection, tenant, known_by)
            for days in chunks(as_of_days, rows):
                yield from lessons(connection, days, courses, horizon_days=horizon_days, label=label, known_by=known_by)

    def _load(self, connection: duckdb.DuckDBPyConnection, tenant: str, until: date) -> int:
        """Make `rollup`: in memory where it is small, since it is read for every as-of day. Returns its rows."""
        source = self._source(tenant, until)
        (rows,) = connection.execute(f"SELECT count(*) FROM {source}").fetchall()[0]
        if rows <= LOADED_ROWS:
            connection.execute("ATTACH ':memory:' AS loaded (COMPRESS)")
            connection.execute(f"CREATE TABLE loaded.rollup AS SELECT * FROM {source}")
            source = "loaded.rollup"
        connection.execute(f"CREATE TEMP VIEW rollup AS SELECT * FROM {source}")
        return int(rows)

    def afterwards(self, tenant: str, asked: pa.Table, *, known_by: date) -> pa.Table:
        """See SignalEngine."""
        days = asked["as_of"].cast(pa.int32())
        table = pa.table({
            "number": pa.array(range(asked.num_rows), pa.int64()), "learner": asked["learner"],
            "course": asked["course"], "as_of": days, "until": pc.add(days, asked["horizon_days"].cast(pa.int32())),
        })  # fmt: skip
        with self._database() as connection:
            self._rollups(tenant).load_names(connection)
            connection.register("asked", table)
            connection.execute(f"CREATE TEMP VIEW rollup AS SELECT * FROM {self._source(tenant, known_by)}")
            statement = afterwards_statement(_DIALECT, (known_by - EPOCH).days)
            return fetched(
                connection,
                "SELECT learner, course, EPOCH_DAY + as_of AS as_of, until - as_of AS horizon_days, "
                "as_of - silent_since AS absent_days, EPOCH_DAY + returned_on AS returned_on, "
                "EPOCH_DAY + last_learning_on AS last_learning_on, EPOCH_DAY + withdrew_on AS withdrew_on, "
                "EPOCH_DAY + paid_on AS paid_on "
                f"FROM asked LEFT JOIN ({statement}) USING (number) ORDER BY number".replace(
                    "EPOCH_DAY", "DATE '1970-01-01'"
                ),
            )

    def gaps(self, tenant: str, known_by: date, courses: Sequence[Course]) -> pa.Table:
        """See SignalEngine."""
        with self._as_of(tenant, known_by, courses) as connection:
            return fetched(
                connection, f"SELECT * FROM ({gaps_statement(_DIALECT)}) ORDER BY course, gap_days, returned"
            )

    def activity(self, tenant: str, learner: str, as_of: date) -> pa.Table:
        """See SignalEngine."""
        with self._as_of(tenant, as_of, ()) as connection:
            return fetched(
                connection,
                f"SELECT * EXCLUDE (age), (DATE '{as_of.isoformat()}' - age) AS event_day "
                f"FROM ({activity_statement(_DIALECT)}) WHERE learner = $1 ORDER BY course, event_day",
                learner,
            )

    def _rollups(self, tenant: str) -> Rollups:
        return Rollups(self._home / "tenants" / tenant / "rollup")

    def _source(self, tenant: str, until: date) -> str:
        """Return the rollup rows that had arrived by the end of `until`, or an empty table of the same columns."""
        files = self._rollups(tenant).files(until)
        if files:
            return parquet(files)
        nothing = ", ".join(f"NULL::{kind} AS {name}" for name, kind in rollup_columns().items())
        return f"(SELECT {nothing} WHERE false)"

    @contextmanager
    def _database(self) -> Iterator[duckdb.DuckDBPyConnection]:
        connection = duckdb.connect(config=self._settings)
        try:
            yield connection
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise StorageFault("the rollup could not be read", mend="run staycourse doctor") from error
        finally:
            connection.close()

    @contextmanager
    def _as_of(self, tenant: str, as_of: date, courses: Sequence[Course]) -> Iterator[duckdb.DuckDBPyConnection]:
        """Open a database with the views of what was seen as of a day, and the tables `learners` and `courses`."""
        with self._database() as connection:
            self._rollups(tenant).load_names(connection)
            connection.execute(f"CREATE TEMP VIEW rollup AS SELECT * FROM {self._source(tenant, as_of)}")
            for days in (None, *SPANS):
                statement = seen_statement(_DIALECT, (as_of - EPOCH).days, days)
                connection.execute(f"CREATE TEMP VIEW {seen_name(days)} AS {statement}")
            _describe_courses(connection, as_of, courses)
            yield connection


def _describe_courses(connection: duckdb.DuckDBPyConnection, as_of: date, courses: Sequence[Course]) -> None:
    """Add to the numbered courses how long ago each started and ends."""

    def ages(days: Sequence[date | None]) -> pa.Array:
        return pa.array([None if day is None else (as_of - day).days for day in days], pa.int32())

    known = pa.table({
        "course": pa.array([course.course for course in courses], pa.string()),
        "start_age": ages([course.starts_on for course in courses]),
        "end_age": ages([course.ends_on for course in courses]),
    })  # fmt: skip
    connection.register("known_courses", known)
    connection.execute(
        "CREATE OR REPLACE TABLE courses AS SELECT course_no, course, start_age, end_age "
        "FROM courses LEFT JOIN known_courses USING (course)"
    )

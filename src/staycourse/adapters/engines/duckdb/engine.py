"""SignalEngine on DuckDB, embedded: the default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.engines.arrays import events_of
from staycourse.adapters.engines.duckdb.answers import (
    all_signals,
    counts_of,
    plain_signals_of,
    standings_of_all,
    with_peers,
)
from staycourse.adapters.engines.duckdb.numbering import Numbering
from staycourse.adapters.engines.duckdb.session import DuckDBSession
from staycourse.adapters.engines.files import write_days
from staycourse.adapters.engines.rollups import NAMES, Batch, Rollups
from staycourse.adapters.engines.sql_engine import SQLEngine
from staycourse.events import Course
from staycourse.kernel import StorageFault
from staycourse.signals import CATALOGUE, EventFile, Signal


class DuckDBEngine(SQLEngine[DuckDBSession]):
    """The embedded engine; see SQLEngine."""

    dialect = "duckdb"

    def __init__(
        self,
        home: Path,
        files: Callable[[str], Sequence[EventFile]],
        *,
        threads: int = 2,
        memory_gigabytes: int = 3,
        catalogue: tuple[Signal, ...] = CATALOGUE,
    ) -> None:
        super().__init__(home, files, catalogue)
        self._settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": threads,
            "memory_limit": f"{memory_gigabytes}GB",
            "preserve_insertion_order": False,
        }

    def _adder(self, session: DuckDBSession, rollups: Rollups) -> Callable[[Batch], int]:
        """Roll up as arrays; see SQLEngine."""
        numberings = {name: Numbering(session, rollups, table) for table, (_, name) in NAMES.items()}
        return lambda batch: _rolled_up(numberings, batch)

    @contextmanager
    def _session(self, tenant: str) -> Iterator[DuckDBSession]:
        connection = duckdb.connect(config=self._settings)
        try:
            yield DuckDBSession(connection)
        except duckdb.Error as error:  # what a page that is spoilt gives has no class of its own
            raise StorageFault("the rollup could not be read", mend="run staycourse doctor") from error
        finally:
            connection.close()

    def _signals(self, session: DuckDBSession, learner: str | None) -> pa.Table:
        table = all_signals(session, self._catalogue)
        return table if learner is None else table.filter(pc.equal(table["learner"], learner))

    def _answer(self, session: DuckDBSession) -> None:
        session.put("answered", self._signals(session, None))

    def plain(self, tenant: str, as_of: date, courses: Sequence[Course], within: range) -> tuple[pa.Table, pa.Table]:
        """Return, of the learners with the numbers `within`, the signals without peers, and what peers are compared by.

        With `standings` and `compared` these are the steps of `signals`, for who shares the learners out.
        """
        with self._as_of(tenant, as_of, courses, within) as session:
            plain = plain_signals_of(session, self._catalogue)
            return plain, counts_of(session, self._catalogue, plain)

    def standings(self, tenant: str, counts: Sequence[pa.Table]) -> pa.Table:
        """Return how everyone stands among peers, from the counts of every share of the learners."""
        with self._session(tenant) as session:
            return standings_of_all(session, self._catalogue, counts)

    def compared(self, tenant: str, plain: pa.Table, standings: pa.Table) -> pa.Table:
        """Return a share's every signal, from its plain ones and how everyone stands; by the keys' numbers."""
        with self._session(tenant) as session:
            return with_peers(session, self._catalogue, plain, standings)


def _rolled_up(numberings: Mapping[str, Numbering], batch: Batch) -> int:
    """Roll up some event files; return the rows."""
    try:
        events = events_of([file for _, file in batch])
    except (OSError, pa.ArrowException) as error:
        raise StorageFault("the rollup could not be read", mend="run staycourse doctor") from error
    found = events.rolled({name: its.numbers_of(events.names[name]) for name, its in numberings.items()})
    try:
        write_days(found, {file.ingest_day: path for path, file in batch})
    except OSError as error:
        raise StorageFault("the rollup could not be written", mend="check space and rights") from error
    return int(found.num_rows)

"""SignalEngine on DuckDB, embedded: the default."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.engines.answers import shaped
from staycourse.adapters.engines.arrays import Array, Frame, courses_of, events_of, peers_of, seen_of
from staycourse.adapters.engines.duckdb.answers import (
    Numbered,
    all_signals,
    names_held,
    names_of,
    plain_and_leavers,
    rows_held,
)
from staycourse.adapters.engines.duckdb.numbering import Numbering
from staycourse.adapters.engines.duckdb.session import DuckDBSession
from staycourse.adapters.engines.duckdb.settled import Settled
from staycourse.adapters.engines.files import write_days
from staycourse.adapters.engines.rollups import NAMES, Batch, Rollups
from staycourse.adapters.engines.sql_engine import SQLEngine
from staycourse.events import Course
from staycourse.kernel import EPOCH, StorageFault
from staycourse.signals import CATALOGUE, EventFile, RollupReport, Signal


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

    def roll_up(self, tenant: str) -> RollupReport:
        """See SignalEngine; now and then older files are put together too (see `settled`)."""
        report = super().roll_up(tenant)
        try:
            Settled(self._rollups(tenant), self._catalogue).renew()
        except (OSError, pa.ArrowException) as error:
            raise StorageFault("the rollup could not be written", mend="check space and rights") from error
        return report

    def _adder(self, session: DuckDBSession, rollups: Rollups) -> Callable[[Batch], int]:
        """Roll up as arrays; see SQLEngine."""
        numberings = {name: Numbering(session, rollups, table) for table, (_, name) in NAMES.items()}
        return lambda batch: rolled_up({name: its.numbers_of for name, its in numberings.items()}, batch)

    @contextmanager
    def _session(self, tenant: str) -> Iterator[DuckDBSession]:
        connection = duckdb.connect(config=self._settings)
        try:
            yield DuckDBSession(connection)
        except duckdb.Error as error:  # what a page that is spoilt gives has no class of its own
            raise StorageFault("the rollup could not be read", mend="run staycourse doctor") from error
        finally:
            connection.close()

    def signals(self, tenant: str, as_of: date, courses: Sequence[Course], *, learner: str | None = None) -> pa.Table:
        """See SignalEngine."""
        found = shaped(all_signals(self._catalogue, *self._seen(tenant, as_of, courses)), as_of, self._catalogue)
        return found if learner is None else found.filter(pc.equal(found["learner"], learner))

    def _answer(self, session: DuckDBSession) -> None:
        rows = rows_held(session, self._catalogue)
        session.put("answered", all_signals(self._catalogue, rows, names_held(session)))

    def _seen(
        self, tenant: str, as_of: date, courses: Sequence[Course], within: range | None = None
    ) -> tuple[Iterator[Frame], Numbered]:
        """Return the rows seen as of a day, of the learners with the numbers `within`, and the names of all."""
        rollups, today = self._rollups(tenant), (as_of - EPOCH).days
        try:
            rows = Settled(rollups, self._catalogue).rows(as_of, within)
            return seen_of(rows, today), names_of(rollups, courses, today)
        except (OSError, pa.ArrowException) as error:
            raise StorageFault("the rollup could not be read", mend="run staycourse doctor") from error

    def plain(
        self, tenant: str, as_of: date, courses: Sequence[Course], within: range
    ) -> tuple[pa.Table, pa.Table, pa.Table]:
        """Return, of the learners with the numbers `within`, the signals that need nobody else, what peers are compared
        by, and COURSE_COUNTS.

        With `standings`, `courses_told` and `compared` these are the steps of `signals`, for who shares the learners
        out.
        """
        rows, names = self._seen(tenant, as_of, courses, within)
        plain, counts = plain_and_leavers(self._catalogue, rows, names)
        peers = peers_of(self._catalogue)
        return plain, peers.counts(peers.valued(plain)), counts

    def standings(self, counts: Sequence[pa.Table]) -> pa.Table:
        """Return how everyone stands among peers, from the counts of every share of the learners."""
        return peers_of(self._catalogue).standings(counts)

    def courses_told(self, counts: Sequence[pa.Table]) -> pa.Table:
        """Return the signals of each course, from the COURSE_COUNTS of every share of the learners."""
        return courses_of(self._catalogue).told(counts)

    def compared(self, plain: pa.Table, standings: pa.Table, told: pa.Table) -> pa.Table:
        """Return a share's every signal, from its plain ones, how everyone stands and what is told of the courses; by
        the keys' numbers.
        """
        peers = peers_of(self._catalogue)
        return courses_of(self._catalogue).beside(peers.compared(plain, peers.valued(plain), standings), told)


def rolled_up(numbers_of: Mapping[str, Callable[[pa.Array], Array]], batch: Batch, mark: str = "") -> int:
    """Roll up some event files, each of an ingest day of its own; return the rows.

    `numbers_of` gives learners and courses their numbers; `mark` tells two writers of the same files apart.
    """
    try:
        events = events_of([file for _, file in batch])
    except (OSError, pa.ArrowException) as error:
        raise StorageFault("the rollup could not be read", mend="run staycourse doctor") from error
    found = events.rolled({name: numbers(events.names[name]) for name, numbers in numbers_of.items()})
    try:
        write_days(found, {file.ingest_day: path for path, file in batch}, mark)
    except OSError as error:
        raise StorageFault("the rollup could not be written", mend="check space and rights") from error
    return int(found.num_rows)

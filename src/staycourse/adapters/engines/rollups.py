"""The rollup's files, the same for every engine: one beside each live event file, numbers in place of names."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from datetime import date
from operator import itemgetter
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from staycourse.adapters.engines.session import NumberingSession, Session, WideSession
from staycourse.adapters.engines.statements import rollup_statement
from staycourse.adapters.engines.together import put_together, read_together
from staycourse.kernel import StorageFault
from staycourse.signals import ROLLUP_COLUMNS, EventFile, RollupReport

EVENTS_AT_ONCE = 500_000
"""Small event files (a backfill has one for each day) are rolled up together, up to this many events at once."""

NAMES = {"learners": ("learner_no", "learner"), "courses": ("course_no", "course")}

_TYPES = {"int32": "INT", "int64": "BIGINT"}
Batch = Sequence[tuple[Path, EventFile]]


class Rollups:
    """The rollup folder of one tenant.

    Learners and courses are numbered in the order in which they came (`names/`, append-only). Numbers are written
    before the rollup that uses them; a number that nothing uses, left by a crash, does no harm. What an engine puts
    aside while it answers lies in `scratch`.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._names = folder / "names"
        self._settled = folder / "settled"
        self.scratch = folder / "scratch"

    def files(self, until: date | None = None) -> list[Path]:
        """Return the rollup files of ingest days up to `until`, oldest first."""
        days = sorted(self.folder.glob("ingest_day=*"))
        return [
            path for day in days if until is None or _day_of(day) <= until for path in sorted(day.glob("*.parquet"))
        ]

    @staticmethod
    def day_of(file: Path) -> date:
        """Return the ingest day of a rollup file."""
        return _day_of(file.parent)

    def settled(self) -> dict[date, list[tuple[date, Path]]]:
        """Return the files that stand for others (see `duckdb.settled`), by the first ingest day of these: the last of
        their days and the file, the last first.
        """
        found: dict[date, list[tuple[date, Path]]] = {}
        for path in sorted(self._settled.glob("*_*.arrow"), reverse=True):
            first, until = (date.fromisoformat(told) for told in path.stem.split("_"))
            found.setdefault(first, []).append((until, path))
        return found

    def settled_path(self, first: date, until: date) -> Path:
        """Return where the settled rows go of all files of ingest days from `first` to `until`."""
        return self._settled / f"{first.isoformat()}_{until.isoformat()}.arrow"

    def keep_settled(self, paths: Collection[Path]) -> None:
        """Drop all but `paths` of what stands for others, and what somebody who was killed left half written."""
        if self._settled.is_dir():
            for path in set(self._settled.iterdir()) - {*paths, *map(self._together, NAMES)}:
                path.unlink(missing_ok=True)

    def follow(
        self,
        live: Sequence[EventFile],
        adder: Callable[[], Callable[[Batch], int]],
        split: Callable[[Batch], Iterator[Batch]],
    ) -> RollupReport:
        """Make one rollup for each live event file that lacks it, then drop those that have no event file any more.

        `adder` gets ready where there is any: it returns what rolls up some event files, as `split` gives them, and
        returns the rows.
        """
        wanted = {self.path_of(file): file for file in live}
        there = set(self.files())
        missing = [(path, wanted[path]) for path in sorted(wanted.keys() - there)]
        rows = 0
        if missing:
            add = adder()
            rows = sum(add(batch) for batch in split(_in_turns(missing)))
        gone = there - wanted.keys()
        if gone:  # first what stands for them: whom an erasure took out of the lake is in there too
            self.keep_settled(())
        for path in gone:
            path.unlink()
        return RollupReport(files_added=len(missing), files_dropped=len(gone), rows=rows)

    def load_names(self, session: Session) -> None:
        """Make the tables `learners` and `courses` of everyone numbered so far."""
        for table, names in self._names_of().items():
            session.load(table, *names)

    def scan_names(self, session: Session) -> None:
        """Let `numbered_learners` and `numbered_courses` be everyone numbered so far."""
        for table, names in self._names_of().items():
            session.scan(f"numbered_{table}", *names)

    def numbered(self, table: str) -> pa.Table:
        """Return everyone numbered so far: of `learners`, learner_no and learner. StorageFault if it cannot be read."""
        together, rest = self.together(table)
        parts = [] if together is None else [together.select(list(NAMES[table]))]
        return pa.concat_tables([*parts, self.names_in(table, rest)])

    def together(self, table: str) -> tuple[pa.Table | None, Sequence[Path]]:
        """Return everyone who is put together (see `together`), and the files of names of all others."""
        return read_together(self._together(table), self._names_of()[table][0])

    def put_together(self, table: str, names: pa.Table) -> None:
        """Let `names` be everyone numbered so far."""
        put_together(self._together(table), self._names_of()[table][0], names)

    def drop_together(self, table: str) -> None:
        """Let nobody be put together: call it before a file of names changes."""
        self._together(table).unlink(missing_ok=True)

    def names_in(self, table: str, files: Sequence[Path]) -> pa.Table:
        """Return everyone in some files of names."""
        number, name = NAMES[table]
        schema = pa.schema({number: pa.int32(), name: pa.string()})
        parts = [schema.empty_table()]
        for path in files:
            try:
                with pq.ParquetFile(path) as file:
                    parts.append(file.read([number, name], use_threads=False).cast(schema))
            except (OSError, pa.ArrowException) as error:
                raise StorageFault(
                    "the rollup could not be read", where=str(path), mend="run staycourse doctor"
                ) from error
        return pa.concat_tables(parts)

    def _together(self, table: str) -> Path:
        return self._settled / f"{table}.arrow"

    def _names_of(self) -> Mapping[str, tuple[list[Path], Mapping[str, str]]]:
        return {
            table: (sorted(self._names.glob(f"{table}-*.parquet")), {number: "int32", name: "string"})
            for table, (number, name) in NAMES.items()
        }

    def path_of(self, file: EventFile) -> Path:
        """Return where the rollup of a live event file is, or will be."""
        return self.folder / f"ingest_day={file.ingest_day.isoformat()}" / file.path.name

    def names_path(self, table: str, taken: int) -> Path:
        """Return where the names of `table` go that are numbered after so many were."""
        return self._names / f"{table}-{taken:012d}.parquet"

    def add_by_statement(self, session: WideSession, dialect: str, batch: Batch) -> int:
        """Roll up some event files in one statement; return the rows."""
        session.scan_events("events", [file.path for _, file in batch])
        # In the order of days, so that each day's file reads its own part of the table and not all of it.
        order = " ORDER BY ingest_day" if len(batch) > 1 else ""
        session.keep("fresh", f"SELECT * FROM ({rollup_statement(dialect)}) AS rolled{order}")
        self.number(session, {table: f"SELECT {name} FROM fresh" for table, (_, name) in NAMES.items()})
        # Sums are wider than what they are sums of in some engines, and a file's types must not depend on who wrote it.
        typed = ", ".join(f"CAST({name} AS {_TYPES[kind]}) AS {name}" for name, kind in ROLLUP_COLUMNS.items())
        session.write_days(
            f"SELECT {typed} FROM fresh JOIN learners USING (learner) JOIN courses USING (course)",
            list(ROLLUP_COLUMNS),
            {file.ingest_day: path for path, file in batch},
        )
        return int(session.fetch("SELECT count(*) AS n FROM fresh")["n"][0].as_py())

    def number(self, session: NumberingSession, named: Mapping[str, str]) -> None:
        """Give numbers to those who have none yet of the learners and courses that two queries name; the tables
        `learners` and `courses` are then everyone's.
        """
        self.load_names(session)
        for table, (number, name) in NAMES.items():
            numbers = self.numbered(table)[number]
            newest = pc.max(numbers).as_py() or 0
            session.write_any(
                f"SELECT CAST(row_number() OVER (ORDER BY {name}) + {newest} AS INT) AS {number}, "
                f"{name} FROM (SELECT DISTINCT {name} FROM ({named[table]}) AS n) AS f "
                f"LEFT JOIN {table} AS k USING ({name}) WHERE k.{number} IS NULL ORDER BY {number}",
                self.names_path(table, len(numbers)),
            )
        self.load_names(session)


def _in_turns(missing: Batch) -> Batch:
    """Return the first file of each ingest day, then the second of each, and so on: only files of different days are
    rolled up together, and where there are many small ones of a day they would else come one by one.
    """
    turns: Counter[date] = Counter()
    found = []
    for path, file in missing:
        turns[file.ingest_day] += 1
        found.append((turns[file.ingest_day], path, file))
    return [(path, file) for _, path, file in sorted(found, key=itemgetter(0))]


def batches(missing: Batch, at_once: int = EVENTS_AT_ONCE, *, days_apart: bool = True) -> Iterator[Batch]:
    """Split into batches of at most `at_once` events (or one file) in which, if `days_apart`, no ingest day comes
    twice.
    """
    batch: list[tuple[Path, EventFile]] = []
    days: set[date] = set()
    events = 0
    for path, file in missing:
        if batch and (events + file.rows > at_once or (days_apart and file.ingest_day in days)):
            yield batch
            batch, days, events = [], set(), 0
        batch.append((path, file))
        days.add(file.ingest_day)
        events += file.rows
    if batch:
        yield batch


def _day_of(folder: Path) -> date:
    return date.fromisoformat(folder.name.partition("=")[2])

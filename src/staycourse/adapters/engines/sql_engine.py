"""SignalEngine for whatever runs the compiled statements: the questions, asked of a Session, the same of every engine.

Every question has a session of its own over the files, so there is nothing to go stale; the span, which a night asks
for again and again, is kept for the very files that it was read from.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from datetime import date, timedelta
from functools import partial
from pathlib import Path
from typing import ClassVar, Generic, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.engines.answers import answer, dated, in_order, shaped, truth
from staycourse.adapters.engines.rollups import EVENTS_AT_ONCE, Batch, Rollups, batches
from staycourse.adapters.engines.session import Session
from staycourse.adapters.engines.statements import (
    activity_statement,
    afterwards_statement,
    gaps_statement,
    outcomes_statement,
    seen_name,
    seen_statement,
    watched_statement,
)
from staycourse.adapters.engines.sweep import chunks, lessons, put_courses
from staycourse.events import Course
from staycourse.kernel import EPOCH
from staycourse.signals import CATALOGUE, ROLLUP_COLUMNS, SPANS, EventFile, Label, Lots, RollupReport, Signal, Span

ROWS_A_PART = 65_536
"""Rows scored together: keeps the contributions within some hundred megabytes."""

S = TypeVar("S", bound=Session)


class SQLEngine(ABC, Generic[S]):
    """Computes over `home`/tenants/<tenant>/rollup. `files` gives the live event files of a tenant."""

    dialect: ClassVar[str]
    events_at_once = EVENTS_AT_ONCE

    def __init__(
        self,
        home: Path,
        files: Callable[[str], Sequence[EventFile]],
        catalogue: tuple[Signal, ...] = CATALOGUE,
    ) -> None:
        self._home = home
        self._files = files
        self._catalogue = catalogue
        self._spans: dict[str, tuple[Sequence[tuple[Path, int, int]], Span | None]] = {}

    @abstractmethod
    def _session(self, tenant: str) -> AbstractContextManager[S]:
        """Open a place for one question; what goes wrong with the files in it is a StorageFault."""

    @abstractmethod
    def _adder(self, session: S, rollups: Rollups) -> Callable[[Batch], int]:
        """Return what rolls up some event files; see Rollups.follow."""

    def close(self) -> None:
        """Let go of what it holds from one question to the next; most hold nothing."""

    def roll_up(self, tenant: str) -> RollupReport:
        """See SignalEngine."""
        with self._session(tenant) as session:
            rollups = self._rollups(tenant)
            return rollups.follow(self._files(tenant), partial(self._adder, session, rollups), self._batches)

    def _batches(self, missing: Batch) -> Iterator[Batch]:
        """Split what is to be rolled up; see Rollups.follow."""
        return batches(missing, self.events_at_once)

    def span(self, tenant: str) -> Span | None:
        """See SignalEngine."""
        files = self._rollups(tenant).files()
        these = [(path, told.st_size, told.st_mtime_ns) for path in files for told in (path.stat(),)]
        if self._spans.get(tenant, ((), None))[0] != these:
            self._spans[tenant] = these, self._span_of(tenant, files) if files else None
        return self._spans[tenant][1]

    def _span_of(self, tenant: str, files: Sequence[Path]) -> Span | None:
        with self._session(tenant) as session:
            session.scan("rollup", files, ROLLUP_COLUMNS)
            (found,) = session.fetch(
                "SELECT min(day) AS first_day, max(day) AS last_day, min(ingest_day) AS first_in, "
                "max(ingest_day) AS last_in, count(*) AS n FROM rollup"
            ).to_pylist()
        *numbers, rows = found.values()
        days = [EPOCH + timedelta(days=number) for number in numbers if number is not None]
        return Span(days[0], days[1], days[2], days[3], rows) if rows else None

    def watched(self, tenant: str, as_of: date, courses: Sequence[Course]) -> int:
        """See SignalEngine."""
        with self._as_of(tenant, as_of, courses) as session:
            return int(session.fetch(watched_statement(self.dialect))["n"][0].as_py())

    def enrolled(self, tenant: str, most: int) -> int:
        """See SignalEngine."""
        with self._session(tenant) as session:
            session.scan("rollup", self._rollups(tenant).files(), ROLLUP_COLUMNS)
            some = f"SELECT DISTINCT learner_no, course_no FROM rollup LIMIT {most:d}"
            return int(session.fetch(f"SELECT count(*) AS n FROM ({some}) AS some_of_them")["n"][0].as_py())

    def signals(self, tenant: str, as_of: date, courses: Sequence[Course], *, learner: str | None = None) -> pa.Table:
        """See SignalEngine."""
        with self._as_of(tenant, as_of, courses) as session:
            table = self._signals(session, learner)
        return shaped(table, as_of, self._catalogue)

    def scored(
        self, tenant: str, as_of: date, courses: Sequence[Course], score: Callable[[pa.Table], pa.Table]
    ) -> pa.Table:
        """See SignalEngine."""
        return pa.concat_tables([score(part) for part in parts_of(self.signals(tenant, as_of, courses))])

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
        with self._as_of(tenant, as_of, courses) as session:
            session.scan("horizon", self._rollups(tenant).files(known_by), ROLLUP_COLUMNS)
            session.view(
                "later",
                f"SELECT * FROM horizon WHERE day > {first} AND day <= {first + horizon_days} "
                f"AND ingest_day <= {known}",
            )
            found = session.fetch(outcomes_statement(self.dialect, horizon_days, label))
        found = in_order(found)
        return pa.table({name: found[name] for name in ("learner", "course")} | {"outcome": truth(found["outcome"])})

    def lessons(
        self,
        tenant: str,
        as_of_days: Sequence[date],
        courses: Sequence[Course],
        *,
        horizon_days: int,
        label: Label,
        known_by: date,
        lots: Lots | None = None,
    ) -> Iterator[tuple[date, pa.Table]]:
        """See SignalEngine."""
        if not as_of_days:
            return
        with self._session(tenant) as session:
            rollups = self._rollups(tenant)
            rollups.scan_names(session)
            session.scan("rollup_files", rollups.files(known_by), ROLLUP_COLUMNS)
            session.hold("rollup", "SELECT * FROM rollup_files")
            rows = session.fetch("SELECT count(*) AS n FROM rollup")["n"][0].as_py()
            for days in chunks(as_of_days, rows):
                yield from lessons(
                    session, self.dialect, self._answer, self._catalogue, days, courses,
                    horizon_days=horizon_days, label=label, known_by=known_by, lots=lots,
                )  # fmt: skip

    def afterwards(self, tenant: str, asked: pa.Table, *, known_by: date) -> pa.Table:
        """See SignalEngine."""
        days, horizon = asked["as_of"].cast(pa.int32()), asked["horizon_days"].cast(pa.int32())
        numbers = pa.array(np.arange(asked.num_rows, dtype=np.int64))
        table = pa.table({
            "number": numbers, "learner": asked["learner"], "course": asked["course"], "as_of": days,
            "until": pc.add(days, horizon),
        })  # fmt: skip
        with self._session(tenant) as session:
            rollups = self._rollups(tenant)
            rollups.load_names(session)
            session.put("asked", table)
            session.scan("rollup", rollups.files(known_by), ROLLUP_COLUMNS)
            found = session.fetch(afterwards_statement(self.dialect, (known_by - EPOCH).days))
        found = found.take(pc.index_in(numbers, found["number"].combine_chunks()))
        return pa.table({
            "learner": asked["learner"], "course": asked["course"], "as_of": asked["as_of"], "horizon_days": horizon,
            "absent_days": pc.subtract(days, found["silent_since"].cast(pa.int32())),
            **{name: dated(found[name]) for name in ("returned_on", "last_learning_on", "withdrew_on", "paid_on")},
        })  # fmt: skip

    def gaps(self, tenant: str, known_by: date, courses: Sequence[Course]) -> pa.Table:
        """See SignalEngine."""
        with self._as_of(tenant, known_by, courses) as session:
            found = session.fetch(gaps_statement(self.dialect))
        found = found.set_column(2, "returned", truth(found["returned"]))
        found = found.set_column(3, "count", found["count"].cast(pa.int64()))
        return found.sort_by([(name, "ascending") for name in ("course", "gap_days", "returned")])

    def activity(self, tenant: str, learner: str, as_of: date) -> pa.Table:
        """See SignalEngine."""
        with self._as_of(tenant, as_of, (), learner) as session:
            found = session.fetch(f"SELECT * FROM ({activity_statement(self.dialect)}) AS days")
        today = pa.scalar((as_of - EPOCH).days, pa.int32())
        found = found.append_column("event_day", dated(pc.subtract(today, found["age"].cast(pa.int32()))))
        return found.drop_columns(["age"]).sort_by([("course", "ascending"), ("event_day", "ascending")])

    def _answer(self, session: S) -> None:
        """Let `answered` be the keys, the names and every signal of the open enrolments of `session`."""
        answer(session, self.dialect, self._catalogue)

    def _signals(self, session: S, learner: str | None) -> pa.Table:
        """Return what is `answered`, of everyone or of one learner, by the keys' numbers."""
        self._answer(session)
        one = ""
        if learner is not None:
            session.put("wanted", pa.table({"learner": pa.array([learner], pa.string())}))
            one = " WHERE learner IN (SELECT learner FROM wanted)"
        return in_order(session.fetch(f"SELECT * FROM answered{one}"))

    def _rollups(self, tenant: str) -> Rollups:
        return Rollups(self._home / "tenants" / tenant / "rollup")

    @contextmanager
    def _as_of(
        self, tenant: str, as_of: date, courses: Sequence[Course], learner: str | None = None
    ) -> Iterator[S]:  # fmt: skip
        """Open a session with the views of what was seen as of a day (of one learner alone, where one is asked for),
        and the tables `learners` and `courses`."""
        with self._session(tenant) as session:
            rollups = self._rollups(tenant)
            rollups.scan_names(session)
            session.scan("rollup" if learner is None else "rollup_of_all", rollups.files(as_of), ROLLUP_COLUMNS)
            if learner is not None:
                # A number written out is looked for before anything else of a file is read; what a join gives is not.
                session.put("wanted", pa.table({"learner": pa.array([learner], pa.string())}))
                asked = "SELECT learner_no FROM numbered_learners WHERE learner IN (SELECT learner FROM wanted)"
                numbers = session.fetch(asked)["learner_no"].to_pylist() or [-1]
                session.view("rollup", f"SELECT * FROM rollup_of_all WHERE learner_no = {numbers[0]:d}")
            today = (as_of - EPOCH).days
            for days in (None, *SPANS):
                session.view(seen_name(days), seen_statement(self.dialect, today, days))
            put_courses(session, courses)
            session.view("learners", "SELECT * FROM numbered_learners")
            session.keep(
                "courses",
                f"SELECT course_no, course, CAST({today} - starts_on AS INT) AS start_age, "
                f"CAST({today} - ends_on AS INT) AS end_age "
                "FROM numbered_courses LEFT JOIN known_courses USING (course)",
            )
            yield session


def parts_of(signals: pa.Table) -> list[pa.Table]:
    """Return the rows in parts that are scored together; of no rows, one part without any."""
    return [signals.slice(start, ROWS_A_PART) for start in range(0, signals.num_rows, ROWS_A_PART)] or [signals]

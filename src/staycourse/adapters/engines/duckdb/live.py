"""The signals of the learners of just now: the catalogue's one expression over rollup rows held in memory.

What a learner did up to the newest compaction is read from the lake's rollup when the learner is first met; every
event since is rolled up as it comes. Both are one expression each, run as programs over arrays (see `arrays`): to plan
the signals' statements costs DuckDB a tenth of a second and more, however few learners are asked about.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from datetime import date
from functools import lru_cache
from pathlib import Path

import duckdb
import ibis
import ibis.expr.types as ir
import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays import (
    Array,
    Column,
    Frame,
    LiveRows,
    Names,
    Program,
    Run,
    Standing,
    as_arrow,
    group_of,
    running,
)
from staycourse.adapters.engines.duckdb.session import DuckDBSession, parquet
from staycourse.adapters.engines.rollups import Rollups
from staycourse.adapters.engines.statements import array_tables, rollup_statement, seen_name
from staycourse.events import COUNTERS, EVENT_COLUMNS, Course, rollup_of
from staycourse.kernel import EPOCH, StorageFault
from staycourse.signals import (
    CATALOGUE,
    ROLLUP_COLUMNS,
    EventFile,
    Signal,
    bases_of,
    compared_with,
    of_course,
    plain_signals,
    seen,
)

_COUNTERS = [counter.name for counter in COUNTERS]
_LOOKED_UP = ("of", "equal", "up_to", "everyone", "median")


class LiveEngine:
    """Holds the rows of one tenant's learners since it began, and answers about those it met.

    `files` are the lake's live event files, once and for all: what came to the lake later must have been taken here as
    events. Who holds more than is good begins anew, with another one.
    """

    def __init__(self, rollup: Path, files: Sequence[EventFile], catalogue: tuple[Signal, ...] = CATALOGUE) -> None:
        self._catalogue = catalogue
        self._names = Names()
        self._names.code("")
        self._rows = LiveRows()
        self._met: set[int] = set()
        self._connection = duckdb.connect(config={"threads": 2})
        self._rolled, self._unrolled = _split(Rollups(rollup), files)
        Rollups(rollup).load_names(DuckDBSession(self._connection))
        self._peers: tuple[date, tuple[Standing, ...]] | None = None
        self._wanted = [signal for signal in catalogue if signal.of]
        self._told: dict[str, dict[int, float]] = {signal.name: {} for signal in of_course(catalogue)}
        self._roll = Program(rollup_of(ibis.table(EVENT_COLUMNS, name="events")), self._names.code)
        self._plain = Program(plain_signals(*array_tables(), catalogue), self._names.code)
        self._compared = Program(compared_with(_peer_table(self._wanted), ("learner_no", "course_no"), self._wanted),
                                 self._names.code)  # fmt: skip
        self._seen = lru_cache(maxsize=8)(self._seen_program)

    @property
    def rows(self) -> int:
        """Say how many rollup rows are held."""
        return self._rows.count

    def close(self) -> None:
        """Let everything go."""
        self._connection.close()

    def take(self, events: pa.Table) -> list[str]:
        """Roll up events (EVENT_COLUMNS) that are not in the lake's files; return whose they are."""
        frame = Frame.of({name: self._held(events[name]) for name in EVENT_COLUMNS})
        with running() as runs:
            rolled = self._roll.run({"events": frame}, runs)
            names = ("ingest_day", "learner", "course", "day")
            keys = np.stack([rolled.column(name).values.astype(np.int64) for name in names])
            counters = self._counted(frame, rolled)
        touched = np.unique(keys[1]).tolist()
        self._rows.add(keys, counters)
        return [self._names.texts[learner] for learner in touched]

    def _counted(self, events: Frame, rolled: Frame) -> Array:
        """Return the counters of `rolled`; those of other verbs than the events' need not be asked for."""
        verbs = {self._names.texts[code] for code in np.unique(events.column("verb").values).tolist()}
        found = np.zeros((len(COUNTERS), rolled.rows))
        for place, counter in enumerate(COUNTERS):
            if not verbs.isdisjoint(counter.verbs):
                found[place] = _zeroed(rolled.column(counter.name))
        return found

    def compare_with(self, night: date, standing: pa.Table) -> None:
        """Let peers be those of a night: its standings_of."""
        bases = bases_of(self._wanted)
        of_base = [standing.filter(pa.compute.equal(standing["base"], base)) for base in bases]
        self._peers = night, tuple(Standing.of(table.combine_chunks(), self._names) for table in of_base)
        for name in self._told:
            own = standing.filter(pa.compute.equal(standing["base"], name))
            codes = self._names.codes(own["course_no"].to_pylist()).tolist()
            self._told[name] = dict(zip(codes, own["of"].to_pylist(), strict=True))

    def signals(
        self, learners: Sequence[str], as_of: date, courses: Sequence[Course], asked: Collection[str] | None = None
    ) -> pa.Table:
        """Return the open enrolments of `learners`, as SignalEngine.signals does, as of now on the day `as_of`; of the
        signals those `asked` for, by default all: what nobody asks for is not computed.

        The signals that compare with peers do so with those of the night told by `compare_with`, as they stood then,
        each enrolment in the course week that it was in then, and what is the same of everyone in a course is as it was
        that night; they are null before one is told. StorageFault if the files of the lake are gone: then begin anew.
        """
        numbers = sorted(self._names.codes(learners).tolist())
        self._meet(numbers)
        with running() as runs:
            return self._signals(numbers, (as_of - EPOCH).days, courses, asked, runs)

    def _signals(
        self,
        numbers: Sequence[int],
        today: int,
        courses: Sequence[Course],
        asked: Collection[str] | None,
        runs: list[Run],
    ) -> pa.Table:
        rollup = {"rollup": self._rows.frame(numbers)}
        tables = {seen_name(None): self._seen(today).run(rollup, runs)}
        codes = np.array(numbers, np.int64)
        tables["learners"] = Frame.of({"learner_no": Column(codes), "learner": Column(codes)})
        tables["courses"] = self._courses(today, courses)
        plain = self._plain.run(tables, runs)
        compared = self._compare(plain, today, runs)
        rows = plain.rows
        keys = {name: plain.column(name).spread(rows) for name in ("learner", "course", "enrolled_age", "course_day")}
        columns = {name: pa.array([self._names.texts[code] for code in keys[name].values.tolist()], pa.string())
                   for name in ("learner", "course")}  # fmt: skip
        enrolled = (today - keys["enrolled_age"].values).astype(np.int32)
        columns["enrolled_on"] = pa.array(enrolled, pa.int32()).cast(pa.date32())
        columns["course_day"] = as_arrow(keys["course_day"], np.int32)
        for signal in self._catalogue:
            if asked is not None and signal.name not in asked:
                continue
            if signal.name in self._told:
                told = self._told[signal.name]
                columns[signal.name] = pa.array(
                    [told.get(code) for code in keys["course"].values.tolist()], pa.float64()
                )
                continue
            source = compared if signal.of else plain
            columns[signal.name] = as_arrow(source.column(signal.name).spread(rows), np.float64)
        return pa.table(columns)

    def _seen_program(self, today: int) -> Program:
        return Program(seen(ibis.table(ROLLUP_COLUMNS, name="rollup"), today), self._names.code)

    def _meet(self, learners: Sequence[int]) -> None:
        new = [learner for learner in learners if learner not in self._met]
        if not new:
            return
        names = pa.table({"learner": pa.array([self._names.texts[learner] for learner in new], pa.string())})
        for found in self._known_of(names):
            days = [found[name].to_numpy().astype(np.int64) for name in ("ingest_day", "day")]
            codes = [self._names.codes(found[name].to_pylist()) for name in ("learner", "course")]
            counters = np.stack([found[name].fill_null(0).to_numpy().astype(np.float64) for name in _COUNTERS])
            self._rows.load(np.stack([days[0], codes[0], codes[1], days[1]]), counters)
        self._met.update(new)

    def _known_of(self, names: pa.Table) -> list[pa.Table]:
        """Return the rollup rows of learners: of rollup files, and of event files that have none yet."""
        found = []
        try:
            self._connection.register("wanted", names)
            if self._rolled:
                found.append(self._connection.sql(
                    f"SELECT r.*, w.learner, c.course FROM {parquet(self._rolled)} AS r "
                    "JOIN (SELECT learner_no, learner FROM learners SEMI JOIN wanted USING (learner)) AS w "
                    "USING (learner_no) JOIN courses AS c USING (course_no)"
                ).to_arrow_table())  # fmt: skip
            if self._unrolled:
                source = parquet(self._unrolled, hive="hive_types = {'ingest_day': DATE}")
                self._connection.execute(
                    f"CREATE OR REPLACE TEMP VIEW events AS SELECT * FROM {source} SEMI JOIN wanted USING (learner)"
                )
                found.append(self._connection.sql(rollup_statement("duckdb")).to_arrow_table())
        except (duckdb.IOException, duckdb.InvalidInputException) as error:
            raise StorageFault("the rollup could not be read", mend="it is read anew at the next tick") from error
        return found

    def _held(self, column: pa.ChunkedArray) -> Column:
        """Return a column of events: texts as their numbers, days as numbers."""
        whole = column.combine_chunks()
        if pa.types.is_dictionary(whole.type):
            return Column(self._names.codes(whole.dictionary.to_pylist())[whole.indices.to_numpy()])
        if pa.types.is_string(whole.type):
            return Column(self._names.codes(whole.to_pylist()))
        if pa.types.is_date32(whole.type):
            whole = whole.view(pa.int32())
        valid = None if not whole.null_count else np.asarray(whole.is_valid())
        return Column(whole.fill_null(0).to_numpy(zero_copy_only=False), valid, True)

    def _courses(self, today: int, courses: Sequence[Course]) -> Frame:
        """Return the table of every course that anything was heard of."""
        known = {self._names.code(course.course): course for course in courses}
        codes = np.arange(len(self._names.texts), dtype=np.int64)

        def ages(day_of: Callable[[Course], date | None]) -> Column:
            days = {code: day for code, course in known.items() if (day := day_of(course)) is not None}
            values, valid = np.zeros(len(codes), np.int32), np.zeros(len(codes), np.bool_)
            at = list(days)
            values[at] = [today - (day - EPOCH).days for day in days.values()]
            valid[at] = True
            return Column(values, valid, True)

        return Frame.of({
            "course_no": Column(codes), "course": Column(codes), "start_age": ages(lambda course: course.starts_on),
            "end_age": ages(lambda course: course.ends_on),
        })  # fmt: skip

    def _compare(self, plain: Frame, today: int, runs: list[Run]) -> Frame:
        """Return the signals that compare with peers; nothing is looked up of a base that nobody asks about."""
        bases, rows = bases_of(self._wanted), plain.rows
        nothing = Column(np.zeros(rows), np.zeros(rows, np.bool_))
        looked: dict[str, Mapping[str, Column]] = {}

        def look(place: str) -> Mapping[str, Column]:
            if place not in looked:
                looked[place] = dict.fromkeys(_LOOKED_UP, nothing)
                if self._peers is not None:
                    base = plain.column(bases[int(place)]).spread(rows)
                    looked[place] = self._peers[1][int(place)].look(base, group)
            return looked[place]

        def column(name: str) -> Column:
            what, _, place = name.rpartition("_")
            return look(place)[what] if what in _LOOKED_UP else plain.column(name).spread(rows)

        if self._peers is not None:
            day_then = plain.column("course_day").spread(rows).values - (today - (self._peers[0] - EPOCH).days)
            group = group_of(plain.column("course_no").spread(rows).values, np.floor(day_then / 7))
        return self._compared.run({"plain": Frame(rows, column)}, runs)


def _split(rollups: Rollups, files: Sequence[EventFile]) -> tuple[list[Path], list[Path]]:
    """Return the rollup files of event files, and the event files that have none yet."""
    there = {file: rollups.path_of(file) for file in files}
    return [path for path in there.values() if path.exists()], [
        file.path for file, path in there.items() if not path.exists()
    ]


def _peer_table(wanted: Sequence[Signal]) -> ir.Table:
    kinds = {"of": "float64", "equal": "int64", "up_to": "int64", "everyone": "int64", "median": "float64"}
    bases = bases_of(wanted)
    looked = {f"{name}_{place}": kind for place in range(len(bases)) for name, kind in kinds.items()}
    keys = {"learner_no": "int32", "course_no": "int32"}
    return ibis.table({**keys, **dict.fromkeys(bases, "float64"), **looked}, name="plain")


def _zeroed(column: Column) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    values = column.values.astype(np.float64)
    return values if column.valid is None else np.where(column.valid, values, 0.0)

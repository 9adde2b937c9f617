"""One night's signals, shared out: each task of Spark's computes a range of learners, with DuckDB in its own process.

Two rounds. In the first each task puts its learners' plain signals aside and tells how often each value comes among
them, and how many of each course left; the driver adds these up to how everyone stands; in the second each task
compares its learners with that, and hands over what is made of each row. Nothing wide is ever shuffled.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import feather

from staycourse.adapters.engines.answers import KEYS, shaped
from staycourse.adapters.engines.duckdb import DuckDBEngine
from staycourse.adapters.engines.files import whole
from staycourse.adapters.engines.sql_engine import parts_of
from staycourse.events import Course
from staycourse.signals import Signal

COUNTS = pa.schema({
    "base": pa.string(), "course_no": pa.int32(), "course_week": pa.int32(), "of": pa.float64(), "equal": pa.int64(),
})  # fmt: skip
"""What the first round tells; see signals.counts."""

LEARNERS_A_SHARE = 500_000
"""At most so many learners a task: their signals take about a gigabyte and a half."""

Score = Callable[[pa.Table], pa.Table]


@dataclass(frozen=True)
class Question:
    """What every task is told. `scratch` is a folder that they and the driver share; `learner` the only one asked for,
    if it is one.
    """

    home: Path
    tenant: str
    as_of: date
    courses: tuple[Course, ...]
    catalogue: tuple[Signal, ...]
    shares: tuple[range, ...]
    scratch: Path
    learner: str | None = None

    @property
    def engine(self) -> DuckDBEngine:
        """The engine of one task, on one core."""
        return DuckDBEngine(self.home, lambda _: (), threads=1, catalogue=self.catalogue)

    def plain(self, share: int) -> Iterator[pa.Table]:
        """First round: put a share's plain signals and counts by course aside; yield what peers are compared by."""
        plain, counts, by_course = self.engine.plain(self.tenant, self.as_of, self.courses, self.shares[share])
        self._put(f"plain-{share}", plain)
        self._put(f"by_course-{share}", by_course)
        yield counts

    def stand(self, counts: pa.Table) -> None:
        """Between the rounds, at the driver: put aside how everyone stands, and what is told of each course."""
        self._put("standings", self.engine.standings([counts]))
        by_course = [feather.read_table(self._place(f"by_course-{share}")) for share in range(len(self.shares))]
        self._put("courses", self.engine.courses_told(by_course))

    def compared(self, score: Score, share: int) -> Iterator[pa.Table]:
        """Second round: yield what `score` makes of a share's signals, with the keys' numbers."""
        held = (feather.read_table(self._place(name)) for name in (f"plain-{share}", "standings", "courses"))
        rows = self.engine.compared(*held)
        if self.learner is not None:
            rows = rows.filter(pc.equal(rows["learner"], self.learner))
        for part in parts_of(rows):
            yield self._scored(score, part)

    def scored_nobody(self, score: Score) -> pa.Table:
        """Return what `score` makes of no rows: it tells the columns."""
        kinds = {name: pa.int32() for name in KEYS} | {"learner": pa.string(), "course": pa.string()}
        kinds |= {signal.name: pa.float64() for signal in self.catalogue}
        return self._scored(score, pa.schema(kinds).empty_table())

    def _scored(self, score: Score, rows: pa.Table) -> pa.Table:
        told = score(shaped(rows, self.as_of, self.catalogue))
        for name in ("learner_no", "course_no"):
            told = told.append_column(name, rows[name])
        return told

    def _put(self, name: str, table: pa.Table) -> None:
        """Put a table aside, whole or not at all: a task may run twice."""
        with whole(self._place(name), f".{uuid.uuid4().hex[:8]}") as unfinished:
            feather.write_feather(table, unfinished, compression="lz4")

    def _place(self, name: str) -> Path:
        return self.scratch / f"{name}.arrow"


def shared_out(newest: int, tasks: int) -> tuple[range, ...]:
    """Return ranges that hold the learners' numbers 1 to `newest`, one for each of `tasks` or more of them."""
    count = max(1, tasks, -(-newest // LEARNERS_A_SHARE))
    ends = [newest * number // count + 1 for number in range(count + 1)]
    return tuple(range(first, end) for first, end in pairwise(ends))

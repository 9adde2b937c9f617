"""A small made-up school over the real embedded engine: sixty learners, half of them fall silent for good."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from staycourse.adapters.engines.duckdb import DuckDBEngine
from staycourse.events import Course

FIRST = date(2024, 1, 1)
WEEKS = 18
COURSES = (Course(course="c0", starts_on=FIRST), Course(course="c1", starts_on=FIRST + timedelta(days=14)))

EVENT_TYPES = {
    "learner": pa.string(), "course": pa.string(), "verb": pa.string(), "value": pa.int64(), "event_day": pa.date32(),
    "event_hour": pa.int8(), "feeling": pa.int8(),
}  # fmt: skip

Row = tuple[str, str, str, int | None, date, int, int | None]


@dataclass(frozen=True, slots=True)
class File:
    """A live event file."""

    path: Path
    ingest_day: date
    rows: int


@dataclass(slots=True)
class School:
    """One tenant's event files, and the engine over them."""

    home: Path
    kept: list[File] = field(default_factory=list)

    def keep(self, rows: Sequence[Row], ingest_day: date) -> None:
        """Let `rows` arrive on `ingest_day`."""
        folder = self.home / "tenants" / "t" / "events" / f"ingest_day={ingest_day}"
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{len(self.kept):04}.parquet"
        columns = zip(*sorted(rows, key=lambda row: (row[0], row[1], row[4])), strict=True)
        named = zip(EVENT_TYPES.items(), columns, strict=True)
        pq.write_table(pa.table({name: pa.array(column, type_) for (name, type_), column in named}), path)
        self.kept.append(File(path, ingest_day, len(rows)))

    def engine(self) -> DuckDBEngine:
        """Return the engine, rolled up."""
        engine = DuckDBEngine(self.home, lambda _: self.kept, threads=1, memory_gigabytes=1)
        engine.roll_up("t")
        return engine

    def copied(self, home: Path) -> School:
        """Return a copy at `home`, rolled up as far as this one."""
        shutil.copytree(self.home, home)
        return School(home, [replace(file, path=home / file.path.relative_to(self.home)) for file in self.kept])


def day_of(number: int) -> date:
    """Return the `number`th day of the school."""
    return FIRST + timedelta(days=number)


def history(seed: int = 3) -> list[Row]:
    """Return what happened: steady learners, and some who fade for two weeks, fall silent, and may withdraw."""
    random = np.random.default_rng(seed)
    rows: list[Row] = []
    for number in range(60):
        learner, course = f"l{number:02}", f"c{number // 2 % 2}"
        rows.append((learner, course, "enrolled", 0, day_of(int(random.integers(0, 10))), 9, None))
        stops = int(random.integers(25, 105)) if number % 2 == 0 else WEEKS * 7
        for day in range(10, min(stops, WEEKS * 7)):
            if random.random() < (0.15 if day > stops - 14 else 0.6):
                rows.append((learner, course, "content_viewed", int(random.integers(1, 9)), day_of(day), 20, None))
        if stops + 9 < WEEKS * 7 and number % 4 == 0:
            rows.append((learner, course, "withdrawn", None, day_of(stops + 9), 9, None))
        rows += [(learner, course, "question_asked", None, day_of(day), 20, -1 if day % 50 == 0 else 0)
                 for day in range(12 + number % 5, stops, 9)]  # fmt: skip
    return rows


def opened(home: Path) -> School:
    """Return a fresh school at `home`."""
    found = School(home)
    rows = history()
    for week in range(WEEKS):
        first, last = day_of(7 * week), day_of(7 * week + 6)
        found.keep([row for row in rows if first <= row[4] <= last], last)
    return found

"""SignalEngine on Spark: local threads, or a cluster by its master's address."""

from __future__ import annotations

import uuid
import warnings
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date
from functools import cached_property, partial
from importlib import import_module
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.engines.answers import in_order
from staycourse.adapters.engines.rollups import NAMES, Batch, Rollups, batches
from staycourse.adapters.engines.spark.clearing import clear_abandoned
from staycourse.adapters.engines.spark.rolling import NAMED, ROLLED, named, numbered_shares, rolled, shared_files
from staycourse.adapters.engines.spark.session import SparkPlace
from staycourse.adapters.engines.spark.shares import COUNTS, Question, shared_out
from staycourse.adapters.engines.spark.starting import started
from staycourse.adapters.engines.sql_engine import SQLEngine
from staycourse.events import Course
from staycourse.kernel import BadSettings, StorageFault, worded
from staycourse.signals import CATALOGUE, EventFile, RollupReport, Signal


class SparkEngine(SQLEngine[SparkPlace]):
    """See SQLEngine. `home` must be the same folder to the driver and to every worker; `options` are Spark's own."""

    dialect = "spark"
    events_at_once = 500_000_000

    def __init__(
        self,
        home: Path,
        files: Callable[[str], Sequence[EventFile]],
        *,
        master: str = "local[2]",
        options: Mapping[str, str] | None = None,
        catalogue: tuple[Signal, ...] = CATALOGUE,
    ) -> None:
        super().__init__(home, files, catalogue)
        self._master = master
        self._options = dict(options or {})
        self._errors = _errors()

    @cached_property
    def _spark(self) -> Any:
        return started(self._master, self._options)

    def roll_up(self, tenant: str) -> RollupReport:
        """See SignalEngine. What tasks and drivers that were killed left behind goes first."""
        clear_abandoned(self._rollups(tenant).folder)
        return super().roll_up(tenant)

    def _adder(self, session: SparkPlace, rollups: Rollups) -> Callable[[Batch], int]:
        """Roll up in the executors: see `rolling`."""
        return partial(_rolled_up, session, rollups)

    def _batches(self, missing: Batch) -> Iterator[Batch]:
        return batches(missing, self.events_at_once, days_apart=False)

    @contextmanager
    def _session(self, tenant: str) -> Iterator[SparkPlace]:
        scratch = self._rollups(tenant).scratch / uuid.uuid4().hex
        place = SparkPlace(self._spark.newSession(), scratch)
        try:
            with warnings.catch_warnings():
                # It warns of pandas 3; no pandas frame is made here, Arrow tables alone go in and out.
                warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
                yield place
        except self._errors as error:
            raise StorageFault(
                worded("Spark gave up: {told}", told=_told(error)), mend="run staycourse doctor, and see Spark's log"
            ) from None
        finally:
            place.close()

    def signals(self, tenant: str, as_of: date, courses: Sequence[Course], *, learner: str | None = None) -> pa.Table:
        """See SignalEngine."""
        return self._answered(tenant, as_of, courses, _as_they_are, learner)

    def scored(
        self, tenant: str, as_of: date, courses: Sequence[Course], score: Callable[[pa.Table], pa.Table]
    ) -> pa.Table:
        """See SignalEngine. The executors score; the driver is given what `score` gives, and no signal besides."""
        return self._answered(tenant, as_of, courses, score)

    def _answered(
        self,
        tenant: str,
        as_of: date,
        courses: Sequence[Course],
        score: Callable[[pa.Table], pa.Table],
        learner: str | None = None,
    ) -> pa.Table:
        """Return what the executors make of every open enrolment's signals: see `shares`."""
        with self._session(tenant) as place:
            self._rollups(tenant).scan_names(place)
            newest = place.fetch("SELECT max(learner_no) AS newest FROM numbered_learners")["newest"][0].as_py()
            shares = shared_out(newest or 0, place.cores)
            question = Question(
                self._home, tenant, as_of, tuple(courses), self._catalogue, shares, place.scratch, learner
            )
            question.stand(place.tasks(len(shares), question.plain, COUNTS))
            told = question.scored_nobody(score).schema
            found = place.tasks(len(shares), partial(question.compared, score), told)
        return in_order(found).drop_columns(["learner_no", "course_no"])

    def close(self) -> None:
        """Stop the driver, and with it this application's executors."""
        if "_spark" in self.__dict__:
            self._spark.stop()
            del self.__dict__["_spark"]


def _as_they_are(rows: pa.Table) -> pa.Table:
    return rows


def _rolled_up(place: SparkPlace, rollups: Rollups, batch: Batch) -> int:
    """Roll up some event files; return the rows. Names are numbered before the rollup that uses the numbers."""
    shares = shared_files(batch, place.cores)
    place.keep_tasks("told", len(shares), partial(named, shares), NAMED)
    names = ((kind, name) for kind, (_, name) in NAMES.items())
    rollups.number(place, {kind: f"SELECT name AS {name} FROM told WHERE kind = '{kind}'" for kind, name in names})
    numbers = place.keep_apart(numbered_shares(), "share")
    told = place.tasks(len(shares), partial(rolled, shares, numbers), ROLLED)
    return int(pc.sum(told["rows"]).as_py())


def _told(error: Exception) -> str:
    """Return the line that tells what was wrong: of Java's pages the first, of a task's Python the last."""
    lines = str(error).strip().split("\n")
    return lines[-1 if "Traceback" in lines[min(1, len(lines) - 1)] else 0][:300]


def _errors() -> tuple[type[Exception], ...]:
    """Return what Spark raises; it takes a second and 500 MB to load, so only who asks for it pays for it."""
    try:
        return (
            import_module("pyspark.errors").PySparkException,
            import_module("py4j.protocol").Py4JError,
        )
    except ImportError:
        raise BadSettings(
            "Spark is not installed", where="--engine spark", mend="pip install 'staycourse[spark]'"
        ) from None

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

from staycourse.adapters.engines.answers import in_order, shaped
from staycourse.adapters.engines.spark.session import SparkPlace
from staycourse.adapters.engines.spark.starting import started
from staycourse.adapters.engines.sql_engine import SQLEngine
from staycourse.events import Course
from staycourse.kernel import BadSettings, StorageFault, worded
from staycourse.signals import CATALOGUE, EventFile, Signal


class SparkEngine(SQLEngine[SparkPlace]):
    """See SQLEngine. `home` must be the same folder to the driver and to every worker; `options` are Spark's own."""

    dialect = "spark"
    events_at_once = 50_000_000

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
            told = str(error).split("\n")[0][:300]  # what follows is pages of Java
            raise StorageFault(
                worded("Spark gave up: {told}", told=told), mend="run staycourse doctor, and see Spark's log"
            ) from None
        finally:
            place.close()

    def scored(
        self, tenant: str, as_of: date, courses: Sequence[Course], score: Callable[[pa.Table], pa.Table]
    ) -> pa.Table:
        """See SignalEngine. The executors score; the driver is given what `score` gives, and no signal besides."""
        with self._as_of(tenant, as_of, courses) as place:
            self._answer(place)
            found = place.mapped("SELECT * FROM answered", partial(score_rows, score, as_of, self._catalogue))
        return in_order(found).drop_columns(["learner_no", "course_no"])

    def close(self) -> None:
        """Stop the driver, and with it this application's executors."""
        if "_spark" in self.__dict__:
            self._spark.stop()
            del self.__dict__["_spark"]


def score_rows(
    score: Callable[[pa.Table], pa.Table], as_of: date, catalogue: Sequence[Signal], rows: pa.Table
) -> pa.Table:
    """Return what `score` makes of rows of `answered`, with their keys' numbers."""
    told = score(shaped(rows, as_of, catalogue))
    for name in ("learner_no", "course_no"):
        told = told.append_column(name, rows[name])
    return told


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

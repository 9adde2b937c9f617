"""A Session on Spark."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from staycourse.adapters.engines.spark.executors import run_tasks, write_by_day, write_one
from staycourse.events import EVENT_COLUMNS
from staycourse.kernel import EPOCH

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TYPES = {"int8": "tinyint", "int32": "int", "int64": "bigint", "string": "string", "date": "date"}
_WRITTEN = "path string, rows bigint"


class SparkPlace:
    """See Session. Its views are its own; what it keeps lies in the folder `scratch` until it closes."""

    def __init__(self, spark: SparkSession, scratch: Path) -> None:
        self.spark = spark
        self.scratch = scratch
        self._kept = count()

    def close(self) -> None:
        """Drop what was kept."""
        shutil.rmtree(self.scratch, ignore_errors=True)

    def scan(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """See Session."""
        self._read(files, columns).createOrReplaceTempView(name)

    def load(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """See Session."""
        self.scan(name, files, columns)

    def scan_events(self, name: str, files: Sequence[Path]) -> None:
        """See Session."""
        base = str(files[0].parent.parent)
        self._read(files, EVENT_COLUMNS, basePath=base).createOrReplaceTempView(name)

    def hold(self, name: str, query: str) -> None:
        """See Session."""
        self.keep(name, query)

    def put(self, name: str, table: pa.Table) -> None:
        """See Session."""
        self.spark.createDataFrame(table).createOrReplaceTempView(name)

    def view(self, name: str, query: str) -> None:
        """See Session."""
        self.spark.sql(query).createOrReplaceTempView(name)

    def keep(self, name: str, query: str) -> None:
        """See Session.

        Kept as files, not in the executors' memory: what a lost worker had computed is not lost, Spark knows the size
        of every step before it plans the next, and each plan stays small (the whole is not planned in minutes).
        """
        frame, place = self.spark.sql(query), self.scratch / f"{name}-{next(self._kept)}"
        frame.write.option("compression", "zstd").parquet(place.as_uri())
        self.spark.read.schema(frame.schema).parquet(place.as_uri()).createOrReplaceTempView(name)

    def add(self, name: str, query: str) -> None:
        """See Session."""
        self.spark.table(name).union(self.spark.sql(query)).createOrReplaceTempView(name)

    def fetch(self, query: str) -> pa.Table:
        """See Session."""
        return self.spark.sql(query).toArrow()

    @property
    def cores(self) -> int:
        """How many tasks the executors run at a time."""
        return int(self.spark.sparkContext.defaultParallelism)

    def tasks(self, count: int, work: Callable[[int], Iterable[pa.Table]], told: pa.Schema) -> pa.Table:
        """Return what `work` yields, as `told`, for each number below `count`, each in a task of its own."""
        from pyspark.sql.pandas.types import from_arrow_schema

        sent = self.spark.sparkContext.broadcast(work)
        try:
            numbers = self.spark.range(0, count, 1, count)
            return numbers.mapInArrow(partial(run_tasks, sent), from_arrow_schema(told)).toArrow()
        finally:
            sent.destroy()

    def write(self, query: str, path: Path) -> None:
        """See Session. One executor writes."""
        self.spark.sql(query).coalesce(1).mapInArrow(partial(write_one, str(path)), _WRITTEN).collect()

    def write_days(self, query: str, columns: Sequence[str], paths: Mapping[date, Path]) -> None:
        """See Session. The executors write, each the days that fall to it."""
        places = {(day - EPOCH).days: str(path) for day, path in paths.items()}
        rows = self.spark.sql(f"SELECT {', '.join(columns)} FROM ({query})").repartition("ingest_day")
        rows = rows.sortWithinPartitions("ingest_day", "learner_no", "course_no", "day")
        rows.mapInArrow(partial(write_by_day, places), _WRITTEN).collect()

    def _read(self, files: Sequence[Path], columns: Mapping[str, str], **options: str) -> DataFrame:
        types = ", ".join(f"{name} {_TYPES[kind]}" for name, kind in columns.items())
        if not files:
            return self.spark.createDataFrame([], types)
        names = [re.sub(r"([*?{}\[\]\\])", r"\\\1", str(path)) for path in files]
        return self.spark.read.options(**options).schema(types).parquet(*names)

"""A Session on Spark."""

from __future__ import annotations

import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING

import pyarrow as pa

from staycourse.adapters.engines.spark.executors import run_tasks, write_one

if TYPE_CHECKING:
    from pyspark.sql import DataFrame, SparkSession

_TYPES = {"int32": "int", "int64": "bigint", "string": "string"}
_WRITTEN = "rows bigint"


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
        self._keep(name, self.spark.sql(query))

    def _keep(self, name: str, frame: DataFrame) -> None:
        place = self.scratch / f"{name}-{next(self._kept)}"
        frame.write.option("compression", "zstd").parquet(place.as_uri())
        self.spark.read.schema(frame.schema).parquet(place.as_uri()).createOrReplaceTempView(name)

    def keep_apart(self, query: str, column: str) -> Path:
        """Put the rows of `query` into a folder for each value of `column`; return the folder of these."""
        place = self.scratch / f"by-{column}-{next(self._kept)}"
        self.spark.sql(query).repartition(column).write.partitionBy(column).parquet(place.as_uri())
        return place

    def fetch(self, query: str) -> pa.Table:
        """See Session."""
        return self.spark.sql(query).toArrow()

    @property
    def cores(self) -> int:
        """How many tasks the executors run at a time."""
        return int(self.spark.sparkContext.defaultParallelism)

    def tasks(self, count: int, work: Callable[[int], Iterable[pa.Table]], told: pa.Schema) -> pa.Table:
        """Return what `work` yields, as `told`, for each number below `count`, each in a task of its own."""
        with self._tasks(count, work, told) as found:
            return found.toArrow()

    def keep_tasks(self, name: str, count: int, work: Callable[[int], Iterable[pa.Table]], told: pa.Schema) -> None:
        """Let `name` be what `tasks` would return, which may be too much for the driver."""
        with self._tasks(count, work, told) as found:
            self._keep(name, found)

    @contextmanager
    def _tasks(self, count: int, work: Callable[[int], Iterable[pa.Table]], told: pa.Schema) -> Iterator[DataFrame]:
        from pyspark.sql.pandas.types import from_arrow_schema

        sent = self.spark.sparkContext.broadcast(work)
        try:
            numbers = self.spark.range(0, count, 1, count)
            yield numbers.mapInArrow(partial(run_tasks, sent), from_arrow_schema(told))
        finally:
            sent.destroy()

    def write_any(self, query: str, path: Path) -> None:
        """See Session. One executor writes."""
        self.spark.sql(query).coalesce(1).mapInArrow(partial(write_one, str(path)), _WRITTEN).collect()

    def _read(self, files: Sequence[Path], columns: Mapping[str, str]) -> DataFrame:
        types = ", ".join(f"{name} {_TYPES[kind]}" for name, kind in columns.items())
        if not files:
            return self.spark.createDataFrame([], types)
        names = [re.sub(r"([*?{}\[\]\\])", r"\\\1", str(path)) for path in files]
        return self.spark.read.schema(types).parquet(*names)

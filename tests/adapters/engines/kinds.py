"""Every engine there is, small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from small_school import Lake

from staycourse.adapters.engines import ClickHouseEngine, DuckDBEngine, SparkEngine, SQLEngine

KINDS = ("duckdb", "clickhouse", "spark")

SMALL: Mapping[str, str] = {
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    # Compiling a query to bytecode takes seconds, and wins nothing over some thousand rows.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.files.openCostInBytes": "1000",
    "spark.sql.sources.parallelPartitionDiscovery.threshold": "10000",
}
"""What makes Spark quick over little."""


def engine_at(kind: str, lake: Lake) -> SQLEngine[Any]:
    """Return an engine of `kind` over a lake."""
    if kind == "spark":
        return SparkEngine(lake.home, lake.files, master="local[2]", options=SMALL)
    made = DuckDBEngine if kind == "duckdb" else ClickHouseEngine
    return made(lake.home, lake.files, threads=1, memory_gigabytes=1)


def stop_spark() -> None:
    """Stop the driver that all local Spark engines of this process share."""
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        running.stop()

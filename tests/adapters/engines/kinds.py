"""Every engine there is, small."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from small_school import Lake

from staycourse.adapters.engines import ClickHouseEngine, DuckDBEngine, SparkEngine, SQLEngine
from staycourse.signals import CATALOGUE, Signal

KINDS = ("duckdb", "clickhouse", "spark")

SMALL: Mapping[str, str] = {
    "spark.driver.host": "127.0.0.1",
    "spark.sql.shuffle.partitions": "2",
    # Compiling a query to bytecode takes seconds, and wins nothing over some thousand rows.
    "spark.sql.codegen.wholeStage": "false",
    "spark.sql.codegen.factoryMode": "NO_CODEGEN",
    "spark.sql.files.openCostInBytes": "1000",
    "spark.sql.adaptive.enabled": "false",  # each stage's result would be looked at before the next is planned
    # No program runs for so long here that to compile it as well as can be wins back what that takes.
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
}
"""What makes Spark quick over little."""


def _one_of_each() -> tuple[Signal, ...]:
    firsts = {signal.form: signal for signal in reversed(CATALOGUE)}.values()
    names = {name for signal in firsts for name in (signal.name, signal.of)}
    return tuple(signal for signal in CATALOGUE if signal.name in names)


ONE_OF_EACH = _one_of_each()
"""A signal of every form, and those that they are compared by: where it is not the catalogue that is asked about."""


def engine_at(kind: str, lake: Lake, catalogue: tuple[Signal, ...] = CATALOGUE) -> SQLEngine[Any]:
    """Return an engine of `kind` over a lake."""
    if kind == "spark":
        return SparkEngine(lake.home, lake.files, master="local[2]", options=SMALL, catalogue=catalogue)
    made = DuckDBEngine if kind == "duckdb" else ClickHouseEngine
    return made(lake.home, lake.files, threads=1, memory_gigabytes=1, catalogue=catalogue)


def stop_spark() -> None:
    """Stop the driver that all local Spark engines of this process share."""
    from pyspark.sql import SparkSession

    running = SparkSession.getActiveSession()
    if running is not None:
        running.stop()

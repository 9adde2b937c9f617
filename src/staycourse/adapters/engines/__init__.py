"""Engines that keep the rollup and compute signals over it; each is a folder and passes the same suite."""

from staycourse.adapters.engines.clickhouse import ClickHouseEngine
from staycourse.adapters.engines.duckdb import DuckDBEngine
from staycourse.adapters.engines.spark import SparkEngine
from staycourse.adapters.engines.sql_engine import SQLEngine

__all__ = ["ClickHouseEngine", "DuckDBEngine", "SQLEngine", "SparkEngine"]

"""The embedded engine: Parquet files and DuckDB."""

from staycourse.adapters.engines.duckdb.engine import DuckDBEngine

__all__ = ["DuckDBEngine"]

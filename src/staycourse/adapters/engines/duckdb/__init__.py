"""The embedded engine: Parquet files and DuckDB."""

from staycourse.adapters.engines.duckdb.engine import DuckDBEngine
from staycourse.adapters.engines.duckdb.erasing import forget_name

__all__ = ["DuckDBEngine", "forget_name"]

"""Engines that keep the rollup and compute signals over it; each is a folder and passes the same suite."""

from staycourse.adapters.engines.duckdb import DuckDBEngine

__all__ = ["DuckDBEngine"]

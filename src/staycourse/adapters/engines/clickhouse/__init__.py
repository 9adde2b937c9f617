"""ClickHouse over the same Parquet files: embedded (chdb), in the SQL of any server."""

from staycourse.adapters.engines.clickhouse.engine import ClickHouseEngine

__all__ = ["ClickHouseEngine"]

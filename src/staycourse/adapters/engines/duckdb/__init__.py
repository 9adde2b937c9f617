"""The embedded engine: DuckDB through Ibis, over Parquet rollups; and the live one beside it."""

from staycourse.adapters.engines.duckdb.engine import DuckDBEngine, rolled_up
from staycourse.adapters.engines.duckdb.erasing import forget_name
from staycourse.adapters.engines.duckdb.live import LiveEngine
from staycourse.adapters.engines.duckdb.standing import standings_of

__all__ = ["DuckDBEngine", "LiveEngine", "forget_name", "rolled_up", "standings_of"]

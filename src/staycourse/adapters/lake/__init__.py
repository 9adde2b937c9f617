"""The lake: each tenant's events as Parquet files by ingest day, taken over from the log exactly once."""

from staycourse.adapters.lake.columns import EVENT_SCHEMA
from staycourse.adapters.lake.lake import CompactionReport, Lake, LakeCheck, LakeHealth
from staycourse.adapters.lake.manifest import EventFile

__all__ = ["CompactionReport", "EVENT_SCHEMA", "EventFile", "Lake", "LakeCheck", "LakeHealth"]

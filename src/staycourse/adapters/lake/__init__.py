"""The lake: each tenant's events as Parquet files by ingest day, taken over from the log exactly once."""

from staycourse.adapters.lake.columns import EVENT_SCHEMA, lake_columns
from staycourse.adapters.lake.lake import CompactionReport, Lake, LakeCheck, LakeHealth
from staycourse.adapters.lake.manifest import EventFile
from staycourse.adapters.lake.standing import LakeStanding, heard_of_since, lake_standing

__all__ = [
    "CompactionReport", "EVENT_SCHEMA", "EventFile", "Lake", "LakeCheck", "LakeHealth", "LakeStanding",
    "heard_of_since", "lake_columns", "lake_standing",
]  # fmt: skip

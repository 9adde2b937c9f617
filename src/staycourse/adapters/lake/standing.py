"""What the lake holds at one moment, for who goes on from there with the log."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from pyarrow.fs import LocalFileSystem

from staycourse.adapters.lake.manifest import EventFile, load_manifest


@dataclass(frozen=True, slots=True)
class LakeStanding:
    """The live files of one generation, and the segments of the log that they hold and that may be there still."""

    generation: int
    files: tuple[EventFile, ...]
    applied: frozenset[str]


def lake_standing(home: Path, tenant: str) -> LakeStanding:
    """Return how the lake of `tenant` under `home` stands."""
    folder = home / "tenants" / tenant / "events"
    manifest = load_manifest(folder)
    files = tuple(
        EventFile(folder / entry.place, entry.ingest_day, entry.rows, entry.bytes)
        for entry in sorted(manifest.files, key=lambda entry: (entry.ingest_day, entry.name))
    )
    return LakeStanding(manifest.generation, files, frozenset(manifest.applied))


def heard_of_since(files: Sequence[EventFile], since: datetime, day: date) -> list[str]:
    """Return the learners of live events that arrived since an instant, on `day` (local to the tenant) or later."""
    import pyarrow.dataset as ds  # brings pandas along

    found: set[str] = set()
    parquet, disk = ds.ParquetFileFormat(), LocalFileSystem()
    wanted = (ds.field("received") >= since) & ~ds.field("backfill")
    for file in files:
        if file.ingest_day >= day:
            events = parquet.make_fragment(str(file.path), disk).to_table(columns=["learner"], filter=wanted)
            found.update(events["learner"].unique().cast("string").to_pylist())
    return sorted(found)

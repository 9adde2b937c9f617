"""One learner out of the lake: the files that hold them written anew, published in one step, the old ones removed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow.fs import LocalFileSystem

from staycourse.adapters.lake.compaction import following, new_name
from staycourse.adapters.lake.files import read_files, write_file
from staycourse.adapters.lake.manifest import Entry, Manifest, load_manifest, publish_manifest
from staycourse.adapters.lake.upkeep import remove_retired

AT_ONCE = 32
"""How many files are written before they are published: bounds the disk that is needed twice."""


@dataclass(frozen=True, slots=True)
class LakeErasure:
    """How many events went, and how many files were written anew (or dropped, where nothing was left)."""

    events: int
    files: int


def erase_from_lake(folder: Path, learner: str, executor: Executor) -> LakeErasure:
    """Take `learner` out of a tenant's events. Killed anywhere, it goes on when called again.

    The files that are replaced go at once, not at the next compaction: whoever reads one at that moment sees an error
    and reads again.
    """
    events = files = 0
    for batch in _batches(held_in(folder, load_manifest(folder), learner, executor)):
        manifest = load_manifest(folder)
        written = list(executor.map(lambda entry: _without(folder, manifest, entry, learner), batch))  # noqa: B023
        added = [entry for entry in written if entry is not None]
        publish_manifest(folder, following(manifest, added=added, removed=batch))
        remove_retired(folder)
        events += sum(entry.rows for entry in batch) - sum(entry.rows for entry in added)
        files += len(batch)
    return LakeErasure(events, files)


def held_in(folder: Path, manifest: Manifest, learner: str, executor: Executor) -> list[Entry]:
    """Return the live files that hold events of `learner`: they are sorted by learner, so few pages are read."""
    import pyarrow.dataset as ds  # brings pandas along

    parquet, disk = ds.ParquetFileFormat(), LocalFileSystem()
    wanted = ds.field("learner") == learner

    def holds(entry: Entry) -> bool:
        return bool(parquet.make_fragment(str(folder / entry.place), disk).count_rows(filter=wanted))

    found = executor.map(holds, manifest.files)
    return [entry for entry, held in zip(manifest.files, found, strict=True) if held]


def _without(folder: Path, manifest: Manifest, entry: Entry, learner: str) -> Entry | None:
    """Write one file without the learner's events; None if nothing is left of it."""
    events = read_files([folder / entry.place])
    kept = events.filter(pc.not_equal(events["learner"].cast(pa.string()), learner))
    return write_file(folder, entry.ingest_day, new_name(manifest), kept) if len(kept) else None


def _batches(entries: Sequence[Entry]) -> Iterator[Sequence[Entry]]:
    for start in range(0, len(entries), AT_ONCE):
        yield entries[start : start + AT_ONCE]

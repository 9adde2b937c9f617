"""From the log into the lake, exactly once: read closed parts, leave out what is known, write, publish, only then drop.

Killed anywhere it starts over: what was published is not taken again (the manifest names the parts it holds), what was
written but not published is named by nobody and swept away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from staycourse.adapters.lake.columns import INGEST_DAY, Feel, lake_columns, sort_order
from staycourse.adapters.lake.days import Instants
from staycourse.adapters.lake.files import write_days
from staycourse.adapters.lake.manifest import (
    Entry,
    Manifest,
    has_manifest,
    load_manifest,
    publish_manifest,
)
from staycourse.adapters.lake.repeats import event_hashes, first_of_each, unknown_to_lake
from staycourse.adapters.segments import Frame, Part, PartContent, decode_events, guarded, make_folder
from staycourse.kernel import StorageFault, fresh_id

Erased = Callable[[str, Callable[[], Sequence[str]]], Collection[str]]
"""Given a tenant and what lists learners, returns those of them who were erased; lists nobody where nobody was."""


def nobody(_tenant: str, _learners: Callable[[], Sequence[str]]) -> Collection[str]:
    """Say that nobody was erased."""
    return ()


STEP_BYTES = 128 << 20
"""The most of the log that one step takes: 700,000 events or more. Larger steps make fewer files, and take more memory.
"""
FIRST_STEP_BYTES = 2 << 20
"""What a compactor takes first: who is stopped every few seconds on a busy machine must get that far."""


@dataclass(frozen=True, slots=True)
class Taken:
    """What one batch brought to one tenant."""

    events: int
    files: tuple[Entry, ...]

    @property
    def rows(self) -> int:
        return sum(entry.rows for entry in self.files)


@dataclass(frozen=True, slots=True)
class Compactor:
    """Takes over batches of closed parts. `folder_of` gives a tenant's events folder, `erased` says which of a tenant's
    learners were erased: nothing of them is taken. `present` are the identities of all parts that the log still holds.
    """

    folder_of: Callable[[str], Path]
    zone_of: Callable[[str], ZoneInfo]
    feel: Feel
    dedup_days: int
    connection: duckdb.DuckDBPyConnection
    executor: Executor
    erased: Erased = nobody
    present: Collection[str] = ()

    def take(self, contents: Sequence[PartContent]) -> dict[str, Taken]:
        """Publish all that `contents` hold, tenant by tenant. Afterwards the parts may be dropped."""
        identities = tuple(content.identity for content in contents)
        tenants = sorted({tenant for content in contents for tenant in content.frames})
        return {tenant: self._take_tenant(tenant, contents, identities) for tenant in tenants}

    def _take_tenant(self, tenant: str, contents: Sequence[PartContent], identities: tuple[str, ...]) -> Taken:
        folder = self.folder_of(tenant)
        manifest = load_manifest(folder)
        frames = [
            frame
            for content in contents
            if content.identity not in manifest.applied
            for frame in content.frames.get(tenant, ())
        ]
        if not frames:
            return Taken(0, ())
        with storage(folder):
            entries = self._write(tenant, frames, manifest)
            # What was taken before and is not dropped yet stays named: a later batch may hold it again.
            standing = (identity for identity in manifest.applied if identity in self.present)
            applied = tuple(dict.fromkeys((*standing, *identities)))
            publish_manifest(folder, following(manifest, added=entries, applied=applied))
        return Taken(sum(frame.count for frame in frames), tuple(entries))

    def _write(self, tenant: str, frames: Sequence[Frame], manifest: Manifest) -> list[Entry]:
        folder = self.folder_of(tenant)
        if not has_manifest(folder):
            make_folder(folder)
            publish_manifest(folder, manifest)
        events = lake_columns(
            decode_events([(f.payload, f.count) for f in frames], encoded=True),
            _arrivals(frames),
            self.zone_of(tenant),
            self.feel,
        )
        hashes = event_hashes(events["event_id"])
        events = events.append_column("event_hash", pa.array(hashes))
        probe = events.select(["event_id", "event_hash", INGEST_DAY])
        kept = first_of_each(events["event_id"], hashes)
        kept &= unknown_to_lake(self.connection, folder, manifest.files, probe, self.dedup_days)
        kept &= self._of_the_present(tenant, events["learner"])
        order = sort_order(events)
        rows = order[kept[order]]
        if not len(rows):
            return []
        return write_days(folder, events.take(pa.array(rows)), new_name(manifest), self.executor)

    def _of_the_present(self, tenant: str, learners: pa.ChunkedArray) -> NDArray[np.bool_]:
        """Return which rows are of nobody who was erased: a door may have let one in while that was being done."""
        gone = self.erased(tenant, pc.unique(learners).to_pylist)
        if not gone:
            return np.ones(len(learners), np.bool_)
        listed = pa.array(sorted(gone), pa.string())
        return np.asarray(pc.invert(pc.is_in(learners, value_set=listed)).to_numpy())


class Stride:
    """How much of the log one step takes: little at first, and twice as much after each step that was published.

    So a compactor that is killed has lost about half of its work at worst, and one that lives soon takes as much at
    once as is cheapest (what a step costs of itself grows with the lake).
    """

    def __init__(self, most: int) -> None:
        self._most = most
        self._bytes = min(FIRST_STEP_BYTES, most)

    def of(self, parts: Sequence[Part]) -> Sequence[Part]:
        """Return the first of `parts` that are the next step (a single larger one stands alone)."""
        size = 0
        for count, part in enumerate(parts):
            size += part.bytes
            if count and size > self._bytes:
                return parts[:count]
        return parts

    def taken(self) -> None:
        """Note that a step was published."""
        self._bytes = min(self._bytes * 2, self._most)


def _arrivals(frames: Sequence[Frame]) -> Instants:
    """Return, per event, when its batch reached the log."""
    return np.repeat(np.array([f.arrival for f in frames], np.int64), [f.count for f in frames])


def new_name(manifest: Manifest) -> str:
    """Return a file name that was never used: a file of an attempt that failed must not be taken for the next one's."""
    return f"{manifest.generation + 1:08d}-{fresh_id()[:8]}.parquet"


def following(
    manifest: Manifest,
    *,
    added: Sequence[Entry],
    removed: Sequence[Entry] = (),
    applied: tuple[str, ...] | None = None,
) -> Manifest:
    """Return the manifest after `manifest`, with files added and removed."""
    gone = set(removed)
    return msgspec.structs.replace(
        manifest,
        generation=manifest.generation + 1,
        files=(*(entry for entry in manifest.files if entry not in gone), *added),
        retired=(*manifest.retired, *(entry.place for entry in removed)),
        applied=manifest.applied if applied is None else applied,
    )


@contextmanager
def storage(folder: Path) -> Iterator[None]:
    """Turn what the engine or the disk complains of into a StorageFault."""
    try:
        with guarded(folder, "the lake could not be written"):
            yield
    except (duckdb.Error, pa.ArrowException) as error:
        raise StorageFault(
            "the lake could not take the log's events over",
            where=str(folder),
            mend="see `staycourse doctor`; nothing is lost",
        ) from error

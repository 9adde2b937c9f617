"""The lake's door: what others ask of it, and how its pieces come together."""

from __future__ import annotations

import threading
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb
import pyarrow as pa

from staycourse.adapters.lake.columns import Feel
from staycourse.adapters.lake.compaction import STEP_BYTES, Compactor, Erased, Stride, Taken, nobody, storage
from staycourse.adapters.lake.erasing import LakeErasure, erase_from_lake, held_in
from staycourse.adapters.lake.manifest import Entry, EventFile, has_manifest, load_manifest
from staycourse.adapters.lake.merging import merge_days
from staycourse.adapters.lake.reading import learner_events
from staycourse.adapters.lake.upkeep import remove_orphans, remove_retired, wrong_files
from staycourse.adapters.segments import ClosedParts, Part, SegmentParts, alone_with
from staycourse.kernel import HomeInUse


@dataclass(frozen=True, slots=True)
class CompactionReport:
    """What a compaction did. `events` were read, `rows` kept, `repeated` known already.

    `files` were added and `merged` went away by merging; `damage` says in words which bytes of the log were lost.
    """

    segments: int
    events: int
    rows: int
    files: int
    merged: int
    tenants: tuple[str, ...]
    damage: tuple[str, ...]

    @property
    def repeated(self) -> int:
        return self.events - self.rows


@dataclass(frozen=True, slots=True)
class LakeHealth:
    """How much the lake holds."""

    tenants: int
    files: int
    rows: int
    bytes: int


@dataclass(frozen=True, slots=True)
class LakeCheck:
    """What `staycourse doctor` tells: in words what is wrong, and how many files that nobody named were removed."""

    wrong: tuple[str, ...]
    orphans_removed: int


class Lake:
    """Each tenant's events under `home`, as Parquet by ingest day.

    `zone_of` gives a tenant's zone (days and hours are local to it); `feel` reads the feeling of texts (-1, 0, 1). An
    event whose id is known already within `dedup_days` days of its ingest day, before or after, is left out, and so is
    one of a learner who was `erased`.
    """

    def __init__(
        self,
        home: Path,
        *,
        zone_of: Callable[[str], ZoneInfo],
        feel: Callable[[Sequence[str]], Sequence[int]],
        dedup_days: int = 35,
        threads: int = 2,
        step_bytes: int = STEP_BYTES,
        erased: Erased = nobody,
    ) -> None:
        self._home = home
        self._zone_of = zone_of
        self._feel: Feel = feel
        self._dedup_days = dedup_days
        self._threads = threads
        self._stride = Stride(step_bytes)
        self._erased = erased
        self._one_at_a_time = threading.Lock()

    def compact(self, log_folder: Path) -> CompactionReport:
        """Take over the closed segments of `log_folder`. StorageFault: nothing is lost, and it may be done again."""
        return self.compact_parts(SegmentParts(log_folder))

    def compact_parts(
        self, log: ClosedParts, before: Callable[[Sequence[Part]], object] = lambda _: None
    ) -> CompactionReport:
        """Take over the closed parts of any log, those that are there at this moment, step by step.

        `before` is called with the parts of each step before they are read. Whoever is killed keeps the steps before.
        """
        with self._alone() as alone:
            if not alone:
                raise HomeInUse(
                    "another process compacts", where=str(self._home), mend="wait for it; one process runs the night"
                )
            self._tidy()
            left = parts = log.parts()
            taken: dict[str, list[Taken]] = {}
            damage: list[str] = []
            merged = 0
            if parts:
                present = {part.identity for part in parts}
                with self._compactor(present) as compactor:
                    while left:
                        step = self._stride.of(left)
                        before(step)
                        damage += self._take(log, step, compactor, taken)
                        present.difference_update(part.identity for part in step)
                        left = left[len(step) :]
                    merged = sum(self._merge(tenant, its, compactor) for tenant, its in taken.items())
        return _report(len(parts), taken, merged, damage)

    def tenants(self) -> list[str]:
        """Return the tenants that have ever had an event here."""
        folder = self._home / "tenants"
        if not folder.is_dir():
            return []
        return sorted(path.name for path in folder.iterdir() if has_manifest(path / "events"))

    def files(self, tenant: str) -> list[EventFile]:
        """Return the live event files of `tenant`, by ingest day."""
        folder = self._folder(tenant)
        entries = sorted(load_manifest(folder).files, key=lambda entry: (entry.ingest_day, entry.name))
        return [EventFile(folder / entry.place, entry.ingest_day, entry.rows, entry.bytes) for entry in entries]

    @contextmanager
    def still(self) -> Iterator[None]:
        """Let nothing be compacted, merged or erased while the block runs; HomeInUse if somebody is at it."""
        with self._alone() as alone:
            if not alone:
                raise HomeInUse("another process compacts", where=str(self._home), mend="wait for it")
            yield

    def events_of(self, tenant: str, learner: str, *, before: date | None = None, limit_days: int = 60) -> pa.Table:
        """Return one learner's events, newest first: the last `limit_days` days with any, before the day `before`."""
        with storage(self._folder(tenant)):
            return learner_events(self.files(tenant), learner, before, limit_days)

    def erase(self, tenant: str, learner: str) -> LakeErasure:
        """Take every event of `learner` out of the tenant's files. HomeInUse while another process compacts."""
        with self._alone() as alone:
            if not alone:
                raise HomeInUse("another process compacts", where=str(self._home), mend="wait for it")
            self._tidy()
            with ThreadPoolExecutor(self._threads) as executor, storage(self._folder(tenant)):
                return erase_from_lake(self._folder(tenant), learner, executor)

    def holds(self, tenant: str, learner: str) -> bool:
        """Say whether any event of `learner` is here."""
        folder = self._folder(tenant)
        with ThreadPoolExecutor(self._threads) as executor, storage(folder):
            return bool(held_in(folder, load_manifest(folder), learner, executor))

    def verify(self) -> LakeCheck:
        """Compare manifests with the disk and remove files that nobody names (unless another process is compacting)."""
        with self._alone() as alone:
            wrong: list[str] = []
            removed = 0
            for tenant in self._tenant_folders():
                folder = self._folder(tenant)
                wrong += wrong_files(folder, load_manifest(folder))
                removed += remove_orphans(folder) if alone else 0
        return LakeCheck(tuple(wrong), removed)

    def health(self) -> LakeHealth:
        """Say how much is here."""
        tenants = self.tenants()
        files = [file for tenant in tenants for file in self.files(tenant)]
        return LakeHealth(len(tenants), len(files), sum(file.rows for file in files), sum(file.bytes for file in files))

    def _folder(self, tenant: str) -> Path:
        return self._home / "tenants" / tenant / "events"

    def _tenant_folders(self) -> list[str]:
        folder = self._home / "tenants"
        return sorted(path.name for path in folder.iterdir() if path.is_dir()) if folder.is_dir() else []

    def _tidy(self) -> None:
        for tenant in self._tenant_folders():
            folder = self._folder(tenant)
            remove_retired(folder)
            remove_orphans(folder)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        # What a running compaction has written and not yet published looks like a file that nobody names.
        with self._one_at_a_time, storage(self._home), alone_with(self._home / "tenants" / "lock") as alone:
            yield alone

    def _take(
        self, log: ClosedParts, step: Sequence[Part], compactor: Compactor, taken: dict[str, list[Taken]]
    ) -> list[str]:
        """Publish one step and drop it from the log; note it in `taken` and return the damage found, in words."""
        contents = [log.read(part) for part in step]
        for tenant, its in compactor.take(contents).items():
            taken.setdefault(tenant, []).append(its)
        log.drop(step)
        self._stride.taken()
        return [words for content in contents for words in content.damage]

    def _merge(self, tenant: str, taken: Sequence[Taken], compactor: Compactor) -> int:
        fresh: list[Entry] = [entry for its in taken for entry in its.files]
        folder = self._folder(tenant)
        return merge_days(folder, fresh, compactor.executor) if fresh else 0

    @contextmanager
    def _compactor(self, present: Collection[str]) -> Iterator[Compactor]:
        settings: dict[str, str | bool | int | float | list[str]] = {
            "threads": self._threads,
            "memory_limit": "512MB",
            "temp_directory": "",  # the join's small side is in memory; nothing may be left in the working folder
            "autoinstall_known_extensions": False,
            "autoload_known_extensions": False,
        }
        with duckdb.connect(config=settings) as connection, ThreadPoolExecutor(self._threads) as executor:
            yield Compactor(
                self._folder, self._zone_of, self._feel, self._dedup_days, connection, executor, self._erased, present
            )


def _report(segments: int, taken: dict[str, list[Taken]], merged: int, damage: Sequence[str]) -> CompactionReport:
    every = [its for tenants in taken.values() for its in tenants]
    return CompactionReport(
        segments=segments,
        events=sum(its.events for its in every),
        rows=sum(its.rows for its in every),
        files=sum(len(its.files) for its in every),
        merged=merged,
        tenants=tuple(sorted(taken)),
        damage=tuple(damage),
    )

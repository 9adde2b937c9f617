"""The manifest of one tenant: which event files are live. It changes in one atomic step; nothing else decides."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import msgspec

from staycourse.adapters.segments import guarded, publish_file
from staycourse.kernel import StorageFault, worded

MANIFEST_VERSION = 1
HASHING = 2
"""How event_hash is made now: see event_hashes."""

_NAME = "manifest.json"
_RESTORE = "restore it from a backup; the event files are untouched"


class EventFile(msgspec.Struct, frozen=True):
    """A live event file of the lake: its whole path, the local day its events arrived on, rows and bytes."""

    path: Path
    ingest_day: date
    rows: int
    bytes: int


class Entry(msgspec.Struct, frozen=True):
    """A live file as the manifest names it. A name is never used for other content.

    `hashing` is how its event_hash was made: HASHING, or 1 for md5 (before files said it).
    """

    name: str
    ingest_day: date
    rows: int
    bytes: int
    hashing: int = 1

    @property
    def place(self) -> str:
        """The path within the tenant's events folder."""
        return f"ingest_day={self.ingest_day.isoformat()}/{self.name}"


class Manifest(msgspec.Struct, frozen=True):
    """`applied` are the log's segments whose events are in `files` already but which the log may still hold.

    `retired` are files that a merge replaced: kept until the next compaction for whoever reads them at this moment.
    """

    version: int = MANIFEST_VERSION
    generation: int = 0
    files: tuple[Entry, ...] = ()
    retired: tuple[str, ...] = ()
    applied: tuple[str, ...] = ()

    @property
    def live(self) -> frozenset[str]:
        return frozenset(entry.place for entry in self.files)


def load_manifest(events_folder: Path) -> Manifest:
    """Return the tenant's manifest, an empty one if there is none; StorageFault if it is damaged."""
    path = events_folder / _NAME
    try:
        with guarded(path, "the manifest of the lake cannot be read"):
            if not path.exists():
                return _none_yet(events_folder)
            manifest = msgspec.json.decode(path.read_bytes(), type=Manifest)
    except msgspec.MsgspecError as error:
        raise StorageFault("the manifest of the lake is damaged", where=str(path), mend=_RESTORE) from error
    if manifest.version != MANIFEST_VERSION:
        raise StorageFault(
            worded(
                "the manifest of the lake is of version {version}, not {known}",
                version=manifest.version,
                known=MANIFEST_VERSION,
            ),
            where=str(path),
            mend="use the staycourse that wrote it",
        )
    return manifest


def _none_yet(events_folder: Path) -> Manifest:
    # A manifest is there before the first event file is, so files without one mean that it was lost; to take them for
    # nobody's would be to remove them.
    if any(events_folder.glob("ingest_day=*/*.parquet")):
        raise StorageFault("the manifest of the lake is gone", where=str(events_folder / _NAME), mend=_RESTORE)
    return Manifest()


def publish_manifest(events_folder: Path, manifest: Manifest) -> None:
    """Make `manifest` the truth. The files it names, and their folders, must be on the disk already."""
    publish_file(events_folder / _NAME, msgspec.json.encode(manifest))


def has_manifest(events_folder: Path) -> bool:
    """Say whether a tenant was ever published here."""
    return (events_folder / _NAME).is_file()

"""A home kept elsewhere while it runs, and brought back.

What is in no danger is taken last: journals (they empty into the store), the store (it knows how far the log was read),
the log (it empties into the lake, which is held still meanwhile), the lake and all else. So whatever the store knows of
is in what was taken after it, and what happens twice after a restore is harmless by its ids.
"""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from typing import BinaryIO, Final

from staycourse import __version__
from staycourse.adapters.backup import ArchiveReader, ArchiveWriter, StillPicture, clear_pictures, still_picture
from staycourse.adapters.backup.archive import Heading
from staycourse.adapters.segments import alone_with, guarded
from staycourse.adapters.shelf import HomeLock
from staycourse.adapters.store import dump_tables, is_empty, load_tables, open_database, schema_version
from staycourse.app.homes.home import UNFINISHED, Home
from staycourse.app.intake.indexing import JOURNAL
from staycourse.kernel import BadInput, HomeInUse, Settings, worded

LOOKS: Final = 6_000
LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds, or a restore brought back."""

    tables: int
    rows: int
    files: int
    bytes: int


def backup_home(home: Home, out: BinaryIO) -> BackupReport:
    """Write all of a home to `out` while it runs: every tenant, what is acknowledged by now, and the store.

    StorageFault if the disk knows no hard links. A log on NATS is not in it: compact first, and keep the stream.
    """
    heading = Heading(
        staycourse=__version__, schema=schema_version(home.database), made=home.settings.clock.now().isoformat()
    )
    with _picture(home) as picture, ArchiveWriter(out, heading) as archive:
        picture.add(JOURNAL)
        rows = dump_tables(home.database, archive.add_rows)
        with _still(home):
            picture.add("log", "")
        size = archive.add_files(picture)
    return BackupReport(len(rows), sum(rows.values()), len(picture.files), size)


def restore_home(settings: Settings, source: BinaryIO) -> BackupReport:
    """Bring a backup back into an empty home and an empty store (which may be of the other kind).

    BadInput where either is not empty, or the backup is damaged or of another schema: then nothing can be used of what
    was written, and the folder says so.
    """
    place = settings.home
    if place.is_dir() and any(place.iterdir()):
        raise BadInput("the home is not empty", where=str(place), mend="give a new folder with --home")
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    lock = HomeLock(place)
    archive = ArchiveReader(source, place)
    try:
        unfinished = place / UNFINISHED
        unfinished.touch()
        archive.unpack()
        database = open_database(settings.store or place / "store.db")
        try:
            if not is_empty(database):
                raise BadInput("the store is not empty", where=database.where, mend="give a new database")
            if archive.heading.schema != schema_version(database):
                raise BadInput(
                    worded(
                        "the backup is of schema {schema}, this staycourse has {known}",
                        schema=archive.heading.schema,
                        known=schema_version(database),
                    ),
                    where="backup",
                    mend=worded(
                        "restore it with staycourse {staycourse}, then upgrade", staycourse=archive.heading.staycourse
                    ),
                )
            counts = load_tables(database, archive.rows)
        finally:
            database.close()
        unfinished.unlink()
    finally:
        archive.close()
        lock.release()
    files = [path for path in place.rglob("*") if path.is_file()]
    return BackupReport(len(counts), sum(counts.values()), len(files), sum(path.stat().st_size for path in files))


@contextmanager
def _picture(home: Home) -> Iterator[StillPicture]:
    """Begin a picture, after those of backups that were killed are gone."""
    with alone_with(home.path / "backup.lock") as alone:
        if not alone:
            raise HomeInUse("another backup is being made", where=str(home.path), mend="wait for it")
        clear_pictures(home.path)
        picture = still_picture(home.path)
        try:
            with guarded(home.path, "the backup could not be written", "check space; the disk must know hard links"):
                yield picture
        finally:
            picture.close()


@contextmanager
def _still(home: Home) -> Iterator[None]:
    """Hold the lake still: nothing is compacted, merged or erased meanwhile. It takes moments."""
    with ExitStack() as held:
        for _ in range(LOOKS):
            try:
                held.enter_context(home.lake.still())
                break
            except HomeInUse:
                time.sleep(LOOK_SECONDS)
        else:
            raise HomeInUse("the lake is being written without end", where=str(home.path), mend="see what compacts")
        yield

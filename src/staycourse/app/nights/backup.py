"""A home kept elsewhere while it runs, and brought back.

What is in no danger is taken last: journals (they empty into the store), the store (it knows how far the log was read),
the log (it empties into the lake, which is held still meanwhile), the lake and all else. So whatever the store knows of
is in what was taken after it, and what happens twice after a restore is harmless by its ids.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO, Final

from staycourse import __version__
from staycourse.adapters.backup import ArchiveReader, ArchiveWriter, StillPicture, clear_pictures, still_picture
from staycourse.adapters.backup.archive import Heading
from staycourse.adapters.segments import alone_with, guarded, sync_folder
from staycourse.adapters.shelf import HomeLock
from staycourse.adapters.store import Database, dump_tables, is_empty, load_tables, open_database, schema_version
from staycourse.app.homes.home import UNFINISHED, Home
from staycourse.app.homes.keeping import keep_as_told
from staycourse.app.intake.indexing import JOURNAL
from staycourse.kernel import BadInput, HomeInUse, Settings, worded

BACKUP_LOCK: Final = "backup.lock"
LOCK: Final = "home.lock"
LOOKS: Final = 6_000
LOOK_SECONDS: Final = 0.1


@dataclass(frozen=True, slots=True)
class BackupReport:
    """What a backup holds, or a restore brought back."""

    tables: int
    rows: int
    files: int
    bytes: int


def backup_home(home: Home, out: BinaryIO, *, where: str = "-") -> BackupReport:
    """Write all of a home to `out` while it runs: every tenant, what is acknowledged by now, and the store.

    StorageFault if the disk knows no hard links, or if `out` (told as `where`) takes no more. A log on NATS is not in
    it: compact first, and keep the stream.
    """
    heading = Heading(
        staycourse=__version__, schema=schema_version(home.database), made=home.settings.clock.now().isoformat()
    )
    with _picture(home) as picture, ArchiveWriter(out, heading, aside=picture.folder, where=where) as archive:
        picture.add(JOURNAL)
        rows = dump_tables(home.database, archive.add_rows)
        with _still(home):
            picture.add("log", "")
        size = archive.add_files(picture)
    return BackupReport(len(rows), sum(rows.values()), len(picture.files), size)


def backup_to_file(home: Home, place: Path) -> BackupReport:
    """Write a backup beside its place, readable by its owner only; named once it is whole and on the disk.

    What was there before stays until then, and for good where it fails. HomeInUse while another is written there.
    """
    draft = place.with_name(place.name + ".unfinished")
    with (
        guarded(place, "cannot be written", "give another file"),
        os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT, 0o600), "wb") as out,
    ):
        _take_alone(out, place)
        try:
            out.truncate(0)  # of one that was killed
            report = backup_home(home, out, where=str(place))
            out.flush()
            os.fsync(out.fileno())
            draft.replace(place)
        except BaseException:
            draft.unlink(missing_ok=True)
            raise
        sync_folder(place.parent)
    return report


def restore_home(settings: Settings, source: BinaryIO) -> BackupReport:
    """Bring a backup back into an empty home and an empty store (which may be of the other kind).

    A home whose restore broke off counts as empty. BadInput where either is not, or the backup is damaged or of
    another schema: then nothing can be used of what was written, the folder says so, and restoring may begin again.
    """
    place = settings.home
    with ExitStack() as held:
        archive = ArchiveReader(source, place)
        held.callback(archive.close)
        held.callback(_begun(place).release)
        database = open_database(settings.store or place / "store.db")
        held.callback(database.close)
        if not is_empty(database):
            raise BadInput("the store is not empty", where=database.where, mend="give a new database")
        _check_schema(archive, database)
        archive.unpack()
        counts = load_tables(database, archive.rows)
        (place / UNFINISHED).unlink()
        sync_folder(place)
    files = [path for path in place.rglob("*") if path.is_file()]
    return BackupReport(len(counts), sum(counts.values()), len(files), sum(path.stat().st_size for path in files))


def clear_killed(home: Home) -> None:
    """Remove what backups that were killed left in the home: links to files that were replaced since."""
    with alone_with(home.path / BACKUP_LOCK) as alone:
        if alone:
            clear_pictures(home.path)


def _begun(place: Path) -> HomeLock:
    """Take hold of an empty folder and mark it as unfinished; one that is marked is emptied. BadInput for any other."""
    inside = {path.name for path in place.iterdir()} if place.is_dir() else set()
    if inside - {LOCK} and UNFINISHED not in inside:
        raise BadInput("the home is not empty", where=str(place), mend="give a new folder with --home")
    keep_as_told(place)
    lock = HomeLock(place)
    try:
        (place / UNFINISHED).touch()
        sync_folder(place)
        for name in inside - {LOCK, UNFINISHED}:
            left = place / name
            shutil.rmtree(left) if left.is_dir() and not left.is_symlink() else left.unlink(missing_ok=True)
    except BaseException:
        lock.release()
        raise
    return lock


def _check_schema(archive: ArchiveReader, database: Database) -> None:
    known = schema_version(database)
    if archive.heading.schema != known:
        raise BadInput(
            worded("the backup is of schema {schema}, this staycourse has {known}",
                   schema=archive.heading.schema, known=known),
            where="backup",
            mend=worded(
                "restore it with staycourse {staycourse}, then upgrade", staycourse=archive.heading.staycourse
            ),
        )  # fmt: skip


def _take_alone(out: BinaryIO, place: Path) -> None:
    try:
        fcntl.flock(out, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        raise HomeInUse("another backup is being made", where=str(place), mend="wait for it") from None


@contextmanager
def _picture(home: Home) -> Iterator[StillPicture]:
    """Begin a picture, after those of backups that were killed are gone."""
    with alone_with(home.path / BACKUP_LOCK) as alone:
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

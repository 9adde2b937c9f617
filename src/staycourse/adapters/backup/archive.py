"""The archive: a tar (POSIX.1-2001, pax) of a heading, the store's rows, the home's files, and the SHA-256 of each.

It is written and read as a stream, so that it may go through a pipe. Parquet and the log are dense already: nothing is
compressed again.
"""

from __future__ import annotations

import hashlib
import io
import tarfile
import tempfile
from collections.abc import Iterator
from pathlib import Path, PurePosixPath
from typing import Any, BinaryIO, Final, cast

import msgspec

from staycourse.adapters.backup.picture import StillPicture
from staycourse.adapters.segments import guarded, sync_file, sync_folder
from staycourse.kernel import BadInput, StorageFault, worded

HEADING: Final = "staycourse-backup.json"
SUMS: Final = "staycourse-backup.sums"
STORE: Final = "store/"
HOME: Final = "home/"
VERSION: Final = 1
_SPOOL_BYTES: Final = 64 << 20
_READ_BYTES: Final = 1 << 20


class Heading(msgspec.Struct, frozen=True, kw_only=True):
    """What a backup says of itself."""

    format: str = "staycourse-backup"
    version: int = VERSION
    staycourse: str
    schema: str
    made: str


class ArchiveWriter:
    """Writes one archive to `out`, rows by way of the folder `aside`; use it in a `with` block.

    What is not ended by its sums is no backup. StorageFault, at `where`, as soon as `out` takes no more.
    """

    def __init__(self, out: BinaryIO, heading: Heading, *, aside: Path, where: str) -> None:
        self._sums: list[str] = []
        self._aside = aside
        self._out = _Out(out, where)
        self._tar = tarfile.open(fileobj=cast(Any, self._out), mode="w|", format=tarfile.PAX_FORMAT)  # noqa: SIM115
        self._add(HEADING, io.BytesIO(msgspec.json.encode(heading)), None)

    def __enter__(self) -> ArchiveWriter:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None:
            told = "".join(f"{line}\n" for line in self._sums).encode()
            self._add(SUMS, io.BytesIO(told), None)
            self._tar.close()
        self._out.let_go()

    def add_rows(self, table: str, chunks: Iterator[bytes]) -> None:
        """Add a table's rows."""
        with tempfile.SpooledTemporaryFile(max_size=_SPOOL_BYTES, dir=str(self._aside)) as spool:
            for chunk in chunks:
                spool.write(chunk)
            size = spool.tell()
            spool.seek(0)
            self._add(f"{STORE}{table}.rows", spool, size)

    def add_files(self, picture: StillPicture) -> int:
        """Add what a picture kept; return how many bytes that were."""
        total = 0
        for kept in picture.read():
            with kept.link.open("rb") as file:
                self._add(HOME + kept.name, file, kept.bytes)
            total += kept.bytes
        return total

    def _add(self, name: str, content: Any, size: int | None) -> None:
        entry = tarfile.TarInfo(name)
        entry.mode = 0o600
        entry.size = len(content.getbuffer()) if size is None else size
        summed = _Summed(content)
        self._tar.addfile(entry, summed)
        self._sums.append(f"{summed.digest.hexdigest()}  {name}")


class ArchiveReader:
    """Reads one archive into an empty home. Nothing is believed before its sum was seen."""

    def __init__(self, source: BinaryIO, home: Path) -> None:
        self._home = home
        self._spools: dict[str, BinaryIO] = {}
        self._found: dict[str, str] = {}
        self._told: dict[str, str] = {}
        try:
            self._tar = tarfile.open(fileobj=source, mode="r|")  # noqa: SIM115
            self.heading = self._heading()
        except (tarfile.TarError, EOFError):
            raise _no_backup() from None

    def unpack(self) -> None:
        """Write the files to the home and hold the rows ready. BadInput where a sum does not fit, or one is missing."""
        try:
            for entry in self._tar:
                if entry.name != HEADING:  # read already; a stream begins again with it
                    self._take(entry)
        except (tarfile.TarError, EOFError) as error:
            raise BadInput("the backup is cut short or damaged", where="backup", mend="take another") from error
        if not self._told:
            raise BadInput("the backup was not finished", where="backup", mend="take another")
        for name in sorted(self._told.keys() | self._found.keys()):
            if self._told.get(name) != self._found.get(name):
                raise BadInput(
                    worded("{name} is damaged or missing", name=name), where="backup", mend="take another backup"
                )

    def rows(self, table: str) -> BinaryIO | None:
        """Return the rows of a table as they were written; None where the backup has no such table."""
        return self._spools.get(table)

    def close(self) -> None:
        """Let the rows go."""
        for spool in self._spools.values():
            spool.close()
        self._tar.close()

    def _heading(self) -> Heading:
        first = self._tar.next()
        stream = self._tar.extractfile(first) if first is not None and first.name == HEADING else None
        if stream is None:
            raise _no_backup()
        summed = _Summed(stream)
        try:
            heading = msgspec.json.decode(summed.read(_READ_BYTES), type=Heading)
        except msgspec.MsgspecError:
            raise _no_backup() from None
        self._found[HEADING] = summed.digest.hexdigest()
        if heading.format != "staycourse-backup" or heading.version != VERSION:
            raise BadInput(
                worded("a backup of form {version} is not known here", version=heading.version),
                where="backup",
                mend="restore it with the staycourse that made it",
            )
        return heading

    def _take(self, entry: tarfile.TarInfo) -> None:
        content = self._tar.extractfile(entry) if entry.isfile() else None
        if content is None:
            raise BadInput(
                worded("{name!r} is no plain file", name=entry.name[:80]), where="backup", mend="take another backup"
            )
        if entry.name == SUMS:
            lines = content.read().decode("utf-8", "replace").splitlines()
            self._told = {name: digest for digest, _, name in (line.partition("  ") for line in lines)}
            return
        summed = _Summed(content)
        if entry.name.startswith(STORE):
            self._set_aside(entry.name.removeprefix(STORE).removesuffix(".rows"), summed)
        else:
            self._write(_place_in(self._home, entry.name), summed)
        self._found[entry.name] = summed.digest.hexdigest()

    def _set_aside(self, table: str, content: _Summed) -> None:
        """Keep a table's rows on the home's disk (the system's own folder may be small, or memory) until its turn."""
        with guarded(self._home, "the rows of the store cannot be set aside", "check space and rights"):
            spool = tempfile.TemporaryFile(dir=self._home)  # noqa: SIM115 (closed in `close`)
            self._spools[table] = spool
            _copy(content, spool)
            spool.seek(0)

    def _write(self, place: Path, content: _Summed) -> None:
        try:
            place.parent.mkdir(parents=True, exist_ok=True)
            with place.open("xb") as file:
                place.chmod(0o600)
                _copy(content, file)
            sync_file(place)
            sync_folder(place.parent)
        except OSError as error:
            raise StorageFault("a file cannot be restored", where=str(place), mend="check space and rights") from error


class _Out:
    """Where an archive goes, as tarfile wants it: what it writes at its own end after a fault goes nowhere."""

    def __init__(self, out: BinaryIO, where: str) -> None:
        self._out: BinaryIO | None = out
        self._where = where

    def write(self, content: bytes) -> int:
        if self._out is not None:
            with guarded(Path(self._where), "the backup could not be written", "make room, or give another file"):
                self._out.write(content)
        return len(content)

    def let_go(self) -> None:
        """Take no more."""
        self._out = None


class _Summed:
    """Reads on, and knows the SHA-256 of what was read."""

    def __init__(self, content: Any) -> None:
        self._content = content
        self.digest = hashlib.sha256()

    def read(self, most: int = -1) -> bytes:
        read: bytes = self._content.read(most)
        self.digest.update(read)
        return read


def _copy(content: _Summed, file: Any) -> None:
    while read := content.read(_READ_BYTES):
        file.write(read)


def _place_in(home: Path, name: str) -> Path:
    """Return where a file of the home belongs; BadInput for a name that leads out of it."""
    inside = PurePosixPath(name.removeprefix(HOME))
    if not name.startswith(HOME) or inside.is_absolute() or not inside.parts or ".." in inside.parts:
        raise BadInput(
            worded("{name!r} leads out of the home", name=name[:80]), where="backup", mend="do not trust this file"
        )
    return home / inside


def _no_backup() -> BadInput:
    return BadInput("this is no backup of staycourse", where="backup", mend="give a file of `staycourse backup`")

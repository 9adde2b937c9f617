"""The bundle's files: a folder or a zip, whose manifest says which of them count. Nothing is unpacked to disk.

Source: OneRoster 1.1 and 1.2, CSV Tables (1EdTech).
"""

from __future__ import annotations

import csv
import io
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any

from staycourse.adapters.importers.reading import check_readable, first_line
from staycourse.adapters.importers.rejects import Rejects
from staycourse.kernel import BadInput, as_wording, worded

TABLES = ("users", "roles", "demographics", "classes", "academicSessions", "enrollments")
MANIFEST = "manifest"
MOST_ENTRIES = 1_000
MOST_BYTES = 4 << 30
"""A file of the bundle may unpack to so much at most: it is streamed, so this bounds time rather than memory."""

MOST_RATIO = 200
"""CSV text deflates to a tenth or so; what unpacks to more than this is a bomb."""

MOST_CELL_LINE = 1_000_000
VERSIONS = ("1.0", "1.1", "1.2", "1.2.1")
UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, NotImplementedError, RuntimeError, ValueError)

Row = dict[str, str]
Reader = Any
"""What csv.reader gives: its type has no public name."""


@dataclass(frozen=True, slots=True)
class Bundle:
    """A bundle that was found to be readable: how each table is given ("bulk", "delta", "absent")."""

    path: Path
    modes: dict[str, str]
    places: dict[str, str] = field(default_factory=dict)

    def rows(self, table: str, rejects: Rejects | None = None) -> Iterator[tuple[int, Row]]:
        """Yield the rows of a table with their lines; none if it is absent. Broken rows go to `rejects`."""
        if self.modes.get(table, "absent") == "absent":
            return
        with self._reading(table) as stream:
            yield from _rows(stream, self._told(table), rejects)

    @contextmanager
    def _reading(self, table: str) -> Iterator[IO[bytes]]:
        try:
            if self.path.is_dir():
                with (self.path / self.places[table]).open("rb") as stream:
                    yield stream
                return
            with zipfile.ZipFile(self.path) as zipped, zipped.open(self.places[table]) as stream:
                yield stream
        except UnicodeDecodeError as error:
            what = worded("{told} is not UTF-8 text", told=self._told(table))
            raise BadInput(what, where=str(self.path), mend="save it as UTF-8") from error
        except UNREADABLE as error:
            raise BadInput(
                worded("{told} is damaged: {why}", told=self._told(table), why=as_wording(first_line(error))),
                where=str(self.path),
            ) from None

    def _told(self, table: str) -> str:
        return f"{table}.csv"


def open_bundle(path: Path) -> Bundle:
    """Find the bundle's files and what its manifest says of them; BadInput if it is none, or not a safe one."""
    places = _folder(path) if _is_folder(path) else _zipped(path)
    if MANIFEST not in places:
        raise BadInput("there is no manifest.csv", where=str(path), mend="give the OneRoster bundle, as folder or zip")
    named = {
        row.get("propertyName", ""): row.get("value", "")
        for _, row in Bundle(path, {MANIFEST: "bulk"}, places).rows(MANIFEST)
    }
    version = named.get("oneroster.version", "")
    if version not in VERSIONS:
        raise BadInput(
            worded("OneRoster {version!r} is not known", version=version[:20]),
            where=f"{path}: manifest.csv",
            mend="use 1.1 or 1.2",
        )
    modes = {table: named.get(f"file.{table}", "absent") for table in TABLES}
    for table, mode in modes.items():
        if mode not in ("bulk", "delta", "absent"):
            raise BadInput(
                worded("file.{table} is {mode!r}", table=table, mode=mode[:20]),
                where=f"{path}: manifest.csv",
                mend="bulk, delta or absent",
            )
        if mode != "absent" and table not in places:
            raise BadInput(worded("the manifest names {table}.csv, which is missing", table=table), where=str(path))
    return Bundle(path, modes, places)


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except (OSError, ValueError) as error:
        raise BadInput("it cannot be opened", where=str(path)) from error


def _folder(path: Path) -> dict[str, str]:
    found = {}
    for table in (MANIFEST, *TABLES):
        place = path / f"{table}.csv"
        if place.is_file() and place.resolve().is_relative_to(path.resolve()):
            found[table] = place.name
    return found


def _zipped(path: Path) -> dict[str, str]:
    """Return the entries that count, by table: in the root or all in one folder. Any other entry is never touched."""
    check_readable(path)
    if not path.name.lower().endswith(".zip"):
        raise BadInput("it is neither a folder nor a .zip", where=str(path), mend="give the OneRoster bundle")
    try:
        with zipfile.ZipFile(path) as zipped:
            entries = zipped.infolist()
    except UNREADABLE as error:
        raise BadInput(
            worded("the zip cannot be read: {why}", why=as_wording(first_line(error))), where=str(path)
        ) from None
    if len(entries) > MOST_ENTRIES:
        raise BadInput(worded("the zip holds more than {most} entries", most=MOST_ENTRIES), where=str(path))
    wanted = {f"{table}.csv": table for table in (MANIFEST, *TABLES)}
    found: dict[str, str] = {}
    for entry in entries:
        folder, _, name = entry.filename.rpartition("/")
        if name not in wanted or "/" in folder or folder == ".." or "\\" in folder:
            continue
        if wanted[name] in found:
            raise BadInput(worded("the zip holds {name} twice", name=name), where=str(path))
        if entry.file_size > MOST_BYTES or entry.file_size > MOST_RATIO * max(entry.compress_size, 1_000):
            raise BadInput(
                worded("{name} would unpack to {size} bytes", name=name, size=entry.file_size),
                where=str(path),
                mend="it looks like a bomb",
            )
        found[wanted[name]] = entry.filename
    return found


def _rows(stream: IO[bytes], told: str, rejects: Rejects | None) -> Iterator[tuple[int, Row]]:
    with io.TextIOWrapper(stream, encoding="utf-8-sig", newline="") as text:
        yield from _split(csv.reader(_bounded(text)), told, rejects)


def _split(reader: Reader, told: str, rejects: Rejects | None) -> Iterator[tuple[int, Row]]:
    try:
        header: list[str] = next(reader, [])
    except csv.Error as error:
        raise BadInput(worded("{told} has no header ({why})", told=told, why=as_wording(error)), where=told) from None
    if len(set(header)) < len(header):
        raise BadInput("a column stands there twice", where=told)
    while True:
        line = reader.line_num + 1
        try:
            cells = next(reader, None)
        except csv.Error as error:
            if rejects is not None:
                rejects.add(line, "", f"the line cannot be split into cells ({error})", "", file=told)
            continue
        if cells is None:
            return
        if len(cells) == len(header):
            yield line, {name: cell.strip() for name, cell in zip(header, cells, strict=True) if cell.strip()}
        elif cells and rejects is not None:
            what = worded("it has {count} cells where the header has {width}", count=len(cells), width=len(header))
            rejects.add(line, "", what, ",".join(cells), file=told)


def _bounded(file: IO[str]) -> Iterator[str]:
    """Yield lines of a bounded length, so that a file without line ends is refused rather than read whole."""
    while text := file.readline(MOST_CELL_LINE):
        if len(text) == MOST_CELL_LINE and not text.endswith("\n"):
            raise ValueError("a line is too long")
        yield text

"""Lines of text files as bytes: gzipped or not, one file or a folder of them, and never an endless line at once."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, cast

from staycourse.adapters.importers.reading import check_readable, first_line
from staycourse.kernel import BadInput, as_wording, worded

MOST_LINE = 2_000_000
"""A longer line is refused unread: no record of these formats comes near it, and memory stays bounded."""

MOST_FILES = 20_000
UNREADABLE = (OSError, EOFError, zlib.error)


@dataclass(frozen=True, slots=True)
class Line:
    """One line: `name` is the file's, `number` counts from 1, `data` is None where it is longer than MOST_LINE."""

    name: str
    number: int
    data: bytes | None


def files_of(path: Path, endings: Sequence[str], *, marks: Sequence[str] = ()) -> list[Path]:
    """Return the file `path`, or the files below the folder `path`, whose names end so (also .gz) or hold a mark.

    Hidden files, empty files and links out of the folder are passed over. BadInput if there is none.
    """
    if not _exists(path):
        raise BadInput("there is no such file or folder", where=str(path), mend="check the path")
    wanted = [f"{ending}{zipped}" for ending in endings for zipped in ("", ".gz")]

    def fits(name: str) -> bool:
        return any(map(name.endswith, wanted)) or any(mark in name for mark in marks)

    if not path.is_dir():
        if not fits(path.name.lower()):
            raise BadInput(
                "the kind of file is not known",
                where=str(path),
                mend=worded("name it {choices}", choices=", ".join(wanted)),
            )
        check_readable(path)
        return [path]
    found = [file for file in _below(path) if fits(file.name.lower())]
    if not found:
        raise BadInput(
            "the folder holds no file of this format",
            where=str(path),
            mend=worded("look for {choices}", choices=", ".join(wanted)),
        )
    return found


def _below(folder: Path) -> list[Path]:
    root = folder.resolve()
    found = []
    try:
        for file in sorted(folder.rglob("*")):
            hidden = any(part.startswith(".") for part in file.relative_to(folder).parts)
            if not hidden and file.is_file() and file.stat().st_size and file.resolve().is_relative_to(root):
                found.append(file)
                if len(found) > MOST_FILES:
                    raise BadInput(
                        worded("the folder holds more than {most} files", most=MOST_FILES), where=str(folder)
                    )
    except OSError as error:
        raise BadInput("the folder cannot be read", where=str(folder)) from error
    return found


def lines_of(file: Path, name: str) -> Iterator[Line]:
    """Yield the lines of one file; BadInput where it is damaged (a truncated gzip)."""
    number = 0
    try:
        with open_bytes(file) as stream:
            while data := stream.readline(MOST_LINE):
                number += 1
                if len(data) == MOST_LINE and not data.endswith(b"\n"):
                    _skip_line(stream)
                    yield Line(name, number, None)
                else:
                    yield Line(name, number, data)
    except UNREADABLE as error:
        raise BadInput(
            worded("the file is damaged: {why}", why=as_wording(first_line(error))), where=str(file)
        ) from None


def open_bytes(file: Path) -> IO[bytes]:
    """Open a file, gzipped or not by its name; the caller's `with` closes it."""
    if file.name.lower().endswith(".gz"):
        return cast(IO[bytes], gzip.open(file, "rb"))
    return file.open("rb")


def _skip_line(stream: IO[bytes]) -> None:
    while (rest := stream.readline(MOST_LINE)) and not rest.endswith(b"\n"):
        pass


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError) as error:
        raise BadInput("it cannot be opened", where=str(path)) from error

"""JSON files as rows: one value a line, or the elements of one array, however long, read piece by piece."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec

from staycourse.adapters.importers.lines import UNREADABLE, lines_of, open_bytes
from staycourse.adapters.importers.reading import first_line
from staycourse.kernel import BadInput, as_wording, worded

BLOCK = 1 << 20
MOST_ELEMENT = 8 * BLOCK
"""An array's element of more bytes is refused: memory stays bounded."""

ARRAY = re.compile(rb"\s*\[")
_BETWEEN = re.compile(r"[\s,]*")
_BOM = b"\xef\xbb\xbf"
_DECODE_FAULTS = (msgspec.MsgspecError, ValueError, RecursionError)
_python = json.JSONDecoder()


@dataclass(frozen=True, slots=True)
class JsonRow:
    """One value: `number` is its line, or in an array its place, from 1. `fault` says why there is no value."""

    name: str
    number: int
    value: Any
    fault: str = ""
    raw: bytes = b""


def json_rows(file: Path, name: str, arrays: Sequence[re.Pattern[bytes]] = (ARRAY,)) -> Iterator[JsonRow]:
    """Yield the values of a file. One that begins with one of `arrays` is read as the array that begins there.

    A line that is no JSON is a fault of its own; in an array nothing after such a place can be read: BadInput.
    """
    try:
        with open_bytes(file) as stream:
            head = stream.read(BLOCK).removeprefix(_BOM)
            begin = next((found.end() for array in arrays if (found := array.match(head))), None)
            if begin is not None:
                yield from _elements(stream, head[begin:], file, name)
                return
    except UNREADABLE as error:
        raise BadInput(
            worded("the file is damaged: {why}", why=as_wording(first_line(error))), where=str(file)
        ) from None
    yield from _lines(file, name)


def _lines(file: Path, name: str) -> Iterator[JsonRow]:
    for line in lines_of(file, name):
        if line.data is None:
            yield JsonRow(name, line.number, None, "the line is too long")
            continue
        data = line.data.removeprefix(_BOM) if line.number == 1 else line.data
        if not data.strip():
            continue
        try:
            yield JsonRow(name, line.number, msgspec.json.decode(data), raw=data)
        except _DECODE_FAULTS as error:
            yield JsonRow(name, line.number, None, f"it is not JSON ({first_line(error)})", data)


def _elements(stream: IO[bytes], head: bytes, file: Path, name: str) -> Iterator[JsonRow]:
    """Yield an array's elements; what follows its end is not read."""
    text, pending, number, ended = "", head, 0, False
    while True:
        more, pending = _whole_letters(pending, file, ended=ended)
        text += more
        place = 0
        while True:
            place = _BETWEEN.match(text, place).end()  # type: ignore[union-attr]
            if text.startswith("]", place):
                return
            try:
                value, place = _element(text, place, final=ended)
            except (ValueError, RecursionError) as error:
                if ended or len(text) - place > MOST_ELEMENT or isinstance(error, RecursionError):
                    what = worded(
                        "element {value} of its array cannot be read ({why})",
                        value=number + 1,
                        why=as_wording(first_line(error)),
                    )
                    raise BadInput(what, where=str(file)) from None
                break
            number += 1
            yield JsonRow(name, number, value)
        text = text[place:]
        if ended:
            return
        data = stream.read(max(BLOCK, len(text)))
        ended = not data
        pending += data


def _element(text: str, place: int, *, final: bool) -> tuple[Any, int]:
    """Decode one element; ValueError where it is not all there yet (a number may go on in the next block)."""
    if place >= len(text):
        raise ValueError("the array does not end" if final else "more is to come")
    value, end = _python.raw_decode(text, place)
    if end >= len(text) and not final:
        raise ValueError("more is to come")
    return value, end


def _whole_letters(data: bytes, file: Path, *, ended: bool) -> tuple[str, bytes]:
    """Decode as much of `data` as is whole letters of UTF-8; the rest waits for the next block."""
    try:
        return data.decode("utf-8"), b""
    except UnicodeDecodeError as error:
        if not ended and error.start >= len(data) - 3:
            return data[: error.start].decode("utf-8"), data[error.start :]
        raise BadInput("the file is not UTF-8 text", where=str(file), mend="save it as UTF-8") from None

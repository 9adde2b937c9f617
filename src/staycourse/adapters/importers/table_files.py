"""Reading one table file row by row, whatever it is: CSV, JSON lines (both also .gz), Parquet.

Batches hold columns of cells, each with the line it stood on. An empty CSV cell and a JSON null are None. A row that
cannot be split into cells goes to the side file; a file that cannot be read at all is BadInput.
"""

from __future__ import annotations

import csv
import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from staycourse.adapters.importers.base import CHUNK_ROWS
from staycourse.adapters.importers.reading import check_readable, first_line
from staycourse.adapters.importers.rejects import LONGEST_ROW, Rejects
from staycourse.kernel import BadInput, as_wording, worded

SUFFIXES = (".csv", ".csv.gz", ".jsonl", ".jsonl.gz", ".ndjson", ".ndjson.gz", ".parquet")
MOST_LINE = 8_000_000
"""Characters of one line: a longer one is refused rather than read whole, so that memory stays bounded."""

UNREADABLE = (OSError, EOFError, zlib.error, pa.ArrowException, ValueError)


@dataclass(frozen=True, slots=True)
class _Fault:
    """A row that could not be split into cells."""

    reason: str
    text: str


@dataclass(frozen=True, slots=True)
class Batch:
    """Rows of a table: `position` counts the rows of the file up to and with the last one here."""

    position: int
    lines: Sequence[int]
    columns: Mapping[str, Sequence[Any]]

    def row(self, index: int) -> dict[str, Any]:
        """Return one row as it was read: what the side file shows."""
        return {name: cells[index] for name, cells in self.columns.items() if cells[index] is not None}


@dataclass(frozen=True, slots=True)
class TableFile:
    """A table file that was found to be readable; `columns` is None where each row names its own (JSON lines)."""

    path: Path
    kind: str
    columns: tuple[str, ...] | None
    delimiter: str
    rows: int | None

    def batches(self, rejects: Rejects, resume_after: int = 0, *, most: int = CHUNK_ROWS) -> Iterator[Batch]:
        """Yield the rows past row `resume_after`, in order; rows that do not split into cells go to `rejects`.

        A batch holds at most `most` rows, and never more than CHUNK_ROWS: wide tables ask for fewer.
        """
        done, most = resume_after, min(most, CHUNK_ROWS)
        columnar = self.kind == "parquet"
        try:
            found = self._parquet(done, most) if columnar else self._texts(rejects, done, most)
            for batch in found:
                if batch.position > done:
                    done = batch.position
                    yield batch
        except UnicodeDecodeError as error:
            raise _not_utf8(self.path) from error
        except UNREADABLE as error:
            raise BadInput(
                worded("the file is damaged: {why}", why=as_wording(first_line(error))), where=str(self.path)
            ) from None

    def _texts(self, rejects: Rejects, resume_after: int, most: int) -> Iterator[Batch]:
        position, lines, rows = 0, [], []
        with _open(self.path) as file:
            for line, row in _csv_rows(file, self.delimiter) if self.kind == "csv" else _json_rows(file):
                position += 1
                if position <= resume_after:
                    continue
                if isinstance(row, _Fault):
                    rejects.add(line, "", row.reason, row.text)
                    continue
                lines.append(line)
                rows.append(row)
                if len(rows) == most:
                    yield Batch(position, lines, self._columns(rows))
                    lines, rows = [], []
        yield Batch(position, lines, self._columns(rows))

    def _columns(self, rows: Sequence[Any]) -> dict[str, Sequence[Any]]:
        if self.columns is None:
            names = dict.fromkeys(name for row in rows for name in row)
            return {name: [row.get(name) for row in rows] for name in names}
        turned = zip(*rows, strict=True) if rows else [()] * len(self.columns)
        return {name: [cell or None for cell in cells] for name, cells in zip(self.columns, turned, strict=True)}

    def _parquet(self, resume_after: int, most: int) -> Iterator[Batch]:
        position = 0
        with pq.ParquetFile(self.path) as file:
            for found in file.iter_batches(batch_size=most):
                begin = position
                position += found.num_rows
                if position <= resume_after:
                    continue
                kept = found.slice(max(resume_after - begin, 0))
                lines = range(position - kept.num_rows + 1, position + 1)
                yield Batch(position, lines, {name: kept.column(name).to_pylist() for name in kept.schema.names})


def open_table(path: Path, *, delimiter: str = ",") -> TableFile:
    """Find out what the file at `path` is and what columns it has; BadInput if it cannot be read as a table."""
    check_readable(path)
    suffix = next((ending for ending in SUFFIXES if path.name.lower().endswith(ending)), "")
    kind = suffix.split(".")[1].replace("ndjson", "jsonl") if suffix else ""
    if not kind:
        raise BadInput(
            "the kind of file is not known",
            where=str(path),
            mend=worded("name it {choices}", choices=", ".join(SUFFIXES)),
        )
    try:
        if kind == "parquet":
            with pq.ParquetFile(path) as file:
                return TableFile(path, kind, tuple(file.schema_arrow.names), delimiter, file.metadata.num_rows)
        if kind == "jsonl":
            return TableFile(path, kind, None, delimiter, None)
        with _open(path) as text:
            header = next(csv.reader(_Lines(text), delimiter=delimiter), [])
    except UnicodeDecodeError as error:
        raise _not_utf8(path) from error
    except _TooLong:
        raise BadInput("the line is too long", where=str(path)) from None
    except (*UNREADABLE, csv.Error) as error:
        raise BadInput(
            worded("the file cannot be read: {why}", why=as_wording(first_line(error))), where=str(path)
        ) from None
    return TableFile(path, kind, _header(header, path), delimiter, None)


def _header(header: list[str], path: Path) -> tuple[str, ...]:
    twice = {name for name in header if header.count(name) > 1}
    if not any(header):
        raise BadInput("the first line holds no column names", where=str(path))
    if twice:
        raise BadInput(worded("the column {column!r} stands there twice", column=min(twice)[:60]), where=str(path))
    return tuple(header)


def _open(path: Path) -> IO[str]:
    """Open a text file, gzipped or not; the caller's `with` closes it. A spreadsheet's BOM is no part of it."""
    if path.name.lower().endswith(".gz"):
        return gzip.open(path, "rt", encoding="utf-8-sig", newline="")
    return path.open("rt", encoding="utf-8-sig", newline="")


def _csv_rows(file: IO[str], delimiter: str) -> Iterator[tuple[int, list[str] | _Fault]]:
    lines = _Lines(file)
    reader = csv.reader(lines, delimiter=delimiter)
    width = len(next(reader))
    while True:
        line = lines.number + 1
        try:
            cells = next(reader)
        except StopIteration:
            return
        except _TooLong as error:
            yield line, _Fault("the line is too long", str(error))
            continue
        except csv.Error as error:
            yield line, _Fault(worded("the line cannot be split into cells ({why})", why=as_wording(error)), "")
            continue
        if len(cells) == width:
            yield line, cells
        elif cells:
            yield (
                line,
                _Fault(
                    worded("it has {count} cells where the header has {width}", count=len(cells), width=width),
                    delimiter.join(cells),
                ),
            )


class _TooLong(csv.Error):
    """A line longer than MOST_LINE: its beginning."""


class _Lines:
    """The lines of a CSV file, and the number of the newest. One that does not end is skipped, with _TooLong.

    No generator: it would be at its end after that.
    """

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        text = self._file.readline(MOST_LINE)
        if not text:
            raise StopIteration
        self.number += 1
        if len(text) == MOST_LINE and not text.endswith(("\n", "\r")):
            _skip_line(self._file)
            raise _TooLong(text[:LONGEST_ROW])
        return text


def _skip_line(file: IO[str]) -> None:
    while (rest := file.readline(MOST_LINE)) and not rest.endswith(("\n", "\r")):
        pass


def _json_rows(file: IO[str]) -> Iterator[tuple[int, dict[str, Any] | _Fault]]:
    line = 0
    while text := file.readline(MOST_LINE):
        line += 1
        if len(text) == MOST_LINE and not text.endswith(("\n", "\r")):
            _skip_line(file)
            yield line, _Fault("the line is too long", text[:LONGEST_ROW])
            continue
        if not text.strip():
            continue
        try:
            row = msgspec.json.decode(text)
        except (msgspec.DecodeError, RecursionError, UnicodeEncodeError) as error:
            yield line, _Fault(worded("it is not JSON ({why})", why=as_wording(first_line(error))), text.strip())
            continue
        yield line, row if isinstance(row, dict) else _Fault("it is not a JSON object", text.strip())


def _not_utf8(path: Path) -> BadInput:
    return BadInput("the file is not UTF-8 text", where=str(path), mend="save it as UTF-8 and import it again")

"""The side file of rows that could not be used: where each stood, what was wrong with it, and the row itself."""

from __future__ import annotations

import csv
from collections import Counter
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from staycourse.kernel import StorageFault

COLUMNS = ("line", "field", "reason", "row", "file")
LONGEST_ROW = 2_000
"""A row is shown up to this many characters: the side file helps a person, it does not keep the data."""

KINDS = 1_000
"""The most kinds of unused rows that are told apart: what a stranger's file calls its kinds is without bound."""


class Rejects:
    """Counts refused rows and writes them to the CSV file `path`, which is made with the first of them.

    `resumed` continues the file of the run before: a row that already stands there is not written (nor counted) again.
    `unused` counts, by kind, good rows that became no event, in this run; `unread` are the file's columns that nothing
    is read from.

    Lines count from 1; in a CSV file the header is line 1, in Parquet the first row is line 1.
    """

    def __init__(self, path: Path, *, resumed: bool = False) -> None:
        self.path = path
        self.count = 0
        self.reasons: Counter[str] = Counter()
        self.unused: Counter[str] = Counter()
        self.unread: tuple[str, ...] = ()
        self._file: IO[str] | None = None
        self._written: set[tuple[str, str, str]] = set()
        self._resumed = resumed and path.exists()
        if self._resumed:
            self._recall()

    def add(self, line: int, field: str, reason: str, row: object, *, file: str = "") -> None:
        """Record a refused row: `reason` is a sentence, `row` what was read, `file` which of several it stood in."""
        key = (file, str(line), field)
        if key in self._written:
            return
        self.count += 1
        self.reasons[f"{field}: {reason}" if field else str(reason)] += 1
        shown = str(row).replace("\x00", "\N{SYMBOL FOR NULL}")[:LONGEST_ROW]
        try:
            csv.writer(self._open()).writerow((line, field, reason, _plain(shown), file))
        except (OSError, ValueError) as error:
            raise StorageFault("the rejected rows could not be written", where=str(self.path)) from error

    def leave(self, kind: str) -> None:
        """Count a good row of a kind that says nothing the vocabulary knows: it is no fault, and is not written."""
        self.unused[kind if kind in self.unused or len(self.unused) < KINDS else "…"] += 1

    def flush(self) -> None:
        """Hand what was written to the system: called by the driver before it remembers a position."""
        if self._file is not None:
            try:
                self._file.flush()
            except OSError as error:
                raise StorageFault("the rejected rows could not be written", where=str(self.path)) from error

    def close(self) -> None:
        """Close the side file, if there is one."""
        self.flush()
        if self._file is not None:
            self._file.close()
            self._file = None

    def __enter__(self) -> Rejects:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def _open(self) -> IO[str]:
        if self._file is None:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            mode = "a" if self._resumed else "w"
            self._file = self.path.open(mode, encoding="utf-8", errors="backslashreplace", newline="")
            if not self._resumed:
                csv.writer(self._file).writerow(COLUMNS)
        return self._file

    def _recall(self) -> None:
        try:
            with self.path.open(encoding="utf-8", newline="") as file:
                rows: Any = csv.DictReader(file)
                for row in rows:
                    self._written.add((row["file"] or "", row["line"], row["field"]))
                    self.reasons[f"{row['field']}: {row['reason']}" if row["field"] else row["reason"]] += 1
        except (OSError, ValueError, KeyError, csv.Error) as error:
            raise StorageFault(
                "the side file of the run before cannot be read", where=str(self.path), mend="move it away"
            ) from error
        self.count = len(self._written)


def _plain(text: str) -> str:
    """Return `text` so that a spreadsheet shows it rather than runs it (CSV formula injection, OWASP)."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t", "\r") else text

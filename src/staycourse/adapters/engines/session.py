"""What the SQL of the signals runs in: a place for one question, with tables and views of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

import pyarrow as pa


class Session(Protocol):
    """One question's place. Names are made by us and need no quoting; queries are SQL that all dialects read alike.

    `columns` are names with their Ibis types (int32, int64, string). A name given again takes the place of the old one.
    """

    def scan(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """Let `name` be the rows of Parquet files; of none of them, an empty table."""
        ...

    def load(self, name: str, files: Sequence[Path], columns: Mapping[str, str]) -> None:
        """As `scan`, for small tables that are joined again and again."""
        ...

    def hold(self, name: str, query: str) -> None:
        """Let `name` be the rows of `query`, which will be read many times: in memory if it is worth it."""
        ...

    def put(self, name: str, table: pa.Table) -> None:
        """Let `name` be the rows of a small table of ours."""
        ...

    def view(self, name: str, query: str) -> None:
        """Let `name` stand for `query`."""
        ...

    def keep(self, name: str, query: str) -> None:
        """Let `name` be the rows of `query`, computed once."""
        ...

    def fetch(self, query: str) -> pa.Table:
        """Return the rows of `query`, in no order."""
        ...


class NumberingSession(Session, Protocol):
    """A session that also gives newcomers their numbers by a statement."""

    def write_any(self, query: str, path: Path) -> None:
        """Write the rows of `query`, if there are any, as one Parquet file, which is there whole or not at all."""
        ...


class WideSession(NumberingSession, Protocol):
    """A session that also rolls up events by a statement."""

    def scan_events(self, name: str, files: Sequence[Path]) -> None:
        """Let `name` be the events of lake files, with the `ingest_day` that their folders name."""
        ...

    def write_days(self, query: str, columns: Sequence[str], paths: Mapping[date, Path]) -> None:
        """Write `columns` of the rows of `query`, each to its ingest day's file, there whole or not at all."""
        ...

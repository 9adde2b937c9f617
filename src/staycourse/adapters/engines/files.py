"""Files that are there whole or not at all, whenever whoever writes them stops."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from staycourse.kernel import EPOCH

_SKIPPED_BY = ["ingest_day", "day", "learner_no"]
"""What readers ask only some of; of seventy counters nobody wants to know the smallest."""


def write_days(table: pa.Table, paths: Mapping[date, Path], mark: str = "") -> None:
    """Write the rows of each day of `table` (column `ingest_day`, days since 1970) to its path, in their order. `mark`
    tells two writers apart.

    A database takes ten times as long to begin a file of a hundred columns as to fill it with one day's rows. Small
    numbers as differences are written in two thirds of the time that dictionaries and zstd take, and are no larger.
    """
    days = table["ingest_day"].to_numpy()
    for day, path in paths.items():
        with whole(path, mark) as unfinished:
            own = table if len(paths) == 1 else table.filter(pa.array(days == (day - EPOCH).days))
            pq.write_table(
                own, unfinished, compression="snappy", use_dictionary=False, write_statistics=_SKIPPED_BY,
                column_encoding=dict.fromkeys(own.column_names, "DELTA_BINARY_PACKED"),
            )  # fmt: skip


@contextmanager
def whole(path: Path, mark: str = "") -> Iterator[Path]:
    """Give a place to write to, and publish it as `path` at the end, durably. `mark` tells two writers apart."""
    unfinished = path.with_suffix(f"{mark}.unfinished")
    path.parent.mkdir(parents=True, exist_ok=True)
    yield unfinished
    _sync(unfinished)
    unfinished.replace(path)
    _sync(path.parent)


def _sync(path: Path) -> None:
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)

"""Rollup files read as stretches of rows: of each only the columns that somebody will look at."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import ibis
import pyarrow.parquet as pq

from staycourse.adapters.engines.arrays.columns import Frame
from staycourse.adapters.engines.arrays.program import Program
from staycourse.adapters.engines.arrays.rows import Names
from staycourse.adapters.engines.arrays.run import running
from staycourse.adapters.engines.arrays.seen import ROLLUP_KEYS, SeenRows, Stretch, stretches_of
from staycourse.signals import ROLLUP_COLUMNS, seen


def stretches(
    files: Sequence[Path], reaches: Mapping[str, int | None], today: int, within: range | None = None
) -> Iterator[Stretch]:
    """Yield the rows of each of `files`, of the learners with the numbers `within` alone.

    `reaches` says of each counter how many days back from the day `today` (since 1970-01-01) it is looked at, None for
    any: of a file whose rows are all older it is not read. OSError and pa.ArrowException if a file cannot be.
    """
    for path in files:
        with pq.ParquetFile(path, pre_buffer=False) as file:  # on a disk at hand a tenth of the time
            age = today - _newest_day(file.metadata)
            wanted = [name for name, days in reaches.items() if days is None or age < days]
            found = stretches_of(file.read(columns=[*ROLLUP_KEYS, *wanted], use_threads=False))
        yield from found if within is None else (one.among(within) for one in found)


def seen_of(rows: Sequence[Stretch], today: int) -> Iterator[Frame]:
    """Yield what is seen of rollup rows as of the day `today`, part by part; each goes when the next is asked for."""
    program = Program(seen(ibis.table(ROLLUP_COLUMNS, name="rollup"), today), Names().code)
    for part in SeenRows(rows).parts():
        with running() as runs:
            yield program.run({"rollup": part}, runs)


def _newest_day(told: pq.FileMetaData) -> int:
    """Return the newest day that a file tells of; one that cannot be, where it does not say."""
    place = told.schema.names.index("day")
    groups = [told.row_group(number).column(place).statistics for number in range(told.num_row_groups)]
    if any(one is None or not one.has_min_max for one in groups):
        return 1 << 30
    return max((one.max for one in groups), default=0)

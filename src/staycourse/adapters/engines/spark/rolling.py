"""Event files rolled up by the executors: each task of Spark's takes some files, with the embedded engine's program.

Two rounds, as for a night's signals (`shares`). In the first each task tells whom and what its files name, and Spark
gives newcomers their numbers; in the second each task rolls its files up and writes them. How many jobs Spark runs for
it does not depend on how many files there are, and of the events nothing is shuffled but the names.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from staycourse.adapters.engines.arrays import Array
from staycourse.adapters.engines.duckdb import rolled_up
from staycourse.adapters.engines.rollups import NAMES, Batch, batches
from staycourse.kernel import StorageFault
from staycourse.signals import EventFile

NAMED = pa.schema({"share": pa.int32(), "kind": pa.string(), "name": pa.string()})
"""What the first round tells: the names of each share, of NAMES' kinds."""

ROLLED = pa.schema({"rows": pa.int64()})
"""What the second round tells."""

EVENTS_A_SHARE = 4_000_000
"""At most so many events a task (or one file): what a lost worker has to do again. They are read a few at a time."""

_A_FILE = 50_000
"""A file costs what so many events do, however few it has."""

_TASKS_A_CORE = 2
"""So that a core that is done early finds something left."""


@dataclass(frozen=True)
class SentFile:
    """An event file as it is sent to a task."""

    path: Path
    ingest_day: date
    rows: int


def named(shares: Sequence[Batch], share: int) -> Iterator[pa.Table]:
    """First round: yield the names in a share's files."""
    for batch in batches(shares[share]):
        texts = pa.concat_tables([_names_in(file) for _, file in batch]).unify_dictionaries()
        for kind, (_, column) in NAMES.items():
            names = texts[column].combine_chunks().dictionary  # all of it, as the second round asks
            rows = len(names)
            yield pa.table([pa.array([share] * rows, pa.int32()), pa.array([kind] * rows), names], schema=NAMED)


def rolled(shares: Sequence[Batch], numbers: Path, share: int) -> Iterator[pa.Table]:
    """Second round: roll up and write a share's files; yield the rows. What is run twice writes the same twice.

    `numbers` has a folder `share=<number>` of each share's names and their numbers.
    """
    held = _held(numbers / f"share={share}")
    numbers_of = {column: partial(_numbers_of, held[kind]) for kind, (_, column) in NAMES.items()}
    mark = f".{uuid.uuid4().hex[:8]}"
    rows = sum(rolled_up(numbers_of, batch, mark) for batch in batches(shares[share]))
    yield pa.table({"rows": [rows]}, schema=ROLLED)


def shared_files(batch: Batch, cores: int) -> tuple[Batch, ...]:
    """Return the files in shares of about the same work, some for each core, none of much more than EVENTS_A_SHARE."""
    weights = np.cumsum([file.rows + _A_FILE for _, file in batch])
    most = min(EVENTS_A_SHARE, -(-int(weights[-1]) // (_TASKS_A_CORE * cores)))
    shares: dict[int, list[tuple[Path, EventFile]]] = {}
    for weight, (path, file) in zip(weights.tolist(), batch, strict=True):
        sent = SentFile(file.path, file.ingest_day, file.rows)
        shares.setdefault((weight - 1) // most, []).append((path, sent))
    return tuple(shares.values())


def numbered_shares() -> str:
    """Return the query of the number of each name of each share, over `told` (NAMED) and the tables of all names."""
    everyone = " UNION ALL ".join(
        f"SELECT '{kind}' AS kind, {name} AS name, {number} AS number FROM {kind}"
        for kind, (number, name) in NAMES.items()
    )
    return f"SELECT share, kind, name, number FROM told JOIN ({everyone}) AS everyone USING (kind, name)"


def _names_in(file: EventFile) -> pa.Table:
    columns = [name for _, name in NAMES.values()]
    try:
        with pq.ParquetFile(file.path, read_dictionary=columns) as source:
            return source.read(columns, use_threads=False)
    except (OSError, pa.ArrowException) as error:
        where = str(file.path)
        raise StorageFault("the rollup could not be read", where=where, mend="run staycourse doctor") from error


def _held(folder: Path) -> Mapping[str, pa.Table]:
    """Return name and number of each of a share's names, by kind."""
    schema = pa.schema({"kind": pa.string(), "name": pa.string(), "number": pa.int32()})
    parts = [schema.empty_table()]
    for path in sorted(folder.glob("*.parquet")):
        with pq.ParquetFile(path) as file:
            parts.append(file.read(use_threads=False).cast(schema))
    held = pa.concat_tables(parts).combine_chunks()
    return {kind: held.filter(pc.equal(held["kind"], kind)) for kind in NAMES}


def _numbers_of(held: pa.Table, names: pa.Array) -> Array:
    """Return the numbers of `names`."""
    rows = pc.index_in(names.cast(pa.string()), held["name"].combine_chunks())
    if rows.null_count:  # a file that has changed between the rounds, which none does
        raise StorageFault("the rollup could not be read", mend="run staycourse doctor")
    found: Array = held["number"].combine_chunks().take(rows).to_numpy()
    return found

"""What the executors do in Python: run tasks, and write the rollup's files. The home has the same name there."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from staycourse.adapters.engines.files import whole

Batches = Iterable[pa.RecordBatch]


class Sent(Protocol):
    """What was broadcast."""

    @property
    def value(self) -> Callable[[int], Iterable[pa.Table]]: ...


def run_tasks(sent: Sent, numbers: Batches) -> Iterator[pa.RecordBatch]:
    """Yield what the work that was sent makes of each number."""
    for batch in numbers:
        for number in batch.column(0).to_pylist():
            for table in sent.value(number):
                yield from table.combine_chunks().to_batches()


def write_one(path: str, batches: Batches) -> Iterator[pa.RecordBatch]:
    """Write all rows to `path`; yield it with how many they were."""
    yield from _written((path, batch) for batch in batches)


def write_by_day(paths: Mapping[int, str], batches: Batches) -> Iterator[pa.RecordBatch]:
    """Write rows that come in the order of their ingest days, each day's to its own path; likewise."""
    yield from _written(_by_day(paths, batches))


def _by_day(paths: Mapping[int, str], batches: Batches) -> Iterator[tuple[str, pa.RecordBatch]]:
    for batch in batches:
        days = batch.column(batch.schema.get_field_index("ingest_day"))
        for day in pc.unique(days).to_pylist():
            yield paths[day], batch.filter(pc.equal(days, day))


def _written(rows: Iterable[tuple[str, pa.RecordBatch]]) -> Iterator[pa.RecordBatch]:
    """Write rows in the order of their paths. A task that is run twice writes the same file twice, whole each time."""
    mark = f".{uuid.uuid4().hex[:8]}"
    here, count, writer = "", 0, None
    with ExitStack() as stack:
        for path, batch in rows:
            if path != here:
                if writer is not None:
                    stack.close()
                    yield _told(here, count)
                here, count = path, 0
                place = stack.enter_context(whole(Path(path), mark))
                writer = stack.enter_context(
                    pq.ParquetWriter(place, batch.schema, compression="zstd", compression_level=1)
                )
            if writer is not None:
                writer.write_batch(batch)
            count += batch.num_rows
    if here:
        yield _told(here, count)


def _told(path: str, rows: int) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"path": [path], "rows": pa.array([rows], pa.int64())})

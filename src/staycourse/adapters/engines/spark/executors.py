"""What the executors do in Python: run tasks, and write names. The home has the same name there."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Protocol

import pyarrow as pa
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
    """Write all rows to `path`; yield how many they were. A task that is run twice writes the same file twice, whole
    each time.
    """
    rows, writer = 0, None
    with ExitStack() as stack:
        for batch in batches:
            if writer is None:
                place = stack.enter_context(whole(Path(path), f".{uuid.uuid4().hex[:8]}"))
                writer = stack.enter_context(
                    pq.ParquetWriter(place, batch.schema, compression="zstd", compression_level=1)
                )
            writer.write_batch(batch)
            rows += batch.num_rows
    yield pa.RecordBatch.from_pydict({"rows": pa.array([rows], pa.int64())})

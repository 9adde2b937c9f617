"""Everyone numbered so far, together: beside the files of names, of which each holds a day's newcomers, one that stands
for those there were when it was made, mapped into memory and not decoded.

It says nothing that these do not; whoever finds it missing, or that one of them has changed since, reads them. Arrow's
file format holds it: name and number of each, and their hashes in order with the rows that these are of.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pyarrow as pa

from staycourse.adapters.engines.files import whole


def put_together(path: Path, files: Sequence[Path], names: pa.Table) -> None:
    """Write `names`, which are what `files` hold, to `path`."""
    (batch,) = names.combine_chunks().to_batches()
    batch = batch.replace_schema_metadata({"told": json.dumps(_told(files))})
    with whole(path) as unfinished, pa.ipc.new_file(unfinished, batch.schema) as file:
        file.write(batch)


def read_together(path: Path, files: Sequence[Path]) -> tuple[pa.Table | None, Sequence[Path]]:
    """Return what `path` says of the first of `files`, None if it says nothing of them as they are, and the rest."""
    try:
        file = pa.ipc.open_file(pa.memory_map(str(path)))
        told = json.loads(file.schema.metadata[b"told"])
        first = files[: len(told["files"])]
        if told != _told(first):
            return None, files
        return pa.Table.from_batches([file.get_batch(0)]), files[len(first) :]
    except (OSError, pa.ArrowException, ValueError):
        return None, files


def _told(files: Sequence[Path]) -> dict[str, object]:
    """Return by what such a file knows those that it stands for, and whose hashes it has."""
    stats = [(path.name, path.stat()) for path in files]
    return {"hash": duckdb.__version__, "files": [[name, stat.st_size, stat.st_mtime_ns] for name, stat in stats]}

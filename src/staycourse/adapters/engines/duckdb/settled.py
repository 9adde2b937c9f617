"""The rollup's older files, settled: beside the rollup one file of plain arrays that stands for them, mapped into
memory and not decoded.

It says nothing that the rollup's files do not; whoever finds it missing or of other files reads those. Arrow's file
format (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format) holds it: one row, an array in each column.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays import Array, Stretch, settled, stretches
from staycourse.adapters.engines.files import whole
from staycourse.adapters.engines.rollups import Rollups
from staycourse.kernel import EPOCH
from staycourse.signals import Signal, reaches, remembered

UNSETTLED = timedelta(days=3)
"""Days that events still arrive for in new files are left as they are."""

RENEWED_AFTER = 14
"""Of so many further days of arrival the file is made anew: that takes some three quarters of a night."""

_KEYS = ("learner_no", "course_no", "day")


class Settled:
    """The settled rows of one tenant, for the signals of one catalogue."""

    def __init__(self, rollups: Rollups, catalogue: tuple[Signal, ...]) -> None:
        self._rollups = rollups
        self._reaches, self._remembered = reaches(catalogue), remembered(catalogue)

    def rows(self, as_of: date, within: range | None = None) -> list[Stretch]:
        """Return the rollup rows as of a day, of the learners with the numbers `within` alone.

        OSError and pa.ArrowException if a file of the rollup cannot be read.
        """
        found, rest = self._known(as_of)
        found = found if within is None else [one.among(within) for one in found]
        return found + list(stretches(rest, self._reaches, (as_of - EPOCH).days, within))

    def renew(self) -> None:
        """Settle what arrived since, if that is much; call it when the rollup is up to date."""
        files = self._rollups.files()
        if not files:
            return
        until = self._rollups.day_of(files[-1]) - UNSETTLED
        known, rest = self._known(until)
        if len({path.parent for path in rest}) < RENEWED_AFTER:
            return
        day = (until - EPOCH).days
        rows = settled(known + list(stretches(rest, self._reaches, day)), day, self._reaches, self._remembered)
        path = self._rollups.settled_path(until)
        with whole(path) as unfinished:
            _write(unfinished, rows, self._told([file for file in files if self._rollups.day_of(file) <= until]))
        for old in path.parent.iterdir():  # what stood here before, and what somebody who was killed left half written
            if old != path:
                old.unlink(missing_ok=True)

    def _known(self, as_of: date) -> tuple[list[Stretch], list[Path]]:
        """Return the settled rows that hold as of a day, if any, and the files that these do not stand for."""
        files = self._rollups.files(as_of)
        for path in self._rollups.settled():
            until = date.fromisoformat(path.stem)
            its = [file for file in files if self._rollups.day_of(file) <= until]
            if until <= as_of and its:
                rows = _read(path, self._told(its))
                if rows is not None:
                    return [rows], files[len(its) :]
        return [], files

    def _told(self, files: Sequence[Path]) -> dict[str, object]:
        """Return what a settled file of these `files` says of itself."""
        return {
            "files": [f"{path.parent.name}/{path.name}" for path in files],
            "reaches": self._reaches,
            "remembered": {name: sorted(asked) for name, asked in self._remembered.items()},
        }


def _write(path: Path, rows: Stretch, told: Mapping[str, object]) -> None:
    arrays = {f"key {name}": rows.keys[name] for name in _KEYS}
    for name, (at, values) in rows.counters.items():
        arrays |= {f"rows {name}": at, f"values {name}": values}
    columns = {
        name: pa.LargeListArray.from_arrays(pa.array([0, len(array)], pa.int64()), pa.array(array))
        for name, array in arrays.items()
    }
    batch = pa.record_batch(columns)
    batch = batch.replace_schema_metadata({"told": json.dumps(told)})
    with pa.ipc.new_file(path, batch.schema) as file:
        file.write(batch)


def _read(path: Path, told: Mapping[str, object]) -> Stretch | None:
    """Return the rows of a settled file; None if it is gone or spoilt, or says something else of itself."""
    try:
        file = pa.ipc.open_file(pa.memory_map(str(path)))
        if json.loads(file.schema.metadata[b"told"]) != json.loads(json.dumps(told)):
            return None
        batch = file.get_batch(0)
        arrays: dict[str, Array] = {
            name: batch.column(place).values.to_numpy() for place, name in enumerate(batch.schema.names)
        }
    except (OSError, pa.ArrowException):
        return None
    keys = {name: arrays[f"key {name}"] for name in _KEYS}
    day = np.int32((date.fromisoformat(path.stem) - EPOCH).days)
    keys["ingest_day"] = np.broadcast_to(day, keys["day"].shape)
    names = [name.removeprefix("rows ") for name in arrays if name.startswith("rows ")]
    return Stretch(keys, {name: (arrays[f"rows {name}"], arrays[f"values {name}"]) for name in names})

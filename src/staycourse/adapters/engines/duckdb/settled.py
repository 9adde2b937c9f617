"""The rollup's older files, settled: beside the rollup files of plain arrays that stand for them, one for all that is
old and one for each day since, mapped into memory and not decoded.

They say nothing that the rollup's files do not; whoever finds one missing or of other files reads those. Arrow's file
format (https://arrow.apache.org/docs/format/Columnar.html#ipc-file-format) holds them: one row of arrays.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import takewhile
from pathlib import Path

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays import Array, Stretch, settled, stretches
from staycourse.adapters.engines.files import whole
from staycourse.adapters.engines.rollups import Rollups
from staycourse.kernel import EPOCH
from staycourse.signals import Signal, reaches, remembered, windows

UNSETTLED = timedelta(days=3)
"""Days that events still arrive for in new files are not put together with older ones."""

RENEWED_AFTER = 14
"""Of so many further days of arrival all that is old is put together anew: that takes half a night."""

_KEYS = ("learner_no", "course_no", "day")


@dataclass(frozen=True, slots=True)
class _Link:
    """Rollup files of some days of arrival, and the rows that are settled of them, at a path, if any are."""

    files: Sequence[Path]
    path: Path | None = None
    rows: Stretch | None = None


class Settled:
    """The settled rows of one tenant, for the signals of one catalogue."""

    def __init__(self, rollups: Rollups, catalogue: tuple[Signal, ...]) -> None:
        self._rollups = rollups
        self._reaches, self._windows, self._remembered = reaches(catalogue), windows(catalogue), remembered(catalogue)

    def rows(self, as_of: date, within: range | None = None) -> list[Stretch]:
        """Return the rollup rows as of a day, of the learners with the numbers `within` alone.

        OSError and pa.ArrowException if a file of the rollup cannot be read.
        """
        return self._rows_of(self._chain(as_of), as_of, within)

    def renew(self) -> None:
        """Settle what arrived since, when the rollup is up to date: each day by itself when it is over, and all that is
        old together when many of its days are by themselves.
        """
        files = self._rollups.files()
        if not files:
            return
        newest = self._rollups.day_of(files[-1])
        links = list(self._chain(newest - timedelta(days=1)))
        old = [link for link in links if self._rollups.day_of(link.files[-1]) <= newest - UNSETTLED]
        kept = set()
        if len(old) > RENEWED_AFTER:
            kept, links = {self._settle(old)}, links[len(old) :]
        kept |= {link.path or self._settle([link]) for link in links}
        self._rollups.keep_settled(kept)

    def _settle(self, links: Sequence[_Link]) -> Path:
        first, until = (self._rollups.day_of(file) for file in (links[0].files[0], links[-1].files[-1]))
        day = (until - EPOCH).days
        rows = settled(self._rows_of(links, until), day, self._windows, self._remembered)
        path = self._rollups.settled_path(first, until)
        with whole(path) as unfinished:
            _write(unfinished, rows, self._told([file for link in links for file in link.files]))
        return path

    def _rows_of(self, links: Iterable[_Link], as_of: date, within: range | None = None) -> list[Stretch]:
        rows: list[Stretch] = []
        for link in links:
            if link.rows is None:
                rows += stretches(link.files, self._reaches, (as_of - EPOCH).days, within)
            else:
                rows.append(link.rows if within is None else link.rows.among(within))
        return rows

    def _chain(self, as_of: date) -> Iterator[_Link]:
        """Yield the rollup files of ingest days up to `as_of`, together where they are settled together, or else those
        of each day.
        """
        rest, made = self._rollups.files(as_of), self._rollups.settled()
        while rest:
            day = self._rollups.day_of(rest[0])
            together = (self._link(rest, path, until) for until, path in made.get(day, ()) if until <= as_of)
            link = next(filter(None, together), None) or _Link(self._until(rest, day))
            yield link
            rest = rest[len(link.files) :]

    def _link(self, files: Sequence[Path], path: Path, until: date) -> _Link | None:
        its = self._until(files, until)
        rows = _read(path, until, self._told(its))
        return None if rows is None else _Link(its, path, rows)

    def _until(self, files: Sequence[Path], until: date) -> Sequence[Path]:
        return list(takewhile(lambda file: self._rollups.day_of(file) <= until, files))

    def _told(self, files: Sequence[Path]) -> dict[str, object]:
        """Return what a settled file of these `files` says of itself."""
        return {
            "files": [f"{path.parent.name}/{path.name}" for path in files],
            "windows": self._windows,
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


def _read(path: Path, until: date, told: Mapping[str, object]) -> Stretch | None:
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
    day = np.int32((until - EPOCH).days)
    keys["ingest_day"] = np.broadcast_to(day, keys["day"].shape)
    names = [name.removeprefix("rows ") for name in arrays if name.startswith("rows ")]
    return Stretch(keys, {name: (arrays[f"rows {name}"], arrays[f"values {name}"]) for name in names})

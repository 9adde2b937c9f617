"""Event files rolled up in memory: the rollup's one expression as a program over the columns of a few files.

The lake keeps its events by learner, course and day, so that rows of one group lie together and no database need look
for them; and its texts are dictionaries, so that hardly one is looked at more than once a file.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame
from staycourse.adapters.engines.arrays.program import Program, as_arrow, columns_of, running
from staycourse.adapters.engines.arrays.rows import Names
from staycourse.events import COUNTERS, EVENT_COLUMNS, rollup_of
from staycourse.kernel import EPOCH
from staycourse.signals import EventFile

EVENTS_AT_ONCE = 1_000_000
"""Rolled up together: some 300 MB."""

_TEXTS = ("learner", "course", "verb")
_NAMED = ("learner", "course")
_KEYS = ("ingest_day", "learner_no", "course_no", "day")


@dataclass(frozen=True, slots=True)
class Rolled:
    """The rollup of some files. In `rows` learners and courses are places in `names`."""

    rows: pa.Table
    names: dict[str, pa.Array]

    def numbered(self, numbers: dict[str, Array]) -> pa.Table:
        """Return the rows, given the number of each of `names`, ordered by ingest day, learner, course and day."""
        keys = {name: self.rows[name].to_numpy() for name in _KEYS}
        for name in _NAMED:
            keys[f"{name}_no"] = numbers[name][keys[f"{name}_no"]]
        order = pa.array(np.lexsort(tuple(keys[name] for name in reversed(_KEYS))))
        own = pa.table({name: pa.array(key, pa.int32()) for name, key in keys.items()})
        for counter in COUNTERS:
            own = own.append_column(counter.name, self.rows[counter.name])
        return own.take(order)


def rolled(files: Sequence[EventFile]) -> Rolled:
    """Roll up event files."""
    events = pa.concat_tables([_events_of(file) for file in files]).unify_dictionaries().combine_chunks()
    columns, names = _held(events)
    parts = [_rolled(part) for part in _parts(columns)]
    return Rolled(pa.concat_tables(parts), names)


@cache
def _program() -> tuple[Program, Names]:
    verbs = Names()
    return Program(rollup_of(ibis.table(EVENT_COLUMNS, name="events")), verbs.code), verbs


def _events_of(file: EventFile) -> pa.Table:
    wanted = [name for name in EVENT_COLUMNS if name != "ingest_day"]
    with pq.ParquetFile(file.path, read_dictionary=list(_TEXTS)) as source:
        events = source.read(wanted, use_threads=False)
    day = np.full(events.num_rows, (file.ingest_day - EPOCH).days, np.int32)
    return events.append_column("ingest_day", pa.array(day))


def _held(events: pa.Table) -> tuple[dict[str, Column], dict[str, pa.Array]]:
    """Return the columns of `events`, texts as numbers, and the texts that the numbers of learners and courses mean."""
    columns, names = {}, {}
    for name in _TEXTS:
        column = events[name].combine_chunks()
        texts = column.dictionary
        if name == "verb":
            _, verbs = _program()
            codes = np.array([-1 if (code := verbs.known(text)) is None else code for text in texts.to_pylist()])
        else:
            order = pc.sort_indices(texts)
            codes = np.empty(len(texts), np.int64)
            codes[order.to_numpy()] = np.arange(len(texts))
            names[name] = texts.take(order)
        columns[name] = Column(codes.astype(np.int64)[column.indices.to_numpy()])
    rest = [name for name in EVENT_COLUMNS if name not in _TEXTS]
    days = {name: events[name].cast(pa.int32()) for name in rest if pa.types.is_date32(events[name].type)}
    plain = pa.table({name: days.get(name, events[name]) for name in rest})
    return columns | columns_of(plain, rest), names


def _parts(columns: dict[str, Column]) -> Iterator[dict[str, Column]]:
    """Split into parts of some EVENTS_AT_ONCE events, so that nobody's day falls into two."""
    learners = columns["learner"].values
    if len(learners) <= EVENTS_AT_ONCE:
        yield columns
        return
    if (learners[1:] < learners[:-1]).any():
        order = np.argsort(learners, kind="stable")
        columns = {name: column.take(order) for name, column in columns.items()}
        learners = learners[order]
    start = 0
    while start < len(learners):
        end = int(np.searchsorted(learners, learners[min(start + EVENTS_AT_ONCE, len(learners)) - 1], side="right"))
        part = np.arange(start, end)
        yield {name: column.take(part) for name, column in columns.items()}
        start = end


def _rolled(columns: dict[str, Column]) -> pa.Table:
    with running() as runs:
        found = _program()[0].run({"events": Frame.of(columns)}, runs)
        keys = dict(zip(_KEYS, ("ingest_day", "learner", "course", "day"), strict=True))
        made = {name: as_arrow(found.column(source), np.int32) for name, source in keys.items()}
        made |= {c.name: as_arrow(found.column(c.name).spread(found.rows), np.int64) for c in COUNTERS}
    return pa.table(made)

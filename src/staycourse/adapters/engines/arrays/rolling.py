"""Event files rolled up in memory: the rollup's one expression as a program over the columns of a few files.

The lake keeps its events by learner, course and day, so that rows of one group lie together and no database need look
for them; and its texts are dictionaries, so that hardly one is looked at more than once a file. Most counters are of
one verb or a few, so that each is asked of the events of its verbs alone: of seventy counters an event meets four.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import ibis
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame
from staycourse.adapters.engines.arrays.groups import Groups
from staycourse.adapters.engines.arrays.program import Program, columns_of
from staycourse.adapters.engines.arrays.rows import Names
from staycourse.adapters.engines.arrays.run import running
from staycourse.events import COUNTERS, EVENT_COLUMNS, rollup_of
from staycourse.kernel import EPOCH
from staycourse.signals import EventFile

EVENTS_AT_ONCE = 1_000_000
"""Counted together: some 100 MB."""

_MANY_VERBS = 10
"""Counters of more verbs than these are counted together, over all events."""

_TEXTS = ("learner", "course", "verb")
_NAMED = ("learner", "course")
_KEYS = ("ingest_day", "learner", "course", "event_day")


@dataclass(frozen=True, slots=True)
class Events:
    """The events of some files, brought together by _KEYS. In `columns` learners and courses are places in `names`,
    and verbs what the program knows them by.
    """

    columns: Mapping[str, Column]
    names: Mapping[str, pa.Array]
    groups: Groups

    def rolled(self, numbers: Mapping[str, Array]) -> pa.Table:
        """Return the rollup, given the number of each of `names`, ordered by ingest day, learner, course and day."""
        firsts = self.groups.starts
        keys = [self.columns[name].values[firsts] for name in _KEYS]
        keys = [numbers[name][key] if name in _NAMED else key for name, key in zip(_KEYS, keys, strict=True)]
        order = np.lexsort(tuple(reversed(keys)))
        place = np.empty(len(order), np.int64)
        place[order] = np.arange(len(order))
        counted = _Counted(place)
        for rows, counters in self._lots():
            for part in self._parts(rows):
                counted.count(self.columns, part, self.groups.numbers, counters)
        named = ("ingest_day", "learner_no", "course_no", "day")
        own = {name: pa.array(key[order], pa.int32()) for name, key in zip(named, keys, strict=True)}
        return pa.table(own | {counter.name: counted.column(counter.name) for counter in COUNTERS})

    def _lots(self) -> Iterator[tuple[Array | None, Sequence[str]]]:
        """Return counters of the same verbs, with the events of these (None: all)."""
        verbs = self.columns["verb"].values
        order = np.argsort(verbs, kind="stable")
        lots = _lots()
        edges = np.searchsorted(verbs[order], np.arange(-1, verbs.max(initial=0) + 2))
        for own, counters in lots:
            if own is None:
                yield None, counters
                continue
            rows = [order[edges[verb + 1] : edges[verb + 2]] for verb in own if verb + 2 < len(edges)]
            its = rows[0] if len(rows) == 1 else np.sort(np.concatenate([order[:0], *rows]))
            if len(its):
                yield its, counters

    def _parts(self, rows: Array | None) -> Iterator[Array | None]:
        """Split into parts of some EVENTS_AT_ONCE events, so that no group falls into two."""
        count = len(self.columns["verb"].values) if rows is None else len(rows)
        if count <= EVENTS_AT_ONCE:
            yield rows
            return
        rows = np.arange(count) if rows is None else rows
        groups, start = self.groups.numbers[rows], 0
        while start < count:
            end = int(np.searchsorted(groups, groups[min(start + EVENTS_AT_ONCE, count) - 1], side="right"))
            yield rows[start:end]
            start = end


class _Counted:
    """Counters of groups, each of which has a place."""

    def __init__(self, place: Array) -> None:
        self._place = place
        self._counters: dict[str, tuple[Array, Array]] = {}

    def count(self, columns: Mapping[str, Column], rows: Array | None, groups: Array, counters: Sequence[str]) -> None:
        """Count `counters` over the events `rows`, whose groups are `groups`: the learners of the expression."""
        groups = groups if rows is None else groups[rows]
        everywhere = np.broadcast_to(np.zeros((), np.int32), len(groups))

        def column(name: str) -> Column:
            if name in _KEYS:
                return Column(groups if name == "learner" else everywhere)
            return columns[name] if rows is None else columns[name].take(rows)

        with running() as runs:
            found = _program()[0].run({"events": Frame(len(groups), column)}, runs)
            place = self._place[found.column("learner").values]
            for name in counters:
                self._note(name, place, found.column(name).spread(found.rows))

    def _note(self, name: str, place: Array, column: Column) -> None:
        if column.nothing:
            return
        if name not in self._counters:
            size = len(self._place)
            self._counters[name] = np.zeros(size, np.int64), np.zeros(size, np.bool_)
        values, known = self._counters[name]
        values[place], known[place] = column.values, column.known()

    def column(self, name: str) -> pa.Array:
        """Return a counter of each group in the order of their places; null where it is none."""
        size = len(self._place)
        if name not in self._counters:
            return pa.nulls(size, pa.int64())
        values, known = self._counters[name]
        bits = pa.py_buffer(np.packbits(known, bitorder="little"))
        return pa.Array.from_buffers(pa.int64(), size, [bits, pa.py_buffer(values)])


def events_of(files: Sequence[EventFile]) -> Events:
    """Read event files."""
    events = pa.concat_tables([_read(file) for file in files]).unify_dictionaries().combine_chunks()
    columns, names = _held(events)
    groups = Groups.of([columns[name].values for name in _KEYS], events.num_rows)
    if groups.order is not None:
        columns = {name: column.take(groups.order) for name, column in columns.items()}
        groups = Groups(groups.rows, groups.starts)
    return Events(columns, names, groups)


@cache
def _program() -> tuple[Program, Names]:
    verbs = Names()
    return Program(rollup_of(ibis.table(EVENT_COLUMNS, name="events")), verbs.code), verbs


@cache
def _lots() -> Sequence[tuple[Sequence[int] | None, Sequence[str]]]:
    """Return the counters by their verbs; those of many verbs together."""
    lots: dict[tuple[int, ...] | None, list[str]] = {}
    for counter in COUNTERS:
        own = None if len(counter.verbs) > _MANY_VERBS else tuple(_program()[1].code(verb) for verb in counter.verbs)
        lots.setdefault(own, []).append(counter.name)
    return tuple(lots.items())


def _read(file: EventFile) -> pa.Table:
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
            codes = codes.astype(np.int16)
        else:
            order = _order(texts)
            codes = np.empty(len(texts), np.int32)
            codes[order] = np.arange(len(texts))
            names[name] = texts.take(pa.array(order))
        columns[name] = Column(codes[column.indices.to_numpy()])
    rest = [name for name in EVENT_COLUMNS if name not in _TEXTS]
    days = {name: events[name].cast(pa.int32()) for name in rest if pa.types.is_date32(events[name].type)}
    plain = pa.table({name: days.get(name, events[name]) for name in rest})
    return columns | columns_of(plain, rest), names


def _order(texts: pa.Array) -> Array:
    """Return the order of different texts, which of learners is mostly that in which they come."""
    if pc.all(pc.less(texts[:-1], texts[1:])).as_py() is not False:
        return np.arange(len(texts))
    order: Array = pc.sort_indices(texts).to_numpy()
    return order

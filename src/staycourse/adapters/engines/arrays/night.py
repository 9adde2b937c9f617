"""A night's signals over arrays: everyone's plain ones some hundred thousand rows at a time, then those of peers.

The definitions are the signals' own expressions; here they are programs.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame
from staycourse.adapters.engines.arrays.groups import partners
from staycourse.adapters.engines.arrays.program import Program, as_arrow, columns_of
from staycourse.adapters.engines.arrays.rows import Names
from staycourse.adapters.engines.arrays.run import running
from staycourse.adapters.engines.statements import (
    COUNTED_COLUMNS,
    STOOD_COLUMNS,
    array_tables,
    compared_expression,
    counts_expression,
    seen_name,
    standings_expression,
)
from staycourse.signals import Signal, bases_of, plain_signals

_NARROW = dict.fromkeys(("learner_no", "course_no", "enrolled_age", "course_day"), np.int32)
_NOBODY = pa.schema(list(COUNTED_COLUMNS.items())).empty_table()
"""The counts where a catalogue compares nobody."""


@lru_cache(maxsize=8)
def night_of(catalogue: tuple[Signal, ...]) -> Night:
    """Return the programs of a catalogue, made once a process."""
    return Night(catalogue)


class Night:
    """The programs of one catalogue."""

    def __init__(self, catalogue: tuple[Signal, ...]) -> None:
        self._wanted = [signal for signal in catalogue if signal.of]
        self._bases = bases_of(self._wanted)
        self._names = Names()
        for name in ("", *self._bases):
            self._names.code(name)
        code = {name: number for number, name in enumerate(self._names.texts)}.__getitem__  # no other text is named
        self._plain = Program(plain_signals(*array_tables(), catalogue), code)
        self._counts, self._compared = [], []  # base by base, so that what each takes is let go of before the next
        for base in self._bases:
            own = tuple(signal for signal in catalogue if base in (signal.of, signal.name))
            self._counts.append(Program(counts_expression(own), code))
            self._compared.append(Program(compared_expression(own), code))
        self._standings = Program(standings_expression(), code)

    def plain(self, rows: Iterable[Frame], learners: pa.Table, courses: pa.Table) -> pa.Table:
        """Return the signals without peers of the open enrolments, ordered by learner_no and course_no.

        `rows` are the rows seen, in parts that are in the order of learners; `learners` and `courses` are
        LEARNER_COLUMNS and COURSE_COLUMNS of all that these name.
        """
        learners = learners.sort_by("learner_no")
        known, names = learners["learner_no"].to_numpy(), learners["learner"].combine_chunks()
        course = columns_of(courses, ("course_no", "start_age", "end_age"))
        titles = courses["course"].combine_chunks()
        course["course"] = Column(np.arange(1, len(titles) + 1) * (titles.to_numpy(zero_copy_only=False) != ""))
        parts = []
        for part in rows:
            everyone = _distinct(part.column("learner_no").values)
            named = _among(known, everyone)
            own = Column(everyone[partners([Column(everyone)], [Column(known[named])]) >= 0])
            with running() as runs:
                people = Frame.of({"learner_no": own, "learner": own})
                tables = {seen_name(None): part, "courses": Frame.of(course), "learners": people}
                found = self._plain.run(tables, runs)
                made = {name: found.column(name).spread(found.rows) for name in self._plain.names}
                columns = {name: as_arrow(one, _NARROW.get(name, np.float64)) for name, one in made.items()}
                places = partners([made["learner"]], [Column(known[named])])
                columns["learner"] = names[named].take(pa.array(places))
                columns["course"] = titles.take(pa.array(made["course"].values - 1))
                parts.append(pa.table(columns))
        return pa.concat_tables(parts)

    def counts(self, plain: pa.Table) -> pa.Table:
        """Return what peers are compared by, of the enrolments in `plain`."""
        found = [_NOBODY]
        for base, program in zip(self._bases, self._counts, strict=True):
            with running() as runs:
                found.append(self._told(program.run({"plain": self._own(plain, base)}, runs), COUNTED_COLUMNS))
        return pa.concat_tables(found)

    def standings(self, counts: Sequence[pa.Table]) -> pa.Table:
        """Return how everyone stands, from the counts of all parts of them."""
        with running() as runs:
            frame = self._held(pa.concat_tables(counts), COUNTED_COLUMNS)
            return self._told(self._standings.run({"counts": frame}, runs), STOOD_COLUMNS)

    def compared(self, plain: pa.Table, standings: pa.Table) -> pa.Table:
        """Return every signal of the enrolments in `plain`, beside how everyone stands."""
        found: dict[str, pa.Array] = {}
        everyone = self._held(standings, STOOD_COLUMNS)
        for base, program in zip(self._bases, self._compared, strict=True):
            with running() as runs:
                frame = program.run({"plain": self._own(plain, base), "standings": everyone}, runs)
                for name in (signal.name for signal in self._wanted if signal.of == base):
                    found[name] = as_arrow(frame.column(name).spread(frame.rows), np.float64)
        for signal in self._wanted:
            plain = plain.append_column(signal.name, found[signal.name])
        return plain

    def _own(self, plain: pa.Table, base: str) -> Frame:
        return Frame.of(columns_of(plain, ("learner_no", "course_no", "course_day", base)))

    def _held(self, table: pa.Table, names: Iterable[str]) -> Frame:
        columns = columns_of(table, [name for name in names if name != "base"])
        bases = pa.array(self._names.texts)
        columns["base"] = Column(pa.compute.index_in(table["base"].combine_chunks(), bases).to_numpy())
        return Frame.of(columns)

    def _told(self, frame: Frame, kinds: Mapping[str, str]) -> pa.Table:
        found = {name: frame.column(name).spread(frame.rows) for name in kinds}
        told = {name: as_arrow(found[name], kind) for name, kind in kinds.items() if name != "base"}
        return pa.table({"base": pa.array(self._names.texts).take(pa.array(found["base"].values)), **told})


def _among(numbers: Array, wanted: Array) -> slice:
    """Return where in `numbers`, which are in order, those lie that are between the first and the last `wanted`."""
    if not len(wanted):
        return slice(0, 0)
    ends = np.array([wanted[0], wanted[-1] + 1], numbers.dtype)  # of another type, all would be cast to look two up
    first, last = np.searchsorted(numbers, ends).tolist()
    return slice(first, last)


def _distinct(numbers: Array) -> Array:
    """Return each of `numbers`, which lie close together, once and in order."""
    if not len(numbers):
        return numbers
    low = numbers.min()
    found: Array = np.flatnonzero(np.bincount(numbers - low)) + low
    return found

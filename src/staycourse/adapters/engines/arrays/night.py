"""A night's plain signals over arrays, some hundred thousand rows at a time.

The definitions are the signals' own expressions; here they are programs.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import lru_cache

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays.columns import Array, Column, Frame
from staycourse.adapters.engines.arrays.groups import partners
from staycourse.adapters.engines.arrays.program import Program, as_arrow, columns_of, kept
from staycourse.adapters.engines.arrays.run import running
from staycourse.adapters.engines.arrays.seen import in_one_piece
from staycourse.adapters.engines.statements import array_tables, seen_name
from staycourse.signals import Signal, plain_signals

_NUMBERS = ("learner_no", "course_no", "enrolled_age", "course_day")


@lru_cache(maxsize=8)
def night_of(catalogue: tuple[Signal, ...]) -> Night:
    """Return the programs of a catalogue, made once a process."""
    return Night(catalogue)


class Night:
    """The programs of one catalogue."""

    def __init__(self, catalogue: tuple[Signal, ...]) -> None:
        self._plain = Program(plain_signals(*array_tables(), catalogue), {"": 0}.__getitem__)  # no other text is named

    def plain(self, rows: Iterable[Frame], learners: pa.Table, courses: pa.Table) -> pa.Table:
        """Return the signals without peers of the open enrolments, ordered by learner_no and course_no.

        `rows` are the rows seen, in parts that are in the order of learners; `learners` and `courses` are
        LEARNER_COLUMNS and COURSE_COLUMNS of all that these name.
        """
        if (np.diff(learners["learner_no"].to_numpy()) < 0).any():
            learners = learners.sort_by("learner_no")
        known, names = learners["learner_no"].to_numpy(), in_one_piece(learners["learner"])
        course = columns_of(courses, ("course_no", "start_age", "end_age"))
        titles = courses["course"].combine_chunks()
        course["course"] = Column(np.arange(1, len(titles) + 1) * (titles.to_numpy(zero_copy_only=False) != ""))
        parts = []
        for part in rows:
            everyone = _distinct(part.column("learner_no").values)
            named = _among(known, everyone)
            there = Column(everyone[partners([Column(everyone)], [Column(known[named])]) >= 0])
            with running() as runs:
                people = Frame.of({"learner_no": there, "learner": there})
                tables = {seen_name(None): part, "courses": Frame.of(course), "learners": people}
                found = self._plain.run(tables, runs)
                own = {name: found.column(name).spread(found.rows) for name in (*_NUMBERS, "learner", "course")}
                columns = {name: as_arrow(own[name], np.int32) for name in _NUMBERS}
                places = partners([own["learner"]], [Column(known[named])])
                columns["learner"] = names[named].take(pa.array(places))
                columns["course"] = titles.take(pa.array(own["course"].values - 1))
                signals = [name for name in self._plain.names if name not in columns]
                parts.append(pa.table(columns | kept(found, signals)))
        return pa.concat_tables(parts)


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

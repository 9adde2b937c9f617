"""What is the same of everyone in a course, over arrays: counted part by part, then told beside everyone.

The definitions are the signals' own expressions; here they are programs.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays.columns import Frame
from staycourse.adapters.engines.arrays.program import Program, as_arrow, columns_of
from staycourse.adapters.engines.arrays.rows import Names
from staycourse.adapters.engines.arrays.run import running
from staycourse.adapters.engines.statements import array_tables, course_expressions, seen_name
from staycourse.signals import COURSE_COUNTS, Signal, of_course

_NOBODY = pa.schema(list(COURSE_COUNTS.items())).empty_table()
"""The counts where a catalogue has no such signals."""


@lru_cache(maxsize=8)
def courses_of(catalogue: tuple[Signal, ...]) -> Courses:
    """Return the programs of a catalogue, made once a process."""
    return Courses(catalogue)


class Courses:
    """The programs of one catalogue; of one without such signals they say nothing."""

    def __init__(self, catalogue: tuple[Signal, ...]) -> None:
        self._names = [signal.name for signal in of_course(catalogue)]
        found, code = course_expressions(catalogue, array_tables()[0]), Names().code  # no text is named
        self._programs = None if found is None else tuple(
            Program(one, code) for one in (found.leavers, found.still_there, found.told, found.beside)
        )  # fmt: skip

    def leavers(self, part: Frame) -> pa.Table:
        """Return COURSE_COUNTS of those who left, among the rows seen of some learners."""
        return _NOBODY if self._programs is None else _counts(self._programs[0], seen_name(None), part)

    def still_there(self, plain: pa.Table) -> pa.Table:
        """Return COURSE_COUNTS of the open enrolments in `plain`."""
        if self._programs is None:
            return _NOBODY
        return _counts(self._programs[1], "plain", Frame.of(columns_of(plain, ("course_no",))))

    def told(self, counts: Sequence[pa.Table]) -> pa.Table:
        """Return course_no and the signals of each course, from the counts of all parts of everyone."""
        if self._programs is None:
            return _NOBODY.select(["course_no"])
        program, frame = self._programs[2], Frame.of(columns_of(pa.concat_tables(counts), list(COURSE_COUNTS)))
        with running() as runs:
            found = program.run({"course_counts": frame}, runs)
            kinds = {"course_no": np.int32} | dict.fromkeys(self._names, np.float64)
            return pa.table({name: as_arrow(found.column(name).spread(found.rows), kinds[name]) for name in kinds})

    def beside(self, plain: pa.Table, told: pa.Table) -> pa.Table:
        """Return `plain` with the signals of each enrolment's course."""
        if self._programs is None:
            return plain
        tables = {
            "plain": Frame.of(columns_of(plain, ("course_no",))),
            "course_told": Frame.of(columns_of(told, told.column_names)),
        }
        with running() as runs:
            found = self._programs[3].run(tables, runs)
            for name in self._names:
                plain = plain.append_column(name, as_arrow(found.column(name).spread(found.rows), np.float64))
        return plain


def _counts(program: Program, table: str, frame: Frame) -> pa.Table:
    with running() as runs:
        found = program.run({table: frame}, runs)
        columns = {name: found.column(name).spread(found.rows) for name in COURSE_COUNTS}
        return pa.table({name: as_arrow(columns[name], kind) for name, kind in COURSE_COUNTS.items()})

"""Where somebody stands among the peers as a night left them: a look into its counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from staycourse.adapters.engines.arrays.columns import Array, Column
from staycourse.adapters.engines.arrays.rows import Names

_WEEKS = 1 << 20
"""More weeks, before and after the course's start, than any course has."""


def group_of(course: Array, week: Array) -> Array:
    """Return one number for a course and a week of it."""
    packed: Array = course.astype(np.int64) * _WEEKS + week.astype(np.int64) + _WEEKS // 2
    return packed


@dataclass(frozen=True, slots=True)
class Standing:
    """The counts of one signal: rows by group and value. `starts` are the first rows of `groups`."""

    groups: Array
    starts: Array
    group: Array
    values: Array
    places: Array
    table: Mapping[str, Array]

    @classmethod
    def of(cls, table: pa.Table, names: Names) -> Standing:
        """Read the rows of one signal, of STANDING_COLUMNS."""
        codes = names.codes(table["course_no"].to_pylist())
        packed = group_of(codes, table["course_week"].to_numpy())
        found = table["of"].to_numpy()
        order = np.lexsort((found, packed))
        packed, found = packed[order], found[order]
        groups, starts, group = np.unique(packed, return_index=True, return_inverse=True)
        values, rank = np.unique(found, return_inverse=True)
        held = {name: table[name].to_numpy()[order] for name in ("of", "equal", "up_to", "everyone", "median")}
        return cls(groups, starts, group, values, group * (len(values) + 1) + rank + 1, held)

    def look(self, base: Column, group: Array) -> dict[str, Column]:
        """Return, for each value of `base` and its group, the row of the greatest value that is not greater than it,
        and how many its group has, and their median.
        """
        if not len(self.groups):
            nothing = Column(np.zeros(len(group)), np.zeros(len(group), np.bool_))
            return dict.fromkeys(self.table, nothing)
        at = np.minimum(np.searchsorted(self.groups, group), len(self.groups) - 1)
        among = (self.groups[at] == group) & base.known()
        asked = at * (len(self.values) + 1) + np.searchsorted(self.values, base.values, side="right")
        row = np.searchsorted(self.places, asked, side="right") - 1
        found = among & (row >= 0) & (self.group[row] == at)
        first = self.starts[at]
        columns = {name: Column(self.table[name][row], found) for name in ("of", "equal", "up_to")}
        return columns | {name: Column(self.table[name][first], among) for name in ("everyone", "median")}

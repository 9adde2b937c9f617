"""Rows in memory: whatever order they are read in and however they are cut, each part holds its learners' own."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.adapters.engines.arrays import SeenRows, seen
from staycourse.adapters.engines.arrays.columns import Column
from staycourse.adapters.engines.arrays.groups import Groups
from staycourse.adapters.engines.arrays.windows import nested_sums, rings_of

ROWS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 3), st.integers(0, 70), st.integers(-3, 5)), min_size=0, max_size=60
)


@given(rows=ROWS, at_once=st.integers(1, 20), runs=st.integers(0, 60))
def test_the_parts_are_all_rows_in_order_and_no_learner_is_in_two(
    rows: list[tuple[int, int, int, int]], at_once: int, runs: int
) -> None:
    table = np.array(rows, np.int32).reshape(-1, 4)
    keys = dict(zip(("learner_no", "course_no", "age"), table.T, strict=False))
    known = np.flatnonzero(table[:, 3])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen, "ROWS_AT_ONCE", at_once)
        patch.setattr(seen, "_MOST_RUNS", runs)
        held = SeenRows(keys, {"clicks": (known.astype(np.int32), table[known, 3])})
        parts = list(held.parts())
    found, learners = [], []
    for part in parts:
        its = [part.column(name).values.tolist() for name in keys]
        clicks = part.column("clicks").spread(part.rows)
        found += list(zip(*its, np.where(clicks.known(), clicks.values, 0).astype(int).tolist(), strict=True))
        learners += sorted(set(its[0]))
    assert [row[:2] for row in found] == sorted(row[:2] for row in rows)
    assert sorted(found) == sorted(rows)
    assert learners == sorted({row[0] for row in rows})


@given(rows=ROWS.filter(bool), days=st.sets(st.integers(1, 70), min_size=1, max_size=4), few=st.booleans())
def test_sums_in_windows_are_the_sums_of_each(rows: list[tuple[int, int, int, int]], days: set[int], few: bool) -> None:
    learner, _, age, value = np.array(rows, np.int64).T
    column = Column(value.astype(np.float64), value != 0, at=np.flatnonzero(value) if few else None)
    groups, bounds = Groups.of([learner], len(rows)), sorted(days)
    sums = nested_sums(groups, column, rings_of(groups, Column(age), bounds), len(bounds))
    for bound, told in zip([*bounds, 99], sums, strict=True):
        for place, one in enumerate(np.unique(learner)):
            its = (learner == one) & (age < bound) & (value != 0)
            assert bool(told.known()[place]) == its.any()
            assert told.values[place] == value[its].sum()

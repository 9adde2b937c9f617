"""Rows in memory: whatever order they are read in and however they are cut, each part holds its learners' own."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.adapters.engines.arrays import SeenRows, seen, stretches_of
from staycourse.adapters.engines.arrays.columns import Column, Scattered
from staycourse.adapters.engines.arrays.groups import Groups, partners
from staycourse.adapters.engines.arrays.windows import Rings, nested_sums

ROWS = st.lists(
    st.tuples(st.integers(1, 9), st.integers(1, 3), st.integers(0, 70), st.integers(-3, 5)), min_size=0, max_size=60
)
NAMES = ("learner_no", "course_no", "age", "clicks")


def table_of(rows: list[tuple[int, int, int, int]]) -> pa.Table:
    """Return rows of three keys and clicks, of which none is null."""
    columns = dict(zip(NAMES, np.array(rows, np.int32).reshape(-1, 4).T, strict=True))
    return pa.table(
        {name: pa.array(column, mask=(name == "clicks") & (column == 0)) for name, column in columns.items()}
    )


@given(rows=ROWS, files=st.integers(1, 4), at_once=st.integers(1, 20), most=st.integers(0, 60))
def test_the_parts_are_all_rows_and_no_learner_is_in_two(
    rows: list[tuple[int, int, int, int]], files: int, at_once: int, most: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(seen, "ROWS_AT_ONCE", at_once)
        patch.setattr(seen, "_MOST_STRETCHES", most)
        held = [one for place in range(files) for one in stretches_of(table_of(rows[place::files]))]
        parts = list(SeenRows(held).parts())
    found, learners = [], []
    for part in parts:
        its = [part.column(name).values.tolist() for name in NAMES[:3]]
        clicks = part.column("clicks").spread(part.rows)
        told = np.where(clicks.known(), clicks.values, 0).astype(int) if part.rows else np.zeros(0, int)
        found += list(zip(*its, told.tolist(), strict=True))
        learners += sorted(set(its[0]))
    assert sorted(found) == sorted(rows)
    assert learners == sorted({row[0] for row in rows})


@given(rows=ROWS, first=st.integers(0, 10), last=st.integers(0, 10))
def test_a_range_of_learners_is_theirs_alone(rows: list[tuple[int, int, int, int]], first: int, last: int) -> None:
    within = range(first, max(first, last))
    found = []
    for stretch in stretches_of(table_of(sorted(rows))):
        for part in SeenRows([stretch.among(within)]).parts():
            clicks = part.column("clicks").spread(part.rows)
            told = np.where(clicks.known(), clicks.values, 0).astype(int) if part.rows else np.zeros(0, int)
            found += list(zip(*(part.column(name).values.tolist() for name in NAMES[:3]), told.tolist(), strict=True))
    assert sorted(found) == sorted(row for row in rows if row[0] in within)


@given(rows=ROWS.filter(bool), days=st.sets(st.integers(1, 70), min_size=1, max_size=4), scattered=st.booleans())
def test_sums_in_windows_are_the_sums_of_each(
    rows: list[tuple[int, int, int, int]], days: set[int], scattered: bool
) -> None:
    learner, _, age, value = np.array(rows, np.int64).T
    known = np.flatnonzero(value)
    column = Scattered(len(rows), known, value[known]) if scattered else Column(value.astype(np.float64), value != 0)
    groups, bounds = Groups.of([learner], len(rows)), sorted(days)
    sums = nested_sums(Rings(groups, Column(age), bounds), column)
    for bound, told in zip([*bounds, 99], sums, strict=True):
        for place, one in enumerate(np.unique(learner)):
            its = (learner == one) & (age < bound) & (value != 0)
            assert bool(told.known()[place]) == its.any()
            assert told.values[place] == value[its].sum()


KEYS = st.lists(
    st.tuples(st.integers(-3, 3), st.sampled_from([0.0, 0.25, 1.0, 2.0, 1e6, 3e18])), min_size=1, max_size=30
)


@given(keys=KEYS, wide=st.booleans())
def test_groups_are_of_equal_keys_in_their_order(keys: list[tuple[int, float]], wide: bool) -> None:
    first, second = (np.array(key) for key in zip(*keys, strict=True))
    if wide:  # more possible rows of keys than a table has places for
        first = first * 1_000_003
    groups = Groups.of([first, second], len(keys))
    distinct = sorted(set(zip(first.tolist(), second.tolist(), strict=True)))
    assert list(zip(first[groups.firsts()].tolist(), second[groups.firsts()].tolist(), strict=True)) == distinct
    assert [distinct[number] for number in groups.numbers.tolist()] == list(
        zip(first.tolist(), second.tolist(), strict=True)
    )
    assert groups.counts().tolist() == np.bincount(groups.numbers).tolist()
    assert groups.reduced(np.add, np.ones(len(keys))).tolist() == groups.counts().tolist()


@given(left=KEYS, right=KEYS, wide=st.booleans())
def test_each_row_finds_the_one_with_its_keys(
    left: list[tuple[int, float]], right: list[tuple[int, float]], wide: bool
) -> None:
    times, own = 1_000_003 if wide else 1, list(dict.fromkeys(right))

    def columns(keys: list[tuple[int, float]]) -> list[Column]:
        first, second = zip(*keys, strict=True)
        return [Column(np.array(first) * times), Column(np.array(second))]

    found = partners(columns(left), columns(own))
    assert found.tolist() == [own.index(key) if key in own else -1 for key in left]


def test_a_row_with_several_partners_and_a_key_that_is_not_known_are_said() -> None:
    one = [Column(np.array([1, 2]))]
    with pytest.raises(ValueError, match="several partners"):
        partners(one, [Column(np.array([1, 1]))])
    with pytest.raises(ValueError, match="never null"):
        partners(one, [Column(np.array([1, 2]), np.array([True, False]))])
    nobody = Column(np.array([1, 2]), np.array([True, False]))
    assert partners([nobody], one).tolist() == [0, -1]

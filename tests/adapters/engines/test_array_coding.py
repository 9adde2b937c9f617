"""Keys as numbers: rows of equal keys have equal ones, in the keys' order, whatever kind and width the keys are of."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.adapters.engines.arrays.coding import Coding
from staycourse.adapters.engines.arrays.columns import Column
from staycourse.adapters.engines.arrays.groups import Groups, partners

Key = npt.NDArray[np.generic]

_EDGE = 2**31
INT32 = st.integers(-_EDGE, _EDGE - 1) | st.integers(-3, 3) | st.sampled_from([-_EDGE, _EDGE - 1])
INT64 = INT32 | st.sampled_from([_EDGE, _EDGE + 5, 2**32, 2**32 + 1, -(2**40), 2**40 + 3])
FLOATS = st.integers(-3, 3).map(float) | st.sampled_from(
    [0.5, -1.5, 2.0**31, 2.0**32, 2.0**32 + 1, 2.0**40, 1e300, -1e300]
)


@st.composite
def keys(draw: st.DrawFn, rows: int, kinds: tuple[str, ...]) -> list[Key]:
    """Draw some columns of `rows` values; the kinds are given, so that two tables can have the same."""
    values = {"int32": INT32, "int64": INT64, "float64": FLOATS}
    return [np.array(draw(st.lists(values[kind], min_size=rows, max_size=rows)), kind) for kind in kinds]


KINDS = st.lists(st.sampled_from(["int32", "int64", "float64"]), min_size=1, max_size=3).map(tuple)


@given(data=st.data(), kinds=KINDS, rows=st.integers(1, 30))
def test_equal_rows_have_equal_numbers_in_the_keys_order(
    data: st.DataObject, kinds: tuple[str, ...], rows: int
) -> None:
    given_keys = data.draw(keys(rows, kinds))
    coding = Coding.of(given_keys)
    assert coding is not None
    codes = coding.codes(given_keys).tolist()
    told = list(zip(*(key.tolist() for key in given_keys), strict=True))
    places = {row: place for place, row in enumerate(sorted(set(told)))}
    order = {code: place for place, code in enumerate(sorted(set(codes)))}
    assert [order[code] for code in codes] == [places[row] for row in told]
    assert all(0 <= code < coding.size for code in codes)


@given(data=st.data(), kinds=KINDS, rows=st.integers(1, 20), others=st.integers(1, 20))
def test_rows_are_looked_up_among_others(data: st.DataObject, kinds: tuple[str, ...], rows: int, others: int) -> None:
    there, asked = data.draw(keys(rows, kinds)), data.draw(keys(others, kinds))
    told = list(zip(*(key.tolist() for key in there), strict=True))
    firsts = sorted({row: place for place, row in enumerate(told)}.values())
    there, told = [key[firsts] for key in there], [told[first] for first in firsts]
    found = partners([Column(key) for key in asked], [Column(key) for key in there])
    wanted = list(zip(*(key.tolist() for key in asked), strict=True))
    assert found.tolist() == [told.index(row) if row in told else -1 for row in wanted]


@pytest.mark.parametrize("asked", [
    np.array([2**32 + 1, -(2**32) + 1, 2**63 - 1]),
    np.array([1.5, 2.0**32 + 1, -(2.0**63), 1e300, np.nan, np.inf]),
    np.array([-(2**31), 2**31 - 1, 4], np.int32),
])  # fmt: skip
@pytest.mark.parametrize("low", [0, 1, -(2**31), 2**31 - 3])
def test_what_only_its_last_bits_would_be_equal_to_is_not_found(asked: Key, low: int) -> None:
    there = Column(np.array([low, low + 2], np.int32))
    wanted = [place if value in (low, low + 2) else -1 for value in asked.tolist() for place in [int(value != low)]]
    assert partners([Column(asked)], [there]).tolist() == wanted


@given(data=st.data(), kinds=KINDS, rows=st.integers(1, 30))
def test_groups_are_of_equal_rows(data: st.DataObject, kinds: tuple[str, ...], rows: int) -> None:
    given_keys = data.draw(keys(rows, kinds))
    told = list(zip(*(key.tolist() for key in given_keys), strict=True))
    groups, distinct = Groups.of(given_keys, rows), sorted(set(told))
    assert [told[first] for first in groups.firsts()] == distinct
    assert groups.counts().tolist() == [told.count(row) for row in distinct]
    assert [distinct[number] for number in groups.numbers] == told

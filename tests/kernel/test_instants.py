"""Instants as whole microseconds, and back."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.kernel import instant_at, microseconds


@given(st.datetimes(timezones=st.integers(-720, 720).map(lambda minutes: timezone(timedelta(minutes=minutes)))))
def test_an_instant_comes_back_to_the_microsecond_whatever_its_zone(instant: datetime) -> None:
    if 2 < instant.year < 9998:
        assert instant_at(microseconds(instant)) == instant


def test_the_count_begins_with_1970_and_a_time_without_a_zone_has_none() -> None:
    assert microseconds(datetime(1970, 1, 1, 0, 0, 1, 7, UTC)) == 1_000_007
    assert instant_at(-1) == datetime(1969, 12, 31, 23, 59, 59, 999_999, UTC)
    with pytest.raises(ValueError, match="time zone"):
        microseconds(datetime(2026, 1, 1))

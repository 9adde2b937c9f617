"""Local days and hours agree with Python's own, in any zone, at any time."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st

from staycourse.adapters.lake.days import days_of, hours_of, local_instants

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
ZONES = [
    "UTC", "Asia/Shanghai", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
    "Africa/Casablanca", "Pacific/Apia", "America/St_Johns",
]  # fmt: skip


def local(instants: list[datetime], zone: str) -> list[tuple[date, int]]:
    microseconds = np.array([(instant - EPOCH) // timedelta(microseconds=1) for instant in instants], np.int64)
    shown = local_instants(microseconds, ZoneInfo(zone))
    return [
        (date(1970, 1, 1) + timedelta(days=day), hour)
        for day, hour in zip(days_of(shown).tolist(), hours_of(shown).tolist(), strict=True)
    ]


@given(
    st.lists(st.datetimes(datetime(1950, 1, 1), datetime(2090, 1, 1), timezones=st.just(UTC)), max_size=20),
    st.sampled_from(ZONES),
)
@settings(deadline=None, max_examples=150)
def test_agrees_with_python(instants: list[datetime], zone: str) -> None:
    expected = [instant.astimezone(ZoneInfo(zone)) for instant in instants]
    assert local(instants, zone) == [(there.date(), there.hour) for there in expected]


def test_around_every_change_of_the_clocks() -> None:
    start = datetime(2024, 1, 1, tzinfo=UTC)
    instants = [start + timedelta(minutes=15 * step) for step in range(366 * 96)]
    for zone in ("Europe/London", "Australia/Lord_Howe", "Africa/Casablanca"):
        expected = [instant.astimezone(ZoneInfo(zone)) for instant in instants]
        assert local(instants, zone) == [(there.date(), there.hour) for there in expected]


def test_a_day_that_never_was() -> None:
    before = datetime(2011, 12, 30, 9, 59, 59, 999999, tzinfo=UTC)
    assert local([before, before + timedelta(microseconds=1)], "Pacific/Apia") == [
        (date(2011, 12, 29), 23),
        (date(2011, 12, 31), 0),
    ]

"""Local days and hours of many instants at once.

Computed from Python's zoneinfo and not by the engine: Arrow on Linux reads only the system's zone files, which a slim
machine may lack, while Python falls back to its tzdata package.
"""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import numpy as np
from numpy.typing import NDArray

from staycourse.kernel import instant_at

SECOND = 1_000_000
HOUR = 3600 * SECOND
DAY = 24 * HOUR
_FEW_DAYS = 100

Instants = NDArray[np.int64]


def local_instants(instants: Instants, zone: ZoneInfo) -> Instants:
    """Return what the clocks of `zone` show at `instants`; both in microseconds since 1970, the latter in UTC."""
    if not len(instants):
        return instants
    first, last = int(instants.min()) // DAY, int(instants.max()) // DAY
    few = last - first < _FEW_DAYS  # then those without an instant cost less than to find those with one
    starts, offsets = _offsets(np.arange(first, last + 1) if few else np.unique(instants // DAY), zone)
    if len(starts) == 1:
        return instants + int(offsets[0])
    return instants + offsets[np.searchsorted(starts, instants, side="right") - 1]


def days_of(local: Instants) -> NDArray[np.int32]:
    """Return the day (since 1970-01-01) of local microseconds; floor, so also before 1970."""
    return (local // DAY).astype(np.int32)


def hours_of(local: Instants) -> NDArray[np.int8]:
    """Return the hour (0 to 23) of local microseconds."""
    return (local % DAY // HOUR).astype(np.int8)


def _offsets(days: Instants, zone: ZoneInfo) -> tuple[Instants, Instants]:
    """Return from which instant on which offset holds, over the UTC `days` (sorted) only."""
    steps: list[tuple[int, int]] = []
    for day in days.tolist():
        start, end = day * DAY, (day + 1) * DAY
        first, last = _offset(start, zone), _offset(end - SECOND, zone)
        if not steps or steps[-1][1] != first:
            steps.append((start, first))
        if first != last:
            steps.append((_change(start, end - SECOND, zone), last))
    starts, offsets = zip(*steps, strict=True)
    return np.array(starts, np.int64), np.array(offsets, np.int64)


def _change(before: int, after: int, zone: ZoneInfo) -> int:
    """Return the second (as microseconds) at which the offset changes between two instants."""
    old = _offset(before, zone)
    while after - before > SECOND:
        middle = (before + after) // 2 // SECOND * SECOND
        if _offset(middle, zone) == old:
            before = middle
        else:
            after = middle
    return after


def _offset(instant: int, zone: ZoneInfo) -> int:
    offset = instant_at(instant).astimezone(zone).utcoffset()
    return (offset or timedelta()) // timedelta(microseconds=1)

"""The learner's own clock: where local days begin and quiet hours end, across daylight saving and skipped days."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from staycourse.kernel import BadInput, zone
from staycourse.policy import CarePolicy

_DAYS_SEARCHED = 8
"""A quiet hours' end may fall into a skipped hour or day; within a week there is one that does not."""


def zone_or(name: str | None, otherwise: ZoneInfo) -> ZoneInfo:
    """Return the zone `name`, `otherwise` where it is not known or no real zone."""
    if not name:
        return otherwise
    try:
        return zone(name)
    except BadInput:
        return otherwise


def is_quiet(instant: datetime, policy: CarePolicy, where: ZoneInfo) -> bool:
    """Say whether the clocks of `where` show a time within the quiet hours: from their start to before their end."""
    quiet = policy.quiet_hours
    start, end, shown = time.fromisoformat(quiet.start), time.fromisoformat(quiet.end), instant.astimezone(where).time()
    if start <= end:
        return start <= shown < end
    return shown >= start or shown < end


def after_quiet(instant: datetime, policy: CarePolicy, where: ZoneInfo) -> datetime:
    """Return `instant`, or if it is quiet then the next end of the quiet hours, in UTC.

    An end that the clocks skip is the moment at which they skip it. Where they are put back during the quiet hours,
    these last on, even if the clocks show an earlier hour for a while.
    """
    if not is_quiet(instant, policy, where):
        return instant.astimezone(UTC)
    today, end = instant.astimezone(where).date(), time.fromisoformat(policy.quiet_hours.end)
    ends = (shows(today + timedelta(days=ahead), end, where, after=instant) for ahead in range(_DAYS_SEARCHED))
    return next(found for found in ends if found is not None and not is_quiet(found, policy, where))


def day_after(instant: datetime, days: int, where: ZoneInfo) -> datetime:
    """Return when the local day that lies `days` (at least 1) after the one of `instant` begins, in UTC; always later
    than `instant`. A day that the zone skips begins with the one after it.
    """
    first = instant.astimezone(where).date() + timedelta(days=days)
    starts = (shows(first + timedelta(days=ahead), time.min, where, after=instant) for ahead in range(_DAYS_SEARCHED))
    return next(found for found in starts if found is not None)


def shows(day: date, at: time, where: ZoneInfo, *, after: datetime) -> datetime | None:
    """Return the first instant later than `after` at which the clocks of `where` show `day` and `at`, in UTC.

    Put back, they show it twice; put forward over it, it is the moment at which they are. None if it has passed.
    """
    wall = datetime.combine(day, at, tzinfo=where)
    first, second = wall.astimezone(UTC), wall.replace(fold=1).astimezone(UTC)
    if second < first:  # skipped: PEP 495 gives the two instants that the offsets before and after would mean
        first = second = _transition(second, first, where)
    return next((found for found in (first, second) if found > after), None)


def _transition(early: datetime, late: datetime, where: ZoneInfo) -> datetime:
    """Return the whole second between `early` and `late` from which on the offset is that of `late`."""
    offset = late.astimezone(where).utcoffset()
    seconds = int((late - early).total_seconds())
    low, high = 0, seconds
    while high - low > 1:
        middle = (low + high) // 2
        if (early + timedelta(seconds=middle)).astimezone(where).utcoffset() == offset:
            high = middle
        else:
            low = middle
    return early + timedelta(seconds=high)

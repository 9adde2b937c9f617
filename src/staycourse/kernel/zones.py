"""Instants inside, local days at the edge. A tenant has one zone; days are counted in it."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from staycourse.kernel.errors import BadInput
from staycourse.kernel.wording import worded

EPOCH = date(1970, 1, 1)
_FIRST = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def microseconds(instant: datetime) -> int:
    """Return `instant` as whole microseconds since 1970, UTC; ValueError if it has no zone."""
    if instant.tzinfo is None:
        raise ValueError("an instant needs a time zone")
    return (instant - _FIRST) // _MICROSECOND


def instant_at(microseconds: int) -> datetime:
    """Return the instant (UTC) that lies so many microseconds after the beginning of 1970."""
    return _FIRST + microseconds * _MICROSECOND


def zone(name: str) -> ZoneInfo:
    """Return the IANA time zone called `name`; BadInput if there is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise BadInput(
            worded("there is no time zone {name!r}", name=name[:80]), mend="use an IANA name such as Asia/Shanghai"
        ) from error


def local_day(instant: datetime, where: ZoneInfo) -> date:
    """Return the calendar day on which `instant` falls in the zone `where`."""
    return instant.astimezone(where).date()


def day_start(day: date, where: ZoneInfo) -> datetime:
    """Return the first instant (UTC) of `day` in the zone `where`."""
    return datetime.combine(day, time.min, tzinfo=where).astimezone(UTC)


def last_whole_day(now: datetime, where: ZoneInfo) -> date:
    """Return the last day that has wholly passed in the zone `where`: the default as-of day."""
    return local_day(now, where) - timedelta(days=1)


def parse_day(text: str) -> date:
    """Read an ISO date (YYYY-MM-DD); BadInput names what was wrong."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise BadInput(worded("{text!r} is not a date", text=text[:40]), mend="write it as YYYY-MM-DD") from error

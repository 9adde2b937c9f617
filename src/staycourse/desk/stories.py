"""A learner's events told by the day: timeline, class quality, and where an enrolment stands."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from staycourse.desk.records import ClassQuality, TimelineEntry
from staycourse.events import Course

HUNDREDTHS = 10_000


def timeline_of(events: pa.Table, days: int, zone: ZoneInfo) -> tuple[tuple[TimelineEntry, ...], bool]:
    """Join one learner's events by day, course and verb, newest first; say whether older days were left out.

    Instants are put into `zone`, in which the days are counted.
    """
    rows = sorted(events.to_pylist(), key=_place)
    entries = [_entry(key, list(group), zone) for key, group in groupby(rows, key=_place)]
    kept = sorted({entry.day for entry in entries}, reverse=True)[:days]
    if not kept:
        return (), False
    shown = [entry for entry in entries if entry.day >= kept[-1]]
    shown.sort(key=lambda entry: (entry.day, entry.last), reverse=True)
    return tuple(shown), len(shown) < len(entries)


def quality_of(activity: pa.Table) -> tuple[ClassQuality, ...]:
    """Return the days on which live classes were sampled, newest first."""
    found = [
        ClassQuality(
            day=row["event_day"],
            course=row["course"],
            freeze_share=_mean(row["freeze_sum"], row["quality_samples"], HUNDREDTHS),
            round_trip=_mean(row["round_trip_sum"], row["round_trip_samples"], 1),
            loss_share=_mean(row["loss_sum"], row["loss_samples"], HUNDREDTHS),
            rejoins=row["rejoins"],
        )
        for row in activity.to_pylist()
        if row["quality_samples"] or row["round_trip_samples"] or row["loss_samples"] or row["rejoins"]
    ]
    return tuple(sorted(found, key=lambda entry: (entry.day, entry.course), reverse=True))


def enrolment_state(course: Course, days: Iterable[Mapping[str, Any]], as_of: date) -> str:
    """Return where an enrolment stands at the end of `as_of`: open, withdrawn, completed or ended."""
    rows = list(days)
    if any(row["withdrawals"] for row in rows):
        return "withdrawn"
    if any(row["completions"] for row in rows):
        return "completed"
    return "ended" if course.ends_on is not None and course.ends_on <= as_of else "open"


def _place(row: Mapping[str, Any]) -> tuple[date, str, str]:
    return row["event_day"], row["course"], row["verb"]


def _entry(key: tuple[date, str, str], rows: Sequence[Mapping[str, Any]], zone: ZoneInfo) -> TimelineEntry:
    values = [row["value"] for row in rows if row["value"] is not None]
    instants = sorted(row["time"].astimezone(zone) for row in rows)
    objects = sorted({row["object"] for row in rows if row["object"]})
    return TimelineEntry(
        day=key[0],
        course=key[1],
        verb=key[2],
        count=len(rows),
        value=sum(values) if values else None,
        first=instants[0],
        last=instants[-1],
        object=", ".join(objects[:3]) + (" …" if len(objects) > 3 else ""),
    )


def _mean(total: int, count: int, scale: int) -> float | None:
    return total / count / scale if count else None

"""A learner's story told by the day."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa

from staycourse.desk.stories import enrolment_state, quality_of, timeline_of
from staycourse.events import Course

SHANGHAI = ZoneInfo("Asia/Shanghai")
EVENTS = pa.schema(
    [
        ("event_day", pa.date32()), ("course", pa.string()), ("verb", pa.string()), ("object", pa.string()),
        ("value", pa.int64()), ("time", pa.timestamp("us", "UTC")),
    ]
)  # fmt: skip


def event(day: int, verb: str, value: int | None = None, hour: int = 1, thing: str = "") -> dict[str, Any]:
    time = datetime(2024, 1, day, hour, tzinfo=UTC)
    return {"event_day": date(2024, 1, day), "course": "c", "verb": verb, "object": thing, "value": value, "time": time}


def table(*events: dict[str, Any]) -> pa.Table:
    return pa.Table.from_pylist(list(events), schema=EVENTS)


def test_events_of_a_day_are_joined_by_verb_newest_day_first() -> None:
    entries, older = timeline_of(
        table(
            event(1, "video_watched", 60), event(2, "video_watched", 30, 3, "b"), event(2, "video_watched", 40, 2, "a")
        ),
        10,
        SHANGHAI,
    )
    assert [(entry.day.day, entry.count, entry.value, entry.object) for entry in entries] == [
        (2, 2, 70, "a, b"),
        (1, 1, 60, ""),
    ]
    assert not older
    assert entries[0].first.hour == 10, "02:00 UTC is told as 10:00 in Shanghai"


def test_a_page_of_the_timeline_holds_whole_days_and_says_that_there_are_older_ones() -> None:
    entries, older = timeline_of(table(*(event(day, "posted") for day in range(1, 6))), 3, SHANGHAI)
    assert [entry.day.day for entry in entries] == [5, 4, 3] and older
    assert timeline_of(table(), 3, SHANGHAI) == ((), False)


def test_an_event_without_a_value_has_none() -> None:
    assert timeline_of(table(event(1, "posted")), 3, SHANGHAI)[0][0].value is None


def day(**counters: int) -> dict[str, Any]:
    names = (
        "quality_samples",
        "freeze_sum",
        "round_trip_samples",
        "round_trip_sum",
        "loss_samples",
        "loss_sum",
        "rejoins",
    )
    return {"course": "c", "event_day": date(2024, 1, 1)} | dict.fromkeys(names, 0) | counters


def test_class_quality_is_the_mean_of_the_days_samples_and_unknown_without_any() -> None:
    rows = pa.Table.from_pylist([day(quality_samples=2, freeze_sum=1000, rejoins=1), day()])
    (found,) = quality_of(rows)
    assert (found.freeze_share, found.round_trip, found.loss_share, found.rejoins) == (0.05, None, None, 1)


def test_an_enrolment_stands_where_its_events_and_its_course_say() -> None:
    as_of = date(2024, 2, 1)
    states = [
        enrolment_state(Course(course="c", ends_on=ends), [{"withdrawals": left, "completions": done}], as_of)
        for left, done, ends in ((1, 1, None), (0, 1, None), (0, 0, as_of), (0, 0, as_of + timedelta(days=1)))
    ]
    assert states == ["withdrawn", "completed", "ended", "open"]

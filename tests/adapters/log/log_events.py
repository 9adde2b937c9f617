"""Events to keep, for the tests of the log."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from staycourse.events import Event


def make_events(word: str, count: int) -> list[Event]:
    """Return `count` events whose ids begin with `word`."""
    start = datetime(2026, 3, 1, 8, tzinfo=UTC)
    return [
        Event(
            event_id=f"{word}-{number}",
            learner=f"learner-{number % 3}",
            verb="content_viewed",
            course="course",
            time=start + timedelta(minutes=number),
            value=number,
        )
        for number in range(count)
    ]

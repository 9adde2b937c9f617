"""Events to keep, made from a number, for the tests of the log."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from staycourse.events import Event

MakeEvents = Callable[[str, int], list[Event]]


@pytest.fixture
def make_events() -> MakeEvents:
    """Return a maker of `count` events whose ids begin with a word."""

    def make(word: str, count: int) -> list[Event]:
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

    return make

"""A small platform: sixty learners of two courses over ten weeks, some of whom fall silent."""

from __future__ import annotations

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

START = datetime(2024, 1, 1, 9, tzinfo=UTC)
DAYS = 70
NOW = "2024-03-11T06:00:00+00:00"
AS_OF = "2024-03-10"

Run = Callable[..., tuple[int, str, str]]


def platform_events() -> list[dict[str, Any]]:
    """Return the events, the same at every call. Learners whose number is divisible by 4 fall silent on day 60."""
    dice = random.Random(7)
    events: list[dict[str, Any]] = []

    def add(learner: str, course: str, verb: str, when: datetime, value: int | None = None) -> None:
        event = {
            "event_id": f"e{len(events)}",
            "learner": learner,
            "course": course,
            "verb": verb,
            "time": when.isoformat(),
        }
        events.append(event if value is None else event | {"value": value})

    for number in range(60):
        learner, course = f"learner-{number:02d}", "maths" if number % 2 else "english"
        add(learner, course, "enrolled", START)
        for day in range(60 if number % 4 == 0 else DAYS):
            when = START + timedelta(days=day, minutes=dice.randrange(600))
            if dice.random() < 0.6:
                add(learner, course, "video_watched", when, dice.randrange(60, 1800))
            if dice.random() < 0.2:
                add(learner, course, "quiz_answered", when + timedelta(minutes=5), dice.randrange(2))
    return events

"""A small platform, made by chance from a seed, as lake files that an engine can roll up."""

from __future__ import annotations

import random
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
from plain_definitions import Happening

from staycourse.events import TEXT_VERBS, VERBS, VERBS_BY_NAME, Course

EPOCH = date(1970, 1, 1)
FIRST = 20_000
DAYS = 75
AS_OF = FIRST + 66
COURSES = {"maths": (FIRST + 3, FIRST + 70), "art": (None, None), "music": (FIRST + 30, None), "over": (FIRST, AS_OF)}
_OFTEN = ("content_viewed", "quiz_viewed", "forum_viewed", "home_viewed", "lesson_completed", "video_watched")


def day(number: int) -> date:
    return EPOCH + timedelta(days=number)


def courses() -> list[Course]:
    return [
        Course(course=name, starts_on=None if start is None else day(start), ends_on=None if end is None else day(end))
        for name, (start, end) in COURSES.items()
    ]


def happenings(
    seed: int, learners: int = 9, count: int = 1500, first: int = FIRST, days: int = DAYS
) -> list[Happening]:
    """Return events of every verb: late ones, ones before the course began, of withdrawn and completed enrolments."""
    chance = random.Random(seed)
    rare_verbs = [verb for verb in VERBS if verb.name not in ("withdrawn", "course_completed")]
    found = []
    for number in range(count):
        learner = f"learner {int(chance.triangular(0, learners, 0))}"
        often = chance.random() < 0.5
        verb = VERBS_BY_NAME[chance.choice(_OFTEN)] if often else chance.choice(rare_verbs)
        if number % 700 == 70:
            verb = VERBS_BY_NAME[chance.choice(("withdrawn", "course_completed"))]
        course = chance.choice([*COURSES, "art"]) if verb.needs_course or chance.random() < 0.6 else ""
        value = chance.randint(max(verb.least, -5000), min(verb.most, 12_000)) if verb.unit else None
        happened = chance.randint(first, first + days)
        late = chance.choice((0, 0, 0, 0, 1, 4, 12))
        found.append(
            Happening(
                learner, course, verb.name, value, happened, chance.randrange(24),
                chance.choice((-1, 0, 1, None)) if verb.name in TEXT_VERBS else None, happened + late,
            )
        )  # fmt: skip
    return found


@dataclass(frozen=True)
class File:
    path: Path
    ingest_day: date
    rows: int


class Lake:
    """Lake files made of happenings, one or more for each day of arrival."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.live: list[File] = []

    def files(self, _tenant: str) -> Sequence[File]:
        return self.live

    def add(self, happenings: Iterable[Happening], name: str = "part") -> None:
        by_day: dict[int, list[Happening]] = {}
        for happening in happenings:
            by_day.setdefault(happening.arrived, []).append(happening)
        for number, events in by_day.items():
            folder = self.home / "tenants" / "school" / "events" / f"ingest_day={day(number)}"
            folder.mkdir(parents=True, exist_ok=True)
            path = folder / f"{name}.parquet"
            events.sort(key=lambda h: (h.learner, h.course, h.day))
            pq.write_table(_table(events), path)
            self.live.append(File(path, day(number), len(events)))


def _table(events: Sequence[Happening]) -> pa.Table:
    return pa.table({
        "learner": [h.learner for h in events],
        "course": [h.course for h in events],
        "verb": [h.verb for h in events],
        "value": pa.array([h.value for h in events], pa.int64()),
        "event_day": pa.array([h.day for h in events], pa.int32()).cast(pa.date32()),
        "event_hour": pa.array([h.hour for h in events], pa.int8()),
        "feeling": pa.array([h.feeling for h in events], pa.int8()),
    })  # fmt: skip

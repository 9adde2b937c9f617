"""Real histories, replayed up to a day: OULAD's shipped sample cut to some learners, or 365's tables where they are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import as_file, files
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import numpy as np
import pyarrow.compute as pc
import pyarrow.parquet as pq

from staycourse.adapters.importers import IMPORTERS, ImportOptions, Rejects
from staycourse.events import LEARNING_VERBS, Course, Event
from staycourse.kernel import NotEnoughData, natural_id, worded
from staycourse.simulate.habits import Flags

OULAD_DAY = date(2014, 12, 1)
"""The first simulated day on the sample: a Monday, two months into the 2014J presentations."""

DS365_DAY = date(2022, 8, 1)
"""The first simulated day on 365's tables: a Monday, seven months into them."""

PRESENTATION = "2014J"
LOOK_BACK = 60
"""So many days before the first simulated one are what habits are fitted to."""

AWAKE = 28
"""Who has not learned for longer than this before the first simulated day is left out."""


@dataclass(frozen=True, slots=True)
class History:
    """What is replayed: the `events` of `learners` before `start`, and for each the course that goes on after it."""

    name: str
    start: date
    learners: tuple[str, ...]
    courses: tuple[Course, ...]
    enrolled_in: dict[str, str]
    events: tuple[Event, ...]

    def active(self) -> Flags:
        """Return who learned on which of the last LOOK_BACK days before `start` [learner, day]."""
        rows = {learner: row for row, learner in enumerate(self.learners)}
        found = np.zeros((len(rows), LOOK_BACK), dtype=np.bool_)
        for event in self.events:
            day = LOOK_BACK - (self.start - event.time.date()).days
            if event.verb in LEARNING_VERBS and day >= 0:
                found[rows[event.learner], day] = True
        return found


def oulad_history(learners: int, seed: int, start: date = OULAD_DAY) -> History:
    """Return the shipped sample's 2014J learners, `learners` of them drawn by `seed`, up to `start`."""
    with as_file(files("staycourse") / "samples" / "oulad") as sample, TemporaryDirectory() as folder:
        _cut(sample, Path(folder), learners * 2, seed)
        events, courses = _read("oulad", Path(folder))
    return _chosen("oulad", start, events, courses, learners, seed)


def ds365_history(place: Path, learners: int, seed: int, start: date = DS365_DAY) -> History:
    """Return learners of 365's tables in `place`, up to `start`. BadInput if they cannot be read."""
    events, courses = _read("ds365", place)
    return _chosen("ds365", start, events, courses, learners, seed)


def _read(format: str, place: Path) -> tuple[list[Event], list[Course]]:
    events: list[Event] = []
    courses: list[Course] = []
    with TemporaryDirectory() as folder:
        rejects = Rejects(Path(folder) / "rejected.csv", resumed=False)
        options = ImportOptions(now=datetime(2030, 1, 1, tzinfo=UTC), zone=ZoneInfo("UTC"))
        for chunk in IMPORTERS[format].read(place, options, rejects, lambda *_: None):
            events.extend(chunk.events)
            courses.extend(chunk.courses)
        rejects.close()
    return events, courses


def _cut(sample: Path, folder: Path, learners: int, seed: int) -> None:
    """Write the sample's tables with some learners of one year only: reading all of it takes many seconds."""
    registered = pq.read_table(sample / "studentRegistration.parquet").filter(
        pc.field("code_presentation") == PRESENTATION
    )
    everybody = sorted(set(registered["id_student"].to_pylist()), key=lambda one: natural_id(seed, one))
    for place in sorted(sample.glob("*.parquet")):
        table = pq.read_table(place)
        if "id_student" in table.column_names:
            table = table.filter(pc.field("id_student").isin(everybody[:learners]))
        if "code_presentation" in table.column_names:
            table = table.filter(pc.field("code_presentation") == PRESENTATION)
        elif "id_assessment" in table.column_names:
            known = pq.read_table(sample / "assessments.parquet").filter(pc.field("code_presentation") == PRESENTATION)
            table = table.filter(pc.field("id_assessment").isin(known["id_assessment"].to_pylist()))
        pq.write_table(table, folder / place.name)


def _chosen(
    name: str, start: date, events: Sequence[Event], courses: Iterable[Course], learners: int, seed: int
) -> History:
    """Keep the learners who are enrolled and awake at `start`, and what they did before it."""
    noon = datetime.combine(start, time(), tzinfo=UTC)
    before = [event for event in events if event.time < noon]
    enrolled = _enrolments(before, noon)
    some = tuple(sorted(enrolled, key=lambda one: natural_id(seed, name, one))[:learners])
    if len(some) < learners:
        raise NotEnoughData(
            worded(
                "{name} has {count} learners awake on {start}, {learners} were asked for",
                name=name,
                count=len(some),
                start=start,
                learners=learners,
            ),
            where="--learners",
            mend=worded("ask for at most {count}", count=len(some)),
        )
    kept = set(some)
    mine = tuple(event for event in before if event.learner in kept and event.course in ("", enrolled[event.learner]))
    taught = {enrolled[one] for one in some}
    return History(
        name, start, some, tuple(_endless(course) for course in courses if course.course in taught),
        {one: enrolled[one] for one in some}, mine,
    )  # fmt: skip


def _enrolments(before: Iterable[Event], at: datetime) -> dict[str, str]:
    """Return for each learner awake at an instant the open course they learned in last, among those not left."""
    gone: set[tuple[str, str]] = set()
    latest: dict[str, tuple[datetime, str]] = {}
    joined: set[tuple[str, str]] = set()
    for event in before:
        pair = (event.learner, event.course)
        if event.verb in ("withdrawn", "course_completed"):
            gone.add(pair)
        elif event.verb == "enrolled":
            joined.add(pair)
        elif event.verb in LEARNING_VERBS and event.time >= at - timedelta(days=AWAKE):
            latest[event.learner] = max(
                latest.get(event.learner, (event.time, event.course)), (event.time, event.course)
            )
    found = {learner: course for learner, (_, course) in latest.items()}
    return {one: course for one, course in found.items() if (one, course) in joined and (one, course) not in gone}


def _endless(course: Course) -> Course:
    """The model goes on after the course's real end, so it has none here; its title says what it is."""
    changed: dict[str, Any] = {"ends_on": None, "title": f"{course.title or course.course} (simulated)"}
    return msgspec.structs.replace(course, **changed)

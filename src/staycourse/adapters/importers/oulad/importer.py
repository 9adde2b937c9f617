"""OULAD's tables as events, in order of time; the rules of the translation are in facts.sql and docs/importing.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path
from typing import Any

import duckdb

from staycourse.adapters.importers.base import CHUNK_ROWS, Chunk, ImportOptions, Progress
from staycourse.adapters.importers.build import build_events
from staycourse.adapters.importers.oulad.tables import open_tables
from staycourse.adapters.importers.reading import literal, workbench
from staycourse.adapters.importers.rejects import Rejects
from staycourse.adapters.importers.staging import reject_faulty, run_script
from staycourse.events import Course, Event, Learner
from staycourse.kernel import EPOCH

SOURCE = "oulad"
VERB_OF_PAGE = {
    "homepage": "home_viewed",
    "forumng": "forum_viewed",
    "quiz": "quiz_viewed",
    "externalquiz": "quiz_viewed",
    "questionnaire": "quiz_viewed",
}
"""By activity_type; any other page is content."""

_MORNING, _NOON, _END = time(0), time(12), time(23, 59, 59)
"""OULAD knows days only: enrolled as the day begins, active at noon, due and gone as it ends."""


@dataclass(frozen=True, slots=True)
class _Kind:
    """What the number `kind` of facts.sql stands for; the clicks' verb depends on the page."""

    word: str
    verb: str
    hour: time
    table: str


_KINDS = (
    _Kind("enrolled", "enrolled", _MORNING, "studentRegistration"),
    _Kind("load", "study_load_stated", _MORNING, "studentRegistration"),
    _Kind("clicks", "", _NOON, "studentVle"),
    _Kind("submitted", "assignment_submitted", _NOON, "studentAssessment"),
    _Kind("graded", "assignment_graded", _NOON, "studentAssessment"),
    _Kind("due", "assignment_due", _END, "studentRegistration"),
    _Kind("missed", "assignment_missed", _END, "studentRegistration"),
    _Kind("withdrawn", "withdrawn", _END, "studentRegistration"),
    _Kind("completed", "course_completed", _END, "studentRegistration"),
)
_STAGED = ("presentations", "sites", "tasks", "registrations", "results", "clicks")
_WORDS = ", ".join(literal(kind.word) for kind in _KINDS)


@dataclass(frozen=True, slots=True)
class _Names:
    """Texts shared by millions of events, kept once."""

    courses: list[str]
    learners: dict[int, str]
    objects: dict[tuple[int, int], tuple[str, str]]
    """(presentation, thing) → the event's object, and its verb where the thing is a page."""


@dataclass(frozen=True, slots=True)
class OuladImporter:
    """Reads the folder of OULAD's tables (Parquet or the original CSV). Positions count facts in order of time."""

    format: str = SOURCE

    def read(
        self, path: Path, options: ImportOptions, rejects: Rejects, progress: Progress, resume_after: int = 0
    ) -> Iterator[Chunk]:
        with workbench() as connection:
            open_tables(connection, path)
            run_script(connection, files(__package__) / "facts.sql", path)
            reject_faulty(connection, _STAGED, rejects)
            names = _names(connection)
            (total,) = connection.execute("select count(*) from facts").fetchone() or (0,)
            if resume_after < 1:
                yield from _prelude(connection)
            for begin in range(max(resume_after - 1, 0), total, CHUNK_ROWS):
                end = min(begin + CHUNK_ROWS, total)
                yield Chunk(end + 1, _events(connection, (begin, end), names, options, rejects))
                progress(end, total)


def _names(connection: duckdb.DuckDBPyConnection) -> _Names:
    courses = [row[0] for row in connection.execute("select course from presentations order by p").fetchall()]
    learners = {row[0]: str(row[0]) for row in connection.execute("select distinct learner from facts").fetchall()}
    objects = {(p, 0): ("", "") for p in range(len(courses))}
    for p, task, kind in connection.execute("select p, task, kind from tasks").fetchall():
        objects[p, -task] = (f"{kind}/{task}", "")
    for p, site, kind in connection.execute("select p, site, kind from sites").fetchall():
        objects[p, site] = (f"{kind}/{site}", VERB_OF_PAGE.get(kind, "content_viewed"))
    return _Names(courses, learners, objects)


def _prelude(connection: duckdb.DuckDBPyConnection) -> Iterator[Chunk]:
    rows = connection.execute(
        "select course, module, presentation, starts, length from presentations order by p"
    ).fetchall()
    courses = [
        Course(
            course=course, title=f"{module} {presentation}", series=module,
            starts_on=_day(starts), ends_on=_day(starts + length),
        )
        for course, module, presentation, starts, length in rows
    ]  # fmt: skip
    joined = connection.execute(
        "select learner, min(starts + registered) from registrations join presentations using (p) group by 1 order by 1"
    ).fetchall()
    learners = [Learner(learner=str(learner), joined_on=None if day is None else _day(day)) for learner, day in joined]
    yield Chunk(1, (), courses, learners)


def _events(
    connection: duckdb.DuckDBPyConnection,
    span: tuple[int, int],
    names: _Names,
    options: ImportOptions,
    rejects: Rejects,
) -> list[Event]:
    """Build the events of the facts from `span`'s begin to before its end."""
    facts = _columns(connection, span)
    kinds, presentations = facts["kind"], facts["p"]
    objects = [names.objects[p, thing] for p, thing in zip(presentations, facts["thing"], strict=True)]
    moments = list(zip(facts["day"], kinds, strict=True))
    instants = {moment: _instant(*moment, options) for moment in set(moments)}
    times = [instants[moment] for moment in moments]

    def refuse(index: int, field: str, reason: str) -> None:
        row = {name: column[index] for name, column in facts.items()}
        rejects.add(facts["line"][index], field, reason, row, file=_KINDS[kinds[index]].table)

    columns = {
        "event_id": facts["id"],
        "learner": [names.learners[learner] for learner in facts["learner"]],
        "verb": [_KINDS[kind].verb or verb for kind, (_, verb) in zip(kinds, objects, strict=True)],
        "time": times,
        "course": [names.courses[p] for p in presentations],
        "object": [name for name, _ in objects],
        "value": facts["value"],
        "received": times,
        "source": [options.source or SOURCE] * len(times),
        "backfill": [True] * len(times),
    }
    return build_events(columns, options.now, refuse)


def _columns(connection: duckdb.DuckDBPyConnection, span: tuple[int, int]) -> dict[str, list[Any]]:
    """Read a span of facts with ids: md5 of oulad|word|course|learner|thing|day of the course|n, the same for ever."""
    found = connection.execute(
        f"select md5(concat_ws('|', 'oulad', ([{_WORDS}])[kind + 1], course, learner, abs(thing), day - starts, n)) "
        "as id, day, kind, p, learner, thing, value, line "
        "from (select *, rowid as place from facts where rowid >= ? and rowid < ?) join presentations using (p) "
        "order by place",
        span,
    ).fetchnumpy()
    # Of a masked array tolist() gives None where nothing is known.
    return {name: column.tolist() for name, column in found.items()}


def _day(days: int) -> date:
    return EPOCH + timedelta(days=days)


def _instant(day: int, kind: int, options: ImportOptions) -> datetime:
    return datetime.combine(_day(day), _KINDS[kind].hour, tzinfo=options.zone).astimezone(UTC)

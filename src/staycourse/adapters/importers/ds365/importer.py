"""365's tables as events, in order of time; the rules of the translation are in facts.sql and docs/importing.md."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from importlib.resources import files
from pathlib import Path

import duckdb

from staycourse.adapters.importers.base import CHUNK_ROWS, Chunk, ImportOptions, Progress
from staycourse.adapters.importers.build import build_events
from staycourse.adapters.importers.reading import check_readable, csv_scan, first_line, literal, workbench
from staycourse.adapters.importers.records import course_of, learner_of
from staycourse.adapters.importers.rejects import Rejects
from staycourse.adapters.importers.staging import reject_faulty, run_script
from staycourse.events import Course, Event, Learner
from staycourse.kernel import EPOCH, BadInput, as_wording, worded

SOURCE = "ds365"
_HOURS = (time(0), time(12), time(23, 59, 59))
_STAGED = ("courses", "learners", "watched", "rated", "exams", "engaged", "asked", "purchases")
TABLES: dict[str, tuple[str, ...]] = {
    "course_info": ("course_id", "course_title"),
    "course_ratings": ("course_id", "student_id", "course_rating", "date_rated"),
    "student_info": ("student_id", "student_country", "date_registered"),
    "student_learning": ("student_id", "course_id", "minutes_watched", "date_watched"),
    "student_engagement": ("engagement_id", "student_id", "engagement_quizzes", "date_engaged"),
    "student_exams": ("exam_attempt_id", "student_id", "exam_id", "exam_result", "date_exam_completed"),
    "student_hub_questions": ("hub_question_id", "student_id", "date_question_asked"),
    "student_purchases": ("purchase_id", "student_id", "purchase_type", "date_purchased"),
}
"""What is read. student_quizzes has no dates, and exam_info and quiz_info say nothing that an event needs."""


@dataclass(frozen=True, slots=True)
class Ds365Importer:
    """Reads the folder of 365's tables (365_*.csv or .csv.gz). Positions count facts in order of time."""

    format: str = SOURCE

    def read(
        self, path: Path, options: ImportOptions, rejects: Rejects, progress: Progress, resume_after: int = 0
    ) -> Iterator[Chunk]:
        with workbench() as connection:
            _open_tables(connection, path)
            run_script(connection, files(__package__) / "facts.sql", path)
            reject_faulty(connection, _STAGED, rejects)
            (total,) = connection.execute("select count(*) from facts").fetchone() or (0,)
            if resume_after < 1:
                yield Chunk(1, (), _courses(connection, rejects), _learners(connection, options, rejects))
            for begin in range(max(resume_after - 1, 0), total, CHUNK_ROWS):
                end = min(begin + CHUNK_ROWS, total)
                yield Chunk(end + 1, _events(connection, (begin, end), options, rejects))
                progress(end, total)


def _open_tables(connection: duckdb.DuckDBPyConnection, folder: Path) -> None:
    if not folder.is_dir():
        raise BadInput(
            "this is not the folder with 365's tables", where=str(folder), mend="name the folder of 365_*.csv.gz"
        )
    for name, columns in TABLES.items():
        place = _find(folder, f"365_{name}")
        numbered = f"select *, row_number() over () + 1 as line, {literal(place.name)} as file from {csv_scan(place)}"
        try:
            connection.execute(f"create temp view {name}_source as {numbered}")
            there = {row[0] for row in connection.execute(f"describe {name}_source").fetchall()}
        except (duckdb.Error, UnicodeDecodeError) as error:
            raise BadInput(
                worded("the table cannot be read: {why}", why=as_wording(first_line(error))), where=str(place)
            ) from None
        missing = [column for column in columns if column not in there]
        if missing:
            mend = worded("it needs {choices}", choices=", ".join(columns))
            raise BadInput(worded("the column {column} is missing", column=missing[0]), where=str(place), mend=mend)


def _find(folder: Path, name: str) -> Path:
    for ending in (".csv.gz", ".csv"):
        place = folder / f"{name}{ending}"
        if place.is_file():
            check_readable(place)
            return place
    raise BadInput(
        worded("the table {name} is missing", name=name),
        where=str(folder),
        mend=worded("put {name}.csv or {name}.csv.gz there", name=name),
    )


def _courses(connection: duckdb.DuckDBPyConnection, rejects: Rejects) -> list[Course]:
    courses = []
    rows = connection.execute("select course, title from courses order by try_cast(course as int), course").fetchall()
    for course, title in rows:
        try:
            courses.append(course_of({"course": course, "title": title}))
        except BadInput as error:
            rejects.add(0, error.where, error.what, (course, title), file="course_info")
    return courses


def _learners(connection: duckdb.DuckDBPyConnection, options: ImportOptions, rejects: Rejects) -> list[Learner]:
    learners = []
    rows = connection.execute(
        "select line, file, learner, joined, country from learners_staged where fault is null order by line"
    )
    for line, file, learner, joined, country in rows.fetchall():
        fields = {"learner": learner, "joined_on": _day(joined)} | ({} if country is None else {"country": country})
        try:
            learners.append(learner_of(fields, options.now.date()))
        except BadInput as error:
            rejects.add(line, error.where, error.what, fields, file=file)
    return learners


def _events(
    connection: duckdb.DuckDBPyConnection, span: tuple[int, int], options: ImportOptions, rejects: Rejects
) -> list[Event]:
    facts = connection.execute(
        "select id, learner, course, verb, object, value, day, hour, line, file from facts "
        "where rowid >= ? and rowid < ? order by rowid",
        span,
    ).fetchnumpy()
    column = {name: cells.tolist() for name, cells in facts.items()}
    moments = list(zip(column["day"], column["hour"], strict=True))
    instants = {
        (day, hour): datetime.combine(_day(day), _HOURS[hour], tzinfo=options.zone).astimezone(UTC)
        for day, hour in set(moments)
    }
    times = [instants[moment] for moment in moments]

    def refuse(index: int, field: str, reason: str) -> None:
        row = {name: cells[index] for name, cells in column.items()}
        rejects.add(column["line"][index], field, reason, row, file=column["file"][index])

    columns = {name: column[name] for name in ("learner", "course", "verb", "object", "value")} | {
        "event_id": column["id"],
        "time": times,
        "received": times,
        "source": [options.source or SOURCE] * len(times),
        "backfill": [True] * len(times),
    }
    return build_events(columns, options.now, refuse)


def _day(days: int) -> date:
    return EPOCH + timedelta(days=days)

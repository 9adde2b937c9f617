"""Small made-up inputs of every format, and the means to read them."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from staycourse.adapters.importers import IMPORTERS, Chunk, ImportOptions, Rejects

from .foreign import MOODLE, OPENEDX, XAPI, write_roster

NOW = datetime(2026, 1, 1, tzinfo=UTC)
OPTIONS = ImportOptions(now=NOW, zone=ZoneInfo("UTC"))

OULAD = {
    "courses": "code_module,code_presentation,module_presentation_length\nAAA,2013J,268\nBBB,2014B,234\n",
    "assessments": "code_module,code_presentation,id_assessment,assessment_type,date,weight\n"
    "AAA,2013J,1,TMA,19,10\nAAA,2013J,2,CMA,54,20.5\nAAA,2013J,3,Exam,?,100\nAAA,2013J,4,Exam,260,100\nBBB,2014B,5,TMA,10,50\n",
    "vle": "id_site,code_module,code_presentation,activity_type,week_from,week_to\n"
    "100,AAA,2013J,homepage,?,?\n101,AAA,2013J,forumng,?,?\n102,AAA,2013J,quiz,?,?\n103,AAA,2013J,oucontent,1,2\n100,BBB,2014B,url,?,?\n",
    "studentInfo": "code_module,code_presentation,id_student,gender,num_of_prev_attempts,studied_credits,final_result\n"
    "AAA,2013J,11,M,0,60,Pass\nAAA,2013J,12,F,2,120,Withdrawn\nAAA,2013J,13,F,0,60,Fail\nBBB,2014B,11,M,1,30,Distinction\n",
    "studentRegistration": "code_module,code_presentation,id_student,date_registration,date_unregistration\n"
    "AAA,2013J,11,-30,?\nAAA,2013J,12,-10,40\nAAA,2013J,13,?,?\nBBB,2014B,11,-5,?\n",
    "studentAssessment": "id_assessment,id_student,date_submitted,is_banked,score\n"
    "1,11,17,0,78\n1,12,21,0,?\n2,11,-1,1,90\n2,13,60,0,35\n5,11,10,0,100\n3,11,250,0,60\n",
    "studentVle": "code_module,code_presentation,id_student,id_site,date,sum_click\n"
    "AAA,2013J,11,100,-5,4\nAAA,2013J,11,103,-5,2\nAAA,2013J,11,103,-5,2\nAAA,2013J,11,103,-5,1\nAAA,2013J,12,101,3,7\n"
    "AAA,2013J,13,102,-8,1\nBBB,2014B,11,100,0,3\n",
}
DS365 = {
    "course_info": 'course_id,course_title\n7,"Data, and Data Science"\n23,Excel\n',
    "course_ratings": "course_id,student_id,course_rating,date_rated\n7,1,5,2022-01-04\n",
    "student_info": "student_id,student_country,date_registered\n1,IN,2022-01-01\n2,NL,2022-01-02\n3,US,2022-01-02\n",
    "student_learning": "student_id,course_id,minutes_watched,date_watched\n1,7,0.3,2022-01-02\n"
    "1,23,12.5,2022-01-05\n2,7,3,2022-01-03\n"
    "2,99,1,2022-03-20\n",
    "student_engagement": "engagement_id,student_id,engagement_quizzes,engagement_exams,engagement_lessons,"
    "date_engaged\n"
    "1,1,1,0,1,2022-01-02\n2,2,0,0,1,2022-01-03\n3,3,1,0,0,2022-01-03\n",
    "student_exams": "exam_attempt_id,student_id,exam_id,exam_result,exam_completion_time,date_exam_completed\n"
    "1,1,500,83,5.1,2022-01-03\n2,1,500,40,5.1,2022-01-05\n3,3,500,90,5.1,2022-01-05\n",
    "student_hub_questions": "hub_question_id,student_id,date_question_asked\n1,1,2022-01-05\n",
    "student_purchases": "purchase_id,student_id,purchase_type,date_purchased\n"
    "1,1,Monthly,2022-01-01\n2,1,Monthly,2022-02-01\n3,2,Annual,2022-01-03\n",
}  # fmt: skip
EVENTS = (
    "event_id,learner,course,verb,object,value,time,attributes.text\n"
    "e1,u1,c1,enrolled,,0,2025-03-01T08:00:00Z,\n"
    "e2,u1,c1,video_watched,v1,95.0,2025-03-01T08:30:00+08:00,\n"
    ",u1,c1,posted,t1,,2025-03-02,so hard\n"
    "e4,u2,,logged_in,web,,2025-03-03 10:00:00,\n"
)
LEARNERS = (
    "learner,name,paid,currency,joined_on,country,zone,birth_year,consent,guardian\n"
    "u1,Ann,12.50,cny,2024-09-01,cn,Asia/Shanghai,2008,yes,mother@example.org\nu2,,,,,,,,no,\n"
)
COURSES = "course,title,starts_on,ends_on,series\nc1,One,2025-01-01,2025-06-30,s\nc2,Two,,,\n"


TEXTS = {
    "events": EVENTS, "learners": LEARNERS, "courses": COURSES, "openedx": OPENEDX, "moodle": MOODLE, "xapi": XAPI,
}  # fmt: skip
ENDINGS = {"openedx": ".log", "xapi": ".jsonl"}


def write_tables(folder: Path, tables: dict[str, str], prefix: str = "", ending: str = ".csv") -> Path:
    folder.mkdir(exist_ok=True)
    for name, text in tables.items():
        place = folder / f"{prefix}{name}{ending}"
        data = text.encode()
        place.write_bytes(gzip.compress(data) if ending.endswith(".gz") else data)
    return folder


def write_input(folder: Path, name: str) -> Path:
    """Make the input of format `name` in `folder`."""
    if name == "oulad":
        return write_tables(folder / "oulad", OULAD)
    if name == "ds365":
        return write_tables(folder / "ds365", DS365, "365_", ".csv.gz")
    if name == "oneroster":
        return write_roster(folder / "oneroster")
    path = folder / f"{name}{ENDINGS.get(name, '.csv')}"
    path.write_text(TEXTS[name], encoding="utf-8")
    return path


@pytest.fixture
def rejects(tmp_path: Path) -> Iterable[Rejects]:
    with Rejects(tmp_path / "rejected.csv") as side_file:
        yield side_file


Reader = Callable[..., list[Chunk]]


@pytest.fixture
def read(rejects: Rejects) -> Reader:
    """Read a whole input into a list of chunks."""

    def reader(name: str, path: Path, options: ImportOptions = OPTIONS, resume_after: int = 0) -> list[Chunk]:
        return list(IMPORTERS[name].read(path, options, rejects, lambda done, total: None, resume_after))

    return reader


@pytest.fixture
def small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let a chunk carry two events, so that small inputs have many chunks."""
    walked = ("openedx.importer", "moodle.importer", "xapi.importer", "oneroster.importer")
    for module in ("oulad.importer", "ds365.importer", "table_files", *walked):
        monkeypatch.setattr(f"staycourse.adapters.importers.{module}.CHUNK_ROWS", 2)

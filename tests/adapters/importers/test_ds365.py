"""365's tables become the right events."""

from __future__ import annotations

import os
from datetime import date
from pathlib import Path

import pytest

from staycourse.adapters.importers import IMPORTERS, Rejects
from staycourse.events import Event

from .conftest import DS365, OPTIONS, Reader, write_input, write_tables

SHARED = Path(os.environ.get("STAYCOURSE_SHARED_DATA", Path(__file__).parents[4] / "shared" / "data")) / "ds365"


@pytest.fixture
def events(tmp_path: Path, read: Reader) -> list[Event]:
    return [event for chunk in read("ds365", write_input(tmp_path, "ds365")) for event in chunk.events]


def facts(events: list[Event], verb: str) -> list[tuple[str, str, str, int | None, str]]:
    return [
        (event.learner, event.course, event.object, event.value, event.time.strftime("%m-%d"))
        for event in events
        if event.verb == verb
    ]


def test_minutes_watched_are_seconds(events: list[Event]) -> None:
    assert facts(events, "video_watched") == [
        ("1", "7", "", 18, "01-02"), ("2", "7", "", 180, "01-03"), ("1", "23", "", 750, "01-05"),
        ("2", "99", "", 60, "03-20"),
    ]  # fmt: skip


def test_the_first_thing_done_in_a_course_enrols(events: list[Event]) -> None:
    assert {fact[:2] + fact[4:] for fact in facts(events, "enrolled")} == {
        ("1", "7", "01-02"), ("1", "23", "01-05"), ("2", "7", "01-03"), ("2", "99", "03-20"),
    }  # fmt: skip


def test_exams_belong_to_the_course_watched_that_day_or_last_before(events: list[Event], rejects: Rejects) -> None:
    assert facts(events, "quiz_passed") == [("1", "7", "exam/500", 8300, "01-03")]
    assert facts(events, "quiz_failed") == [("1", "23", "exam/500", 4000, "01-05")]
    assert list(rejects.reasons) == ["course: the student had watched no course by then, so it cannot be told"]


def test_engaging_is_being_signed_in_and_quizzes_are_looked_at(events: list[Event]) -> None:
    assert [fact[0] for fact in facts(events, "logged_in")] == ["1", "2", "3"]
    assert facts(events, "quiz_viewed") == [("1", "7", "", None, "01-02")]


def test_ratings_and_questions(events: list[Event]) -> None:
    assert facts(events, "rated") == [("1", "7", "course/7", 500, "01-04")]
    assert facts(events, "question_asked") == [("1", "23", "hub/1", None, "01-05")]


def test_a_purchase_in_time_renews_and_one_not_followed_expires(events: list[Event]) -> None:
    assert facts(events, "paid") == [("1", "", "Monthly", 0, "01-01"), ("2", "", "Annual", 0, "01-03")]
    assert facts(events, "renewed") == [("1", "", "Monthly", 0, "02-01")]
    assert facts(events, "subscription_expired") == [("1", "", "Monthly", None, "03-04")]


def test_a_purchase_long_after_the_end_is_paid_anew(tmp_path: Path, read: Reader) -> None:
    purchases = "purchase_id,student_id,purchase_type,date_purchased\n1,1,Monthly,2022-01-01\n2,1,Monthly,2022-02-05\n"
    folder = write_tables(tmp_path / "late", DS365 | {"student_purchases": purchases}, "365_", ".csv.gz")
    events = [event for chunk in read("ds365", folder) for event in chunk.events]
    assert len(facts(events, "paid")) == 2
    assert [fact[4] for fact in facts(events, "subscription_expired")] == ["02-04", "03-08"]


def test_learners_and_courses_without_a_title(tmp_path: Path, read: Reader) -> None:
    first = read("ds365", write_input(tmp_path, "ds365"))[0]
    assert [(course.course, course.title) for course in first.courses] == [
        ("7", "Data, and Data Science"), ("23", "Excel"), ("99", ""),
    ]  # fmt: skip
    someone = first.learners[0]
    assert (someone.learner, someone.joined_on, someone.country) == ("1", date(2022, 1, 1), "IN")


@pytest.mark.skipif(not SHARED.is_dir(), reason="365's tables are not in the shared data")
def test_the_real_tables(rejects: Rejects) -> None:
    events = [
        event
        for chunk in IMPORTERS["ds365"].read(SHARED, OPTIONS, rejects, lambda done, total: None, 0)
        for event in chunk.events
    ]
    assert len({event.event_id for event in events}) == len(events) > 220_000
    assert rejects.count < 600, rejects.reasons

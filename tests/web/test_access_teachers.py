"""What a teacher is shown of a learner: what belongs to their courses, and nothing else."""

from __future__ import annotations

from dataclasses import replace

import pytest
from plain import AS_OF, NOW, PlainDesk
from plain_care import PlainAlerts

from staycourse.desk import (
    AlertFilter,
    ClassQuality,
    LearnerStory,
    TimelineEntry,
    TodayFilter,
    alert_within,
    alerts_within,
    learner_within,
    today_within,
)
from staycourse.events import Course, Learner
from staycourse.kernel import NotFound


def whole_story() -> LearnerStory:
    """Return a learner of two courses, with everything that is known of one."""
    desk = PlainDesk()
    row = next(row for row in desk.today("main", TodayFilter()).rows if row.course == "ENG-1")
    story = desk.learner("main", row.learner)
    first = story.enrolments[0]
    mine = replace(first, course=Course(course="ENG-1"), now=row)
    other = replace(first, course=Course(course="PY-2"), now=replace(row, course="PY-2"))
    entry = TimelineEntry(AS_OF, "ENG-1", "lesson_completed", 1, None, NOW, NOW, "l1")
    return LearnerStory(
        learner=Learner(
            learner=row.learner, name="Ada", paid_minor=12_345, currency="EUR", email="ada@x.org", phone="+49 30 1",
            guardian="mother@x.org", birth_year=2012, country="DE", zone="Europe/Berlin", language="de",
        ),
        enrolments=(mine, other),
        timeline=(
            entry, replace(entry, course="PY-2"), replace(entry, course=""), replace(entry, verb="paid", value=900),
            replace(entry, verb="contact_sent"), replace(entry, verb="no_such_verb"),
        ),
        older=True,
        quality=(ClassQuality(AS_OF, "ENG-1", 0.1, None, None, 0), ClassQuality(AS_OF, "PY-2", 0.9, None, None, 0)),
    )  # fmt: skip


def test_of_a_learner_only_what_belongs_to_the_course_is_shown() -> None:
    story = whole_story()
    seen = learner_within(story, ("ENG-1",))
    assert seen.learner == Learner(learner=story.learner.learner, name="Ada", zone="Europe/Berlin", language="de")
    assert [one.course.course for one in seen.enrolments] == ["ENG-1"]
    assert [(one.course, one.verb) for one in seen.timeline] == [("ENG-1", "lesson_completed")]
    assert [one.course for one in seen.quality] == ["ENG-1"]
    now = seen.enrolments[0].now
    assert now is not None
    assert (now.paid_minor, now.currency, now.learner_risk) == (None, None, now.risk)


@pytest.mark.parametrize("courses", [(), ("AAA-2014J",), ("",)])
def test_a_learner_of_no_course_of_theirs_is_as_unknown_as_nobody(courses: tuple[str, ...]) -> None:
    with pytest.raises(NotFound) as told:
        learner_within(whole_story(), courses)
    with pytest.raises(NotFound) as unknown:
        PlainDesk().learner("main", "nobody at all")
    assert type(told.value) is type(unknown.value)
    assert told.value.where == "learner"


def test_lists_lose_what_counts_and_names_other_courses() -> None:
    today = today_within(PlainDesk().today("main", TodayFilter()), ("ENG-1",))
    assert {row.course for row in today.rows} == {"ENG-1"}
    assert {course.course for course in today.courses} == {"ENG-1"}
    assert (today.enrolments, today.previous_found, today.previous_as_of) == (0, None, None)
    found = PlainAlerts().alerts("main", AlertFilter(), NOW)
    assert {row.alert.course for row in alerts_within(found, ("ENG-1",)).rows} == {"ENG-1"}


def test_an_alert_of_another_course_is_not_found() -> None:
    stories = [PlainAlerts().alert("main", f"{place:032x}") for place in range(3)]
    for story in stories:
        course = story.line.alert.course
        assert alert_within(story, (course,)) is story
        with pytest.raises(NotFound, match="there is no alert"):
            alert_within(story, ("other",))

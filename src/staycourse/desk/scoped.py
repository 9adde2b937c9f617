"""What a teacher may see: the learners of their own courses, and of those what belongs to these courses."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from staycourse.desk.alerting import AlertList, AlertStory
from staycourse.desk.records import EnrolmentRisk, LearnerStory, Today
from staycourse.events import VERBS_BY_NAME, Learner
from staycourse.kernel import NotFound, worded

NOT_TAUGHT = frozenset({"money", "contact"})
"""Families of events that are no teacher's business: what was paid, and what was written to the learner."""


def today_within(today: Today, courses: Collection[str]) -> Today:
    """Return a page of Today without what counts other courses; its rows were asked for within `courses` already."""
    return replace(
        today,
        rows=tuple(_risk(row) for row in today.rows if row.course in courses),
        enrolments=0,
        previous_as_of=None,
        previous_found=None,
        courses=tuple(course for course in today.courses if course.course in courses),
    )


def alerts_within(found: AlertList, courses: Collection[str]) -> AlertList:
    """Return a page of alerts without the names of other courses; its rows and counts were asked for within."""
    return replace(
        found,
        rows=tuple(row for row in found.rows if row.alert.course in courses),
        courses=tuple(course for course in found.courses if course.course in courses),
    )


def alert_within(story: AlertStory, courses: Collection[str]) -> AlertStory:
    """Return the story of an alert; NotFound if it is of another course, as if there were none."""
    if story.line.alert.course not in courses:
        raise NotFound(
            worded("there is no alert {alert!r}", alert=story.line.alert.alert[:60]),
            where="alert",
            mend="look at the list again",
        )
    return story


def learner_within(story: LearnerStory, courses: Collection[str]) -> LearnerStory:
    """Return of a learner what belongs to `courses`: no payments, no addresses, nothing of other courses.

    NotFound if they are in none of them, as if they were unknown.
    """
    learner = story.learner
    enrolments = tuple(
        replace(enrolment, now=_risk(enrolment.now) if enrolment.now else None)
        for enrolment in story.enrolments
        if enrolment.course.course in courses
    )
    if not enrolments:
        raise NotFound(
            worded("there is no learner {learner!r}", learner=learner.learner[:80]),
            where="learner",
            mend="check the id",
        )
    return LearnerStory(
        learner=Learner(learner=learner.learner, name=learner.name, zone=learner.zone, language=learner.language),
        enrolments=enrolments,
        timeline=tuple(
            entry
            for entry in story.timeline
            if entry.course in courses
            and (verb := VERBS_BY_NAME.get(entry.verb)) is not None
            and verb.family not in NOT_TAUGHT
        ),
        older=story.older,
        quality=tuple(sample for sample in story.quality if sample.course in courses),
    )


def _risk(risk: EnrolmentRisk) -> EnrolmentRisk:
    """Return a risk without what was paid, and without what is known from other courses."""
    return replace(risk, paid_minor=None, currency=None, learner_risk=risk.risk)

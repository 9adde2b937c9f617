"""What is known of a course beside its events."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import msgspec
from msgspec import Meta

from staycourse.events.record import Identifier, Label
from staycourse.events.validation import check_texts
from staycourse.kernel import BadInput


class Course(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """A course (or one presentation of it). Without `starts_on` each learner starts on the day of enrolling.

    `series` joins the presentations of the same course over the years; empty means that it is alone.
    """

    course: Identifier
    title: Label = ""
    starts_on: date | None = None
    ends_on: date | None = None
    series: Annotated[str, Meta(max_length=200)] = ""


def check_course(course: Course) -> Course:
    """Return `course` if what it says can be so, whatever door it came through; BadInput names the field."""
    check_texts(course, "course")
    if course.starts_on is not None and course.ends_on is not None and course.ends_on < course.starts_on:
        raise BadInput("it ends before it starts", where="ends_on", mend="check both days")
    return course

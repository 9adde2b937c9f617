"""Which documented tracking event becomes which of our verbs.

Source: the EdX Research Guide, "Events in the Tracking Logs" (student event types). docs/importing.md shows this table.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Kind:
    """Tracking events of the types `types` become our `verb`.

    `thing` names the fields of the payload that hold the object, dotted, the first that is there. `take` is where the
    value comes from (TAKES). `subject` says that the payload's user_id, not the one who acted, is the learner (staff
    enrol others). `text` is the field of the learner's own words.
    """

    types: tuple[str, ...]
    verb: str
    thing: tuple[str, ...] = ()
    take: str = ""
    subject: bool = False
    text: str = ""


TAKES = MappingProxyType({
    "": "none",
    "one": "1",
    "success": "1 right, 0 wrong; a problem of several questions is `quiz_passed` from 60 % of its grade on, else "
    "`quiz_failed`, with the grade",
    "right": "1 right, 0 wrong",
    "completion": "none; below 100 % it is `lesson_progressed`",
    "thread": "none; a thread of the type `question` is `question_asked`",
})  # fmt: skip
"""Where a value is taken from, in words."""

PASS_MARK = 0.6
"""Of a problem's grade: the tracking log does not say what its course asks for."""

ENTERED = "edx.course.enrollment.activated"
VIDEO_ID = ("id", "module_id")
_PROBLEM = ("problem_id", "problem", "module_id", "usage_key", "block_id")

KINDS: tuple[Kind, ...] = (
    Kind((ENTERED,), "enrolled", subject=True),
    Kind(("edx.course.enrollment.deactivated",), "withdrawn", subject=True),
    Kind(("edx.certificate.created",), "course_completed", ("certificate_id",), subject=True),
    Kind(("edx.course.grade.passed.first_time",), "quiz_passed", subject=True),
    Kind(("edx.bi.user.account.authenticated", "edx.user.login"), "logged_in"),
    Kind(
        ("seq_next", "seq_prev", "seq_goto", "edx.ui.lms.sequence.next_selected",
         "edx.ui.lms.sequence.previous_selected", "edx.ui.lms.sequence.tab_selected", "edx.ui.lms.outline.selected",
         "edx.ui.lms.jump_nav.selected"),
        "content_viewed", ("id", "target_url"), "one",
    ),
    Kind(
        ("book", "textbook.pdf.page.navigated", "textbook.pdf.chapter.navigated", "edx.bookmark.added",
         "edx.bookmark.accessed", "edx.course.student_notes.added"),
        "content_viewed", ("chapter", "component_usage_id", "bookmark_id"), "one",
    ),
    Kind(("edx.course.home.resume_course.clicked", "edx.course.home.course_update.toggled"), "home_viewed", (), "one"),
    Kind(("play_video", "edx.video.played"), "content_viewed", VIDEO_ID, "one"),
    Kind(("show_transcript", "edx.video.transcript.shown"), "content_viewed", VIDEO_ID, "one"),
    Kind(
        ("edx.completion.block_completion.changed",), "lesson_completed", ("block_id", "block_key"), "completion",
    ),
    Kind(
        ("problem_show", "showanswer", "save_problem_success", "edx.problem.hint.demandhint_displayed",
         "edx.problem.hint.feedback_displayed", "edx.special_exam.timed.attempt.started",
         "edx.special_exam.proctored.attempt.started", "edx.special_exam.practice.attempt.started"),
        "quiz_viewed", (*_PROBLEM, "exam_content_id"), "one",
    ),
    Kind(("problem_check",), "quiz_answered", _PROBLEM, "success"),
    Kind(("edx.drag_and_drop_v2.item.dropped",), "quiz_answered", ("item_id",), "right"),
    Kind(
        ("openassessmentblock.create_submission",), "assignment_submitted", ("submission_uuid",),
    ),
    Kind(
        ("openassessmentblock.save_submission", "openassessmentblock.peer_assess", "openassessmentblock.self_assess",
         "openassessment.student_training_assess_example"),
        "content_viewed", ("submission_uuid",), "one",
    ),
    Kind(("xblock.poll.submitted", "xblock.survey.submitted"), "survey_answered", ("url_name",)),
    Kind(("edx.forum.thread.created",), "posted", ("id",), "thread", text="body"),
    Kind(
        ("edx.forum.response.created", "edx.forum.comment.created"), "commented", ("discussion.id", "id"), text="body"
    ),
    Kind(
        ("edx.forum.thread.viewed", "edx.forum.searched", "edx.forum.thread.voted", "edx.forum.response.voted"),
        "forum_viewed", ("id",), "one",
    ),
)  # fmt: skip

KINDS_BY_TYPE = MappingProxyType({name: kind for kind in KINDS for name in kind.types})

VIDEO_BEGINS = frozenset(("play_video", "edx.video.played"))
VIDEO_ENDS = frozenset(("pause_video", "stop_video", "edx.video.paused", "edx.video.stopped"))
VIDEO_JUMPS = frozenset(("seek_video", "edx.video.position.changed"))
PAGE_ENDS = frozenset(("page_close",))
"""What `plays.py` pairs into `video_watched`."""

PAGES: tuple[tuple[str, str], ...] = (
    ("", "home_viewed"),
    ("course", "home_viewed"),
    ("home", "home_viewed"),
    ("info", "home_viewed"),
    ("courseware", "content_viewed"),
    ("jump_to", "content_viewed"),
    ("progress", "content_viewed"),
    ("pdfbook", "content_viewed"),
    ("book", "content_viewed"),
    ("wiki", "content_viewed"),
    ("course_wiki", "content_viewed"),
    ("dates", "content_viewed"),
    ("edxnotes", "content_viewed"),
    ("discussion", "forum_viewed"),
)
"""The first part of the path below /courses/COURSE/ of a request that the server logged; no other page is used."""

PAGE_VERBS = MappingProxyType(dict(PAGES))

"""Which Moodle event becomes which of our verbs. docs/importing.md shows this table.

Source: Moodle's developer documentation, "Events API" and "Logging 2", and the documented events list of each activity.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Kind:
    """Rows whose `eventname` is one of `names` become our `verb`, with the value 1 where it counts clicks."""

    names: tuple[str, ...]
    verb: str


def _of(plugin: str, *events: str) -> tuple[str, ...]:
    return tuple(f"\\{plugin}\\event\\{event}" for event in events)


KINDS: tuple[Kind, ...] = (
    Kind(_of("core", "user_loggedin"), "logged_in"),
    Kind(_of("core", "user_enrolment_created"), "enrolled"),
    Kind(_of("core", "user_enrolment_deleted"), "withdrawn"),
    Kind(_of("core", "course_completed"), "course_completed"),
    Kind(_of("core", "course_module_completion_updated"), "lesson_completed"),
    Kind(_of("core", "course_viewed"), "home_viewed"),
    Kind(_of("core", "course_section_viewed", "course_resources_list_viewed"), "content_viewed"),
    Kind(_of("mod_forum", "course_module_viewed", "discussion_viewed"), "forum_viewed"),
    Kind(_of("mod_quiz", "course_module_viewed", "attempt_started", "attempt_viewed", "attempt_summary_viewed",
             "attempt_reviewed"), "quiz_viewed"),
    Kind(_of("mod_quiz", "attempt_submitted"), "assignment_submitted"),
    Kind(_of("mod_assign", "assessable_submitted"), "assignment_submitted"),
    Kind(_of("mod_workshop", "assessable_uploaded"), "assignment_submitted"),
    Kind(_of("mod_assign", "submission_status_viewed", "submission_form_viewed", "feedback_viewed"), "content_viewed"),
    Kind(_of("mod_forum", "discussion_created"), "posted"),
    Kind(_of("mod_forum", "post_created"), "commented"),
    Kind(_of("mod_glossary", "entry_created") + _of("mod_wiki", "page_created", "page_updated")
         + _of("mod_data", "record_created"), "posted"),
    Kind(_of("mod_glossary", "comment_created") + _of("mod_wiki", "comment_created")
         + _of("mod_data", "comment_created"), "commented"),
    Kind(_of("mod_chat", "message_sent"), "live_chatted"),
    Kind(_of("mod_lesson", "lesson_started"), "lesson_started"),
    Kind(_of("mod_lesson", "lesson_ended"), "lesson_completed"),
    Kind(_of("mod_lesson", "content_page_viewed", "question_viewed", "question_answered"), "content_viewed"),
    Kind(_of("mod_book", "chapter_viewed"), "content_viewed"),
    Kind(_of("mod_scorm", "sco_launched"), "content_viewed"),
    Kind(_of("mod_choice", "answer_created", "answer_submitted") + _of("mod_feedback", "response_submitted")
         + _of("mod_survey", "response_submitted"), "survey_answered"),
    Kind(_of("mod_bigbluebuttonbn", "meeting_joined", "bigbluebuttonbn_meeting_joined")
         + _of("mod_zoom", "join_meeting_button_clicked"), "live_joined"),
    Kind(_of("mod_bigbluebuttonbn", "recording_viewed"), "content_viewed"),
)  # fmt: skip

VERB_BY_NAME = MappingProxyType({name: kind.verb for kind in KINDS for name in kind.names})

ANY_ACTIVITY_VIEWED = "course_module_viewed"
"""\\mod_ANYTHING\\event\\course_module_viewed that is not named above is `content_viewed`."""

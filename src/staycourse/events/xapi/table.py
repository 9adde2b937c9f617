"""The default table: which verb, done to which kind of activity, is which of our verbs, and whence its value.

Sources of the names: the ADL vocabulary, the xAPI Video Profile 1.0, cmi5 (Quartz), the Open edX and the Moodle
(logstore_xapi) plug-ins' documented statements. docs/importing.md shows this table.
"""

from __future__ import annotations

from dataclasses import dataclass

from staycourse.kernel import worded

KINDS = (
    "course", "lesson", "video", "quiz", "attempt", "question", "assignment", "survey", "forum", "meeting",
)  # fmt: skip
"""Kinds of activity that the table tells apart; any other activity has the kind ""."""

_ADL_ACTIVITY = "http://adlnet.gov/expapi/activities/"
_TINCAN_ACTIVITY = "http://id.tincanapi.com/activitytype/"
_EDLM_ACTIVITY = "https://xapi.edlm/profiles/edlm-lms/concepts/activity-types/"
_OPENEDX_ACTIVITY = "https://w3id.org/xapi/openedx/activity/"

ACTIVITY_KINDS: dict[str, str] = {
    f"{_ADL_ACTIVITY}course": "course",
    "https://w3id.org/xapi/cmi5/activitytype/course": "course",
    f"{_TINCAN_ACTIVITY}course": "course",
    f"{_ADL_ACTIVITY}lesson": "lesson",
    f"{_ADL_ACTIVITY}module": "lesson",
    "https://w3id.org/xapi/cmi5/activitytype/block": "lesson",
    "https://w3id.org/xapi/video/activity-type/video": "video",
    "http://activitystrea.ms/schema/1.0/video": "video",
    f"{_ADL_ACTIVITY}assessment": "quiz",
    f"{_OPENEDX_ACTIVITY}timed-assessment": "quiz",
    f"{_OPENEDX_ACTIVITY}practice-assessment": "quiz",
    f"{_OPENEDX_ACTIVITY}proctored-assessment": "quiz",
    f"{_ADL_ACTIVITY}attempt": "attempt",
    f"{_ADL_ACTIVITY}cmi.interaction": "question",
    f"{_ADL_ACTIVITY}interaction": "question",
    f"{_ADL_ACTIVITY}question": "question",
    f"{_TINCAN_ACTIVITY}solution": "question",
    f"{_EDLM_ACTIVITY}assignment": "assignment",
    f"{_EDLM_ACTIVITY}submission": "assignment",
    f"{_TINCAN_ACTIVITY}school-assignment": "assignment",
    f"{_TINCAN_ACTIVITY}survey": "survey",
    f"{_EDLM_ACTIVITY}feedback": "survey",
    f"{_TINCAN_ACTIVITY}discussion": "forum",
    f"{_TINCAN_ACTIVITY}forum-topic": "forum",
    f"{_TINCAN_ACTIVITY}forum-reply": "forum",
    f"{_EDLM_ACTIVITY}forum": "forum",
    f"{_TINCAN_ACTIVITY}chat-channel": "forum",
    f"{_TINCAN_ACTIVITY}chat-message": "forum",
    f"{_ADL_ACTIVITY}meeting": "meeting",
}
"""By the IRI of an activity's type."""


@dataclass(frozen=True, slots=True)
class DefaultRule:
    """Statements whose verb is one of `iris`, about an activity of `kind` ("" any), are our `verb`.

    `take` says where the value comes from (rules.TAKES). Where the statement holds none it is `otherwise`, without a
    value ("" not used). An empty `verb` is never used, and `why` says so.
    """

    iris: tuple[str, ...]
    verb: str
    kind: str = ""
    take: str = ""
    otherwise: str = ""
    why: str = ""


def _adl(*names: str) -> tuple[str, ...]:
    return tuple(f"http://adlnet.gov/expapi/verbs/{name}" for name in names)


def _tincan(*names: str) -> tuple[str, ...]:
    return tuple(f"http://id.tincanapi.com/verb/{name}" for name in names)


def _acrossx(*names: str) -> tuple[str, ...]:
    return tuple(f"https://w3id.org/xapi/acrossx/verbs/{name}" for name in names)


def _edlm(*names: str) -> tuple[str, ...]:
    return tuple(f"https://xapi.edlm/profiles/edlm-lms/concepts/verbs/{name}" for name in names)


def _video(*names: str) -> tuple[str, ...]:
    return tuple(f"https://w3id.org/xapi/video/verbs/{name}" for name in names)


def _streams(*names: str) -> tuple[str, ...]:
    return tuple(f"http://activitystrea.ms/{middle}{name}" for name in names for middle in ("", "schema/1.0/"))


_VIEWED = (*_tincan("viewed"), *_adl("experienced"), *_acrossx("viewed"), *_video("played"), *_streams("play", "watch"))
_OPENED = (*_adl("launched"), "https://w3id.org/xapi/dod-isd/verbs/navigated")
_STARTED = (*_adl("attempted", "initialized"), *_streams("start"))
_ENDED = (*_adl("terminated", "exited"), "https://w3id.org/xapi/adl/verbs/abandoned")
_REPLIED = (*_tincan("replied"), *_adl("commented", "responded"))
_WROTE = (*_acrossx("posted"), *_streams("create"))
_SUBMITTED = (*_streams("submit"), *_adl("submitted"))
_JOINED = (*_streams("join"), *_adl("attended"))

DEFAULT_RULES: tuple[DefaultRule, ...] = (
    DefaultRule((*_adl("registered"), *_edlm("enrolled")), "enrolled", "course"),
    DefaultRule((*_tincan("unregistered"), *_edlm("unenrolled"), *_streams("leave")), "withdrawn", "course"),
    DefaultRule((*_adl("completed"), "https://w3id.org/xapi/adl/verbs/satisfied"), "course_completed", "course"),
    DefaultRule((*_edlm("login"), "https://w3id.org/xapi/adl/verbs/logged-in"), "logged_in"),
    DefaultRule(_ENDED, "session_ended", "", "duration"),
    DefaultRule(_VIEWED, "home_viewed", "course", "one"),
    DefaultRule(_VIEWED, "forum_viewed", "forum", "one"),
    DefaultRule(_VIEWED, "quiz_viewed", "quiz", "one"),
    DefaultRule(_VIEWED, "quiz_viewed", "attempt", "one"),
    DefaultRule(_VIEWED, "content_viewed", "", "one"),
    DefaultRule(_OPENED, "content_viewed", "", "one"),
    DefaultRule(_STARTED, "lesson_started"),
    DefaultRule(_STARTED, "quiz_viewed", "quiz", "one"),
    DefaultRule(_STARTED, "quiz_viewed", "attempt", "one"),
    DefaultRule(_STARTED, "quiz_viewed", "question", "one"),
    DefaultRule(_STARTED, "content_viewed", "video", "one"),
    DefaultRule(_adl("progressed"), "lesson_progressed", "", "progress"),
    DefaultRule((*_adl("completed"), "https://w3id.org/xapi/adl/verbs/satisfied"), "lesson_completed"),
    DefaultRule(_adl("completed"), "quiz_passed", "quiz", "outcome", "assignment_submitted"),
    DefaultRule(_adl("completed"), "quiz_passed", "attempt", "outcome", "assignment_submitted"),
    DefaultRule(_ENDED, "video_watched", "video", "segments"),
    DefaultRule(
        (*_video("paused", "seeked"), *_adl("interacted")), "", why=worded("the session's end tells what was watched")
    ),
    DefaultRule(_adl("passed"), "quiz_passed", "", "score", "quiz_passed"),
    DefaultRule(_adl("failed"), "quiz_failed", "", "score", "quiz_failed"),
    DefaultRule(
        (*_adl("answered"), *_acrossx("evaluated")), "quiz_answered", "", "success", "quiz_viewed"
    ),
    DefaultRule(_SUBMITTED, "assignment_submitted"),
    DefaultRule((*_SUBMITTED, *_adl("answered")), "survey_answered", "survey"),
    DefaultRule(
        ("https://w3id.org/xapi/tla/verbs/scored", *_adl("scored")), "assignment_graded", "", "score"
    ),
    DefaultRule(
        _tincan("earned"), "", why=worded("a grade that is worked out anew with each answer is not a final one")
    ),
    DefaultRule(_WROTE, "posted", "forum", "thread"),
    DefaultRule(_REPLIED, "commented"),
    DefaultRule(_REPLIED, "quiz_answered", "question", "success", "quiz_viewed"),
    DefaultRule(_adl("asked"), "question_asked", "forum"),
    DefaultRule(_adl("asked"), "live_asked", "meeting"),
    DefaultRule(_adl("asked"), "content_viewed", "", "one"),
    DefaultRule(_JOINED, "live_joined", "", "attendance"),
    DefaultRule(_streams("leave"), "live_left", "meeting", "duration"),
    DefaultRule(_tincan("rated"), "rated", "", "stars"),
    DefaultRule(_adl("voided"), "", why=worded("it takes another statement back")),
)  # fmt: skip
"""The first rule whose kind is the activity's holds, else the first of any kind."""

"""The vocabulary: every verb an event may have, what its object and value are, and what it says of the learner.

This is the one place where verbs are defined; docs/events.md is generated from it.
"""

from __future__ import annotations

from dataclasses import dataclass

FAMILIES = (
    "enrolment", "session", "content", "assignment", "quiz", "live", "community", "speaking", "money", "feeling",
    "quality", "contact",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Verb:
    """One verb. `object` and `unit` say in words what the event's object and value are; an empty `unit` takes no value.

    `least`/`most` bound the value. `needs_value` and `needs_course` make them required. `learning` marks learning
    activity (its absence is what churn is), `presence` anything that shows that the learner was here, `text` that
    attributes.text is the learner's own words.
    """

    name: str
    family: str
    object: str
    unit: str = ""
    least: int = 0
    most: int = 2**53
    needs_value: bool = False
    needs_course: bool = False
    learning: bool = False
    presence: bool = False
    text: bool = False


def _learning(name: str, family: str, object: str, unit: str = "", **more: int | bool) -> Verb:
    return Verb(name, family, object, unit, needs_course=True, learning=True, presence=True, **more)  # type: ignore[arg-type]


def _act(name: str, family: str, object: str, unit: str = "", **more: int | bool) -> Verb:
    return Verb(name, family, object, unit, presence=True, **more)  # type: ignore[arg-type]


def _fact(name: str, family: str, object: str, unit: str = "", **more: int | bool) -> Verb:
    return Verb(name, family, object, unit, **more)  # type: ignore[arg-type]


_SECONDS = "seconds"
_PROGRESS = "progress in hundredths of a per cent (0 to 10000)"
_SCORE = "score in hundredths of a per cent (0 to 10000)"
_MINOR = "amount in the currency's minor units; attributes.currency names it (ISO 4217)"
_DAY = 86_400

VERBS: tuple[Verb, ...] = (
    _fact("enrolled", "enrolment", "the offering", "earlier attempts at the same course", most=100, needs_course=True),
    _fact("withdrawn", "enrolment", "the offering", needs_course=True),
    _fact("course_completed", "enrolment", "the certificate or award, if any", needs_course=True),
    _fact("study_load_stated", "enrolment", "the offering", "credits the learner studies for in the same term",
          most=100_000, needs_value=True, needs_course=True),
    _act("logged_in", "session", "the app or site"),
    _act("session_ended", "session", "the app or site", _SECONDS, most=_DAY, needs_value=True),
    _learning("content_viewed", "content", "the page or resource", "clicks", most=1_000_000),
    _learning("home_viewed", "content", "the course's home page", "clicks", most=1_000_000),
    _learning("forum_viewed", "content", "the forum or thread", "clicks", most=1_000_000),
    _learning("quiz_viewed", "content", "the quiz page", "clicks", most=1_000_000),
    _learning("lesson_started", "content", "the lesson"),
    _learning("lesson_progressed", "content", "the lesson", _PROGRESS, most=10_000),
    _learning("lesson_completed", "content", "the lesson"),
    _learning("lesson_skipped", "content", "the lesson"),
    _learning("lesson_replayed", "content", "the part played again", _SECONDS, most=_DAY),
    _learning("video_watched", "content", "the video", _SECONDS, most=_DAY, needs_value=True),
    _fact("assignment_due", "assignment", "the assignment", "weight in hundredths of a per cent", most=10_000,
          needs_course=True),
    _fact("assignment_missed", "assignment", "the assignment not handed in by its due time",
          "weight in hundredths of a per cent", most=10_000, needs_course=True),
    _learning(
        "assignment_submitted", "assignment", "the assignment", "minutes after the due time (negative: early)",
        least=-10_000_000, most=10_000_000,
    ),
    _fact("assignment_graded", "assignment", "the assignment", _SCORE, most=10_000, needs_value=True,
          needs_course=True),
    _learning("quiz_answered", "quiz", "the question", "1 right, 0 wrong", most=1, needs_value=True),
    _learning("quiz_passed", "quiz", "the quiz or exam", _SCORE, most=10_000),
    _learning("quiz_failed", "quiz", "the quiz or exam", _SCORE, most=10_000),
    _learning("live_joined", "live", "the class"),
    _learning("live_left", "live", "the class", "seconds attended", most=_DAY, needs_value=True),
    _fact("live_missed", "live", "the class", needs_course=True),
    _fact("class_scheduled", "live", "the class", "minutes from this event until the class begins", most=44_640,
          needs_value=True),
    _learning("live_spoke", "live", "the class", _SECONDS, most=_DAY),
    _learning("live_asked", "live", "the class", text=True),
    _learning("live_chatted", "live", "the class", text=True),
    _learning("question_asked", "community", "the thread", text=True),
    _learning("question_answered", "community", "the thread answered in", text=True),
    _learning("posted", "community", "the thread", text=True),
    _learning("commented", "community", "the thing commented on", text=True),
    _act("text_posted", "community", "where it was written, of any other kind", text=True),
    _learning("speaking_practised", "speaking", "the exercise", _SECONDS, most=_DAY, needs_value=True),
    _fact("paid", "money", "the plan or product", _MINOR, needs_value=True),
    _fact("renewed", "money", "the plan or product", _MINOR, needs_value=True),
    _fact("subscription_expired", "money", "the plan or product"),
    _fact("coupon_used", "money", "the coupon or campaign", _MINOR),
    _act("coupon_viewed", "money", "the coupon or campaign"),
    _act("renewal_asked", "money", "the plan or product", text=True),
    _act("refund_policy_viewed", "money", "the page"),
    _act("refund_asked", "money", "the order", text=True),
    _fact("refunded", "money", "the order", _MINOR),
    _act("rated", "feeling", "what was rated", "hundredths of a star, 100 to 500", least=100, most=500,
         needs_value=True, text=True),
    _act("complained", "feeling", "what about", text=True),
    _act("survey_answered", "feeling", "the survey's question", "answer from 0 to 10", most=10, text=True),
    _fact("class_quality_sampled", "quality", "the class", "frozen share of the time, hundredths of a per cent",
          most=10_000, needs_value=True, needs_course=True),
    _fact("round_trip_sampled", "quality", "the class", "milliseconds", most=600_000, needs_value=True,
          needs_course=True),
    _fact("packet_loss_sampled", "quality", "the class", "lost share, hundredths of a per cent", most=10_000,
          needs_value=True, needs_course=True),
    _fact("class_rejoined", "quality", "the class", needs_course=True),
    _fact("contact_sent", "contact", "the message"),
    _fact("contact_delivered", "contact", "the message"),
    _fact("contact_opened", "contact", "the message"),
    _act("contact_clicked", "contact", "the message"),
    _act("contact_replied", "contact", "the message", text=True),
    _fact("unsubscribed", "contact", "the channel or purpose"),
)  # fmt: skip

VERBS_BY_NAME: dict[str, Verb] = {verb.name: verb for verb in VERBS}
LEARNING_VERBS: tuple[str, ...] = tuple(verb.name for verb in VERBS if verb.learning)
PRESENCE_VERBS: tuple[str, ...] = tuple(verb.name for verb in VERBS if verb.presence)
TEXT_VERBS: tuple[str, ...] = tuple(verb.name for verb in VERBS if verb.text)

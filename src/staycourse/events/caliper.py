"""Caliper 1.2 events read as ours: one documented, pure mapping (docs/access.md has it as a table).

1EdTech Caliper Analytics 1.2, sections 3 to 5 (profiles, events, entities). Caliper tells single moments; nothing is
made up between them: a pause says how far somebody had come, not how long they watched.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from staycourse.events.caliper_parts import (
    Thing,
    course_of,
    instant_of,
    iri_of,
    moment_of,
    number_of,
    part,
    person_id,
    seconds_of,
    text_of,
    uuid_of,
)
from staycourse.events.record import Event
from staycourse.events.validation import event_of
from staycourse.events.xapi.reading import short
from staycourse.kernel import BadEvent, worded
from staycourse.kernel.ids import MAX_ID

SOURCE: Final = "caliper"
LONGEST_TEXT: Final = 10_000
NO_VERB: Final = str(worded("no verb of ours says this"))

Chosen = tuple[str, int | None]
"""Our verb, and its value in the verb's unit."""


@dataclass(frozen=True, slots=True)
class NotTold:
    """A good Caliper event that is none of ours, and why (NO_VERB: nobody knows its kind); its UUID, whose, when."""

    name: str
    why: str
    key: str
    learner: str
    time: datetime


def event_of_caliper(told: Any, now: datetime) -> Event | NotTold:
    """Return the event that a Caliper event tells, or why it tells none of ours; BadEvent where it is not of Caliper's
    form. `now` is when it arrived. Its id is the event's UUID, so that sending it again changes nothing."""
    if not isinstance(told, Mapping):
        raise BadEvent("not a JSON object", where="event", mend="send Caliper events")
    key, kind, action, time = uuid_of(told), text_of(told, "type"), text_of(told, "action"), instant_of(told)
    iri_of(told, "actor"), iri_of(told, "object")
    name = f"{kind}.{action}"
    rule = RULES.get(name)
    learner = short(rule.learner(told) if rule else _actor(told), MAX_ID)

    def not_told(why: str) -> NotTold:
        return NotTold(name, str(why), key, learner, time)

    if rule is None:
        return not_told(NO_VERB)
    if not learner:
        return not_told(worded("it names no learner"))
    if rule.own and _teaches(told):
        return not_told(worded("its actor teaches, and is no learner"))
    chosen = rule.read(told)
    if isinstance(chosen, str):
        return not_told(chosen)
    verb, value = chosen
    fields = {
        "event_id": key, "learner": learner, "verb": verb, "time": time, "course": course_of(told),
        "object": iri_of(rule.thing(told), "")[:500], "value": value, "source": SOURCE,
        "attributes": _attributes(told, verb),
    }  # fmt: skip
    try:
        return event_of(fields, now)
    except BadEvent as misfit:
        if misfit.where == "course":
            return not_told(worded("it names no course"))
        said = misfit.wording
        raise BadEvent(said.what, where=_FIELDS.get(misfit.where, misfit.where), mend=said.mend) from None


_FIELDS: Final = {"learner": "actor", "time": "eventTime", "value": "generated", "object": "object"}


# What each kind of event tells: a verb with its value, or why nothing.


def _just(verb: str, value: int | None = None) -> Callable[[Thing], Chosen | str]:
    return lambda _: (verb, value)


def _viewed(told: Thing) -> Chosen:
    kind = str(part(told, "object").get("type", ""))
    return _VIEWS.get(kind, "content_viewed"), 1


_VIEWS: Final = {
    "Forum": "forum_viewed", "Thread": "forum_viewed", "Message": "forum_viewed", "Assessment": "quiz_viewed",
    "AssessmentItem": "quiz_viewed", "CourseSection": "home_viewed", "CourseOffering": "home_viewed",
}  # fmt: skip


def _session(told: Thing) -> Chosen | str:
    """Seconds of the session that ended: its duration, else from its start to its end."""
    for session in (part(told, "object"), part(told, "session"), part(told, "target")):
        seconds = seconds_of(session.get("duration"))
        if seconds is None:
            begun, ended = moment_of(session.get("startedAtTime")), moment_of(session.get("endedAtTime"))
            seconds = (ended - begun).total_seconds() if begun and ended else None
        if seconds is not None and 0 <= seconds <= 86_400:
            return "session_ended", round(seconds)
    return worded("it does not say how long the session was")


def _place_in_media(told: Thing) -> Chosen | str:
    """How far in the media somebody was; not how long they watched, which a single moment cannot say."""
    at = seconds_of(part(told, "target").get("currentTime"))
    whole = seconds_of(part(told, "object").get("duration"))
    if at is None or not whole:
        return worded("it does not say how far of how long")
    return "lesson_progressed", min(10_000, max(0, round(10_000 * at / whole)))


def _submitted(told: Thing) -> Chosen:
    """Minutes after the due time, where the object says it."""
    due, at = moment_of(part(told, "object").get("dateToSubmit")), instant_of(told)
    return "assignment_submitted", round((at - due) / timedelta(minutes=1)) if due else None


def _graded(told: Thing) -> Chosen | str:
    score = part(told, "generated")
    given, most = score.get("scoreGiven"), score.get("maxScore")
    if isinstance(given, bool) or isinstance(most, bool):
        return worded("it says no score of a maximum")
    reached, whole = number_of(given), number_of(most)
    if reached is None or whole is None or whole <= 0:
        return worded("it says no score of a maximum")
    return "assignment_graded", min(10_000, max(0, round(10_000 * reached / whole)))


def _posted(told: Thing) -> Chosen:
    return ("commented" if part(told, "object").get("replyTo") else "posted"), None


def _commented(told: Thing) -> Chosen:
    return ("commented" if course_of(told) else "text_posted"), None


def _ranked(told: Thing) -> Chosen | str:
    """Stars of five, from the one choice on a scale whose ends are told."""
    rating = part(told, "generated")
    scale = part(part(rating, "question"), "scale")
    chosen = rating.get("selections")
    picked = number_of(chosen[0]) if isinstance(chosen, list) and len(chosen) == 1 else None
    if scale.get("type") == "LikertScale" and isinstance(scale.get("itemValues"), list):
        values = [value for value in map(number_of, scale["itemValues"]) if value is not None]
        least, most = (min(values), max(values)) if values else (None, None)
    else:
        least, most = number_of(scale.get("minValue")), number_of(scale.get("maxValue"))
    if picked is None or least is None or most is None or not least <= picked <= most or least == most:
        return worded("it says no choice on a scale with its ends")
    return "rated", round(100 + 400 * (picked - least) / (most - least))


def _actor(told: Thing) -> str:
    return person_id(told.get("actor"))


def _assignee(told: Thing) -> str:
    return person_id(part(told, "object").get("assignee"))


def _session_user(told: Thing) -> str:
    return person_id(part(told, "object").get("user")) or person_id(part(part(told, "session"), "user"))


def _object(told: Thing) -> Any:
    return told.get("object")


def _of_attempt(told: Thing) -> Any:
    return part(told, "object").get("assignable") or told.get("object")


def _of_message(told: Thing) -> Any:
    return part(told, "object").get("isPartOf") or told.get("object")


@dataclass(frozen=True, slots=True)
class Rule:
    """How one kind of event is read: what it tells, of whom, about what; `own` where the actor is the learner."""

    read: Callable[[Thing], Chosen | str]
    learner: Callable[[Thing], str] = _actor
    thing: Callable[[Thing], Any] = _object
    own: bool = True


RULES: Final[Mapping[str, Rule]] = {
    "SessionEvent.LoggedIn": Rule(_just("logged_in")),
    "SessionEvent.LoggedOut": Rule(_session),
    "SessionEvent.TimedOut": Rule(_session, _session_user, own=False),
    "ToolUseEvent.Used": Rule(_just("content_viewed", 1)),
    "ToolLaunchEvent.Launched": Rule(_just("content_viewed", 1)),
    "NavigationEvent.NavigatedTo": Rule(_viewed),
    "ViewEvent.Viewed": Rule(_viewed),
    "MediaEvent.Started": Rule(_just("content_viewed", 1)),
    "MediaEvent.Resumed": Rule(_just("content_viewed", 1)),
    "MediaEvent.Restarted": Rule(_just("lesson_replayed")),
    "MediaEvent.Paused": Rule(_place_in_media),
    "MediaEvent.Ended": Rule(_place_in_media),
    "AssessmentEvent.Started": Rule(_just("quiz_viewed", 1)),
    "AssessmentEvent.Restarted": Rule(_just("quiz_viewed", 1)),
    "AssessmentEvent.Submitted": Rule(_submitted),
    "AssessmentItemEvent.Started": Rule(_just("quiz_viewed", 1)),
    "AssessmentItemEvent.Completed": Rule(_just("quiz_viewed", 1)),  # right or wrong is not said here
    "AssignableEvent.Started": Rule(_just("lesson_started")),
    "AssignableEvent.Submitted": Rule(_submitted),
    "AssignableEvent.Completed": Rule(_just("lesson_completed")),
    "AssignableEvent.Reviewed": Rule(_just("content_viewed", 1)),
    "GradeEvent.Graded": Rule(_graded, _assignee, _of_attempt, own=False),
    "ThreadEvent.MarkedAsRead": Rule(_just("forum_viewed", 1)),
    "MessageEvent.MarkedAsRead": Rule(_just("forum_viewed", 1), thing=_of_message),
    "MessageEvent.Posted": Rule(_posted, thing=_of_message),
    "FeedbackEvent.Ranked": Rule(_ranked),
    "FeedbackEvent.Commented": Rule(_commented),
    "AnnotationEvent.Bookmarked": Rule(_just("content_viewed", 1)),
    "AnnotationEvent.Highlighted": Rule(_just("content_viewed", 1)),
    "AnnotationEvent.Shared": Rule(_just("content_viewed", 1)),
    "AnnotationEvent.Tagged": Rule(_just("content_viewed", 1)),
    "QuestionnaireItemEvent.Completed": Rule(_just("survey_answered")),
}
"""By type and action. What is not here tells nothing that a verb of ours says."""


def _attributes(told: Thing, verb: str) -> dict[str, str]:
    """The learner's own words, where the verb has them."""
    words: Any = None
    if verb in ("posted", "commented", "text_posted"):
        words = part(told, "object").get("body") or part(told, "generated").get("value")
    return {"text": words[:LONGEST_TEXT]} if isinstance(words, str) and words else {}


def _teaches(told: Thing) -> bool:
    """Say whether the actor is there as a teacher, and not as a learner."""
    roles = part(told, "membership").get("roles")
    named = [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []
    return bool(named) and not any(role.startswith("Learner") for role in named)

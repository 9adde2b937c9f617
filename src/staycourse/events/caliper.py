"""Caliper 1.2 events read as ours: one documented, pure mapping (docs/access.md has it as a table).

1EdTech Caliper Analytics 1.2, sections 3 to 5 (profiles, events, entities). Caliper tells single moments; nothing is
made up between them: a pause says how far somebody had come, not how long they watched.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import isodate  # type: ignore[import-untyped]

from staycourse.events.record import Event
from staycourse.events.validation import event_of
from staycourse.events.xapi.reading import course_id, short
from staycourse.kernel import BadEvent, worded
from staycourse.kernel.ids import MAX_ID

SOURCE: Final = "caliper"
LONGEST_TEXT: Final = 10_000
NO_VERB: Final = str(worded("no verb of ours says this"))

Thing = Mapping[str, Any]
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
    key, kind, action, time = _uuid(told), _text(told, "type"), _text(told, "action"), _instant(told)
    _id(told, "actor"), _id(told, "object")
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
        "object": _id(rule.thing(told), "")[:500], "value": value, "source": SOURCE,
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


def person_id(person: Any) -> str:
    """Return the id of a learner, "" for nobody: the sourcedId of the student system or the id that LTI uses where
    the platform tells it (`otherIdentifiers`), else what stands last in an IRI of a user, else the whole IRI."""
    iri = _id(person, "")
    if isinstance(person, Mapping) and person.get("type", "Person") != "Person":
        return ""
    if known := _other(person, ("SisSourcedId", "LtiUserId")):
        return known
    if not iri or iri.startswith("_:"):
        return ""
    if iri.lower().startswith("mailto:"):
        return iri[len("mailto:") :]
    found = _USER.search(iri)
    return found[1] if found else iri


_USER: Final = re.compile(
    r"(?:/|:)(?:user|users|person|persons|people|student|students|learner|learners)[/:]([^/:#?]+)/?$"
)


def course_of(told: Thing) -> str:
    """Return the course's id, "" where none is named: of the group, else of the membership's, of the session's launch
    or the object's. A section that the student system knows has its sourcedId; others as with xAPI."""
    places = (
        told.get("group"), _part(told, "membership").get("organization"), told.get("object"),
        _part(told, "object").get("isPartOf"),
    )  # fmt: skip
    for place in places:
        if found := _course(place):
            return found
    launched = _part(_part(told, "federatedSession"), "messageParameters").get("context_id")
    return short(launched, MAX_ID) if isinstance(launched, str) else ""


def _course(place: Any) -> str:
    for _ in range(4):
        if isinstance(place, Mapping) and place.get("type") in ("CourseSection", "CourseOffering"):
            return short(_other(place, ("SisSourcedId",)) or course_id(_id(place, "")), MAX_ID)
        if not isinstance(place, Mapping):
            break
        place = place.get("subOrganizationOf") or place.get("isPartOf")
    return ""


# What each kind of event tells: a verb with its value, or why nothing.


def _just(verb: str, value: int | None = None) -> Callable[[Thing], Chosen | str]:
    return lambda _: (verb, value)


def _viewed(told: Thing) -> Chosen:
    kind = str(_part(told, "object").get("type", ""))
    return _VIEWS.get(kind, "content_viewed"), 1


_VIEWS: Final = {
    "Forum": "forum_viewed", "Thread": "forum_viewed", "Message": "forum_viewed", "Assessment": "quiz_viewed",
    "AssessmentItem": "quiz_viewed", "CourseSection": "home_viewed", "CourseOffering": "home_viewed",
}  # fmt: skip


def _session(told: Thing) -> Chosen | str:
    """Seconds of the session that ended: its duration, else from its start to its end."""
    for session in (_part(told, "object"), _part(told, "session"), _part(told, "target")):
        seconds = _seconds(session.get("duration"))
        if seconds is None:
            begun, ended = _moment(session.get("startedAtTime")), _moment(session.get("endedAtTime"))
            seconds = (ended - begun).total_seconds() if begun and ended else None
        if seconds is not None and 0 <= seconds <= 86_400:
            return "session_ended", round(seconds)
    return worded("it does not say how long the session was")


def _place_in_media(told: Thing) -> Chosen | str:
    """How far in the media somebody was; not how long they watched, which a single moment cannot say."""
    at = _seconds(_part(told, "target").get("currentTime"))
    whole = _seconds(_part(told, "object").get("duration"))
    if at is None or not whole:
        return worded("it does not say how far of how long")
    return "lesson_progressed", min(10_000, max(0, round(10_000 * at / whole)))


def _submitted(told: Thing) -> Chosen:
    """Minutes after the due time, where the object says it."""
    due, at = _moment(_part(told, "object").get("dateToSubmit")), _instant(told)
    return "assignment_submitted", round((at - due) / timedelta(minutes=1)) if due else None


def _graded(told: Thing) -> Chosen | str:
    score = _part(told, "generated")
    given, most = score.get("scoreGiven"), score.get("maxScore")
    if isinstance(given, bool) or isinstance(most, bool):
        return worded("it says no score of a maximum")
    reached, whole = _as_number(given), _as_number(most)
    if reached is None or whole is None or whole <= 0:
        return worded("it says no score of a maximum")
    return "assignment_graded", min(10_000, max(0, round(10_000 * reached / whole)))


def _posted(told: Thing) -> Chosen:
    return ("commented" if _part(told, "object").get("replyTo") else "posted"), None


def _commented(told: Thing) -> Chosen:
    return ("commented" if course_of(told) else "text_posted"), None


def _ranked(told: Thing) -> Chosen | str:
    """Stars of five, from the one choice on a scale whose ends are told."""
    rating = _part(told, "generated")
    scale = _part(_part(rating, "question"), "scale")
    chosen = rating.get("selections")
    picked = _as_number(chosen[0]) if isinstance(chosen, list) and len(chosen) == 1 else None
    if scale.get("type") == "LikertScale" and isinstance(scale.get("itemValues"), list):
        values = [value for value in map(_as_number, scale["itemValues"]) if value is not None]
        least, most = (min(values), max(values)) if values else (None, None)
    else:
        least, most = _as_number(scale.get("minValue")), _as_number(scale.get("maxValue"))
    if picked is None or least is None or most is None or not least <= picked <= most or least == most:
        return worded("it says no choice on a scale with its ends")
    return "rated", round(100 + 400 * (picked - least) / (most - least))


def _actor(told: Thing) -> str:
    return person_id(told.get("actor"))


def _assignee(told: Thing) -> str:
    return person_id(_part(told, "object").get("assignee"))


def _session_user(told: Thing) -> str:
    return person_id(_part(told, "object").get("user")) or person_id(_part(_part(told, "session"), "user"))


def _object(told: Thing) -> Any:
    return told.get("object")


def _of_attempt(told: Thing) -> Any:
    return _part(told, "object").get("assignable") or told.get("object")


def _of_message(told: Thing) -> Any:
    return _part(told, "object").get("isPartOf") or told.get("object")


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
        words = _part(told, "object").get("body") or _part(told, "generated").get("value")
    return {"text": words[:LONGEST_TEXT]} if isinstance(words, str) and words else {}


def _teaches(told: Thing) -> bool:
    """Say whether the actor is there as a teacher, and not as a learner."""
    roles = _part(told, "membership").get("roles")
    named = [role for role in roles if isinstance(role, str)] if isinstance(roles, list) else []
    return bool(named) and not any(role.startswith("Learner") for role in named)


def _part(thing: Any, name: str) -> Thing:
    found = thing.get(name) if isinstance(thing, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _other(thing: Any, kinds: tuple[str, ...]) -> str:
    """Return an identifier of one of `kinds` (SystemIdentifier, 1.2), the first kind first."""
    told = thing.get("otherIdentifiers") if isinstance(thing, Mapping) else None
    named = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    found = (one.get("identifier") for kind in kinds for one in named if one.get("identifierType") == kind)
    return next((value for value in found if isinstance(value, str) and value), "")


def _id(thing: Any, field: str) -> str:
    """Return the IRI of a thing, which stands for itself or in its `id`; with `field`, of that part, which must be."""
    if field:
        thing = thing.get(field)
    iri = thing.get("id") if isinstance(thing, Mapping) else thing
    if isinstance(iri, str) and iri:
        return iri
    if field:
        raise BadEvent("it is missing, or has no id", where=field, mend="give the entity, or its IRI")
    return ""


def _text(told: Thing, field: str) -> str:
    value = told.get(field)
    if not isinstance(value, str) or not value or len(value) > MAX_ID:
        raise BadEvent("it is missing, or no short text", where=field, mend="see Caliper 1.2, 4.1")
    return value


def _uuid(told: Thing) -> str:
    iri = told.get("id")
    try:
        if isinstance(iri, str) and iri.startswith("urn:uuid:"):
            return str(UUID(iri))
    except ValueError:
        pass
    raise BadEvent("it is no urn:uuid", where="id", mend="give each event its own UUID (RFC 9562)")


def _instant(told: Thing) -> datetime:
    moment = _moment(told.get("eventTime"))
    if moment is None:
        raise BadEvent("it is no instant of ISO 8601", where="eventTime", mend="write it as 2018-11-15T10:15:00.000Z")
    return moment


def _moment(text: Any) -> datetime | None:
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def _seconds(text: Any) -> float | None:
    """Return an ISO 8601 duration in seconds; None for what is none, or has years and months in it."""
    if not isinstance(text, str) or len(text) > 60:
        return None
    try:
        found = isodate.parse_duration(text)
    except (ValueError, ArithmeticError, TypeError):
        return None
    return found.total_seconds() if isinstance(found, timedelta) else None


def _as_number(value: Any) -> float | None:
    """Return a number, also one that stands as text, as choices on a scale do."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if abs(found) < 1e12 else None

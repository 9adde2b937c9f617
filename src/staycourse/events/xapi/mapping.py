"""One statement as events: pure, the same for the learning record store's door and for files."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

import msgspec

from staycourse.events.record import Event
from staycourse.events.validation import event_of
from staycourse.events.vocabulary import VERBS_BY_NAME
from staycourse.events.xapi import reading
from staycourse.events.xapi.rules import DEFAULT_VERB_MAP, Unmapped, VerbMap, VerbRule
from staycourse.kernel import BadEvent, BadInput, natural_id, worded

SOURCE = "xapi"
MOST_VERB = 2_000
VOIDED = "http://adlnet.gov/expapi/verbs/voided"

Chosen = tuple[str, int | None]
"""Our verb, and its value in the verb's unit."""


def events_of_statement(
    statement: Mapping[str, Any],
    *,
    stored: datetime,
    mapping: VerbMap = DEFAULT_VERB_MAP,
    source: str = "",
    backfill: bool = False,
    acted: Sequence[str] | None = None,
) -> Sequence[Event] | Unmapped:
    """Return the events that a statement tells, one for each learner who acted; Unmapped with the reason if none.

    Whatever `statement` holds, nothing is raised: what is not of xAPI's form is Unmapped as a fault. `stored` is when
    the statement was received (with a zone): its events happened at `timestamp`, else then, and none may lie in its
    future. Event ids are made of the statement's id and the learner, so that the same statement through another door is
    the same event. With `backfill` it counts as known when it happened. `source` names where it came from, else
    context.platform does. `acted` are the learners who acted, where they are known already.
    """
    try:
        return _events(statement, stored, mapping, source, backfill, acted)
    except BadEvent as misfit:
        return Unmapped(misfit.what, _FIELDS.get(misfit.where, misfit.where), fault=misfit.where != "value")
    except BadInput as fault:
        return Unmapped(fault.what, fault.where, fault=True)


_FIELDS = {"learner": "actor", "time": "timestamp", "course": "context.contextActivities", "value": "result"}
"""Where in the statement our fields come from."""


def _events(
    statement: Mapping[str, Any],
    stored: datetime,
    mapping: VerbMap,
    source: str,
    backfill: bool,
    acted: Sequence[str] | None,
) -> Sequence[Event] | Unmapped:
    if not isinstance(statement, reading.OBJECT):
        raise reading.unfit("", "it is not a JSON object")
    iri = reading.part(statement, "verb").get("id")
    if not isinstance(iri, str) or not iri or len(iri) > MOST_VERB:
        raise reading.unfit("verb.id", "it is not an IRI")
    learners = reading.learners(statement, mapping.home_pages) if acted is None else acted
    activity = reading.part(statement, "object")
    if not activity:
        raise reading.unfit("object", "it is missing")
    given = reading.statement_id(statement)
    time = reading.instant(statement, stored)
    chosen = _chosen(statement, iri, mapping)
    if isinstance(chosen, Unmapped):
        return chosen
    if not learners:
        return Unmapped("it names nobody: an anonymous actor, or a group without its members", "actor")
    verb, value = chosen
    course = reading.course_of(statement) or mapping.course
    if not course and VERBS_BY_NAME[verb].needs_course:
        return Unmapped(worded("{verb} needs a course, and none is named", verb=verb), "context.contextActivities")
    fields = {
        "verb": verb, "course": course, "object": _object(statement, verb), "value": value, "time": time,
        "received": time if backfill else stored, "source": source or _platform(statement), "backfill": backfill,
        "attributes": _attributes(statement, verb),
    }  # fmt: skip
    return [
        event_of(fields | {"event_id": _id(given, statement, learner), "learner": learner}, stored)
        for learner in learners
    ]


def _chosen(statement: Mapping[str, Any], iri: str, mapping: VerbMap) -> Chosen | Unmapped:
    activity = reading.part(statement, "object")
    if activity.get("objectType", "Activity") != "Activity":
        kind = ""  # an agent, a sub-statement or another statement: no activity of any kind
        if iri != VOIDED:
            return Unmapped("its object is no activity", "object.objectType")
    else:
        kind = reading.kind_of(activity)
    rule = mapping.rule(iri, kind)
    if rule is None:
        return Unmapped(worded("no verb is mapped to {iri}", iri=iri[:200]), "verb.id")
    if not rule.verb:
        return Unmapped(rule.why or worded("the mapping leaves it out"), "verb.id")
    taken = _TAKE[rule.value](statement, rule)
    if taken is not None:
        return taken
    if rule.otherwise:
        return rule.otherwise, _least(rule.otherwise)
    return Unmapped(worded("{verb} needs a value, and the statement holds none", verb=rule.verb), "result")


def _least(verb: str) -> int | None:
    """Return a view's one click: any other verb goes without its value."""
    return 1 if VERBS_BY_NAME[verb].unit == "clicks" else None


Take = Callable[[Mapping[str, Any], VerbRule], Chosen | None]
Number = Callable[[Mapping[str, Any]], int | None]


def _result(statement: Mapping[str, Any]) -> Mapping[str, Any]:
    return reading.part(statement, "result")


def _number(read: Number) -> Take:
    """Take the number that `read` finds in the result, in the rule's unit."""

    def take(statement: Mapping[str, Any], rule: VerbRule) -> Chosen | None:
        value = read(_result(statement))
        return None if value is None else (rule.verb, round(value * rule.multiply))

    return take


def _success(statement: Mapping[str, Any], rule: VerbRule) -> Chosen | None:
    success = _result(statement).get("success")
    return (rule.verb, int(success)) if isinstance(success, bool) else None


def _outcome(statement: Mapping[str, Any], rule: VerbRule) -> Chosen | None:
    result = _result(statement)
    success = result.get("success")
    if not isinstance(success, bool):
        return None
    return rule.verb if success else "quiz_failed", reading.share(result)


def _progress(statement: Mapping[str, Any], rule: VerbRule) -> Chosen | None:
    value = reading.progress(_result(statement))
    if value == 10_000 and rule.verb == "lesson_progressed":
        return "lesson_completed", None
    return rule.verb, value


def _attendance(statement: Mapping[str, Any], rule: VerbRule) -> Chosen | None:
    stayed = reading.seconds(_result(statement))
    return (rule.verb, None) if stayed is None else ("live_left", stayed)


def _thread(statement: Mapping[str, Any], rule: VerbRule) -> Chosen | None:
    kind = reading.part(reading.part(statement, "context"), "extensions").get(reading.THREAD_TYPE)
    around = any(reading.kind_of(each) == "forum" for each in reading.surroundings(statement))
    if kind == "question":
        return "question_asked", None
    return "commented" if around and kind is None and _answers(statement) else rule.verb, None


def _answers(statement: Mapping[str, Any]) -> bool:
    """Say whether what was posted hangs below another post: Open edX's responses and comments."""
    return "/comments/" in str(reading.part(statement, "object").get("id"))


_TAKE: dict[str, Take] = {
    "": lambda _, rule: (rule.verb, None),
    "one": lambda _, rule: (rule.verb, 1),
    "success": _success,
    "score": _number(reading.share),
    "outcome": _outcome,
    "duration": _number(reading.seconds),
    "segments": _number(reading.played),
    "progress": _progress,
    "attendance": _attendance,
    "stars": _number(reading.stars),
    "thread": _thread,
}


def _object(statement: Mapping[str, Any], verb: str) -> str:
    if verb in ("enrolled", "withdrawn", "course_completed"):
        return ""  # the course says it all
    return reading.object_of(statement)


def _platform(statement: Mapping[str, Any]) -> str:
    platform = reading.part(statement, "context").get("platform")
    return platform[:200] if isinstance(platform, str) and platform else SOURCE


def _attributes(statement: Mapping[str, Any], verb: str) -> dict[str, str]:
    text = reading.words(statement) if VERBS_BY_NAME[verb].text else ""
    return {"text": text} if text else {}


def _id(given: str, statement: Mapping[str, Any], learner: str) -> str:
    """Return the event's id; a statement without an id is named by all that it says, in whatever order."""
    try:
        return natural_id(SOURCE, given or msgspec.json.encode(statement, order="sorted"), learner)
    except (RecursionError, TypeError, ValueError):
        raise reading.unfit("id", "it has none, and what it says cannot be put in order") from None

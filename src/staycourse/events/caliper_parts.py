"""What stands in a Caliper event: entities and their ids, people, courses, instants, durations and numbers.

1EdTech Caliper Analytics 1.2, sections 4 and 5 (events, entities). What has no such form is nothing, or BadEvent where
an event must have it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import isodate  # type: ignore[import-untyped]

from staycourse.events.xapi.reading import course_id, short
from staycourse.kernel import BadEvent
from staycourse.kernel.ids import MAX_ID

Thing = Mapping[str, Any]


def person_id(person: Any) -> str:
    """Return the id of a learner, "" for nobody: the sourcedId of the student system or the id that LTI uses where
    the platform tells it (`otherIdentifiers`), else what stands last in an IRI of a user, else the whole IRI."""
    iri = iri_of(person, "")
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
        told.get("group"), part(told, "membership").get("organization"), told.get("object"),
        part(told, "object").get("isPartOf"),
    )  # fmt: skip
    for place in places:
        if found := _course(place):
            return found
    launched = part(part(told, "federatedSession"), "messageParameters").get("context_id")
    return short(launched, MAX_ID) if isinstance(launched, str) else ""


def _course(place: Any) -> str:
    for _ in range(4):
        if isinstance(place, Mapping) and place.get("type") in ("CourseSection", "CourseOffering"):
            return short(_other(place, ("SisSourcedId",)) or course_id(iri_of(place, "")), MAX_ID)
        if not isinstance(place, Mapping):
            break
        place = place.get("subOrganizationOf") or place.get("isPartOf")
    return ""


def part(thing: Any, name: str) -> Thing:
    """Return the part of a thing that is a thing itself, an empty one where there is none."""
    found = thing.get(name) if isinstance(thing, Mapping) else None
    return found if isinstance(found, Mapping) else {}


def _other(thing: Any, kinds: tuple[str, ...]) -> str:
    """Return an identifier of one of `kinds` (SystemIdentifier, 1.2), the first kind first."""
    told = thing.get("otherIdentifiers") if isinstance(thing, Mapping) else None
    named = [one for one in told if isinstance(one, Mapping)] if isinstance(told, list) else []
    found = (one.get("identifier") for kind in kinds for one in named if one.get("identifierType") == kind)
    return next((value for value in found if isinstance(value, str) and value), "")


def iri_of(thing: Any, field: str) -> str:
    """Return the IRI of a thing, which stands for itself or in its `id`; with `field`, of that part, which must be."""
    if field:
        thing = thing.get(field)
    iri = thing.get("id") if isinstance(thing, Mapping) else thing
    if isinstance(iri, str) and iri:
        return iri
    if field:
        raise BadEvent("it is missing, or has no id", where=field, mend="give the entity, or its IRI")
    return ""


def text_of(told: Thing, field: str) -> str:
    """Return a short text that an event must have."""
    value = told.get(field)
    if not isinstance(value, str) or not value or len(value) > MAX_ID:
        raise BadEvent("it is missing, or no short text", where=field, mend="see Caliper 1.2, 4.1")
    return value


def uuid_of(told: Thing) -> str:
    """Return the UUID of an event."""
    iri = told.get("id")
    try:
        if isinstance(iri, str) and iri.startswith("urn:uuid:"):
            return str(UUID(iri))
    except ValueError:
        pass
    raise BadEvent("it is no urn:uuid", where="id", mend="give each event its own UUID (RFC 9562)")


def instant_of(told: Thing) -> datetime:
    """Return when an event happened."""
    moment = moment_of(told.get("eventTime"))
    if moment is None:
        raise BadEvent("it is no instant of ISO 8601", where="eventTime", mend="write it as 2018-11-15T10:15:00.000Z")
    return moment


def moment_of(text: Any) -> datetime | None:
    """Return an instant of ISO 8601, of UTC where no zone is told; None for what is none."""
    try:
        found = datetime.fromisoformat(text)
        return (found if found.tzinfo else found.replace(tzinfo=UTC)).astimezone(UTC)
    except (TypeError, ValueError, OverflowError):
        return None


def seconds_of(text: Any) -> float | None:
    """Return an ISO 8601 duration in seconds; None for what is none, or has years and months in it."""
    if not isinstance(text, str) or len(text) > 60:
        return None
    try:
        found = isodate.parse_duration(text)
    except (ValueError, ArithmeticError, TypeError):
        return None
    return found.total_seconds() if isinstance(found, timedelta) else None


def number_of(value: Any) -> float | None:
    """Return a number, also one that stands as text, as choices on a scale do."""
    try:
        found = float(value)
    except (TypeError, ValueError, OverflowError):
        return None
    return found if abs(found) < 1e12 else None

"""Messages under platforms' own event names as events and learners: by the policy's mapping, and nothing else."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Final

import msgspec

from staycourse.events import Event, Learner, event_of
from staycourse.kernel import BadEvent
from staycourse.policy import EventMapping, EventsPolicy

LONGEST: Final = {"object": 500, "text": 10_000}
NO_MAPPING: Final = ""
"""The reason of a message whose name nobody has mapped; any other says why it does not fit its mapping."""


class Tracked(msgspec.Struct, frozen=True):
    """One message, whichever door it came by. `time` has the sender's clock corrected; `key` makes retries harmless.

    `why` says why its door, which reads names of its own, makes no event of it.
    """

    door: str
    key: str
    learner: str
    name: str
    time: datetime
    properties: dict[str, Any] = {}
    why: str = ""


def event_from(told: Tracked, policy: EventsPolicy, now: datetime) -> Event | str:
    """Return the event that a message tells of, or in words why it is none (NO_MAPPING: its name is not mapped)."""
    mapping = policy.names.get(told.name)
    if mapping is None:
        return NO_MAPPING
    properties = told.properties
    fields: dict[str, Any] = {
        "event_id": f"{told.door}:{told.key}"[:200], "learner": told.learner, "verb": mapping.verb, "time": told.time,
        "course": _text(properties, mapping.course or policy.course, 200),
        "object": _text(properties, mapping.object, LONGEST["object"]), "source": told.door,
    }  # fmt: skip
    value = _value(properties, mapping)
    if value is not None:
        fields["value"] = value
    if extra := _attributes(properties, mapping):
        fields["attributes"] = extra
    try:
        return event_of(fields, now)
    except BadEvent as error:
        return str(error)


def learner_from(learner: str, traits: Mapping[str, Any]) -> Learner | None:
    """Return what Segment's reserved traits say of a learner; None if nothing. Wrong ones are left out."""
    given = {name: value for name, value in _traits(traits).items() if value not in (None, "")}
    kept: dict[str, Any] = {}
    for name, value in given.items():
        try:
            msgspec.convert({"learner": "x", name: value}, Learner)
        except msgspec.ValidationError:
            continue
        kept[name] = value
    try:
        return msgspec.convert({"learner": learner, **kept}, Learner) if kept else None
    except msgspec.ValidationError:
        return None


def _traits(traits: Mapping[str, Any]) -> dict[str, Any]:
    """Name traits as we do (segment.com/docs/connections/spec/identify, "Traits"; PostHog's properties alike)."""
    first, last = (_found(traits, names) for names in (("firstName", "first_name"), ("lastName", "last_name")))
    birthday = _day(_found(traits, ("birthday", "birthdate")))
    country = _found(traits, ("country", "country_code", "countryCode", "address.country"))
    language = _found(traits, ("language", "locale", "$locale"))
    return {
        "name": _short(_found(traits, ("name", "$name", "full_name")) or " ".join(str(n) for n in (first, last) if n)),
        "email": _found(traits, ("email", "$email")),
        "phone": _found(traits, ("phone", "phone_number")),
        "birthday": birthday.strftime("%m-%d") if birthday else None,
        "birth_year": birthday.year if birthday else None,
        "joined_on": _day(_found(traits, ("createdAt", "created_at", "joined_on"))),
        "country": country.upper() if isinstance(country, str) and len(country) == 2 else None,
        "language": language[:16] if isinstance(language, str) else None,
        "zone": _found(traits, ("timezone", "time_zone", "zone")),
    }


def _found(properties: Mapping[str, Any], names: tuple[str, ...]) -> Any:
    """Return the first of `names` that is there; `a.b` stands for `b` within `a`."""
    for name in names:
        if properties.get(name) is not None:
            return properties[name]
        outer, _, inner = name.partition(".")
        within = properties.get(outer)
        if inner and isinstance(within, dict) and (found := _found(within, (inner,))) is not None:
            return found
    return None


def _text(properties: Mapping[str, Any], names: tuple[str, ...], longest: int) -> str:
    found = _found(properties, names)
    return str(found)[:longest] if isinstance(found, str | int | float) and not isinstance(found, bool) else ""


def _value(properties: Mapping[str, Any], mapping: EventMapping) -> int | str | None:
    """Return the value in the verb's unit; what is no number is returned as it is, to be refused by name."""
    found = _found(properties, mapping.value) if mapping.value else None
    if found is None:
        return None
    try:
        return round(float(found) * mapping.times)
    except (TypeError, ValueError, OverflowError):
        return str(found)[:60]


def _attributes(properties: Mapping[str, Any], mapping: EventMapping) -> dict[str, str]:
    told = {
        "text": _text(properties, mapping.text, LONGEST["text"]),
        "currency": _text(properties, mapping.currency, 3),
    }
    return {name: value for name, value in told.items() if value}


def _day(given: Any) -> date | None:
    match = re.match(r"\d{4}-\d\d-\d\d", given) if isinstance(given, str) else None
    try:
        return date.fromisoformat(match[0]) if match else None
    except ValueError:
        return None


def _short(given: Any) -> str | None:
    return given[:200] if isinstance(given, str) else None

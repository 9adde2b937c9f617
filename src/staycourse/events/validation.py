"""Strict validation: an event either fits the vocabulary or is refused with the field and the way to mend it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from staycourse.events.record import Event
from staycourse.events.shapes import shape_error
from staycourse.events.vocabulary import VERBS_BY_NAME, Verb
from staycourse.kernel import BadEvent, as_wording, worded

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No platform kept events before; a time of 1970 is a wrong unit (seconds read as milliseconds)."""

FUTURE_ALLOWED = timedelta(minutes=10)
"""How far an event's time may run ahead of ours: senders' clocks are never quite right."""


NAMES = ("event_id", "learner", "course", "object")
"""The fields of an event that name something."""


def is_name(text: str) -> bool:
    """Say whether `text` can name something: it is not blank, and without U+0000, which PostgreSQL cannot keep."""
    return not text.isspace() and "\0" not in text


def check_event(event: Event, now: datetime) -> Event:
    """Return `event` if its names, verb, value, course and time are as the vocabulary has them; raise BadEvent naming
    the field.
    """
    unnamed = next((field for field in NAMES if not is_name(getattr(event, field))), None)
    if unnamed:
        raise no_name(unnamed)
    verb = VERBS_BY_NAME.get(event.verb)
    if verb is None:
        raise BadEvent(
            worded("there is no verb {verb!r}", verb=event.verb[:60]),
            where="verb",
            mend="see docs/events.md for the verbs",
        )
    if verb.needs_course and not event.course:
        raise BadEvent(
            worded("{name} needs the course it belongs to", name=verb.name), where="course", mend="name the course"
        )
    if event.value is None:
        if verb.needs_value:
            raise BadEvent(
                worded("{name} needs a value", name=verb.name),
                where="value",
                mend=worded("give {unit}", unit=as_wording(verb.unit)),
            )
    else:
        _check_value(event.value, verb)
    if event.time > now + FUTURE_ALLOWED:
        raise BadEvent(
            worded("{time} lies in the future", time=event.time.isoformat()),
            where="time",
            mend="check the sender's clock",
        )
    if event.time < EARLIEST:
        raise BadEvent(
            worded("{time} lies before {earliest:%Y}", time=event.time.isoformat(), earliest=EARLIEST),
            where="time",
            mend="check the unit of time",
        )
    return event


def _check_value(value: int, verb: Verb) -> None:
    if not verb.unit:
        raise BadEvent(worded("{name} takes no value", name=verb.name), where="value", mend="leave it out")
    if not verb.least <= value <= verb.most:
        raise BadEvent(
            worded("{value} is outside {least} to {most}", value=value, least=verb.least, most=verb.most),
            where="value",
            mend=worded("the unit is {unit}", unit=as_wording(verb.unit)),
        )


def no_name(field: str) -> BadEvent:
    """Return the error of a name that `is_name` refuses, or of another text with a NUL."""
    return BadEvent("it is blank, or has a NUL character", where=field, mend="send what the platform calls it")


def check_texts(record: msgspec.Struct, name: str) -> None:
    """Refuse a record whose field `name` names nothing, or any of whose texts has a NUL; BadInput names the field."""
    for field in record.__struct_fields__:
        text = getattr(record, field)
        if isinstance(text, str) and ("\0" in text or (field == name and not is_name(text))):
            raise no_name(field)


def event_of(fields: dict[str, Any], now: datetime, *, texts: bool = False) -> Event:
    """Build and check an event from plain `fields`; `texts` lets numbers and times be given as text (CSV)."""
    try:
        event = msgspec.convert(fields, Event, strict=not texts)
    except msgspec.ValidationError as error:
        raise shape_error(error) from None
    return check_event(event, now)

"""Strict validation: an event either fits the vocabulary or is refused with the field and the way to mend it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from staycourse.events.record import Event
from staycourse.events.shapes import shape_error
from staycourse.events.vocabulary import VERBS_BY_NAME
from staycourse.kernel import BadEvent, as_wording, worded

EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
"""No platform kept events before; a time of 1970 is a wrong unit (seconds read as milliseconds)."""

FUTURE_ALLOWED = timedelta(minutes=10)
"""How far an event's time may run ahead of ours: senders' clocks are never quite right."""


def check_event(event: Event, now: datetime) -> Event:
    """Return `event` if its verb, value, course and time fit the vocabulary; raise BadEvent naming the field."""
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
    elif not verb.unit:
        raise BadEvent(worded("{name} takes no value", name=verb.name), where="value", mend="leave it out")
    elif not verb.least <= event.value <= verb.most:
        raise BadEvent(
            worded("{value} is outside {least} to {most}", value=event.value, least=verb.least, most=verb.most),
            where="value",
            mend=worded("the unit is {unit}", unit=as_wording(verb.unit)),
        )
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


def event_of(fields: dict[str, Any], now: datetime, *, texts: bool = False) -> Event:
    """Build and check an event from plain `fields`; `texts` lets numbers and times be given as text (CSV)."""
    try:
        event = msgspec.convert(fields, Event, strict=not texts)
    except msgspec.ValidationError as error:
        raise shape_error(error) from None
    return check_event(event, now)

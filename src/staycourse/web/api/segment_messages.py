"""What Segment's and PostHog's messages say: each read by its own shape, with its time set right by the sender's clock.

Shapes: segment.com/docs/connections/sources/catalog/libraries/server/http-api and posthog.com/docs/api/capture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any, Final

import msgspec

from staycourse.app.intake import IDENTIFY, Tracked
from staycourse.kernel import BadInput, worded
from staycourse.kernel.ids import MAX_ID

NAMED: Final = {"page": "$pageview", "screen": "$screen", "group": "$groupidentify", "alias": "$create_alias"}
"""Segment's calls that carry no event name of their own, by the names that PostHog gives them."""

TYPES: Final = ("track", "identify", *NAMED)


def segment_message(fields: Mapping[str, Any], spare: str, now: datetime, sent: Any) -> Sequence[Tracked]:
    """Read one Segment message; BadInput naming the field if it is none.

    Its time is corrected for the sender's clock as Segment does: received - (sentAt - originalTimestamp).
    """
    kind = fields.get("type")
    if kind not in TYPES:
        raise BadInput(
            worded("there is no call {kind!r}", kind=str(kind)[:40]),
            where="type",
            mend=worded("one of {choices}", choices=", ".join(TYPES)),
        )
    learner = _identifier(fields.get("userId")) or _identifier(fields.get("anonymousId"))
    if not learner:
        raise BadInput("whom it is about is not said", where="userId", mend="send userId or anonymousId")
    name = fields.get("event") if kind == "track" else IDENTIFY if kind == "identify" else NAMED[kind]
    if not isinstance(name, str) or not name:
        raise BadInput("a track call needs the event's name", where="event", mend="name it")
    properties = _object(fields, "properties" if kind in ("track", "page", "screen") else "traits")
    context = _object(fields, "context")
    if kind == "identify":
        properties = {"locale": context.get("locale"), "timezone": context.get("timezone"), **properties}
    else:
        told = ("name", "category", "groupId", "previousId")
        properties = {**{key: fields[key] for key in told if fields.get(key) is not None}, **properties}
    original = fields.get("originalTimestamp") or fields.get("timestamp")
    when = corrected(original, fields.get("sentAt") or sent, now)
    return [Tracked("segment", _identifier(fields.get("messageId")) or spare, learner, name, when, properties)]


def posthog_message(fields: Mapping[str, Any], spare: str, now: datetime, sent: Any) -> Sequence[Tracked]:
    """Read one PostHog event, and who it says somebody is ($set) as a second message; BadInput if it is none."""
    properties = _object(fields, "properties")
    learner = _identifier(fields.get("distinct_id")) or _identifier(properties.get("distinct_id"))
    name = fields.get("event")
    if not learner:
        raise BadInput("whom it is about is not said", where="distinct_id", mend="send distinct_id")
    if not isinstance(name, str) or not name:
        raise BadInput("an event needs its name", where="event", mend="name it")
    key = _identifier(fields.get("uuid")) or _identifier(properties.get("$insert_id")) or spare
    when = corrected(fields.get("timestamp"), fields.get("sent_at") or sent, now)
    person: dict[str, Any] = {}
    for source in (fields, properties):
        person = {**_object(source, "$set_once"), **_object(source, "$set"), **person}
    told = [Tracked("posthog", key, learner, IDENTIFY, when, person)] if person else []
    if name not in (IDENTIFY, "$set", "$set_once"):
        told.append(Tracked("posthog", key, learner, name, when, properties))
    return told


def corrected(original: Any, sent: Any, received: datetime) -> datetime:
    """Return when it happened by our clock: received - (sent - original); without `sent` as it is said, or received."""
    happened, gone = _instant(original), _instant(sent)
    if happened is None:
        return received
    if gone is None:
        return happened
    try:
        return received - (gone - happened)
    except OverflowError:
        return happened


def _identifier(given: Any) -> str:
    if isinstance(given, bool) or not isinstance(given, str | int):
        return ""
    text = str(given).strip()
    if len(text) > MAX_ID:
        raise BadInput(
            worded("an id has at most {most} characters", most=MAX_ID), where="userId", mend="send a shorter one"
        )
    return text


def _object(fields: Mapping[str, Any], name: str) -> dict[str, Any]:
    given = fields.get(name)
    return given if isinstance(given, dict) else {}


def _instant(given: Any) -> datetime | None:
    try:
        found = msgspec.convert(given, datetime)
    except msgspec.ValidationError:
        return None
    return found if found.tzinfo is not None else found.replace(tzinfo=UTC)

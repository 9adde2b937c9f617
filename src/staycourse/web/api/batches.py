"""Batches of events: read and checked all at once where all are good, one by one where one is not."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from staycourse.events import VERBS, Event, check_event, shape_error
from staycourse.events.validation import EARLIEST, FUTURE_ALLOWED, NAMES, is_name
from staycourse.kernel import BadEvent, BadInput, as_wording, worded
from staycourse.web.api.body import readable
from staycourse.web.api.problems import TooLarge, pointer

MOST_EVENTS: Final = 10_000

_RULES: Final = {verb.name: (verb.needs_course, verb.needs_value, *((verb.least, verb.most) if verb.unit else (1, 0)))
                 for verb in VERBS}  # fmt: skip
"""Of each verb what it needs, and from where to where its value goes: from 1 to 0 for one that takes none."""
_ESCAPE: Final = b"\\"
_SPACE: Final = b" "
_decoder: Final = msgspec.json.Decoder(list[Event])
_single: Final = msgspec.json.Decoder(Event)
_pieces: Final = msgspec.json.Decoder(list[msgspec.Raw])


class Rejected(msgspec.Struct):
    """One event that was not kept: which of the batch (counted from 0), where in it (RFC 6901), what and the mend."""

    index: int
    pointer: str
    what: str
    mend: str


@dataclass(slots=True)
class Batch:
    """What came: the good events in their order, and why the others are none."""

    events: list[Event]
    rejected: list[Rejected] = field(default_factory=list)

    def let_go(self) -> list[Event]:
        """Return the events and hold them no longer: what is packed soon and gone is still in the processor's cache."""
        events, self.events = self.events, []
        return events


def read_json(body: bytes, now: datetime) -> Batch:
    """Return the events of a JSON array, or of one JSON object; BadInput if it is no JSON."""
    try:
        events = _decoder.decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _one_by_one(_cut(readable(body)), now)
    return _checked(events, body, now)


def read_lines(body: bytes, now: datetime) -> Batch:
    """Return the events of JSON lines (NDJSON), empty ones passed over. A line that is no JSON is one bad event."""
    try:
        events = _single.decode_lines(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _one_by_one([line for line in readable(body).split(b"\n") if line.strip()], now)
    return _checked(events, body, now)


def _checked(events: list[Event], body: bytes, now: datetime) -> Batch:
    """Check what is of the right shape already: all at once, and only then one by one where one does not fit."""
    _bounded(len(events))
    return Batch(events) if _all_fit(events, now) and _all_named(events, body) else _sorted(events, now)


def _all_named(events: Sequence[Event], body: bytes) -> bool:
    """Say whether `is_name` is true of every name, by the `body` where it can tell: a blank in it or a NUL is a space,
    not of ASCII, or an escape (RFC 8259, section 7)."""
    if _ESCAPE in body:
        return all(is_name(getattr(event, field)) for event in events for field in NAMES)
    if body.isascii() and _SPACE not in body:
        return True
    for event in events:
        if event.event_id.isspace() or event.learner.isspace() or event.course.isspace() or event.object.isspace():
            return False
    return True


def _all_fit(events: Sequence[Event], now: datetime) -> bool:
    """Say whether every event fits the vocabulary, as check_event would find but for names."""
    rules, earliest, latest = _RULES, EARLIEST, now + FUTURE_ALLOWED
    try:
        for event in events:
            needs_course, needs_value, least, most = rules[event.verb]
            if event.received is not None or not earliest <= event.time <= latest:
                return False
            if needs_course and not event.course:
                return False
            value = event.value
            if needs_value if value is None else not least <= value <= most:
                return False
    except KeyError:  # there is no such verb
        return False
    return True


def _sorted(events: Sequence[Event], now: datetime) -> Batch:
    batch = Batch([])
    for index, event in enumerate(events):
        try:
            batch.events.append(_fitting(event, now))
        except BadEvent as error:
            batch.rejected.append(_rejected(index, error))
    return batch


def _one_by_one(pieces: Sequence[msgspec.Raw | bytes], now: datetime) -> Batch:
    _bounded(len(pieces))
    batch = Batch([])
    for index, piece in enumerate(pieces):
        try:
            batch.events.append(_fitting(_single.decode(piece), now))
        except msgspec.ValidationError as error:
            batch.rejected.append(_rejected(index, shape_error(error)))
        except BadEvent as error:
            batch.rejected.append(_rejected(index, error))
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            batch.rejected.append(Rejected(index, "", "not JSON in UTF-8", "send one JSON object"))
    return batch


def _fitting(event: Event, now: datetime) -> Event:
    if event.received is not None:
        raise BadEvent("when an event arrived is noted here", where="received", mend="leave it out")
    return check_event(event, now)


def _cut(body: bytes) -> list[msgspec.Raw]:
    """Cut a JSON array into its elements; an object is the one element of itself."""
    try:
        if body.lstrip(b" \t\r\n")[:1] == b"{":
            return [msgspec.json.decode(body, type=msgspec.Raw)]
        return _pieces.decode(body)
    except RecursionError:
        raise BadInput("nested too deeply", where="body", mend="events are flat objects") from None
    except (msgspec.MsgspecError, UnicodeDecodeError) as error:
        what = str(error).partition(" - at `$")[0]
        raise BadInput(
            worded("not a JSON array of events: {why}", why=as_wording(what[:270])),
            where="body",
            mend="send an array, or NDJSON as application/x-ndjson",
        ) from None


def _bounded(count: int) -> None:
    if count > MOST_EVENTS:
        raise TooLarge(
            worded("{count:,} events at once", count=count),
            where="body",
            mend=worded("send at most {most:,}", most=MOST_EVENTS),
        )


def _rejected(index: int, error: BadEvent) -> Rejected:
    return Rejected(index, pointer("" if error.where == "event" else error.where), error.what, error.mend)

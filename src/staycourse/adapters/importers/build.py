"""From columns to events: the one validation of the events room, applied a column at a time where all is well.

An event's shape is checked with the types its own record declares (`list[T]` of a column is C speed in msgspec), its
meaning with `check_event`. Where a chunk holds a row of a wrong shape, the chunk is done again row by row with
`event_of`, which says which and why.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import repeat
from typing import Any

import msgspec

from staycourse.events import Event, check_event, event_of
from staycourse.kernel import BadEvent

_TYPES: dict[str, Any] = {field.name: field.type for field in msgspec.structs.fields(Event)}
_ORDER = (
    "event_id",
    "learner",
    "verb",
    "time",
    "course",
    "object",
    "value",
    "received",
    "source",
    "attributes",
    "backfill",
)
_DEFAULTS: dict[str, Any] = {
    field.name: {} if field.name == "attributes" else field.default for field in msgspec.structs.fields(Event)
}

Columns = Mapping[str, Sequence[Any]]
Refuse = Callable[[int, str, str], None]
"""Told of a bad row: its index in the columns, the field, the reason."""


def build_events(columns: Columns, now: datetime, refuse: Refuse) -> list[Event]:
    """Return the events of `columns` (by the Event's field names); bad rows are told to `refuse` and left out."""
    rows = len(columns["event_id"])
    try:
        shaped = {
            name: msgspec.convert(columns[name], list[kind])  # type: ignore[valid-type]
            if name in columns
            else repeat(_DEFAULTS[name], rows)
            for name, kind in _TYPES.items()
        }
    except msgspec.ValidationError:
        return _by_row(columns, now, refuse)
    made = _shaped_events(shaped)
    try:
        return [check_event(event, now) for event in made]
    except BadEvent:
        return _meaningful(made, now, refuse)


def _shaped_events(shaped: Mapping[str, Iterable[Any]]) -> list[Event]:
    # Written out by name: building a dictionary per event would halve the speed.
    return [
        Event(
            event_id=event_id, learner=learner, verb=verb, time=time, course=course, object=object_, value=value,
            received=received, source=source, attributes=attributes, backfill=backfill,
        )
        for event_id, learner, verb, time, course, object_, value, received, source, attributes, backfill in zip(
            *(shaped[name] for name in _ORDER), strict=True
        )
    ]  # fmt: skip


def _meaningful(made: Sequence[Event], now: datetime, refuse: Refuse) -> list[Event]:
    events = []
    for index, event in enumerate(made):
        try:
            events.append(check_event(event, now))
        except BadEvent as error:
            refuse(index, error.where, error.what)
    return events


def _by_row(columns: Columns, now: datetime, refuse: Refuse) -> list[Event]:
    names = tuple(columns)
    events = []
    for index, row in enumerate(zip(*columns.values(), strict=True)):
        try:
            events.append(event_of(dict(zip(names, row, strict=True)), now))
        except BadEvent as error:
            refuse(index, error.where, error.what)
    return events

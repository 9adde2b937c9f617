"""From columns to events: the one validation of the events room, applied a column at a time where all is well.

An event's shape is checked with the types its own record declares (`list[T]` of a column is C speed in msgspec), its
meaning with `check_event`. Where a chunk holds a bad row, the chunk is done again row by row with `event_of`, which
says which and why.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
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


def build_events(columns: Columns, now: datetime, refuse: Refuse, *, texts: bool = False) -> list[Event]:
    """Return the events of `columns` (by the Event's field names); bad rows are told to `refuse` and left out.

    `texts` lets numbers, times and flags be given as text.
    """
    try:
        return _by_column(columns, now, texts=texts)
    except (msgspec.ValidationError, BadEvent):
        return _by_row(columns, now, refuse, texts=texts)


def _by_column(columns: Columns, now: datetime, *, texts: bool) -> list[Event]:
    rows = len(columns["event_id"])
    checked = {
        name: msgspec.convert(columns[name], list[kind], strict=not texts)  # type: ignore[valid-type]
        if name in columns
        else repeat(_DEFAULTS[name], rows)
        for name, kind in _TYPES.items()
    }
    # Written out by name: building a dictionary per event would halve the speed.
    return [
        check_event(
            Event(event_id=event_id, learner=learner, verb=verb, time=time, course=course, object=object_, value=value,
                  received=received, source=source, attributes=attributes, backfill=backfill),
            now,
        )
        for event_id, learner, verb, time, course, object_, value, received, source, attributes, backfill in zip(
            *(checked[name] for name in _ORDER), strict=True
        )
    ]  # fmt: skip


def _by_row(columns: Columns, now: datetime, refuse: Refuse, *, texts: bool) -> list[Event]:
    names = tuple(columns)
    events = []
    for index, row in enumerate(zip(*columns.values(), strict=True)):
        try:
            events.append(event_of(dict(zip(names, row, strict=True)), now, texts=texts))
        except BadEvent as error:
            refuse(index, error.where, error.what)
    return events

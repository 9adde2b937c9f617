"""What a tail and an export read of the log: events of one tenant as they were appended."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.events import Event


@dataclass(frozen=True, slots=True)
class TailReading:
    """Live events (backfills left out) of the asked verbs, and the position after them; `more` if more is there."""

    events: tuple[Event, ...]
    position: str
    more: bool


Choose = Callable[[pa.Table], pa.Table]
"""Leaves out rows of `decode_events` that mean nothing to who reads them, before each costs an object."""


def live_events(table: pa.Table, verbs: Collection[str], choose: Choose | None = None) -> tuple[Event, ...]:
    """Return the rows of `decode_events` that are no backfill and of `verbs`, as events: those that `choose` leaves."""
    wanted = pc.and_(
        pc.invert(table["backfill"]), pc.is_in(table["verb"], value_set=pa.array(sorted(verbs), pa.string()))
    )
    found = table.filter(wanted)
    return tuple(event_of(row) for row in (choose(found) if choose else found).to_pylist())


def event_of(row: dict[str, object]) -> Event:
    """Return a row of `decode_events` as the event that was appended."""
    attributes: dict[str, str] = msgspec.json.decode(str(row["attributes"])) if row["attributes"] else {}
    received, value = row["received"], row["value"]
    return Event(
        event_id=str(row["event_id"]),
        learner=str(row["learner"]),
        verb=str(row["verb"]),
        course=str(row["course"]),
        object=str(row["object"]),
        source=str(row["source"]),
        time=_instant(row["time"]),
        received=_instant(received) if received is not None else None,
        value=value if isinstance(value, int) else None,
        attributes=attributes,
    )


def _instant(value: object) -> datetime:
    assert isinstance(value, datetime)  # noqa: S101 (the column's type)
    return value

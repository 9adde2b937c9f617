"""What is read of the log by others than the lake: a tail's events, an export's, and frames as they come."""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

import msgspec
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.adapters.segments.frames import Frame
from staycourse.adapters.segments.reading_batches import decode_events
from staycourse.events import Event


@dataclass(frozen=True, slots=True)
class TailReading:
    """Live events (backfills left out) of the asked verbs, and the position after them; `more` if more is there."""

    events: tuple[Event, ...]
    position: str
    more: bool


@dataclass(frozen=True, slots=True)
class Fresh:
    """New frames, in the order of their log. `missed`: some went that were not read; `more`: more is there."""

    frames: tuple[Frame, ...]
    missed: bool
    more: bool


class FreshReader(Protocol):
    """A log as it grows, for one who began with what the lake held and must miss nothing."""

    @property
    def pause(self) -> float:
        """Seconds to wait between two readings while nothing is new: a look costs less in one log than in another."""
        ...

    def read(self) -> Fresh:
        """Return what was appended since the last reading, maybe other tenants' too; each frame once."""
        ...

    def unheard(self, applied: Collection[str]) -> bool:
        """Say whether the lake took over something that was neither read here nor there when this reader began.

        `applied` are the parts of the log that it names now.
        """
        ...


Choose = Callable[[pa.Table], pa.Table]
"""Leaves out rows (learner, verb, time, and what else stands there) that mean nothing to who reads them, before each
costs an object."""


def read_live(
    batches: Sequence[tuple[memoryview, int]], verbs: Collection[str], choose: Choose | None = None
) -> tuple[Event, ...]:
    """Return the events of `batches` that are no backfill and of `verbs`: those that `choose` leaves.

    What decides is read first, and the rest only of the batches of which something is left: mostly of none.
    """
    if not batches or not verbs:
        return ()
    counts = np.array([count for _, count in batches])
    table = decode_events(batches, ("learner", "verb", "time", "backfill"), encoded=True)
    asked = table["verb"].combine_chunks()
    listed = pc.is_in(asked.dictionary, value_set=pa.array(sorted(verbs), pa.string()))
    wanted = np.asarray(listed, np.bool_)[np.asarray(asked.indices)] & ~np.asarray(table["backfill"], np.bool_)
    table = table.append_column("row", pa.array(np.arange(len(table))))
    if not wanted.all():
        table = table.filter(pa.array(wanted))
    rows = np.asarray((choose(table) if choose and len(table) else table)["row"])
    if not len(rows):
        return ()
    its = np.searchsorted(np.cumsum(counts), rows, side="right")  # the batch of each row
    kept, at = np.unique(its, return_inverse=True)
    within = rows - (np.cumsum(counts) - counts)[its] + (np.cumsum(counts[kept]) - counts[kept])[at]
    return tuple(event_of(row) for row in decode_events([batches[n] for n in kept]).take(pa.array(within)).to_pylist())


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

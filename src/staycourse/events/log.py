"""What the rooms need of an event log: append durably, hand closed parts over once, forget a learner."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from staycourse.events.record import Event


@dataclass(frozen=True, slots=True)
class LogHealth:
    """What `staycourse doctor` tells of a log. `healed` lists torn or damaged tails found when it was opened."""

    segments: int
    bytes: int
    events_waiting: int
    healed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Packed:
    """Events in the form in which a log keeps them, and how many they are; `rest` ends the payload, uncopied."""

    payload: bytes
    count: int
    rest: bytes = b""


class EventLog(Protocol):
    """Append-only and durable. Several processes may write it at one time."""

    def append(self, tenant: str, events: Sequence[Event]) -> None:
        """Keep `events`; returns only once they are on disk (fdatasync). StorageFault if they could not be kept."""
        ...

    def pack(self, tenant: str, events: Sequence[Event]) -> Sequence[Packed]:
        """Return `events` in the form for `append_packed`, to be packed where they were read and kept with others;
        BadEvent if one cannot be kept."""
        ...

    def append_packed(self, tenant: str, packed: Sequence[Packed]) -> None:
        """Keep what `pack` of this log made, all of it or nothing; returns and raises as `append` does."""
        ...

    def roll(self) -> None:
        """Close the open segment, so that the compactor may take it."""
        ...

    def health(self) -> LogHealth:
        """Say how much waits to be compacted and what was healed."""
        ...

    def close(self) -> None:
        """Flush, close and let the home go."""
        ...

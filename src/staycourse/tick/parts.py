"""What a tick is given to work with, and what it tells of itself."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Protocol

from staycourse.care import Alert, AlertPlan, Draw, Entry, Node, Person, PlaybookRecord, Underfoot, Verdict, Waiting
from staycourse.events import Event
from staycourse.policy import Policy


class Tail(Protocol):
    """What was appended to the log since the last tick, with each text's feeling; one worker at a time takes it.

    A part of it, where there is much (then `more`); nothing (None) while another worker takes it.
    """

    more: bool

    def read(self, tenant: str, policy: Policy) -> Sequence[tuple[Event, int | None]] | None: ...

    def done(self, tenant: str) -> None: ...


class Alerts(Protocol):
    """What a tick needs of the alerts."""

    def follow(self, tenant: str, plan: AlertPlan, now: datetime) -> int: ...

    def undecided(self, tenant: str, limit: int) -> list[Alert]: ...

    def decide(self, tenant: str, decisions: Iterable[tuple[str, str, str, str, str]]) -> None: ...

    def close_returned(self, tenant: str, learners: Mapping[str, datetime], now: datetime) -> int: ...


class Journeys(Protocol):
    """What a tick needs of the journeys."""

    def install(self, tenant: str, policy: Policy, nodes: Iterable[Node], now: datetime) -> None: ...

    def active(self, tenant: str, learners: Iterable[str]) -> Sequence[Underfoot]: ...

    def leave(self, tenant: str, journeys: Iterable[int], reason: str, now: datetime) -> int: ...

    def wake(self, tenant: str, journeys: Iterable[int], verb: str, now: datetime) -> int: ...

    def enter(
        self, tenant: str, entries: Sequence[tuple[Entry, Draw]], policy: Policy, now: datetime
    ) -> Sequence[Any]: ...

    def draw_whole(self, tenant: str, draws: Iterable[Draw], now: datetime) -> None: ...

    def arms(self, tenant: str, playbook: str, learners: Iterable[str]) -> Mapping[str, str]: ...

    def advance(self, tenant: str, now: datetime) -> int: ...


class Messages(Protocol):
    """What a tick needs of the outbox.

    `claim` gives what only this worker is to send now, and whether anything was due at all (held back or not).
    """

    def claim(
        self,
        tenant: str,
        worker: str,
        policy: Policy,
        now: datetime,
        decide: Callable[[Waiting, Person], Verdict],
        *,
        limit: int,
        today: date,
    ) -> tuple[Sequence[Any], bool]: ...

    def settle(self, tenant: str, worker: str, deliveries: Sequence[Any], now: datetime) -> int: ...


class Past(Protocol):
    """What became of earlier answers, and which ones learners had lately."""

    def records(self, tenant: str) -> Sequence[PlaybookRecord]: ...

    def history(
        self, tenant: str, learners: Iterable[str], now: datetime
    ) -> Mapping[str, Sequence[tuple[str, float]]]: ...


class Tasks(Protocol):
    """What a tick needs of the advisors' queue."""

    def open_asked(self, tenant: str, policy: Policy, month: str) -> None: ...


class Facts(Protocol):
    """What a tick remembers for later forks, and who is a core learner."""

    def happened(self, tenant: str, facts: Iterable[tuple[str, str, float | None, str, datetime]]) -> None: ...

    def tiers(self, tenant: str, learners: Iterable[str]) -> Mapping[str, str]: ...


class People(Protocol):
    """Where what learners said about being reached is kept."""

    def unsubscribe(self, tenant: str, events: Iterable[Event]) -> None: ...


class Sender(Protocol):
    """Renders claimed messages and hands them to their channels; what became of each, whatever happened."""

    def kinds(self, tenant: str) -> Mapping[str, str]: ...

    def send(self, tenant: str, policy: Policy, claimed: Sequence[Any]) -> Sequence[Any]: ...


@dataclass(frozen=True, slots=True)
class TickParts:
    """The parts of the house that a tick uses."""

    tail: Tail
    alerts: Alerts
    journeys: Journeys
    messages: Messages
    tasks: Tasks
    facts: Facts
    people: People
    sender: Sender
    past: Past


@dataclass(slots=True)
class Tick:
    """What a tick did."""

    at: datetime
    events: int = 0
    opened: int = 0
    returned: int = 0
    left: int = 0
    woken: int = 0
    entered: int = 0
    held_out: int = 0
    steps: int = 0
    sent: int = 0
    failed: int = 0

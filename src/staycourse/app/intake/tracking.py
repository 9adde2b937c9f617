"""Taking tracked messages in: what is mapped into the log, what says who somebody is into the store, the rest kept."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Final

import msgspec

from staycourse.adapters.store.care import AuditLog
from staycourse.adapters.store.doors import Unmapped, UnmappedBook, UnmappedName
from staycourse.app.homes.home import Home
from staycourse.app.intake.tracked import Tracked, event_from, learner_from
from staycourse.events import Event, Learner
from staycourse.kernel import natural_id
from staycourse.policy import EventsPolicy

IDENTIFY: Final = "$identify"
FRESH_SECONDS: Final = 5.0
REPLAY_AT_ONCE: Final = 1_000

LONGEST_MESSAGE: Final = 32_768
"""Bytes of a message that is kept: of a longer one (no tracked message is, a Caliper event may be) no properties."""


@dataclass(slots=True)
class Sorted:
    """What a batch of messages comes to."""

    events: list[Event] = field(default_factory=list)
    learners: list[Learner] = field(default_factory=list)
    unmapped: list[Unmapped] = field(default_factory=list)
    ignored: int = 0


@dataclass(frozen=True, slots=True)
class Replay:
    """What a replay did: how many became events, how many still do not fit."""

    events: int
    left: int


def sort_messages(messages: Sequence[Tracked], policy: EventsPolicy, now: datetime) -> Sorted:
    """Sort messages into events, learners, and those that are neither yet."""
    found = Sorted()
    for told in messages:
        if told.name == IDENTIFY:
            if learner := learner_from(told.learner, told.properties):
                found.learners.append(learner)
        elif told.name in policy.ignore:
            found.ignored += 1
        else:
            event = event_from(told, policy, now)
            if isinstance(event, Event):
                found.events.append(event)
            else:
                found.unmapped.append(_unmapped(told, event, now))
    return found


class Mappings:
    """The event names of each tenant's policy, as a server asks for them: read anew after a few seconds."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._turn = threading.Lock()
        self._known: dict[str, tuple[float, EventsPolicy]] = {}

    def fresh(self, tenant: str) -> EventsPolicy | None:
        """Return a tenant's mapping if it is known and young enough."""
        since, known = self._known.get(tenant, (float("-inf"), None))
        return known if time.monotonic() - since < FRESH_SECONDS else None

    async def asked(self, tenant: str) -> EventsPolicy:
        """Return a tenant's mapping to an event loop, which does not wait for the store."""
        known = self.fresh(tenant)
        return known if known is not None else await asyncio.to_thread(self.read, tenant)

    def read(self, tenant: str) -> EventsPolicy:
        """Return a tenant's mapping, from the store where it must be."""
        with self._turn:
            known = self.fresh(tenant)
            if known is None:
                known = self._home.policy(tenant).events
                self._known[tenant] = (time.monotonic(), known)
            return known


def keep_unmapped(home: Home, tenant: str, messages: Sequence[Unmapped]) -> None:
    """Keep what is no event yet; nothing of learners who were erased."""
    gone = home.gate.erased(tenant, lambda: [one.learner for one in messages])
    UnmappedBook(home.database).keep(tenant, [one for one in messages if one.learner not in gone])


def unmapped_names(home: Home, tenant: str) -> list[UnmappedName]:
    """Return the names that came in and are no events yet, the most frequent first."""
    return UnmappedBook(home.database).names(tenant)


def replay_unmapped(home: Home, *, actor: str = "") -> Replay:
    """Read what was kept again by the policy in force; what fits now becomes events, as if it had just come.

    Killed in between it repeats harmlessly: an event id is kept once.
    """
    book, tenant, now = UnmappedBook(home.database), home.tenant, home.settings.clock.now()
    policy = home.policy(tenant).events
    names, after, done, left = [*policy.names, *policy.ignore], "", 0, 0
    while kept := book.read(tenant, names, after, REPLAY_AT_ONCE):
        after = kept[-1].record
        sorted_ = sort_messages([msgspec.json.decode(one.message, type=Tracked) for one in kept], policy, now)
        if sorted_.events:
            home.log.append(tenant, sorted_.events)
        still = {one.record for one in sorted_.unmapped}
        book.drop(tenant, [one.record for one in kept if one.record not in still])
        done, left = done + len(sorted_.events), left + len(still)
    book.settle(tenant, names)
    AuditLog(home.database).record(tenant, actor, "events.replayed", at=now, events=done, left=left)
    return Replay(done, left)


def _unmapped(told: Tracked, reason: str, now: datetime) -> Unmapped:
    record, message = natural_id(told.door, told.key), msgspec.json.encode(told)
    if len(message) > LONGEST_MESSAGE:
        message = msgspec.json.encode(msgspec.structs.replace(told, properties={}))
    learner, name, why = (text.replace("\0", "\ufffd") for text in (told.learner, told.name[:200], reason or told.why))
    return Unmapped(record, learner, told.door, name, why, now, message.decode())

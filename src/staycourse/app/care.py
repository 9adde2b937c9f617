"""Care on one home: the books it keeps, and the ticks that move it."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import cached_property

from staycourse.adapters.log import read_tail
from staycourse.adapters.store import (
    AlertBook,
    AuditLog,
    FactBook,
    InboxBook,
    JourneyBook,
    Outbox,
    PastBook,
    PeopleBook,
    TaskBook,
    TemplateBook,
)
from staycourse.app.channels import home_channels
from staycourse.app.home import Home
from staycourse.app.links import Links, home_secret
from staycourse.app.sending import ChannelSender
from staycourse.care import Channel, Template, default_templates, heeded_verbs, nodes_of
from staycourse.events import TEXT_VERBS, Event
from staycourse.feeling import feel_many
from staycourse.kernel import ClockFault, fresh_id
from staycourse.policy import Policy
from staycourse.tick import Tick, TickParts, heed_new, tick

CURSOR = "tail"
ALONE = timedelta(seconds=30)
"""How long one worker alone may take in what happened before another takes it over."""

NEWEST_TICK = "tick"
CLOCKS_APART = timedelta(minutes=5)
"""How far the clocks of several workers may be apart."""

MOST_READINGS = 50
"""How many readings of the log one tick takes in at most: what is left waits for the next."""


class Care:
    """The books of care over one open home, made when first asked for."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.worker = f"{socket.gethostname()[:40]}:{os.getpid()}:{fresh_id()[:8]}"
        database = home.database
        self.alerts = AlertBook(database)
        self.journeys = JourneyBook(database)
        self.outbox = Outbox(database)
        self.people = PeopleBook(database)
        self.tasks = TaskBook(database)
        self.facts = FactBook(database)
        self.templates = TemplateBook(database)
        self.past = PastBook(database)
        self.audit = AuditLog(database)
        self.inbox = InboxBook(database, home.settings.clock)

    @cached_property
    def channels(self) -> Mapping[str, Channel]:
        """The channels of the home's channels.toml; the inbox and the file without one."""
        return home_channels(self.home)

    @cached_property
    def links(self) -> Links:
        """What makes and reads the links in messages."""
        settings = self.home.settings
        return Links(settings.public_url, settings.secret or home_secret(self.home.path))

    def wording(self) -> dict[tuple[str, str], Template]:
        """Return the templates in force by (id, language): the shipped ones with the operator's laid over."""
        return {**default_templates(), **self.templates.newest(self.home.tenant)}

    def sender(self) -> ChannelSender:
        """Return what sends claimed messages."""
        home = self.home
        return ChannelSender(
            self.channels, self.wording(), home.store, self.people, self.facts, self.links, home.settings.clock
        )

    def install(self, tenant: str, policy: Policy) -> None:
        """Keep the steps of the policy's playbooks, so that learners may enter them."""
        self.journeys.install(tenant, policy, nodes_of(policy), self.home.settings.clock.now())

    def parts(self) -> TickParts:
        """Return the parts of a tick."""
        return TickParts(
            tail=LogTail(self),
            alerts=self.alerts,
            journeys=self.journeys,
            messages=self.outbox,
            tasks=self.tasks,
            facts=self.facts,
            people=self.people,
            sender=self.sender(),
            past=self.past,
        )


def run_tick(care: Care, *, now: datetime | None = None) -> Tick:
    """Run one tick of the home's tenant; ClockFault if time went back since the newest tick."""
    home = care.home
    moment = now or home.settings.clock.now()
    _require_forward(care, moment)
    return tick(care.parts(), home.tenant, home.policy(home.tenant), worker=care.worker, now=moment, zone=home.zone)


def _require_forward(care: Care, now: datetime) -> None:
    """Refuse to move anything by a clock that went back: what was sent "later" would not be counted by the caps."""
    tenant = care.home.tenant
    newest = care.facts.cursor(tenant, NEWEST_TICK)
    if newest and now < datetime.fromisoformat(newest) - CLOCKS_APART:
        raise ClockFault(
            f"it is {now:%Y-%m-%d %H:%M} here, but the newest tick was at {newest[:16].replace('T', ' ')} UTC",
            where="clock",
            mend="set this machine's clock right; nothing is sent until it has caught up",
        )
    if not newest or now > datetime.fromisoformat(newest):
        care.facts.put_cursor(tenant, NEWEST_TICK, now.isoformat())


def run_heeding(care: Care, tenant: str, policy: Policy) -> Tick:
    """Take in what the log holds and no tick has seen, without sending anything."""
    home = care.home
    done = Tick(home.settings.clock.now())
    care.install(tenant, policy)
    heed_new(care.parts(), tenant, policy, done.at, home.zone, done)
    return done


@dataclass(slots=True)
class LogTail:
    """The end of the home's log. One worker at a time takes it in; what it took is done when it says so."""

    care: Care
    position: str = field(default="", init=False)

    def read(self, tenant: str, policy: Policy) -> Sequence[tuple[Event, int | None]] | None:
        """Return what is new, None while another worker takes it in."""
        care, home = self.care, self.care.home
        now = home.settings.clock.now()
        if not care.facts.lease(tenant, CURSOR, care.worker, now, ALONE):
            return None
        events: list[Event] = []
        self.position = before = care.facts.cursor(tenant, CURSOR)
        for _ in range(MOST_READINGS):
            reading = read_tail(home.path / "log", tenant, self.position, heeded_verbs(policy))
            self.position = reading.position
            events.extend(reading.events)
            if not reading.more:
                break
        if not events and self.position != before:
            self.done(tenant)
        return felt(events, policy)

    def done(self, tenant: str) -> None:
        """Note that what was read has been taken in."""
        self.care.facts.put_cursor(tenant, CURSOR, self.position)


def felt(events: Iterable[Event], policy: Policy) -> list[tuple[Event, int | None]]:
    """Return each event with the feeling of its text, where a trigger asks for it."""
    asked = {trigger.verb for trigger in policy.triggers.values() if trigger.feeling == "negative"} & set(TEXT_VERBS)
    listed = list(events)
    texts = [place for place, event in enumerate(listed) if event.verb in asked and event.attributes.get("text")]
    feelings = dict(zip(texts, feel_many([listed[place].attributes["text"] for place in texts]), strict=True))
    return [(event, feelings.get(place)) for place, event in enumerate(listed)]

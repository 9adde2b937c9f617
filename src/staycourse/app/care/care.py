"""Care on one home: the books it keeps, and the ticks that move it."""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Mapping, Sequence, Set
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from functools import cached_property

import pyarrow as pa

from staycourse.adapters.segments import Choose, TailReading
from staycourse.adapters.store import PastBook
from staycourse.adapters.store.care import (
    AlertBook,
    AuditLog,
    FactBook,
    InboxBook,
    JourneyBook,
    Outbox,
    PeopleBook,
    TaskBook,
    TemplateBook,
)
from staycourse.app.care.channels import home_channels
from staycourse.app.care.clocks import require_forward
from staycourse.app.care.links import Links, home_secret
from staycourse.app.care.sending import ChannelSender
from staycourse.app.homes.home import Home
from staycourse.app.homes.workers import ended, worker_name
from staycourse.care import ANSWERED_BY_PEOPLE, Channel, heeded_verbs, nodes_of, plain_verbs, that_matter
from staycourse.care.messages import Template, default_templates
from staycourse.events import TEXT_VERBS, Event
from staycourse.feeling import feel_many
from staycourse.kernel import StorageFault
from staycourse.policy import Policy
from staycourse.tick import Tick, TickParts, heed_new, tick

CURSOR = "tail"
ALONE = timedelta(seconds=30)
"""How long one worker alone may take in what happened before another takes it over."""

WAITS, WAIT_SECONDS = 400, 0.1
"""How often, and how long each time, a night waits for a tick that takes in the log: longer than ALONE in all."""

FEW = 2_000
"""For so many learners the store is asked one by one; beyond, it is asked for everyone whom events may concern."""

MOST_READINGS = 50
"""How many readings of the log that hold nothing for care are passed over at once."""


class Care:
    """The books of care over one open home, made when first asked for."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.worker = worker_name()
        self.ticked = False
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
            self.channels,
            self.wording(),
            home.store,
            self.people,
            self.facts,
            self.links,
            home.settings.clock,
            home.zone,
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
    """Run one tick of the home's tenant; ClockFault if time went back since the newest tick, or runs ahead."""
    home = care.home
    moment = now or home.settings.clock.now()
    before, care.ticked = care.ticked, False
    require_forward(home, moment, ticked=before)
    care.ticked = True
    return tick(
        care.parts(),
        home.tenant,
        home.policy(home.tenant),
        worker=care.worker,
        now=moment,
        zone=home.zone,
        clock=None if now else home.settings.clock,
    )


def run_heeding(care: Care, tenant: str, policy: Policy, *, within: Collection[str] | None = None) -> Tick:
    """Take in all that the log holds (`within`: in those segments) and no tick has seen, without sending anything.

    Another worker that takes it in just now is waited for; StorageFault if that does not end.
    """
    home, parts = care.home, care.parts()
    zone = home.zone_of(tenant)
    tail, done = LogTail(care, within), Tick(home.settings.clock.now())
    parts = replace(parts, tail=tail)
    care.install(tenant, policy)
    for _ in range(WAITS):
        while heed_new(parts, tenant, policy, home.settings.clock.now(), zone, done):
            pass
        if not tail.busy:
            return done
        time.sleep(WAIT_SECONDS)
    raise StorageFault(
        "another worker takes in the log and does not end", where=str(home.path), mend="look at the running ticks"
    )


@dataclass(slots=True)
class LogTail:
    """The end of the home's log. One worker at a time takes it in; what it took is done when it says so."""

    care: Care
    within: Collection[str] | None = None
    position: str = field(default="", init=False)
    busy: bool = field(default=False, init=False)
    more: bool = field(default=False, init=False)

    def read(self, tenant: str, policy: Policy) -> Sequence[tuple[Event, int | None]] | None:
        """Return some of what is new, None while another worker takes it in. Where nothing is, nothing is written."""
        care, facts, verbs = self.care, self.care.facts, heeded_verbs(policy)
        self.busy = self.more = False
        plain = plain_verbs(policy)

        def choose(events: pa.Table) -> pa.Table:
            return that_matter(events, plain, lambda learners: self._watched(tenant, learners))

        before = facts.cursor(tenant, CURSOR)
        if care.home.log_place.read_tail(tenant, before, (), within=self.within).position == before:
            return ()
        if not facts.lease(tenant, CURSOR, care.worker, care.home.settings.clock.now(), ALONE, ended):
            self.busy = True
            return None
        reading = self._new(tenant, facts.cursor(tenant, CURSOR), verbs, choose)
        self.position, self.more = reading.position, reading.more
        if not reading.events:
            self.done(tenant)
        return felt(reading.events, policy)

    def done(self, tenant: str) -> None:
        """Note that what was read has been taken in, and let others go on; not if it took so long that another did."""
        care = self.care
        care.facts.finish(tenant, CURSOR, care.worker, self.position, care.home.settings.clock.now())

    def _watched(self, tenant: str, learners: Sequence[str]) -> tuple[Set[str], Set[str]]:
        """Return who is on a journey, and who has an open alert that learning ends: of `learners`, or of many more."""
        asked = learners if len(learners) <= FEW else None
        return (
            self.care.journeys.travelling(tenant, asked),
            self.care.alerts.watched(tenant, asked, but=ANSWERED_BY_PEOPLE),
        )

    def _new(self, tenant: str, position: str, verbs: Collection[str], choose: Choose) -> TailReading:
        """Read on from `position` until something is found, or nothing more is there."""
        place = self.care.home.log_place
        reading = place.read_tail(tenant, position, verbs, within=self.within, choose=choose)
        for _ in range(MOST_READINGS):
            if reading.events or not reading.more:
                break
            reading = place.read_tail(tenant, reading.position, verbs, within=self.within, choose=choose)
        return reading


def felt(events: Iterable[Event], policy: Policy) -> list[tuple[Event, int | None]]:
    """Return each event with the feeling of its text, where a trigger asks for it."""
    negative = [trigger for trigger in policy.triggers.values() if trigger.feeling == "negative"]
    asked = {verb for trigger in negative for verb in trigger.heard} & set(TEXT_VERBS)
    listed = list(events)
    texts = [place for place, event in enumerate(listed) if event.verb in asked and event.attributes.get("text")]
    feelings = dict(zip(texts, feel_many([listed[place].attributes["text"] for place in texts]), strict=True))
    return [(event, feelings.get(place)) for place, event in enumerate(listed)]

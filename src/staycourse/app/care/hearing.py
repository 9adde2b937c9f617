"""What learners tell us over a link or by mail, with its effects at once: the one place for both.

Each becomes a fact on its way to the log, and is heeded as a tick heeds what the platform tells of: journeys are left
or go on, alerts open, answers are kept. Of a learner who was erased nothing is kept.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from staycourse.adapters.channels import MailReport, read_subscription
from staycourse.adapters.store import LawBook
from staycourse.adapters.store.care import Answer, HeardBook
from staycourse.app.care.care import Care, felt
from staycourse.care import EVERYTHING, Person, TransportFault, consented
from staycourse.events import Event
from staycourse.kernel import BadInput, natural_id
from staycourse.policy import Policy
from staycourse.tick import Tick, heed_new

PURPOSES = ("care", "marketing")
LINK, COMPLAINT = "unsubscribe link", "complaint"
MOST_SUBSCRIPTIONS = 10
"""Web push: how many browsers one learner may have; of more the oldest is given up."""


@dataclass(frozen=True, slots=True)
class Wish:
    """Whether a learner may be reached over a channel (of a kind) for a purpose."""

    channel: str
    kind: str
    purpose: str
    granted: bool


@dataclass(frozen=True, slots=True)
class Hearing:
    """Takes in what learners say."""

    care: Care

    def unsubscribe(
        self, tenant: str, learner: str, channel: str, *, said: str, source: str = LINK, actor: str = ""
    ) -> None:
        """Never write to the learner over `channel` again ("" any); `said` names the saying: twice it is said once."""
        if self.erased(tenant, learner):
            return
        over, now = channel or EVERYTHING, self._now()
        event = self._event("unsubscribed", learner, natural_id(tenant, learner, over, said), object=over)
        self.care.people.put_consent(
            tenant, learner, over, EVERYTHING, False, source=source, said=event.event_id, at=now
        )
        if actor:
            self.care.audit.record(tenant, actor, "learner.unsubscribe", at=now, learner=learner, channel=over)
        self._take(tenant, event)

    def wishes(self, tenant: str, learner: str) -> tuple[Wish, ...]:
        """Return what the learner may be written, channel by channel and purpose by purpose."""
        policy, person = self.care.home.policy(tenant).care, self.person(tenant, learner)
        return tuple(
            Wish(name, channel.kind, purpose, consented(person, name, purpose, policy))
            for name, channel in self.care.channels.items()
            if channel.kind != "file"
            for purpose in PURPOSES
        )

    def choose(self, tenant: str, learner: str, wanted: Mapping[tuple[str, str], bool]) -> None:
        """Keep which channels and purposes the learner wants; only what changed is written into the ledger."""
        if self.erased(tenant, learner):
            return
        now, said = self._now(), natural_id(sorted(wanted.items()), self._now())
        changed = [wish for wish in self.wishes(tenant, learner) if wanted[wish.channel, wish.purpose] != wish.granted]
        for wish in changed:
            self.care.people.put_consent(
                tenant, learner, wish.channel, wish.purpose, not wish.granted, source="preferences", said=said, at=now
            )
        refused = [wish for wish in changed if wish.granted]
        for channel in sorted({wish.channel for wish in refused}):
            if not any(wanted[channel, purpose] for purpose in PURPOSES):
                self.unsubscribe(tenant, learner, channel, said=said, source="preferences")
        self._leave_refused(tenant, learner, wanted, {wish.purpose for wish in refused}, now)

    def answer(self, tenant: str, learner: str, key: str, question: str, value: int) -> Answer:
        """Keep an answer from 0 to 10; the first may be changed once, later ones change nothing."""
        if self.erased(tenant, learner):
            return Answer(value, 1)
        given = HeardBook(self.care.home.database).answer(tenant, learner, key, value, self._now())
        if given.fresh:
            name = natural_id("answer", tenant, key, question, given.times)
            self._take(tenant, self._event("survey_answered", learner, name, object=question, value=value))
        return given

    def answered(self, tenant: str, learner: str, key: str) -> Answer | None:
        """Return the answer that was given to the survey in message `key`."""
        return HeardBook(self.care.home.database).answered(tenant, learner, key)

    def touched(self, tenant: str, learner: str, key: str, verb: Literal["contact_clicked", "contact_opened"]) -> None:
        """Note, once, that the learner opened message `key` or followed its link."""
        if not self.erased(tenant, learner):
            self._take(tenant, self._event(verb, learner, natural_id(verb, tenant, key), object=key))

    def subscribe(self, tenant: str, learner: str, subscription: str) -> None:
        """Keep a browser's web push subscription (its JSON) as an address of the learner; BadInput if it is none."""
        try:
            read_subscription(subscription)
        except TransportFault:
            raise BadInput("not a push subscription", where="body", mend="send PushSubscription.toJSON()") from None
        if self.erased(tenant, learner):
            return
        people, now = self.care.people, self._now()
        fresh = people.put_address(tenant, learner, "webpush", subscription, now)
        kept = [one for one in self.person(tenant, learner).addresses if one.kind == "webpush" and not one.disabled]
        for address in [one.address for one in kept if one.address != fresh][: max(0, len(kept) - MOST_SUBSCRIPTIONS)]:
            people.disable_address(tenant, address, "too many browsers", now)

    def mail(self, tenant: str, report: MailReport) -> int:
        """Take in what came back by mail; return whom it was about: 0 where nobody is known for it."""
        heard = HeardBook(self.care.home.database)
        message = heard.message(tenant, report.key.removeprefix(f"{tenant}:"), report.message_id)
        if message is not None:
            found = [(message.learner, message.address)]
        else:
            found = heard.reached_at(tenant, "email", report.address) if report.address else []
        words = [report.text] if report.text else []  # a second reply to the same message says something else
        said = natural_id("mail", report.kind, report.message_id, report.address, *words)
        for learner, address in found:
            if report.kind in ("complaint", "bounce_permanent") and address:
                self.care.people.disable_address(tenant, address, report.detail or report.kind, self._now())
            if report.kind == "complaint":
                channel = message.channel if message else ""
                self.unsubscribe(tenant, learner, channel, said=said, source=COMPLAINT)
            elif report.kind == "reply" and not self.erased(tenant, learner):
                self._replied(tenant, learner, natural_id(said, learner), message.key if message else "", report.text)
        return len(found)

    def _replied(self, tenant: str, learner: str, name: str, about: str, text: str) -> None:
        """Take in a reply; its words stand among the notes, for the person who is to answer it."""
        if text:
            self.care.tasks.note(tenant, learner, about, learner, text, self._now(), said=name)
        self._take(tenant, self._event("contact_replied", learner, name, object=about, text=text))

    def erased(self, tenant: str, learner: str) -> bool:
        """Say whether the learner was erased: an old link may still be followed, and says nothing new."""
        return bool(LawBook(self.care.home.database).erased(tenant, [learner]))

    def person(self, tenant: str, learner: str) -> Person:
        """Return what is known of how the learner may be reached."""
        return self.care.people.person(tenant, learner, self._now())

    def _leave_refused(
        self, tenant: str, learner: str, wanted: Mapping[tuple[str, str], bool], purposes: set[str], now: datetime
    ) -> None:
        """Let the learner leave the journeys of the purposes for which no channel is left."""
        gone = {one for one in purposes if not any(yes for (_, purpose), yes in wanted.items() if purpose == one)}
        books = self.care.home.policy(tenant).playbooks
        journeys = self.care.journeys.active(tenant, [learner])
        left = [one.journey for one in journeys if one.playbook in books and books[one.playbook].purpose in gone]
        if left:
            self.care.journeys.leave(tenant, left, "unsubscribe", now)

    def _take(self, tenant: str, event: Event) -> None:
        """Keep the fact for the log, and heed it now. Done twice, it changes nothing."""
        care, policy, now = self.care, self.care.home.policy(tenant), self._now()
        care.facts.put_outward(tenant, [event])
        care.install(tenant, policy)
        parts = replace(care.parts(), tail=_Heard(event))
        heed_new(parts, tenant, policy, now, care.home.zone, Tick(now))

    def _event(
        self, verb: str, learner: str, name: str, *, object: str = "", value: int | None = None, text: str = ""
    ) -> Event:
        return Event(
            event_id=name, learner=learner, verb=verb, time=self._now(), object=object, value=value,
            source="staycourse", attributes={"text": text} if text else {},
        )  # fmt: skip

    def _now(self) -> datetime:
        return self.care.home.settings.clock.now()


@dataclass(slots=True)
class _Heard:
    """Implements tick.Tail: one event that was heard here, not read from the log."""

    event: Event
    more: bool = False

    def read(self, tenant: str, policy: Policy) -> Sequence[tuple[Event, int | None]]:
        return felt([self.event], policy)

    def done(self, tenant: str) -> None:
        """Nothing to remember: the fact is kept."""

"""From a claimed message to its channel: filled in the learner's language, sent with its key, whatever happens told."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime
from zoneinfo import ZoneInfo

from babel.dates import format_date

from staycourse.adapters.store import Store
from staycourse.adapters.store.care import Claimed, Delivery, FactBook, PeopleBook
from staycourse.app.care.links import Links, Token
from staycourse.care import Address, Channel, Outgoing, TransportFault, begins_at, entry_values, zone_or
from staycourse.care.messages import Rendered, Template, render
from staycourse.events import Learner
from staycourse.kernel import (
    LANGUAGES,
    BadInput,
    Clock,
    Money,
    StaycourseError,
    preferred_language,
    translator,
    worded,
)
from staycourse.policy import SCHEDULED, CampaignPolicy, Policy

LOG = logging.getLogger("staycourse.sending")

GIVE_UP_AFTER = 16
"""After so many failures in a row that may pass, a channel is left alone for the rest of the batch."""

TOGETHER = 8
"""How many messages one worker sends at a time: providers answer slowly."""

PUBLIC_URL = "STAYCOURSE_PUBLIC_URL"

LONGEST_NAME = 24
"""Characters of a learner's name that a short message may spend on it."""

ADDRESS_KINDS: Mapping[str, str] = {
    "email": "email", "apprise": "phone", "webpush": "webpush", "webhook": "", "inbox": "", "file": "",
}  # fmt: skip
"""The kind of address that each kind of channel needs; "" none: it reaches the learner by the platform itself."""


@dataclass(frozen=True, slots=True)
class ChannelSender:
    """Sends over the opened channels, with the templates in force."""

    channels: Mapping[str, Channel]
    templates: Mapping[tuple[str, str], Template]
    store: Store
    people: PeopleBook
    facts: FactBook
    links: Links
    clock: Clock
    zone: ZoneInfo

    def kinds(self, tenant: str) -> Mapping[str, str]:
        """Return each channel's kind of address."""
        return {name: ADDRESS_KINDS[channel.kind] for name, channel in self.channels.items()}

    def send(self, tenant: str, policy: Policy, claimed: Sequence[Claimed]) -> list[Delivery]:
        """Send each message and tell what became of it; nothing is raised for a single one."""
        down: Counter[str] = Counter()
        with ThreadPoolExecutor(min(TOGETHER, len(claimed))) as together:
            deliveries = list(together.map(lambda message: self._tried(tenant, policy, message, down), claimed))
        self._count(tenant, claimed, deliveries)
        return deliveries

    def _tried(self, tenant: str, policy: Policy, message: Claimed, down: Counter[str]) -> Delivery:
        """Send one message, unless its channel has failed again and again just now: then the others wait at once."""
        if down[message.channel] >= GIVE_UP_AFTER:
            return Delivery(message.key, error=f"{message.channel}: not tried, the channel does not answer")
        try:
            delivery = self._send(tenant, policy, message)
        except Exception as error:  # a fault of ours in one message must not keep the others from being settled
            LOG.exception("message %s", message.key)
            delivery = Delivery(message.key, error=f"{type(error).__name__}: {error}")
        down[message.channel] = down[message.channel] + 1 if delivery.error and not delivery.permanent else 0
        return delivery

    def _send(self, tenant: str, policy: Policy, message: Claimed) -> Delivery:
        if self._too_late(tenant, policy, message):
            return Delivery(message.key, error="what it tells of has begun already", permanent=True)
        try:
            outgoing = self.outgoing(tenant, policy, message)
        except StaycourseError as error:
            return Delivery(message.key, error=str(error))  # for the operator to mend: tried again until then
        try:
            receipt = self.channels[message.channel].send(outgoing)
        except TransportFault as fault:
            if fault.permanent and message.address:
                self.people.disable_address(tenant, message.address, str(fault), self.clock.now())
            return Delivery(message.key, error=str(fault), permanent=fault.permanent)
        except StaycourseError as error:
            return Delivery(message.key, error=str(error))
        return Delivery(message.key, provider_id=receipt.provider_id)

    def outgoing(self, tenant: str, policy: Policy, message: Claimed) -> Outgoing:
        """Return the message as it goes to its channel; BadInput if it cannot be written."""
        learner = self.store.learner(tenant, message.learner) or Learner(learner=message.learner)
        language = language_of(learner)
        unsubscribe = "" if message.purpose == "service" else self._link(tenant, message, "unsubscribe")
        address = self._address(tenant, message)
        values = self._values(tenant, policy, message, learner) | {"unsubscribe_link": unsubscribe}
        guardian = address is not None and address.guardian
        if guardian:
            values["greeting"] = guardian_greeting(learner, language)
        before = guardian_line(learner, language) if guardian else ""
        written = self._written(message.template, language, values, before)
        return Outgoing(
            key=f"{tenant}:{message.key}",
            tenant=tenant,
            learner=message.learner,
            address=address.target if address is not None else message.learner,
            language=language,
            subject=written.subject,
            text=written.text,
            purpose=message.purpose,
            html=written.html or None,
            unsubscribe_url=unsubscribe or None,
            data={
                "link": values["link"], "short": written.short, "playbook": message.playbook, "course": message.course
            },
        )  # fmt: skip

    def _written(self, name: str, language: str, values: Mapping[str, str], before: str) -> Rendered:
        if not name:  # a webhook of a playbook carries data, and no words
            return Rendered("", "", "", "")
        template = self.templates.get((name, language)) or self.templates.get((name, LANGUAGES[0]))
        if template is None:
            raise BadInput(
                worded("there is no template {name!r}", name=name),
                where="templates",
                mend="write it, or correct the step",
            )
        return render(template, values, before=before)

    def _address(self, tenant: str, message: Claimed) -> Address | None:
        """Return where the message goes, None where the platform itself reaches the learner."""
        if not message.address:
            return None
        found = self.people.address(tenant, message.address)
        if found is None or found.disabled:
            raise BadInput("the address is gone", where=message.channel, mend="give the learner's address anew")
        return found

    def _values(self, tenant: str, policy: Policy, message: Claimed, learner: Learner) -> dict[str, str]:
        course = self.store.course(tenant, message.course) if message.course else None
        language = language_of(learner)
        values = dict(self._told(tenant, policy, message, learner))
        values |= {str(name): value for name, value in message.details.items() if isinstance(value, str)}
        values |= {
            "learner_name": learner.name or "",
            "course_title": (course.title if course else "") or message.course or policy.care.platform_name,
            "platform_name": policy.care.platform_name,
            "link": self._destination(tenant, policy, message),
        }
        campaign = policy.campaigns.get(str(message.details.get("campaign", "")))
        return values | (offer_values(campaign, language) if campaign else {})

    def _told(self, tenant: str, policy: Policy, message: Claimed, learner: Learner) -> Mapping[str, str]:
        """Return what the event that began the journey tells, where one did."""
        event, kept = self._begun(tenant, policy, message)
        if kept is None:
            return {}
        number, words, at = kept
        zone = zone_or(learner.zone, self.zone)
        return entry_values(event, number, words, at, language=language_of(learner), zone=zone)

    def _begun(
        self, tenant: str, policy: Policy, message: Claimed
    ) -> tuple[str, tuple[float | None, str, datetime] | None]:
        """Return the event that lets learners enter the message's playbook, and what was kept of this learner's."""
        playbook = policy.playbooks.get(message.playbook)
        if playbook is None or not playbook.enter.event or message.journey is None:
            return "", None
        return playbook.enter.event, self.facts.entering(tenant, message.learner, message.journey)

    def _too_late(self, tenant: str, policy: Policy, message: Claimed) -> bool:
        """Say whether a class that the message announces has begun: better no word than a wrong one."""
        playbook = policy.playbooks.get(message.playbook)
        if playbook is None or playbook.enter.event != SCHEDULED:
            return False
        _, kept = self._begun(tenant, policy, message)
        return kept is not None and begins_at(kept[2], kept[0]) <= self.clock.now()

    def _destination(self, tenant: str, policy: Policy, message: Claimed) -> str:
        """Where the message leads: its survey, its own link, or the platform's home page.

        Where learners reach our pages, the policy's own links go by way of them, so that a click is known.
        """
        if message.details.get("question"):
            if not self.links.base:
                raise BadInput(
                    "a question is answered on the learners' pages, which have no address",
                    where=PUBLIC_URL,
                    mend="set it, and run staycourse serve-public",
                )
            return self._link(tenant, message, "survey", str(message.details["question"]))
        target = str(message.details.get("link") or policy.care.links.get("home") or "")
        if target and target in policy.care.links.values():
            return self._link(tenant, message, "click", target) or target
        return target or self.links.base

    def _link(self, tenant: str, message: Claimed, action: str, detail: str = "") -> str:
        return self.links.make(Token(tenant, message.learner, message.key, action, detail or message.channel))

    def _count(self, tenant: str, claimed: Sequence[Claimed], deliveries: Sequence[Delivery]) -> None:
        for name in sorted({message.channel for message in claimed}):
            mine = [d for message, d in zip(claimed, deliveries, strict=True) if message.channel == name]
            errors = [delivery.error for delivery in mine if delivery.error]
            error = errors[-1] if errors else ""
            for kind in sorted(set(errors)):
                LOG.warning("channel %s: %s (%d of %d messages)", name, kind, errors.count(kind), len(mine))
            self.facts.channel_result(tenant, name, len(mine) - len(errors), error, len(errors), self.clock.now())


def language_of(learner: Learner) -> str:
    """Return the language that a learner is written to in."""
    return preferred_language(learner.language or "")


def guardian_greeting(learner: Learner, language: str) -> str:
    """Return how a message to a child begins at its guardian's address: whom it greets, and why it comes to them."""
    form = "named" if learner.name else "plain"
    return translator(language).text(f"mail.to_guardian.{form}", name=learner.name or "")


def guardian_line(learner: Learner, language: str) -> str:
    """Return what a short message to a child begins with at its guardian's address, in as few words as can be."""
    form = "named" if learner.name and len(learner.name) <= LONGEST_NAME else "plain"
    return translator(language).text(f"mail.to_guardian.short.{form}", name=learner.name or "")


def offer_values(campaign: CampaignPolicy, language: str) -> dict[str, str]:
    """Return what a template may say of a coupon."""
    locale = language.replace("-", "_")
    amount = (
        f"{campaign.percent_off}%"
        if campaign.percent_off
        else Money(campaign.amount_off_minor, campaign.currency).format(locale)
    )
    until = format_date(date.fromisoformat(campaign.closes), "long", locale=locale)
    return {
        "offer_title": campaign.title.of(language), "offer_code": campaign.code, "offer_amount": amount,
        "offer_until": until,
    }  # fmt: skip

"""The messages and channels of one home, for the people who look after them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import cached_property
from typing import Any

from staycourse.adapters.store.care import Claimed
from staycourse.adapters.store.lines import message_line
from staycourse.adapters.store.views import DeliveryViews
from staycourse.app.care.care import Care
from staycourse.app.care.channels import send_test
from staycourse.app.care.clocks import clock_trouble
from staycourse.app.care.sending import language_of
from staycourse.app.desks.alert_desk import playbook_titles
from staycourse.care import Channel, ChannelHealth
from staycourse.desk import ChannelLine, DeliveryFilter, DeliveryList, MessageStory
from staycourse.events import Learner
from staycourse.kernel import StaycourseError

AT_ONCE = 8


class HomeDeliveries:
    """Implements desk.DeliveryDesk."""

    def __init__(self, care: Care) -> None:
        self._care = care

    @cached_property
    def _views(self) -> DeliveryViews:
        return DeliveryViews(self._care.home.database)

    def messages(self, tenant: str, asked: DeliveryFilter, now: datetime) -> DeliveryList:
        return self._views.messages(tenant, asked, now, self._care.home.zone, playbook_titles(self._care))

    def message(self, tenant: str, key: str) -> MessageStory:
        care = self._care
        row = self._views.row(tenant, key)
        learner = care.home.store.learner(tenant, row["learner"]) or Learner(learner=row["learner"])
        story = MessageStory(
            line=message_line(row, playbook_titles(care)),
            wanted=tuple(row["details"].get("channels") or care.home.policy(tenant).care.channels),
            stale=row["stale"],
            journey=row["journey"],
            provider_id=row["provider_id"],
            language=language_of(learner),
            subject="", text="", short="", fault="",
        )  # fmt: skip
        return self._written(tenant, row, story)

    def clock(self) -> str:
        return clock_trouble(self._care.home) or ""

    def channels(self, tenant: str) -> tuple[ChannelLine, ...]:
        channels = self._care.channels
        done = self._care.facts.channel_states(tenant)
        with ThreadPoolExecutor(AT_ONCE) as together:
            healths = list(together.map(_health, channels.values()))
        return tuple(
            _line(name, channel.kind, health, done.get(name, {}))
            for (name, channel), health in zip(channels.items(), healths, strict=True)
        )

    def test(self, tenant: str, channel: str, address: str, language: str, who: str, now: datetime) -> None:
        self._care.audit.record(tenant, who, "channel.test", at=now, channel=channel, address=address)
        send_test(self._care.channels, channel, address, tenant, language)

    def _written(self, tenant: str, row: Any, story: MessageStory) -> MessageStory:
        """Return the story with the message's words, without the signed part of the learner's links."""
        care = self._care
        claimed = Claimed(
            key=row["key"], learner=row["learner"], course=row["course"], journey=row["journey"],
            playbook=row["playbook"], purpose=row["purpose"], template=row["template"], details=row["details"],
            channel=row["channel"], address="", attempts=row["attempts"],
        )  # fmt: skip
        try:
            outgoing = care.sender().outgoing(tenant, care.home.policy(tenant), claimed)
        except StaycourseError as error:
            return replace(story, fault=error.line())
        own = re.compile(re.escape(care.links.base) + r"/l/[\w.~-]+") if care.links.base else None

        def shown(text: str) -> str:
            return own.sub(f"{care.links.base}/l/…", text) if own else text

        return replace(
            story, subject=outgoing.subject, text=shown(outgoing.text), short=shown(outgoing.data.get("short", ""))
        )


def _health(channel: Channel) -> ChannelHealth:
    """Ask a channel how it is; one that cannot even say so is bad."""
    try:
        return channel.health()
    except StaycourseError as error:
        return ChannelHealth("bad", error.line())


def _line(name: str, kind: str, health: ChannelHealth, done: Mapping[str, Any]) -> ChannelLine:
    return ChannelLine(
        name=name, kind=kind, state=health.state, detail=health.detail, sent=int(done.get("sent", 0)),
        failed=int(done.get("failed", 0)), last_sent=done.get("last_sent"), last_failed=done.get("last_failed"),
        last_error=done.get("last_error", ""),
    )  # fmt: skip

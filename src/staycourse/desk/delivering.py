"""The messages that go out, or do not: records and the questions asked of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Protocol

from staycourse.desk.contacts import MessageLine
from staycourse.policy import Title

HELD_DAYS = 14
"""Over how many days the reasons are counted."""


@dataclass(frozen=True, slots=True)
class DeliveryFilter:
    """What was asked to be seen; empty texts mean all. `learner` is part of an id or name."""

    state: str = ""
    channel: str = ""
    playbook: str = ""
    reason: str = ""
    learner: str = ""
    page: int = 1
    per_page: int = 25


@dataclass(frozen=True, slots=True)
class DeliveryList:
    """One page of messages, the newest first. `by_state` counts all.

    `held` counts those of the last HELD_DAYS days that wait or were not sent, by the day they were made and why.
    """

    rows: tuple[MessageLine, ...]
    found: int
    page: int
    pages: int
    by_state: Mapping[str, int]
    reasons: tuple[str, ...]
    channels: tuple[str, ...]
    playbooks: tuple[tuple[str, Title | None], ...]
    held: tuple[tuple[date, str, int], ...]


@dataclass(frozen=True, slots=True)
class ChannelLine:
    """One channel: whether it could send now (`state` ok, warn or bad), and what it did so far."""

    name: str
    kind: str
    state: str
    detail: str
    sent: int
    failed: int
    last_sent: datetime | None
    last_failed: datetime | None
    last_error: str


@dataclass(frozen=True, slots=True)
class MessageStory:
    """One message as its learner reads it, in `language`; `fault` says why it cannot be written.

    The learner's own signed links are left out of the words: following one would act for the learner.
    """

    line: MessageLine
    wanted: tuple[str, ...]
    stale: datetime | None
    journey: int | None
    provider_id: str
    language: str
    subject: str
    text: str
    short: str
    fault: str


class DeliveryDesk(Protocol):
    """Answers about messages and channels. Every call is of one tenant."""

    def messages(self, tenant: str, asked: DeliveryFilter, now: datetime) -> DeliveryList:
        """Return one page of messages."""
        ...

    def message(self, tenant: str, key: str) -> MessageStory:
        """Return one message as it is, or would be, sent; NotFound if there is none."""
        ...

    def clock(self) -> str:
        """Say, `worded`, why a wrong clock keeps messages from going out; "" where none does."""
        ...

    def channels(self, tenant: str) -> tuple[ChannelLine, ...]:
        """Ask every channel how it is; a provider that does not answer may take its time."""
        ...

    def test(self, tenant: str, channel: str, address: str, language: str, who: str, now: datetime) -> None:
        """Send one test message, written into the audit log; TransportFault if it is not taken."""
        ...

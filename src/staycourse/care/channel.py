"""What care needs of a channel: send one message once, and say plainly whether it can work."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from staycourse.kernel import StaycourseError

ChannelState = Literal["ok", "warn", "bad"]


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One message, rendered, for one address.

    `key` is the same at every attempt of the same message: a channel hands it to its provider as the idempotency key.
    `address` is what the channel's kind sends to (an e-mail address, a phone number, a push subscription as JSON, a
    learner id, a URL). `html` is None where there is only text. `unsubscribe_url` takes an RFC 8058 one-click POST;
    None for messages that nobody can unsubscribe from (receipts, a class starting). `data` are further texts that a
    program on the other side reads (link, campaign, survey).
    """

    key: str
    tenant: str
    learner: str
    address: str
    language: str
    subject: str
    text: str
    purpose: str
    html: str | None = None
    unsubscribe_url: str | None = None
    data: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The provider took the message; `provider_id` is its name for it (for e-mail the Message-ID)."""

    provider_id: str


@dataclass(frozen=True, slots=True)
class ChannelHealth:
    """Whether a channel could send now; `detail` is one line of facts."""

    state: ChannelState
    detail: str


class TransportFault(StaycourseError):
    """A message was not taken.

    `permanent`: trying again is useless, and the address is disabled. Otherwise the same message is tried again
    later, with back-off.
    """

    http_status = 502
    code = "transport"

    def __init__(self, what: str, *, where: str = "", mend: str = "", permanent: bool = False) -> None:
        super().__init__(what, where=where, mend=mend)
        self.permanent = permanent


class Channel(Protocol):
    """One configured way to reach learners. Opened when first used; safe to use from several threads."""

    name: str
    kind: str

    def send(self, message: Outgoing) -> Receipt:
        """Hand `message` to the provider and return once it is taken; TransportFault otherwise."""
        ...

    def health(self) -> ChannelHealth:
        """Say whether the channel could send now, without sending anything."""
        ...

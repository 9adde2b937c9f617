"""The in-app inbox: the provider is our own store, handed in as an InboxKeeper."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from staycourse.adapters.channels.hygiene import clean_text, one_line
from staycourse.care import ChannelHealth, Outgoing, Receipt, TransportFault
from staycourse.kernel import StaycourseError


class InboxKeeper(Protocol):
    """Where inbox messages are kept."""

    def put(self, tenant: str, learner: str, key: str, subject: str, text: str, data: Mapping[str, str]) -> None:
        """Keep one message; the same tenant and key a second time changes nothing."""
        ...


class InboxChannel:
    """Puts each message into the learner's inbox. `address` is the learner's id; another is refused."""

    kind = "inbox"

    def __init__(self, name: str, keeper: InboxKeeper | None) -> None:
        self.name = name
        self._keeper = keeper

    def send(self, message: Outgoing) -> Receipt:
        """Keep `message`; a temporary TransportFault if the store cannot."""
        if message.address != message.learner:
            raise TransportFault(
                "an inbox belongs to its learner: the address must be the learner's id", where=self.name, permanent=True
            )
        if self._keeper is None:
            raise TransportFault("no store is connected to the inbox here", where=self.name)
        data = {one_line(name, 100): clean_text(value) for name, value in message.data.items()}
        try:
            self._keeper.put(
                message.tenant, message.learner, message.key, one_line(message.subject), clean_text(message.text), data
            )
        except StaycourseError as error:
            raise TransportFault("the inbox could not keep the message", where=self.name) from error
        return Receipt(message.key)

    def health(self) -> ChannelHealth:
        """Say whether a store is connected."""
        if self._keeper is None:
            return ChannelHealth("bad", "no store is connected")
        return ChannelHealth("ok", "kept in the store")

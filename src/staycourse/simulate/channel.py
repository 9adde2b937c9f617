"""The simulator's only channel: it takes a message from the real outbox and keeps it for the simulated learner."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

from staycourse.care import ChannelHealth, Outgoing, Receipt, TransportFault
from staycourse.kernel import natural_id

MAIL = "simulated-mail"
"""The channel's name, which the simulation's policy prefers before all others. Nothing leaves the process."""


@dataclass(frozen=True, slots=True)
class Taken:
    """One message that was taken."""

    key: str
    learner: str
    address: str
    playbook: str


@dataclass(slots=True)
class SimulatedChannel:
    """Implements care.Channel. The share `bounces` of all addresses refuses for ever; a key is taken once."""

    name: str = MAIL
    kind: str = "email"
    bounces: float = 0.0
    _waiting: dict[str, Taken] = field(default_factory=dict)
    _seen: set[str] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def send(self, message: Outgoing) -> Receipt:
        """Take `message`; a permanent TransportFault where the address never worked."""
        if int(natural_id("bounce", message.address)[:8], 16) < self.bounces * 2**32:
            raise TransportFault("the simulated address does not exist", where=self.name, permanent=True)
        taken = Taken(message.key, message.learner, message.address, message.data.get("playbook", ""))
        with self._lock:
            if message.key not in self._seen:
                self._seen.add(message.key)
                self._waiting[message.key] = taken
        return Receipt(f"simulated:{natural_id(message.key)}")

    def health(self) -> ChannelHealth:
        """Say that nothing leaves the process."""
        return ChannelHealth("ok", "simulated: nothing leaves this process")

    def collect(self) -> list[Taken]:
        """Return what was taken since the last time, in an order that no thread decides."""
        with self._lock:
            taken = sorted(self._waiting.values(), key=lambda one: one.key)
            self._waiting.clear()
        return taken

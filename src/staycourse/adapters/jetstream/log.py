"""Appending to the stream: one message is one frame of the log, acknowledged once a majority of the servers has it."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from typing import Any

from staycourse.adapters.jetstream.link import Link
from staycourse.adapters.segments import encode_events, pack_frame
from staycourse.events import Event, LogHealth, Packed
from staycourse.kernel import BadEvent, Clock, fresh_id, microseconds, tenant_id, worded

MOST_BYTES = 768 * 1024
"""Of one message: the servers' own default is 1 MiB, the names around it included."""


class JetStreamLog:
    """Implements events.EventLog. Thread-safe; what several threads append is on its way at the same time."""

    def __init__(self, link: Link, clock: Clock) -> None:
        self._link = link
        self._clock = clock

    def append(self, tenant: str, events: Sequence[Event]) -> None:
        """Keep `events`; returns once a majority of the stream's servers has them. StorageFault: none is acknowledged.

        How durable that is the servers decide: see docs/nats.md on `sync_interval`.
        """
        self.append_packed(tenant, self.pack(tenant, events))

    def pack(self, tenant: str, events: Sequence[Event]) -> list[Packed]:
        """Return `events` as payloads that fit into a message each; BadEvent for one that is larger alone."""
        tenant_id(tenant)
        return list(_pieces(events))

    def append_packed(self, tenant: str, packed: Sequence[Packed]) -> None:
        """Keep what `pack` made, a message each."""
        subject = f"{self._link.address.stream}.{tenant_id(tenant)}"
        arrival = microseconds(self._clock.now())
        messages = [(fresh_id(), b"".join(pack_frame(tenant, arrival, one.count, one.payload, one.rest)))
                    for one in packed]  # fmt: skip

        async def publish(context: Any) -> None:
            await asyncio.gather(
                *(context.publish(subject, body, headers={"Nats-Msg-Id": name}) for name, body in messages)
            )

        if messages:
            count = sum(one.count for one in packed)
            self._link.ask(publish, worded("{count} events could not be kept", count=count))

    def roll(self) -> None:
        """Nothing is held open: what is acknowledged may be compacted."""

    def health(self) -> LogHealth:
        """Say how much waits in the stream."""
        return stream_health(self._link)

    def close(self) -> None:
        """Let the connection go."""
        self._link.close()


def stream_health(link: Link) -> LogHealth:
    """Say how much waits in the stream. Its events are not counted: that would read every message."""

    async def state(context: Any) -> LogHealth:
        found = (await context.stream_info(link.address.stream)).state
        return LogHealth(found.messages, found.bytes, 0, ())

    return link.ask(state, "the log's state cannot be had")


def _pieces(events: Sequence[Event]) -> Iterator[Packed]:
    """Encode `events` in pieces that fit into a message each; BadEvent for one that is larger alone."""
    if not events:
        return
    payload = encode_events(events)
    if len(payload) <= MOST_BYTES:
        yield Packed(payload, len(events))
    elif len(events) == 1:
        raise BadEvent(
            "an event is too large for the log",
            where="attributes",
            mend=worded("keep it below {most} bytes", most=MOST_BYTES),
        )
    else:
        middle = len(events) // 2
        yield from _pieces(events[:middle])
        yield from _pieces(events[middle:])

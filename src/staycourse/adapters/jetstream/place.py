"""The stream as a place: where its writers, its readers and whoever compacts it meet."""

from __future__ import annotations

from collections.abc import AsyncIterator, Collection, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pyarrow.compute as pc

from staycourse.adapters.jetstream.address import StreamAddress
from staycourse.adapters.jetstream.link import Link
from staycourse.adapters.jetstream.log import JetStreamLog, stream_health
from staycourse.adapters.segments import (
    Choose,
    Frame,
    Part,
    PartContent,
    TailReading,
    decode_events,
    event_of,
    new_header,
    read_frames,
    read_live,
)
from staycourse.events import Event, LogHealth
from staycourse.kernel import Clock

PART_BYTES = 32 << 20
TAIL_BYTES = 4 << 20
AT_ONCE = 200
"""Messages asked for at a time."""

_READ = "the log cannot be read"


@dataclass(frozen=True, slots=True)
class _Span:
    """Messages `first` to `last` of a stream, whose `life` (when it was made) tells it from one made anew."""

    life: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.life}/{self.first}-{self.last}"


def _span_of(text: str) -> _Span:
    life, _, numbers = text.rpartition("/")
    first, _, last = numbers.partition("-")
    return _Span(life, int(first), int(last))


class JetStreamPlace:
    """Implements app.LogPlace over one stream. A writer has a connection of its own; reading shares another."""

    def __init__(self, address: StreamAddress, clock: Clock) -> None:
        self._address = address
        self._clock = clock
        self._link = Link(address)

    def writer(self) -> JetStreamLog:
        """Return what appends to the stream."""
        return JetStreamLog(Link(self._address), self._clock)

    def parts(self) -> StreamParts:
        """Return all that is acknowledged, in parts."""
        return StreamParts(self._link)

    def settle(self) -> None:
        """Nothing is left open by anybody."""

    def being_written(self) -> Collection[object]:
        """Nothing: what is acknowledged is among the parts at once."""
        return ()

    def read_tail(
        self,
        tenant: str,
        position: str,
        verbs: Collection[str],
        *,
        within: Collection[str] | None = None,
        choose: Choose | None = None,
    ) -> TailReading:
        """Return the tenant's live events of `verbs` after `position` ("": all that is there), some 4 MiB at a time."""
        most = max((_span_of(identity).last for identity in within), default=0) if within is not None else None

        async def read(context: Any) -> TailReading:
            life, first, last = await _state(context, self._address.stream)
            known, _, number = position.rpartition("/")
            start = max(first, int(number) + 1 if known == life else first)
            end = last if most is None else min(last, most)
            if start > end:
                return TailReading((), position, False)
            subject = f"{self._address.stream}.{tenant}"
            bodies, newest = await _some(context, self._address.stream, subject, start, end, TAIL_BYTES)
            frames = _frames(bodies)
            events = read_live([(one.payload, one.count) for one in frames], verbs, choose)
            return TailReading(events, f"{life}/{newest}", newest < end)

        return self._link.ask(read, _READ)

    def waiting_events(self, tenant: str, learner: str) -> list[Event]:
        """Return the learner's events that no compaction has taken over yet."""
        found: list[Event] = []
        parts = self.parts()
        for part in parts.parts():
            for frame in parts.read(part).frames.get(tenant, ()):
                table = decode_events([(frame.payload, frame.count)])
                found += [event_of(row) for row in table.filter(pc.equal(table["learner"], learner)).to_pylist()]
        return found

    def remove_damaged(self, names: Collection[str]) -> int:
        """Nothing is kept aside: a message is whole or is not there."""
        return 0

    def health(self, own: LogHealth | None) -> LogHealth:
        """Say how much waits in the stream."""
        return stream_health(self._link)

    def close(self) -> None:
        """Let the connection go."""
        self._link.close()


@dataclass(frozen=True, slots=True)
class StreamParts:
    """Implements ClosedParts over the stream: every message that is acknowledged, in parts of about PART_BYTES.

    The parts of a second look may be cut differently: what an attempt that was killed had taken already is then known
    by the events' ids.
    """

    link: Link
    most_bytes: int = field(default=PART_BYTES)

    def parts(self) -> Sequence[Part]:
        """Return the parts, oldest first."""
        stream = self.link.address.stream

        async def cut(context: Any) -> Sequence[Part]:
            info = await context.stream_info(stream)
            life, first, last = await _state(context, stream, info)
            if not info.state.messages:
                return ()
            each = max(info.state.bytes // info.state.messages, 1)
            step = max(self.most_bytes // each, 1)
            spans = [_Span(life, start, min(start + step - 1, last)) for start in range(first, last + 1, step)]
            return [Part(str(span), each * (span.last - span.first + 1), str(span)) for span in spans]

        return self.link.ask(cut, _READ)

    def read(self, part: Part) -> PartContent:
        """Return the frames of `part` by tenant; a message that is none of ours is told as damage."""
        span = _span_of(part.identity)
        stream = self.link.address.stream
        frames: dict[str, list[Frame]] = {}
        damage: list[str] = []
        start = span.first
        while start <= span.last:

            async def some(context: Any, start: int = start) -> tuple[list[bytes], int]:
                return await _some(context, stream, f"{stream}.*", start, span.last, TAIL_BYTES)

            bodies, newest = self.link.ask(some, _READ)
            read = _frames(bodies)
            if len(read) < len(bodies):
                damage.append(f"{len(bodies) - len(read)} messages up to {newest} of {stream} hold no events of ours")
            for frame in read:
                frames.setdefault(frame.tenant, []).append(frame)
            start = newest + 1
        return PartContent(part.identity, frames, tuple(damage))

    def drop(self, parts: Sequence[Part]) -> None:
        """Purge the stream up to the newest message of `parts`."""
        newest = max(_span_of(part.identity).last for part in parts)

        async def purge(context: Any) -> None:
            await context.purge_stream(self.link.address.stream, seq=newest + 1)

        self.link.ask(purge, "what is compacted cannot be taken out of the log")


async def _state(context: Any, stream: str, info: Any = None) -> tuple[str, int, int]:
    """Return the stream's life, and the numbers of its first and last message."""
    found = info or await context.stream_info(stream)
    return str(found.created), found.state.first_seq, found.state.last_seq


async def _some(
    context: Any, stream: str, subject: str, start: int, end: int, most_bytes: int
) -> tuple[list[bytes], int]:
    """Return messages of `subject` numbered `start` to `end`, about `most_bytes`, and how far it read."""
    bodies: list[bytes] = []
    size, newest = 0, start - 1
    async with _reader(context, stream, subject, start) as reader:
        while size < most_bytes and newest < end:
            pending = (await reader.consumer_info()).num_pending if not bodies else 1
            if not pending:
                return bodies, end
            for message in await _fetched(reader):
                number = message.metadata.sequence.stream
                if number > end:
                    return bodies, end
                bodies.append(message.data)
                size += len(message.data)
                newest = number
                pending = message.metadata.num_pending
            if not pending:
                return bodies, end
    return bodies, newest


async def _fetched(reader: Any) -> Sequence[Any]:
    found: Sequence[Any] = await reader.fetch(AT_ONCE, timeout=2)
    return found


@asynccontextmanager
async def _reader(context: Any, stream: str, subject: str, start: int) -> AsyncIterator[Any]:
    """Give a consumer that lives as long as the block; acknowledgements are ours, by purging."""
    from nats.js import api

    reader = await context.pull_subscribe(
        subject, stream=stream,
        config=api.ConsumerConfig(
            deliver_policy=api.DeliverPolicy.BY_START_SEQUENCE, opt_start_seq=start, ack_policy=api.AckPolicy.NONE,
            inactive_threshold=30, mem_storage=True, num_replicas=1,
        ),
    )  # fmt: skip
    try:
        yield reader
    finally:
        info = await reader.consumer_info()
        await reader.unsubscribe()
        await context.delete_consumer(stream, info.name)


def _frames(bodies: Sequence[bytes]) -> list[Frame]:
    """Return the frames that prove themselves by their checksum."""
    return list(read_frames(new_header() + b"".join(bodies)).frames) if bodies else []

"""The stream as a place: where its writers, its readers and whoever compacts it meet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field
from typing import Any

import pyarrow.compute as pc

from staycourse.adapters.jetstream.address import StreamAddress
from staycourse.adapters.jetstream.fresh import FreshStream
from staycourse.adapters.jetstream.link import Link
from staycourse.adapters.jetstream.log import JetStreamLog, stream_health
from staycourse.adapters.jetstream.messages import TAIL_BYTES, UNREAD, Span, frames_of, some_of, span_of, state_of
from staycourse.adapters.segments import (
    Choose,
    Frame,
    Part,
    PartContent,
    TailReading,
    decode_events,
    event_of,
    read_live,
)
from staycourse.events import Event, LogHealth
from staycourse.kernel import Clock

PART_BYTES = 32 << 20


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
        most = max((span_of(identity).last for identity in within), default=0) if within is not None else None

        async def read(context: Any) -> TailReading:
            life, first, last = await state_of(context, self._address.stream)
            known, _, number = position.rpartition("/")
            start = max(first, int(number) + 1 if known == life else first)
            end = last if most is None else min(last, most)
            if start > end:
                return TailReading((), position, False)
            subject = f"{self._address.stream}.{tenant}"
            bodies, newest = await some_of(context, self._address.stream, subject, start, end, TAIL_BYTES)
            frames = frames_of(bodies)
            events = read_live([(one.payload, one.count) for one in frames], verbs, choose)
            return TailReading(events, f"{life}/{newest}", newest < end)

        return self._link.ask(read, UNREAD)

    def fresh(self, tenant: str, applied: Collection[str]) -> FreshStream:
        """Return what reads the tenant's messages as they come."""
        return FreshStream(self._link, tenant, applied)

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
            life, first, last = await state_of(context, stream, info)
            if not info.state.messages:
                return ()
            each = max(info.state.bytes // info.state.messages, 1)
            step = max(self.most_bytes // each, 1)
            spans = [Span(life, start, min(start + step - 1, last)) for start in range(first, last + 1, step)]
            return [Part(str(span), each * (span.last - span.first + 1), str(span)) for span in spans]

        return self.link.ask(cut, UNREAD)

    def read(self, part: Part) -> PartContent:
        """Return the frames of `part` by tenant; a message that is none of ours is told as damage."""
        span = span_of(part.identity)
        stream = self.link.address.stream
        frames: dict[str, list[Frame]] = {}
        damage: list[str] = []
        start = span.first
        while start <= span.last:

            async def some(context: Any, start: int = start) -> tuple[list[bytes], int]:
                return await some_of(context, stream, f"{stream}.*", start, span.last, TAIL_BYTES)

            bodies, newest = self.link.ask(some, UNREAD)
            read = frames_of(bodies)
            if len(read) < len(bodies):
                damage.append(f"{len(bodies) - len(read)} messages up to {newest} of {stream} hold no events of ours")
            for frame in read:
                frames.setdefault(frame.tenant, []).append(frame)
            start = newest + 1
        return PartContent(part.identity, frames, tuple(damage))

    def drop(self, parts: Sequence[Part]) -> None:
        """Purge the stream up to the newest message of `parts`."""
        newest = max(span_of(part.identity).last for part in parts)

        async def purge(context: Any) -> None:
            await context.purge_stream(self.link.address.stream, seq=newest + 1)

        self.link.ask(purge, "what is compacted cannot be taken out of the log")

"""Reading the stream: its messages by their numbers, and the frames that they hold."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

from staycourse.adapters.segments import Frame, new_header, read_frames

TAIL_BYTES = 4 << 20
AT_ONCE = 200
"""Messages asked for at a time."""

UNREAD = "the log cannot be read"


@dataclass(frozen=True, slots=True)
class Span:
    """Messages `first` to `last` of a stream, whose `life` (when it was made) tells it from one made anew."""

    life: str
    first: int
    last: int

    def __str__(self) -> str:
        return f"{self.life}/{self.first}-{self.last}"


def span_of(text: str) -> Span:
    life, _, numbers = text.rpartition("/")
    first, _, last = numbers.partition("-")
    return Span(life, int(first), int(last))


async def state_of(context: Any, stream: str, info: Any = None) -> tuple[str, int, int]:
    """Return the stream's life, and the numbers of its first and last message."""
    found = info or await context.stream_info(stream)
    return str(found.created), found.state.first_seq, found.state.last_seq


async def some_of(
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


def frames_of(bodies: Sequence[bytes]) -> list[Frame]:
    """Return the frames that prove themselves by their checksum."""
    return list(read_frames(new_header() + b"".join(bodies)).frames) if bodies else []

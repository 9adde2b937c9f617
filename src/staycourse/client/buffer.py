"""Events that wait to be sent: bounded, given out in batches, oldest first."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from staycourse.client.errors import BufferFull
from staycourse.events import Event
from staycourse.kernel import worded

WhenFull = Literal["block", "drop", "raise"]


@dataclass(frozen=True, slots=True)
class Waiting:
    """One event, as it goes over the wire, since when it waits."""

    event: Event
    wire: bytes
    since: float


class Buffer:
    """At most `most` events, those that are being sent just now counted. Safe for threads.

    A batch is due when it has `batch` events or `batch_bytes`, when its oldest has waited `seconds`, or when somebody
    flushes.
    """

    def __init__(
        self, most: int, when_full: WhenFull, batch: int, batch_bytes: int, seconds: float,
        time: Callable[[], float],
    ) -> None:  # fmt: skip
        self._most, self._when_full = most, when_full
        self._batch, self._batch_bytes, self._seconds, self._time = batch, batch_bytes, seconds, time
        self.turn = threading.Condition()
        self._waiting: deque[Waiting] = deque()
        self._bytes = 0
        self._under_way = 0
        self._flushing = 0
        self.dropped = 0
        self.closed = False

    def __len__(self) -> int:
        return len(self._waiting) + self._under_way

    def put(self, event: Event, wire: bytes) -> bool:
        """Take an event; False if it was dropped. BufferFull where that was chosen, or after the end."""
        with self.turn:
            while len(self) >= self._most and self._when_full == "block" and not self.closed:
                self.turn.wait()
            if self.closed:
                raise BufferFull("the client is closed", where="buffer", mend="open another")
            if len(self) >= self._most:
                if self._when_full == "raise":
                    raise BufferFull(
                        worded("{most} events wait", most=self._most), where="buffer", mend="wait, or make it larger"
                    )
                self.dropped += 1
                return False
            self._waiting.append(Waiting(event, wire, self._time()))
            self._bytes += len(wire)
            self.turn.notify_all()
            return True

    def due_in(self) -> float | None:
        """Return in how many seconds a batch is due: 0 now, None when there is nothing to send."""
        with self.turn:
            if not self._waiting:
                return None
            full = len(self._waiting) >= self._batch or self._bytes >= self._batch_bytes
            if full or self._flushing or self.closed:
                return 0.0
            return max(0.0, self._waiting[0].since + self._seconds - self._time())

    def take(self) -> Sequence[Waiting]:
        """Take the next batch out; it counts until `done` is called."""
        with self.turn:
            taken: list[Waiting] = []
            size = 0
            while self._waiting and len(taken) < self._batch:
                if taken and size + len(self._waiting[0].wire) > self._batch_bytes:
                    break
                taken.append(self._waiting.popleft())
                size += len(taken[-1].wire)
            self._bytes -= size
            self._under_way += len(taken)
            return taken

    def done(self, count: int) -> None:
        """Make room for the events of a batch that is settled."""
        with self.turn:
            self._under_way -= count
            self.turn.notify_all()

    def flush(self, timeout: float | None) -> bool:
        """Wait until nothing waits any more; False if that took longer than `timeout` seconds."""
        with self.turn:
            self._flushing += 1
            self.turn.notify_all()
            try:
                return self.turn.wait_for(lambda: not len(self), timeout)
            finally:
                self._flushing -= 1

    def close(self) -> None:
        """Take nothing more; whoever waits for room is told."""
        with self.turn:
            self.closed = True
            self.turn.notify_all()

"""Batches over the wire: gzip, tried again with growing pauses, never what the server refused.

A batch that the server cannot take just now (429, 5xx, no answer) is tried until it is taken: event ids make that
harmless, and the buffer is bounded. What it refuses (other 4xx) is told to the caller and not sent again.
"""

from __future__ import annotations

import contextlib
import gzip
import http.client
import random
import threading
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from staycourse.client.buffer import Buffer, Waiting
from staycourse.client.transport import Answer, Transport
from staycourse.events import Event

FIRST_PAUSE: Final = 0.5
LONGEST_PAUSE: Final = 60.0
"""Seconds between tries: doubled each time, between half and all of it, chosen anew (full jitter would hammer)."""

GZIP_FROM: Final = 1_000
"""Bytes from which a body is packed."""

NETWORK: Final = (OSError, http.client.HTTPException)


@dataclass(frozen=True, slots=True)
class Rejection:
    """An event that the server did not keep: where in it (a JSON pointer), what was wrong, how to mend it."""

    event: Event
    field: str
    what: str
    mend: str


class _Told(msgspec.Struct):
    index: int
    pointer: str = ""
    field: str = ""
    what: str = ""
    mend: str = ""


class _Taken(msgspec.Struct):
    accepted: int = 0
    rejected: list[_Told] = []
    detail: str = ""
    mend: str = ""
    code: str = ""


@dataclass(slots=True)
class Counts:
    """What became of events so far."""

    sent: int = 0
    rejected: int = 0
    tries: int = 0
    failures: int = 0


class Sender:
    """Empties a buffer. `work` is its thread; `step` is one batch, for whoever has no thread."""

    def __init__(
        self, buffer: Buffer, transport: Transport, on_rejected: Callable[[Rejection], Any],
        now: Callable[[], float], pause: Callable[[float], Any] | None = None, dice: random.Random | None = None,
    ) -> None:  # fmt: skip
        self.buffer, self.transport, self.counts = buffer, transport, Counts()
        self.given_up = threading.Event()
        self._on_rejected, self._now = on_rejected, now
        self._pause = pause or self.given_up.wait
        self._dice = dice or random.Random()  # noqa: S311 (nothing secret)

    def work(self) -> None:
        """Send until the buffer is closed and empty, or the sender has given up."""
        turn = self.buffer.turn
        while not self.given_up.is_set():
            with turn:
                due = self.buffer.due_in()
                if due is None and self.buffer.closed:
                    break
                if due != 0:
                    turn.wait(due)
                    continue
            self.step()
        self.transport.close()

    def step(self) -> int:
        """Send one batch, whatever it takes; return how many events were in it."""
        batch = self.buffer.take()
        settled = False
        try:
            settled = bool(batch) and self._deliver(batch)
        finally:
            if settled or not self.given_up.is_set():
                self.buffer.done(len(batch))
        return len(batch)

    def _deliver(self, batch: Sequence[Waiting]) -> bool:
        """Send a batch until the server has taken or refused it; False if the sender gave up before."""
        body = b"[" + b",".join(one.wire for one in batch) + b"]"
        headers = {"content-type": "application/json"}
        if len(body) >= GZIP_FROM:
            body, headers["content-encoding"] = gzip.compress(body, 5, mtime=0), "gzip"
        tried = 0
        while not self.given_up.is_set():
            self.counts.tries += 1
            answer = self._asked(body, headers)
            if answer is not None and not answer.passing:
                self._settle(batch, answer)
                return True
            self.counts.failures += 1
            asked = answer.wait(self._now()) if answer is not None else 0.0
            self._pause(max(asked, pause_after(tried, self._dice)))
            tried += 1
        return False

    def _asked(self, body: bytes, headers: Mapping[str, str]) -> Answer | None:
        try:
            return self.transport.ask("POST", "/v1/events", body, headers)
        except NETWORK:
            self.transport.close()
            return None

    def _settle(self, batch: Sequence[Waiting], answer: Answer) -> None:
        """Count what was taken and tell of every event that was not."""
        told = _read(answer.body)
        if 200 <= answer.status < 300 or told.rejected:
            refused = told.rejected
        else:
            what = told.detail or f"refused with status {answer.status}"
            refused = [_Told(index, what=what, mend=told.mend) for index in range(len(batch))]
        for one in refused:
            if 0 <= one.index < len(batch):
                self.counts.rejected += 1
                self._tell(Rejection(batch[one.index].event, one.pointer or one.field, one.what, one.mend))
        self.counts.sent += len(batch) - len(refused)

    def _tell(self, rejection: Rejection) -> None:
        with contextlib.suppress(Exception):  # the caller's own fault must not stop what it wants to be sent
            self._on_rejected(rejection)


def pause_after(tried: int, dice: random.Random) -> float:
    """Return the seconds to wait after `tried` failures in a row (0 for the first)."""
    longest: float = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(tried, 20))
    return longest * (0.5 + dice.random() / 2)


def _read(body: bytes) -> _Taken:
    try:
        return msgspec.json.decode(body, type=_Taken)
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return _Taken()

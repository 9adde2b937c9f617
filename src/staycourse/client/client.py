"""The client: what a platform's program calls.

Events go into a bounded buffer in memory and from there, in batches, over the wire by a thread in the background. The
buffer is memory: what has not been sent when the process is killed is lost (`flush` first what may not be). What the
server has taken is on its disk.
"""

from __future__ import annotations

import atexit
import logging
import os
import random
import threading
import time as machine
import weakref
from collections.abc import Callable, Iterable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, TypeVar
from urllib.parse import quote, urlencode

import msgspec

from staycourse.client.buffer import Buffer, WhenFull
from staycourse.client.errors import Refused, Unreachable
from staycourse.client.records import (
    Alert,
    CourseLine,
    Journey,
    LearnerRisk,
    LearnerSignals,
    Message,
    Page,
    Risk,
    Signal,
)
from staycourse.client.sending import NETWORK, Rejection, Sender, pause_after
from staycourse.client.transport import Answer, HttpTransport, Transport
from staycourse.events import Event, check_event, shape_error
from staycourse.kernel import BadEvent, as_wording, fresh_id, worded

Record = TypeVar("Record")

LOG = logging.getLogger("staycourse.client")

READ_TRIES = 4


def logged(rejection: Rejection) -> None:
    """Write a line about an event that the server did not keep: what is done where the caller wants nothing else."""
    LOG.warning("event %s was not kept: %s %s; %s", rejection.event.event_id, rejection.field, rejection.what,
                rejection.mend)  # fmt: skip


class Client:
    """Tells a staycourse server what happened, and reads what follows from it. Safe for threads and forks.

    `url` is the server's address, `key` one of `staycourse keys add` (scope write, read or both). At most `buffer`
    events wait; `when_full` says what happens to one more: the caller waits ("block"), it is dropped and counted
    ("drop"), or BufferFull is raised ("raise"). A batch goes when it has `batch` events or `batch_bytes`, or its oldest
    has waited `seconds`. `on_rejected` is told, by the thread that sends, of each event that the server did not keep
    (it is logged, without one).
    `timeout` is of each request, in seconds. The rest is for tests.
    """

    def __init__(
        self, url: str, key: str, *, buffer: int = 10_000, when_full: WhenFull = "block", batch: int = 500,
        batch_bytes: int = 1 << 20, seconds: float = 1.0, timeout: float = 15.0,
        on_rejected: Callable[[Rejection], Any] = logged, transport: Callable[[], Transport] | None = None,
        time: Callable[[], float] = machine.monotonic, clock: Callable[[], datetime] = lambda: datetime.now(UTC),
        pause: Callable[[float], Any] | None = None, background: bool = True,
    ) -> None:  # fmt: skip
        self._connect = transport or (lambda: HttpTransport(url, key, timeout))
        self._limits = (buffer, when_full, min(batch, buffer), batch_bytes, seconds, time)
        self._on_rejected, self._clock, self._background = on_rejected, clock, background
        self._sleep = pause
        self._thread: threading.Thread | None = None
        self._begin()
        me = weakref.ref(self)
        self._at_exit = _closing(me)
        atexit.register(self._at_exit)
        os.register_at_fork(after_in_child=_beginning_anew(me))

    def _begin(self) -> None:
        """Begin with nothing: at first, and in a forked child, whose parent sends what was there."""
        self._turn = threading.Lock()
        self._reading = self._connect()
        buffer = Buffer(*self._limits)
        self._sender = Sender(buffer, self._connect(), self._on_rejected, machine.time, self._sleep)
        self._buffer, self._thread = buffer, None

    # Telling

    def track(
        self, learner: str, verb: str, *, course: str = "", object: str = "", value: int | None = None,
        time: datetime | None = None, event_id: str = "", source: str = "",
        attributes: Mapping[str, str] | None = None,
    ) -> str:  # fmt: skip
        """Tell that a learner did, or met with, something (docs/events.md has the verbs); return the event's id.

        BadEvent names what does not fit, before anything is sent. Without `time` it is now. An id of your own (of the
        order, of the attempt) makes it harmless to tell the same thing twice, in this process or another.
        """
        event = Event(
            event_id=event_id or fresh_id(), learner=learner, verb=verb, time=time or self._clock(), course=course,
            object=object, value=value, source=source, attributes=dict(attributes or {}),
        )  # fmt: skip
        self.send([event])
        return event.event_id

    def send(self, events: Iterable[Event]) -> int:
        """Put events into the buffer, each checked before; return how many there was room for."""
        now, taken = self._clock(), 0
        for event in events:
            wire = _wire(event)
            check_event(event, now)
            self._ensure_thread()
            taken += self._buffer.put(event, wire)
        return taken

    def put_learner(self, learner: str, **attributes: Any) -> bool:
        """Tell at once what is known of a learner (name, email, language, zone, joined_on …); False if erased."""
        body = msgspec.json.encode(attributes)
        answer = self._ask("PUT", f"/v1/learners/{quote(learner, safe='')}", body)
        return bool(msgspec.json.decode(answer.body, type=dict[str, bool]).get("kept"))

    def flush(self, timeout: float | None = None) -> bool:
        """Wait until everything told so far is on the server's disk, or refused; False after `timeout` seconds."""
        if not self._background:
            while self._sender.step():
                pass
            return True
        if len(self._buffer):
            self._ensure_thread()
        return self._buffer.flush(timeout)

    def close(self, timeout: float = 10.0) -> int:
        """Send what waits, for at most `timeout` seconds, and end; return how many events could not be sent."""
        atexit.unregister(self._at_exit)
        if not self._buffer.closed:
            self.flush(timeout)
            self._buffer.close()
        self._sender.given_up.set()
        if self._thread is not None and self._thread is not threading.current_thread():
            self._thread.join(timeout)
        self._reading.close()
        return len(self._buffer)

    @property
    def counts(self) -> dict[str, int]:
        """Return how many events were sent, rejected and dropped, and how many wait; tries and failures of batches."""
        done = self._sender.counts
        return {
            "sent": done.sent, "rejected": done.rejected, "dropped": self._buffer.dropped, "waiting": len(self._buffer),
            "tries": done.tries, "failures": done.failures,
        }  # fmt: skip

    # Reading

    def risk(self, learner: str, *, language: str = "", history: bool = False) -> LearnerRisk:
        """Return a learner's risks as of the newest night, with reasons in words; Refused (404) if unknown."""
        path = f"/v1/learners/{quote(learner, safe='')}/risk"
        return self._read(path, LearnerRisk, language=language, history=history or None)

    def signals_of(self, learner: str) -> LearnerSignals:
        """Return a learner's signals as of the newest night."""
        return self._read(f"/v1/learners/{quote(learner, safe='')}/signals", LearnerSignals)

    def risks(self, *, language: str = "", **filters: Any) -> Iterator[Risk]:
        """Yield every risk of the newest night, by learner; filters: course, cause, tier, least, as_of."""
        return self._pages("/v1/risks", Page[Risk], language=language, **filters)

    def alerts(self, *, language: str = "", **filters: Any) -> Iterator[Alert]:
        """Yield alerts, the newest first; filters: state (one or several), settled, learner, course, cause,
        since."""
        return self._pages("/v1/alerts", Page[Alert], language=language, **filters)

    def journeys(self, **filters: Any) -> Iterator[Journey]:
        """Yield journeys, the newest first; filters: state, learner, course, playbook, since."""
        return self._pages("/v1/journeys", Page[Journey], **filters)

    def messages(self, **filters: Any) -> Iterator[Message]:
        """Yield messages, the newest first; filters: state, learner, course, playbook, channel, since."""
        return self._pages("/v1/messages", Page[Message], **filters)

    def courses(self) -> Iterator[CourseLine]:
        """Yield courses, by id."""
        return self._pages("/v1/courses", Page[CourseLine])

    def signals(self, *, language: str = "") -> list[Signal]:
        """Return the catalogue of signals."""
        return self._read("/v1/signals", Page[Signal], language=language).data

    # Inside

    def _pages(self, path: str, form: type[Page[Record]], **asked: Any) -> Iterator[Record]:
        cursor: str | None = ""
        while cursor is not None:
            page = self._read(path, form, **asked, cursor=cursor)
            yield from page.data
            cursor = page.next

    def _read(self, path: str, form: type[Record], **asked: Any) -> Record:
        wanted = {name: _told(value) for name, value in asked.items() if value not in (None, "")}
        query = f"?{urlencode(wanted, doseq=True)}" if wanted else ""
        return msgspec.json.decode(self._ask("GET", path + query, None).body, type=form)

    def _ask(self, method: str, path: str, body: bytes | None) -> Answer:
        """Ask at once, a few times where the server cannot just now; Refused for 4xx, Unreachable after the last."""
        headers = {"content-type": "application/json"} if body is not None else {}
        why = ""
        with self._turn:
            for tried in range(READ_TRIES):
                wait = 0.0
                try:
                    answer = self._reading.ask(method, path, body, headers)
                except NETWORK as error:
                    why = type(error).__name__
                else:
                    if not answer.passing:
                        return _good(answer)
                    why, wait = f"status {answer.status}", answer.wait(machine.time())
                if tried + 1 < READ_TRIES:
                    (self._sleep or machine.sleep)(max(wait, pause_after(tried, random.Random())))  # noqa: S311
        raise Unreachable(
            worded("the server cannot answer ({why})", why=why), where=path.partition("?")[0], mend="try again later"
        )

    def _ensure_thread(self) -> None:
        if self._background and (self._thread is None or not self._thread.is_alive()):
            with self._turn:
                if self._thread is None or not self._thread.is_alive():
                    self._thread = threading.Thread(target=self._sender.work, name="staycourse-client", daemon=True)
                    self._thread.start()

    def __enter__(self) -> Client:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _good(answer: Answer) -> Answer:
    if 200 <= answer.status < 300:
        return answer
    try:
        told = msgspec.json.decode(answer.body, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError):
        told = {}
    what = str(told.get("detail") or told.get("title") or f"status {answer.status}")
    raise Refused(what, where=str(told.get("pointer") or ""), mend=str(told.get("mend") or ""), status=answer.status)


def _wire(event: Event) -> bytes:
    """Return an event as it is sent, its lengths and types checked as the server will; BadEvent names the field."""
    try:
        wire = msgspec.json.encode(event)
        msgspec.json.decode(wire, type=Event)
    except msgspec.ValidationError as error:
        raise shape_error(error) from None
    except (UnicodeEncodeError, TypeError) as error:
        raise BadEvent(
            worded("cannot be written as JSON: {why}", why=as_wording(error)), where="event", mend="give plain texts"
        ) from None
    return wire


def _told(value: Any) -> Any:
    """Return a filter's value as the query says it."""
    if isinstance(value, list | tuple):
        return [_told(one) for one in value]
    if isinstance(value, bool):
        return "true" if value else "false"
    return value.isoformat() if hasattr(value, "isoformat") else value


def _closing(me: weakref.ref[Client]) -> Callable[[], None]:
    """Return what an interpreter that ends calls; it does not keep the client alive."""

    def close() -> None:
        client = me()
        if client is not None:
            client.close()

    return close


def _beginning_anew(me: weakref.ref[Client]) -> Callable[[], None]:
    def begin() -> None:
        client = me()
        if client is not None:
            client._begin()

    return begin

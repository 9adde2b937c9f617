"""What every door hands its facts to: kept durably, many requests in one sync, and no more than there is room for."""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import TracebackType
from typing import Final, Self

from staycourse.adapters.store.care import PeopleBook
from staycourse.app.homes.home import Home
from staycourse.app.intake.arrivals import Arrivals
from staycourse.app.intake.rejections import Rejections
from staycourse.events import Event, Learner, Packed
from staycourse.kernel import StaycourseError, StorageFault, TooMany, as_wording, worded

_LOG = logging.getLogger(__name__)

MOST_BYTES: Final = 256 << 20
"""Of request bodies in one process at one time; what is made of them takes some four times as much."""

MOST_WAITING: Final = 16 << 30
"""Of log on the disk that nothing has compacted yet: some 100 M events. A compactor that died is noticed by it."""

UPKEEP_SECONDS: Final = 1.0
CHORE_SECONDS: Final = 30.0
_GROUP_EVENTS: Final = 10_000
_MANY: Final = 50  # fewer are kept cheaper in one frame with those of other requests
_THREADS: Final = 2  # one writes down the next group while the other waits for the disk


@dataclass(slots=True)
class _Waiting:
    """What one request brought, and how its event loop is told that it is kept.

    A few events wait as they are, to be packed together with those of others.
    """

    tenant: str
    events: Sequence[Event]
    packed: Sequence[Packed]
    loop: asyncio.AbstractEventLoop
    told: asyncio.Future[None] = field(repr=False)

    @property
    def count(self) -> int:
        return len(self.events) + sum(one.count for one in self.packed)


class Intake:
    """Takes events and learners of a home in, from event loops and from threads. Use it in a `with` block.

    While open it closes the log's segment each second, so that the compactor may take it, and runs `chores` (each
    called every half minute). `arrivals` counts what came in, `rejections` what was not taken. `waiting_most` is how
    many bytes of log may wait to be compacted.
    """

    def __init__(
        self, home: Home, *, bytes_most: int = MOST_BYTES, waiting_most: int = MOST_WAITING,
        chores: Sequence[Callable[[], object]] = (),
    ) -> None:  # fmt: skip
        self.home = home
        self._bytes_most = bytes_most
        self._waiting_most = waiting_most
        self.arrivals = Arrivals(home)
        self.rejections = Rejections(home)
        self._chores = (*chores, self.arrivals.write, self.rejections.write)
        self._held = 0
        self._full = False
        self._turn = threading.Lock()
        self._queue: queue.SimpleQueue[_Waiting | None] = queue.SimpleQueue()
        self._stopping = threading.Event()
        self._threads: list[threading.Thread] = []

    def __enter__(self) -> Self:
        works = [self._upkeep, *[self._write] * _THREADS]
        self._threads = [threading.Thread(target=work, name=f"intake-{n}", daemon=True) for n, work in enumerate(works)]
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Keep what was handed in, then stop; the log itself is closed with the home."""
        self._stopping.set()
        for _ in range(_THREADS):
            self._queue.put(None)
        for thread in self._threads:
            thread.join()
        self._threads = []

    def take(self, tenant: str, events: Sequence[Event]) -> None:
        """Keep `events`; returns only once they are on disk. TooMany where too much waits, StorageFault if they are
        not kept. Of learners who were erased nothing is kept."""
        self.check_room()
        if events:
            self.home.log.append(tenant, events)

    async def taken(self, tenant: str, events: Sequence[Event]) -> None:
        """Do as `take` does from an event loop; requests that come at one time share one sync.

        BadEvent as EventLog.append. Many events are packed at once, while the processor has them at hand, and let go.
        """
        self.check_room()
        packed: Sequence[Packed] = ()
        if len(events) >= _MANY:
            log = self.home.log
            at_once = self.home.gate.fresh(tenant)  # else the store is asked, in a thread of its own
            packed = log.pack(tenant, events) if at_once else await asyncio.to_thread(log.pack, tenant, events)
            events = ()
        if not events and not packed:
            return
        loop = asyncio.get_running_loop()
        told: asyncio.Future[None] = loop.create_future()
        self._queue.put(_Waiting(tenant, events, packed, loop, told))
        await told

    def take_learners(self, tenant: str, learners: Sequence[Learner]) -> int:
        """Keep learners' attributes and addresses; what is left out (None) stays as it was. Return how many were kept:
        those who were erased are not."""
        kept = self.home.gate.passed(tenant, learners)
        if kept:
            self.home.store.put_learners(tenant, kept)
            PeopleBook(self.home.database).take_learners(tenant, kept, self.home.settings.clock.now())
        return len(kept)

    @property
    def full(self) -> bool:
        """Whether more log waits to be compacted than there may."""
        return self._full

    def check_room(self) -> None:
        """Raise TooMany where more log waits to be compacted than there may."""
        if self._full:
            raise TooMany("more waits to be compacted than there is room for", where="log",
                          mend="see that `staycourse compact` runs, then send it again", retry_after=30)  # fmt: skip

    @contextmanager
    def room(self) -> Iterator[Callable[[int], None]]:
        """Give what takes room for so many bytes of a body until the block ends; TooMany where there is none."""
        mine = 0

        def hold(more: int) -> None:
            nonlocal mine
            with self._turn:
                if self._held + more > self._bytes_most:
                    raise TooMany("too much is being taken in just now", where="body",
                                  mend="send it again in a second", retry_after=1)  # fmt: skip
                self._held += more
            mine += more

        try:
            yield hold
        finally:
            with self._turn:
                self._held -= mine

    def _write(self) -> None:
        while (first := self._queue.get()) is not None:
            group, events, stop = [first], first.count, False
            while events < _GROUP_EVENTS:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    stop = True
                    break
                group.append(more)
                events += more.count
            self._keep(group)
            if stop:
                return

    def _keep(self, group: list[_Waiting]) -> None:
        by_tenant: dict[str, list[_Waiting]] = {}
        for waiting in group:
            by_tenant.setdefault(waiting.tenant, []).append(waiting)
        for tenant, these in by_tenant.items():
            events = [event for waiting in these for event in waiting.events]
            packed = [one for waiting in these for one in waiting.packed]
            self._settle(these, self._appended(tenant, events, packed))

    def _appended(self, tenant: str, events: list[Event], packed: list[Packed]) -> StaycourseError | None:
        log = self.home.log
        try:
            if events:
                packed = [*log.pack(tenant, events), *packed]
            if packed:
                log.append_packed(tenant, packed)
        except StaycourseError as error:
            return error
        except Exception as error:
            _LOG.exception("the log failed")
            return StorageFault(
                worded("the log failed: {why}", why=as_wording(error)), where="log", mend="see the server's log"
            )
        return None

    @staticmethod
    def _settle(these: list[_Waiting], error: StaycourseError | None) -> None:
        def tell() -> None:
            for waiting in these:
                if waiting.told.done():  # whoever asked went away
                    continue
                if error is None:
                    waiting.told.set_result(None)
                else:
                    waiting.told.set_exception(error)

        try:
            these[0].loop.call_soon_threadsafe(tell)
        except RuntimeError:
            _LOG.debug("nobody waits any more")

    def _upkeep(self) -> None:
        chores_at = time.monotonic() + CHORE_SECONDS
        while not self._stopping.wait(UPKEEP_SECONDS):
            self._quietly(self.home.log.roll)
            self._quietly(self._look)
            if time.monotonic() >= chores_at:
                chores_at = time.monotonic() + CHORE_SECONDS
                for chore in self._chores:
                    self._quietly(chore)
        for chore in self._chores:
            self._quietly(chore)

    def _look(self) -> None:
        self._full = self.home.log_health().bytes > self._waiting_most

    @staticmethod
    def _quietly(work: Callable[[], object]) -> None:
        try:
            work()
        except StaycourseError as error:
            _LOG.error("upkeep failed: %s", error)

"""Plain statements kept for an event loop: requests that come at one time share one question to the store and one sync.

A thread takes what has come, asks whether any id is there already, writes a frame for each request and syncs once; one
message to the loop tells all of them. What is there already, or is being kept just now, is left to RecordStore.keep,
which alone compares and refuses.
"""

from __future__ import annotations

import asyncio
import logging
import queue
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Final
from uuid import uuid4

from staycourse.adapters.log import Came, StatementJournal, packed_apart
from staycourse.adapters.store.doors import StatementIds
from staycourse.app.intake.waiting import Entry, Waiting
from staycourse.events import Packed
from staycourse.kernel import StaycourseError, StorageFault, TooMany, as_wording, worded

_LOG = logging.getLogger(__name__)
_GROUP: Final = 10_000
"""Statements that are kept with one sync, and the last request of them."""

_THREADS: Final = 2  # one asks the store about the next group while the other waits for the disk


@dataclass(slots=True, eq=False)
class Coming:
    """One request's plain statements: `ids` as the client gave them, "" for none, and the body as it came."""

    tenant: str
    ids: list[str]
    two: bool
    authority: bytes
    body: bytes = field(repr=False)


@dataclass(slots=True, eq=False)
class _Asked:
    """A request in the queue, what waits of it, and how its event loop is told."""

    coming: Coming
    entry: Entry
    named: Sequence[str]
    loop: asyncio.AbstractEventLoop
    told: asyncio.Future[bool] = field(repr=False)
    answer: bool | StaycourseError = False


class Keeping:
    """Keeps plain statements. Event loops may share it. `place` gives the first of so many new places."""

    def __init__(
        self, waiting: Waiting, ids: StatementIds, journal: StatementJournal, place: Callable[[Entry, int], None]
    ) -> None:
        self._waiting = waiting
        self._ids = ids
        self._journal = journal
        self._place = place
        self._queue: queue.SimpleQueue[_Asked | None] = queue.SimpleQueue()
        self._threads = [threading.Thread(target=self._work, name=f"keeping-{n}", daemon=True) for n in range(_THREADS)]

    def start(self) -> None:
        """Begin."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Keep what was handed in, then stop."""
        started = [thread for thread in self._threads if thread.is_alive()]
        for _ in started:
            self._queue.put(None)
        for thread in started:
            thread.join()

    async def kept(self, coming: Coming) -> bool:
        """Keep a request's statements, on disk when it returns; False, and none is kept, where an id is taken.

        Ids that are missing are made. TooMany where too much waits to be written, StorageFault if they are not kept.
        """
        named = [one for one in coming.ids if one]
        if len(set(named)) != len(named):
            return False
        if len(named) < len(coming.ids):
            coming.ids = [one or str(uuid4()) for one in coming.ids]
        loop = asyncio.get_running_loop()
        asked = _Asked(coming, Entry(coming.tenant), named, loop, loop.create_future())
        self._queue.put(asked)
        return await asked.told

    def _work(self) -> None:
        while (first := self._queue.get()) is not None:
            group, count, stop = [first], len(first.coming.ids), False
            while count < _GROUP and not stop:
                try:
                    more = self._queue.get_nowait()
                except queue.Empty:
                    break
                if more is None:
                    stop = True
                else:
                    group.append(more)
                    count += len(more.coming.ids)
            for tenant in dict.fromkeys(one.coming.tenant for one in group):
                self._keep(tenant, [one for one in group if one.coming.tenant == tenant])
            _tell(group)
            if stop:
                return

    def _keep(self, tenant: str, group: Sequence[_Asked]) -> None:
        try:
            free = self._waiting.take([(one.entry, one.named) for one in group])
            mine = [one for one, taken in zip(group, free, strict=True) if taken]
            try:
                self._append(tenant, self._new(tenant, mine))
            finally:
                self._waiting.settle([(one.entry, one.named) for one in mine])
        except StaycourseError as fault:
            _refuse(group, fault)
        except Exception as fault:
            _LOG.exception("the journal failed")
            why = worded("the journal failed: {why}", why=as_wording(fault))
            _refuse(group, StorageFault(why, where="journal", mend="see the server's log"))

    def _new(self, tenant: str, mine: Sequence[_Asked]) -> list[_Asked]:
        """Return those requests of which no id is in the store, and for which there is room."""
        there = self._ids.bodies(tenant, [name for one in mine for name in one.named])
        new = []
        for one in mine:
            if there and not there.keys().isdisjoint(one.named):
                continue
            try:
                self._place(one.entry, len(one.coming.ids))
            except TooMany as fault:
                one.answer = fault
            else:
                new.append(one)
        return new

    def _append(self, tenant: str, new: Sequence[_Asked]) -> None:
        frames = []
        for one in new:
            coming, entry = one.coming, one.entry
            came = Came(first=entry.since, ids=coming.ids, two=coming.two, authority=coming.authority, body=coming.body)
            head, body = entry.packed = packed_apart(came)
            entry.ids = coming.ids
            frames.append(Packed(head, len(coming.ids), body))
        if frames:
            self._journal.append_all(tenant, frames)
        for one in new:
            one.entry.durable = one.answer = True


def _refuse(group: Sequence[_Asked], fault: StaycourseError) -> None:
    for one in group:
        if one.answer is False:
            one.answer = fault


def _tell(group: Sequence[_Asked]) -> None:
    """Wake who waits, with one message to each event loop."""
    for loop in {one.loop for one in group}:
        try:
            loop.call_soon_threadsafe(_settle, [one for one in group if one.loop is loop])
        except RuntimeError:
            _LOG.debug("nobody waits any more")


def _settle(these: Sequence[_Asked]) -> None:
    for one in these:
        if one.told.done():  # whoever asked went away
            continue
        if isinstance(one.answer, bool):
            one.told.set_result(one.answer)
        else:
            one.told.set_exception(one.answer)

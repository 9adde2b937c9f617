"""The learning record store of a home: statements kept durably at once, written into store and log behind it.

A request's statements are one frame of the journal, synced before the answer. A thread takes them from there: it has
the events that they tell appended to the event log and themselves written into the store, and then lets the journal go.
Killed anywhere, what the journal still holds is taken up at the next start; ids make it harmless to do so twice.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from staycourse.adapters.log import (
    LANES,
    Content,
    Kept,
    StatementJournal,
    instant_of,
    packed,
    place_of,
    places_from,
    stored_texts,
)
from staycourse.adapters.store.doors import Document, DocumentBook, DocumentPlace, Found, StatementIds, Wanted
from staycourse.app.homes.home import Home
from staycourse.app.intake.indexer import Indexer
from staycourse.app.intake.indexing import JOURNAL, Index, OwnIndex, book_of, new_readers
from staycourse.app.intake.keeping import Coming, Keeping
from staycourse.app.intake.waiting import WAIT_SECONDS, Entry, Waiting
from staycourse.kernel import StorageFault, instant_at, microseconds, worded
from staycourse.xapi import Attached, BadStatement, Conflict, Statement, json_of, same_statement

_LOG = logging.getLogger(__name__)
__all__ = ["Coming", "Document", "DocumentPlace", "Found", "RecordStore", "Wanted", "instant_of", "place_of"]
_THREADS: Final = 40
_ROLL_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 1.0


class RecordStore:
    """Keeps and finds the statements and documents of one home. Threads may share it. Use it in a `with` block.

    Opening it writes what processes that are gone left in their journals. `pool` holds the threads that requests are
    answered in; `reading` the one for long bodies of plain statements, of which two at a time would only be slower.
    With `beside` a process of its own writes the store and the log, else a thread of this one.
    """

    def __init__(self, home: Home, *, beside: bool = False) -> None:
        self.home = home
        self.readers = new_readers()
        self.statements = book_of(home, self.readers[True])
        self.documents = DocumentBook(home.database)
        self._journal = StatementJournal(home.path / JOURNAL, clock=home.settings.clock)
        lane = self._journal.lane
        own = OwnIndex(home, self.statements, lane)
        self.index: Index = Indexer(home.settings, lane, own) if beside else own
        self._turn = threading.Lock()
        self._waiting = Waiting()
        self._ids = StatementIds(home.database, self.statements)
        self._keeping = Keeping(self._waiting, self._ids, self._journal, self._place)
        self.pool = ThreadPoolExecutor(_THREADS, "records")
        self.reading = ThreadPoolExecutor(1, "reading")
        self._closed: list[tuple[list[Path], list[Entry]]] = []  # segments, and what must be written before they go
        self._clock_us = 0
        self._thread = threading.Thread(target=self._work, name="statements", daemon=True)
        try:
            self._journal.replay(own.write)
            # No place is given twice, also where the machine's clock went back since.
            self._clock_us = self.statements.newest(home.store.tenants()) // LANES
        except BaseException:
            self._journal.close()
            raise

    def __enter__(self) -> RecordStore:
        self._thread.start()
        self._keeping.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, then stop."""
        self.pool.shutdown()
        self.reading.shutdown()
        self._keeping.close()
        self._waiting.stop()
        if self._thread.is_alive():
            self._thread.join()
        self.index.close()
        self._journal.close()

    def keep(
        self, tenant: str, statements: Sequence[Statement], contents: Sequence[dict[str, Attached]], *,
        authority: bytes, two: bool,
    ) -> list[str]:  # fmt: skip
        """Keep the statements of one request and return their ids; on disk when it returns.

        BadStatement where one id is given twice; Conflict if another statement is there by one of the ids: then none is
        kept. One that is there already, the same, is not kept again. TooMany where too much waits to be written.
        """
        named = [one.statement for one in statements if one.statement]
        if len(set(named)) != len(named):
            raise BadStatement("one id is given to two statements", where="id", mend="send each statement once")
        entry = Entry(tenant)
        try:
            there = self._reserve(entry, named) if named else {}
            new, own = statements, contents
            if there:
                self._compare(there, statements)
                new = [one for one in statements if one.statement not in there]
                own = [told for one, told in zip(statements, contents, strict=True) if one.statement not in there]
            if new:
                self._append(entry, new, own, authority, b"2.0.0" if two else b"1.0.0")
        finally:
            self._waiting.settle([(entry, named)])
        return [one.statement for one in statements]

    async def kept(self, coming: Coming) -> list[str] | None:
        """Keep plain statements from an event loop and return their ids; None where `keep` must look at them.

        TooMany as `keep`, StorageFault if they are not kept.
        """
        return coming.ids if await self._keeping.kept(coming) else None

    def consistent_through(self) -> datetime:
        """Return the instant up to which every statement that was stored can be found."""
        own = self._waiting.since()
        now = self.home.settings.clock.now()
        oldest = [instant_of(own)] if own else []
        elsewhere = self._journal.oldest_elsewhere()
        if elsewhere is not None:
            oldest.append(instant_at(elsewhere))
        return min([now, *(one - timedelta(microseconds=1) for one in oldest)])

    def wait(self, seconds: float = WAIT_SECONDS) -> bool:
        """Wait until all that was kept before this call is written; say whether it is."""
        return self._waiting.wait(seconds)

    def _reserve(self, entry: Entry, named: Sequence[str]) -> dict[str, bytes | str]:
        """Take the ids that nobody has, and return the bodies of those that are there already."""
        there = self._waiting.reserve(entry, named)
        asked = [one for one in named if one not in there] if there else named
        return there | self.statements.bodies(entry.tenant, asked)

    def _compare(self, there: dict[str, bytes | str], statements: Sequence[Statement]) -> None:
        for one in statements:
            body = there.get(one.statement)
            told = body.encode() if isinstance(body, str) else body
            if told is not None and not same_statement(json_of(told), one.value):
                raise Conflict(
                    "another statement is kept under this id",
                    where=worded("id {statement}", statement=one.statement),
                    mend="give each statement an id of its own",
                )

    def _append(
        self, entry: Entry, new: Sequence[Statement], contents: Sequence[dict[str, Attached]], authority: bytes,
        version: bytes,
    ) -> None:  # fmt: skip
        for one in new:
            if not one.statement:
                one.statement = str(uuid4())
        self._place(entry, len(new))
        two = version == b"2.0.0"
        kept = [
            Kept(place, one.statement, two, one.written(stored, authority, version), _contents(own) if own else ())
            for place, stored, one, own in zip(
                places_from(entry.since, len(new)), stored_texts(entry.since // LANES, len(new)), new, contents,
                strict=True,
            )
        ]  # fmt: skip
        entry.ids, entry.packed = [one.statement for one in new], (packed(kept),)
        self._journal.append(entry.tenant, len(kept), *entry.packed)
        entry.durable = True

    def _place(self, entry: Entry, count: int) -> None:
        """Give an entry places for so many statements, and let it in; TooMany if there is no room."""
        with self._turn:
            first = max(self._clock_us + 1, microseconds(self.home.settings.clock.now()))
            self._clock_us = first + count
            entry.since = place_of(first, self._journal.lane)
            self._waiting.admit(entry)

    def _work(self) -> None:
        """Write what waits, again and again; the journal's segment is closed once a second."""
        rolled = time.monotonic()
        dirty = True
        while True:
            group = self._waiting.next(_ROLL_SECONDS if dirty or self._ids.learning else None)
            if self._waiting.stopping and not group:
                break
            try:
                if group:
                    self.index.write(group[0].tenant, [entry.payload() for entry in group])
                    self._waiting.written(group)
                    dirty = True
                self._ids.follow()
                if dirty and time.monotonic() - rolled > _ROLL_SECONDS:
                    dirty = not self._tidy()
                    self._journal.prepare()
                    rolled = time.monotonic()
            except StorageFault as fault:
                _LOG.error("statements could not be written, trying again: %s", fault)
                if self._waiting.stopping:
                    return
                time.sleep(_RETRY_SECONDS)
        self._tidy()

    def _tidy(self) -> bool:
        """Close the journal's segment and remove those of which all is written; say whether nothing is left."""
        before = self._waiting.all()
        known = {path for segments, _ in self._closed for path in segments}
        fresh = [path for path in self._journal.close_segment() if path not in known]
        self._closed.append((fresh, before))
        still = set(map(id, self._waiting.all()))
        gone = [one for one in self._closed if not any(id(entry) in still for entry in one[1])]
        self._closed = [one for one in self._closed if one not in gone]
        self._journal.drop([path for segments, _ in gone for path in segments])
        return not self._closed


def _contents(own: dict[str, Attached]) -> tuple[Content, ...]:
    return tuple(Content(sha2, has.content_type, has.content) for sha2, has in own.items())

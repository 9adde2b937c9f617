"""The learning record store of a home: statements kept durably at once, written into store and log behind it.

A request's statements are one frame of the journal, synced before the answer. A thread takes them from there: it
appends the events that they tell to the event log, writes them into the store, and then lets the journal go. Killed
anywhere, what the journal still holds is taken up at the next start; ids make it harmless to do so twice.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final
from uuid import uuid4

from staycourse.adapters.log import Content, Kept, StatementJournal
from staycourse.adapters.store.doors import Document, DocumentBook, DocumentPlace, Found, StatementBook, Wanted
from staycourse.app.homes.home import Home, read_text
from staycourse.app.intake.statements import LANES, instant_of, place_of, rows_of, stored_text
from staycourse.events.xapi import DEFAULT_VERB_MAP, VerbMap, verb_map
from staycourse.kernel import StorageFault, TooMany, worded
from staycourse.xapi import Attached, BadStatement, Conflict, Reader, Statement, json_of, same_statement

_LOG = logging.getLogger(__name__)
__all__ = ["Document", "DocumentPlace", "Found", "RecordStore", "Wanted"]
JOURNAL: Final = "statements"
MAPPING: Final = "xapi.toml"
"""The operator's own table of verbs in the home, as for file imports (docs/importing.md); read at the start."""

MOST_WAITING: Final = 400_000
"""Statements that wait to be written into the store; who brings more is asked to wait."""

WAIT_SECONDS: Final = 5.0
"""How long a GET waits until what was kept before it is written."""

LAG_SECONDS: Final = 5.0
"""How long statements may wait to be written while more are coming in: requests go first, then their index."""

_CALM_SECONDS: Final = 0.02
_TURN: Final = 5_000
_ROLL_SECONDS: Final = 1.0
_RETRY_SECONDS: Final = 1.0
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True, eq=False)
class _Entry:
    """One request's statements between the answer and the store. `since` is the place of the first of them."""

    tenant: str
    kept: list[Kept] = field(default_factory=list)
    since: int = 0
    durable: bool = False
    kept_at: float = 0.0


class RecordStore:
    """Keeps and finds the statements and documents of one home. Threads may share it. Use it in a `with` block.

    Opening it writes what processes that are gone left in their journals.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self.statements = StatementBook(home.database, self._terms)
        self.documents = DocumentBook(home.database)
        self.readers = {False: Reader(two=False), True: Reader(two=True)}
        self._mapping = _mapping(home.path / MAPPING)
        self._journal = StatementJournal(home.path / JOURNAL, clock=home.settings.clock)
        self._turn = threading.Condition()
        self._entries: list[_Entry] = []  # in the order of their places
        self._by_id: dict[tuple[str, str], _Entry] = {}
        self._closed: list[tuple[list[Path], list[_Entry]]] = []  # segments, and what must be written before they go
        self._clock_us = 0
        self._waiting = 0
        self._readers = 0
        self._newest = 0.0
        self._stopping = False
        self._thread = threading.Thread(target=self._work, name="statements", daemon=True)
        try:
            self._journal.replay(self._write_all)
            # No place is given twice, also where the machine's clock went back since.
            self._clock_us = self.statements.newest(home.store.tenants()) // LANES
        except BaseException:
            self._journal.close()
            raise

    def __enter__(self) -> RecordStore:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Write what waits, then stop."""
        with self._turn:
            self._stopping = True
            self._turn.notify_all()
        if self._thread.is_alive():
            self._thread.join()
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
        entry = _Entry(tenant)
        there = self._reserve(entry, named) if named else {}
        try:
            if there:
                self._compare(there, statements)
            new = [
                (one, own) for one, own in zip(statements, contents, strict=True) if one.statement not in there
            ] if there else list(zip(statements, contents, strict=True))  # fmt: skip
            if new:
                self._append(entry, new, authority, two)
        finally:
            self._settle(entry, named)
        return [one.statement for one in statements]

    def consistent_through(self) -> datetime:
        """Return the instant up to which every statement that was stored can be found."""
        with self._turn:
            own = min((entry.since for entry in self._entries if entry.since), default=0)
        now = self.home.settings.clock.now()
        oldest = [instant_of(own)] if own else []
        elsewhere = self._journal.oldest_elsewhere()
        if elsewhere is not None:
            oldest.append(_EPOCH + timedelta(microseconds=elsewhere))
        return min([now, *(one - timedelta(microseconds=1) for one in oldest)])

    def wait(self, seconds: float = WAIT_SECONDS) -> bool:
        """Wait until all that was kept before this call is written; say whether it is."""
        with self._turn:
            mine = [entry for entry in self._entries if entry.durable]
            self._readers += 1
            self._turn.notify_all()
            try:
                return self._turn.wait_for(lambda: not any(entry in self._entries for entry in mine), seconds)
            finally:
                self._readers -= 1

    def _reserve(self, entry: _Entry, named: Sequence[str]) -> dict[str, bytes | str]:
        """Take the ids that nobody has, and return the bodies of those that are there already."""
        with self._turn:
            found = {one: self._by_id[entry.tenant, one] for one in named if (entry.tenant, one) in self._by_id}
            others = list(found.values())
            if others and not self._turn.wait_for(
                lambda: not any(other in self._entries and not other.durable for other in others), WAIT_SECONDS
            ):
                raise TooMany("another request with the same ids is being kept", where="id",
                              mend="send them again in a second", retry_after=1)  # fmt: skip
            there: dict[str, bytes | str] = {}
            for one, other in found.items():
                there |= {kept.statement: kept.body for kept in other.kept if kept.statement == one and other.durable}
            for one in named:
                self._by_id.setdefault((entry.tenant, one), entry)
            self._entries.append(entry)
        asked = [one for one in named if one not in there]
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
        self, entry: _Entry, new: Sequence[tuple[Statement, dict[str, Attached]]], authority: bytes, two: bool
    ) -> None:
        for one, _ in new:
            if not one.statement:
                one.statement = str(uuid4())
        with self._turn:
            if self._waiting > MOST_WAITING:
                raise TooMany("more statements wait to be written than there is room for", where="body",
                              mend="send them again in a second", retry_after=1)  # fmt: skip
            first = max(self._clock_us + 1, (self.home.settings.clock.now() - _EPOCH) // timedelta(microseconds=1))
            self._clock_us = first + len(new)
            entry.since = place_of(first, self._journal.lane)
            if entry not in self._entries:
                self._entries.append(entry)
        version = b"2.0.0" if two else b"1.0.0"
        kept = []
        for moment, (one, own) in enumerate(new, start=first):
            body = one.written(stored_text(moment), authority, version)
            told = tuple(Content(sha2, has.content_type, has.content) for sha2, has in own.items()) if own else ()
            kept.append(Kept(place_of(moment, self._journal.lane), one.statement, two, body, told))
        entry.kept = kept
        self._journal.append(entry.tenant, kept)
        entry.durable = True

    def _settle(self, entry: _Entry, named: Sequence[str]) -> None:
        """Hand a durable entry to the thread that writes; forget one of which nothing was kept."""
        with self._turn:
            if entry.durable:
                self._waiting += len(entry.kept)
                self._newest = entry.kept_at = time.monotonic()
            elif entry in self._entries:
                self._entries.remove(entry)
            if not entry.durable:
                for one in named:
                    if self._by_id.get((entry.tenant, one)) is entry:
                        del self._by_id[entry.tenant, one]
            self._turn.notify_all()

    def _work(self) -> None:
        """Write what waits, again and again; the journal's segment is closed once a second."""
        rolled = time.monotonic()
        dirty = True
        while True:
            with self._turn:
                self._turn.wait_for(lambda: self._stopping or self._ready(), _ROLL_SECONDS if dirty else None)
                while self._ready() and not self._calm():
                    self._turn.wait(_CALM_SECONDS)
                group = self._group()
                if self._stopping and not group:
                    break
            try:
                if group:
                    self._write_group(group)
                    dirty = True
                if dirty and time.monotonic() - rolled > _ROLL_SECONDS:
                    dirty = not self._tidy()
                    rolled = time.monotonic()
            except StorageFault as fault:
                _LOG.error("statements could not be written, trying again: %s", fault)
                if self._stopping:
                    return
                time.sleep(_RETRY_SECONDS)
        self._tidy()

    def _ready(self) -> bool:
        return any(entry.durable for entry in self._entries)

    def _calm(self) -> bool:
        """Say whether to write now: nothing comes in, or somebody asks, or too much or for too long has waited."""
        now = time.monotonic()
        oldest = min((entry.kept_at for entry in self._entries if entry.kept_at), default=now)
        busy = now - self._newest < _CALM_SECONDS and now - oldest < LAG_SECONDS
        return self._stopping or self._readers > 0 or self._waiting > MOST_WAITING // 2 or not busy

    def _group(self) -> list[_Entry]:
        group: list[_Entry] = []
        count = 0
        for entry in self._entries:
            if entry.durable and (not group or (entry.tenant == group[0].tenant and count < _TURN)):
                group.append(entry)
                count += len(entry.kept)
        return group

    def _write_group(self, group: Sequence[_Entry]) -> None:
        kept = [one for entry in group for one in entry.kept]
        self._write_all(group[0].tenant, kept)
        with self._turn:
            gone = set(map(id, group))
            self._entries = [entry for entry in self._entries if id(entry) not in gone]
            for one in kept:
                self._by_id.pop((group[0].tenant, one.statement), None)
            self._waiting -= len(kept)
            self._turn.notify_all()

    def _write_all(self, tenant: str, kept: Sequence[Kept]) -> None:
        """Write statements; one that cannot be written for a reason of its own is put aside, and stops no other."""
        try:
            self._write(tenant, kept)
        except StorageFault:
            raise
        except Exception:
            if len(kept) > 1:
                for one in kept:
                    self._write_all(tenant, [one])
                return
            aside = self._journal.put_aside(tenant, kept[0])
            _LOG.exception("the statement %s cannot be written; it is kept as %s", kept[0].statement, aside)

    def _write(self, tenant: str, kept: Sequence[Kept]) -> None:
        """Write statements into the event log and the store; those of erased learners go nowhere."""
        events, batch = rows_of(kept, self.readers, self._mapping)
        gone = self.home.gate.erased(tenant, lambda: [one.learner for one in batch.statements])
        if gone:
            batch.leave_out(gone)
        if events:
            self.home.log.append(tenant, events)
        self.statements.write(tenant, batch, self.home.settings.clock.now())

    def _terms(self, body: str) -> tuple[set[int], str]:
        found = self.readers[True].read(body.encode(), most=1)[0][0]
        return found.terms(), found.target

    def _tidy(self) -> bool:
        """Close the journal's segment and remove those of which all is written; say whether nothing is left."""
        with self._turn:
            before = list(self._entries)
        known = {path for segments, _ in self._closed for path in segments}
        fresh = [path for path in self._journal.close_segment() if path not in known]
        self._closed.append((fresh, before))
        with self._turn:
            still = set(map(id, self._entries))
        gone = [one for one in self._closed if not any(id(entry) in still for entry in one[1])]
        self._closed = [one for one in self._closed if one not in gone]
        self._journal.drop([path for segments, _ in gone for path in segments])
        return not self._closed


def _mapping(place: Path) -> VerbMap:
    """Return the table of verbs that the operator left in the home, the default where there is none."""
    return verb_map(read_text(place), where=str(place)) if place.is_file() else DEFAULT_VERB_MAP

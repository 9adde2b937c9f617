"""Statements between the answer and the store: whose ids are taken, and which are to be written next."""

from __future__ import annotations

import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from staycourse.adapters.log import opened
from staycourse.kernel import TooMany

MOST_WAITING: Final = 400_000
"""Statements that wait to be written into the store; who brings more is asked to wait."""

WAIT_SECONDS: Final = 5.0
"""How long a GET waits until what was kept before it is written."""

LAG_SECONDS: Final = 5.0
"""How long statements may wait to be written while more are coming in: requests go first, then their index."""

CALM_SECONDS: Final = 0.1
"""For how long nothing must have come in before what waits is written, unless somebody asks for it."""

_TURN: Final = 4_000
"""Statements that are written in one transaction, and the last request of them."""


@dataclass(slots=True, eq=False)
class Entry:
    """One request's statements between the answer and the store, by their ids and packed as the journal has them, in
    pieces.

    `since` is the place of the first of them.
    """

    tenant: str
    ids: Sequence[str] = ()
    packed: Sequence[bytes] = field(default=(), repr=False)
    since: int = 0
    durable: bool = False
    kept_at: float = 0.0

    def payload(self) -> bytes:
        """Return what the journal has of them."""
        return b"".join(self.packed)


class Waiting:
    """What was taken in and is not written yet. Requests and the thread that writes share it."""

    def __init__(self) -> None:
        self._turn = threading.Lock()
        self._writer = threading.Condition(self._turn)  # the thread that writes waits here,
        self._others = threading.Condition(self._turn)  # and here who waits for something to be kept or written
        self._entries: dict[int, Entry] = {}
        self._by_id: dict[str, dict[str, Entry]] = {}
        self._waiting = 0
        self._durable = 0
        self._readers = 0
        self._newest = 0.0
        self._stopping = False

    def stop(self) -> None:
        """Let the writer write what is there, and then no more."""
        with self._turn:
            self._stopping = True
            self._writer.notify_all()

    @property
    def stopping(self) -> bool:
        """Say whether the end was asked for."""
        return self._stopping

    def reserve(self, entry: Entry, named: Sequence[str]) -> dict[str, bytes | str]:
        """Take the ids that nobody has for `entry`; return the bodies of those that are kept and wait.

        TooMany if another request has one of them and is long about it.
        """
        with self._turn:
            own = self._by_id.setdefault(entry.tenant, {})
            there = {} if own.keys().isdisjoint(named) else self._there(own, named)
            if there or len(own.keys() & set(named)):
                for one in named:
                    own.setdefault(one, entry)
            else:
                own.update(dict.fromkeys(named, entry))
            self._entries[id(entry)] = entry
            self._newest = time.monotonic()
        return there

    def take(self, asked: Sequence[tuple[Entry, Sequence[str]]]) -> list[bool]:
        """Take the ids of several requests of one tenant: all of a request's where nobody has any of them, else none.

        Says for each whether they were taken.
        """
        taken = []
        with self._turn:
            for entry, named in asked:
                own = self._by_id.setdefault(entry.tenant, {})
                taken.append(own.keys().isdisjoint(named))
                if taken[-1]:
                    own.update(dict.fromkeys(named, entry))
                    self._entries[id(entry)] = entry
            self._newest = time.monotonic()
        return taken

    def _there(self, own: dict[str, Entry], named: Sequence[str]) -> dict[str, bytes | str]:
        found = {one: own[one] for one in named if one in own}
        others = set(found.values())

        def settled() -> bool:
            return not any(id(one) in self._entries and not one.durable for one in others)

        if not self._others.wait_for(settled, WAIT_SECONDS):
            raise TooMany("another request with the same ids is being kept", where="id",
                          mend="send them again in a second", retry_after=1)  # fmt: skip
        there: dict[str, bytes | str] = {}
        for other in others:
            if other.durable:
                there |= {
                    one.statement: one.body for one in opened(other.payload()) if found.get(one.statement) is other
                }
        return there

    def admit(self, entry: Entry) -> None:
        """Let `entry` in if there is room; TooMany if there is none."""
        with self._turn:
            if self._waiting > MOST_WAITING:
                raise TooMany("more statements wait to be written than there is room for", where="body",
                              mend="send them again in a second", retry_after=1)  # fmt: skip
            self._entries[id(entry)] = entry

    def settle(self, asked: Sequence[tuple[Entry, Sequence[str]]]) -> None:
        """Hand durable entries to the writer; forget those of which nothing was kept, and the ids they had taken."""
        with self._turn:
            before, now = self._durable, time.monotonic()
            for entry, named in asked:
                if entry.durable:
                    self._waiting += len(entry.ids)
                    self._newest = entry.kept_at = now
                    self._durable += 1
                else:
                    self._forget(entry, named)
            if not before and self._durable:
                self._writer.notify_all()
            self._others.notify_all()

    def _forget(self, entry: Entry, named: Sequence[str]) -> None:
        self._entries.pop(id(entry), None)
        own = self._by_id.get(entry.tenant, {})
        for one in named:
            if own.get(one) is entry:
                del own[one]

    def since(self) -> int:
        """Return the place of the first statement that waits, 0 if none does."""
        with self._turn:
            return min((entry.since for entry in self._entries.values() if entry.since), default=0)

    def wait(self, seconds: float = WAIT_SECONDS) -> bool:
        """Wait until all that was kept before this call is written; say whether it is."""
        with self._turn:
            mine = [entry for entry in self._entries.values() if entry.durable]
            if not mine:
                return True
            self._readers += 1
            self._writer.notify_all()
            try:
                return self._others.wait_for(lambda: not any(id(one) in self._entries for one in mine), seconds)
            finally:
                self._readers -= 1

    def next(self, seconds: float | None) -> list[Entry]:
        """Return what is to be written next, of one tenant, once it is time; nothing after `seconds` without any, or
        at the end."""
        with self._turn:
            self._writer.wait_for(lambda: self._stopping or self._durable, seconds)
            while self._durable and not self._calm():
                self._writer.wait(CALM_SECONDS)
            group: list[Entry] = []
            count = 0
            for entry in self._entries.values():
                if entry.durable and (not group or entry.tenant == group[0].tenant):
                    group.append(entry)
                    count += len(entry.ids)
                    if count >= _TURN:
                        break
            return group

    def written(self, group: Sequence[Entry]) -> None:
        """Forget what is written."""
        with self._turn:
            for entry in group:
                del self._entries[id(entry)]
                own = self._by_id.get(entry.tenant, {})
                for one in entry.ids:
                    own.pop(one, None)
                self._waiting -= len(entry.ids)
            self._durable -= len(group)
            self._others.notify_all()

    def all(self) -> list[Entry]:
        """Return what waits or is being kept just now."""
        with self._turn:
            return list(self._entries.values())

    def _calm(self) -> bool:
        """Say whether to write now: nothing comes in, or somebody asks, or too much or for too long has waited."""
        now = time.monotonic()
        oldest = next((entry.kept_at for entry in self._entries.values() if entry.durable), now)
        busy = now - self._newest < CALM_SECONDS and now - oldest < LAG_SECONDS
        return self._stopping or self._readers > 0 or self._waiting > MOST_WAITING // 2 or not busy

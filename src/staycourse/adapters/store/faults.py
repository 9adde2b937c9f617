"""What databases complain of, in plain words; and trying again where another only came first."""

from __future__ import annotations

import random
import sqlite3
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar

from sqlalchemy.exc import DBAPIError
from sqlalchemy.exc import TimeoutError as PoolExhausted

from staycourse.kernel import StorageFault, worded

Answer = TypeVar("Answer")

TRIES: Final = 5
PAUSE_SECONDS: Final = 0.02

# SQLSTATE (PostgreSQL manual, appendix A) of those that pass when the same transaction is run again:
# serialization_failure, deadlock_detected, lock_not_available (another held the row for longer than lock_timeout).
PASSING: Final = frozenset({"40001", "40P01", "55P03"})

UNIQUE_VIOLATION: Final = "23505"
# SQLSTATE or its class: what it means, and what mends it.
MEANINGS: Final = {
    "28": ("the user or the password is refused", "check STAYCOURSE_STORE, and the server's pg_hba.conf"),
    "3D": ("there is no such database", "make it: CREATE DATABASE ... OWNER ... TEMPLATE template0 LOCALE 'C'"),
    "42501": ("the user may not do this", "make the user owner of the database"),
    "53100": ("the server's disk is full", "make room on the server's disk"),
    "53300": ("the server has no connection left", "raise max_connections, or run fewer processes"),
    "57014": ("a statement took too long and was stopped", "look at the server's load"),
    "57P": ("the server is starting or stopping", "wait for it, or start it"),
}
# What the server says without a state of its own, and the state that it would be: a new connection meets a full disk.
UNSTATED: Final = {"could not write init file": "53100"}
UNREACHABLE: Final = ("the server does not answer", "check that PostgreSQL runs there and that the address is right")
DISK: Final = "check the disk and its permissions"
FULL: Final = "make room on the disk, and run it again"
SERVER: Final = "look at the server's log"


class Contention(StorageFault):
    """Another transaction came first; the same one may well succeed when it is run again."""


@contextmanager
def translated(where: str) -> Iterator[None]:
    """Turn the database's complaints into StorageFault. They never hold what was stored, nor a password."""
    try:
        yield
    except DBAPIError as error:
        raise _fault(error, where) from None
    except PoolExhausted:
        raise StorageFault(  # who waited for one has waited enough: this is not tried again
            "every connection to the store is in use",
            where=where,
            mend="look for what holds them, or run fewer at once",
        ) from None


def retrying(work: Callable[[], Answer], *, tries: int = TRIES, pause: Callable[[float], None] = time.sleep) -> Answer:
    """Run `work` and return its answer; again, at most `tries` times in all, where another transaction came first.

    `work` opens its own transaction and must be safe to run again from its beginning. Pauses double and are scattered,
    so that those who met once do not meet again. The last Contention is raised as it is (it is a StorageFault).
    """
    for turn in range(tries - 1):
        try:
            return work()
        except Contention:
            pause(PAUSE_SECONDS * 2**turn * random.uniform(0.5, 1.5))  # noqa: S311 - not a secret
    return work()


def state_of(error: BaseException | None) -> str:
    """Return the SQLSTATE that PostgreSQL gave, "" where there is none."""
    told = _told(error)
    return str(told.get("C", ""))


def is_taken(error: DBAPIError) -> bool:
    """Say whether a row was refused since another with its key, or with what must be unique, is there."""
    if isinstance(error.orig, sqlite3.Error):
        return error.orig.sqlite_errorcode in (sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY, sqlite3.SQLITE_CONSTRAINT_UNIQUE)
    return state_of(error.orig) == UNIQUE_VIOLATION


def _told(error: BaseException | None) -> dict[str, Any]:
    found = error.args[0] if error is not None and error.args else None
    return found if isinstance(found, dict) else {}


def _fault(error: DBAPIError, where: str) -> StorageFault:
    original = error.orig
    if isinstance(original, sqlite3.Error):
        code = getattr(original, "sqlite_errorcode", 0) & 0xFF
        kind = Contention if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED) else StorageFault
        mend = FULL if code == sqlite3.SQLITE_FULL else DISK
        return kind(f"the store could not be used: {original}", where=where, mend=mend)
    told, state = _told(original), state_of(original)
    if state in PASSING:
        return Contention("another transaction came first", where=where, mend="try again")
    if error.connection_invalidated:
        return StorageFault(UNREACHABLE[0], where=where, mend=UNREACHABLE[1])
    state = UNSTATED.get(str(told.get("M", "")), state)
    for known in (state, state[:3], state[:2]):
        if known in MEANINGS:
            return StorageFault(MEANINGS[known][0], where=where, mend=MEANINGS[known][1])
    return StorageFault(
        worded("the store could not be used: {why}", why=told.get("M", original)),
        where=where,
        mend=DISK if not told else SERVER,
    )

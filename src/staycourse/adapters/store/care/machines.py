"""The clocks that ticks went by: the newest instant of each, and which were ahead when another was said to be right.

They stand among the cursors, which are places in time like them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from sqlalchemy import Connection, delete, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import upsert

NEWEST = "tick"
OF_ONE = "clock:"
CLOCKS_APART = timedelta(minutes=5)
"""How far the clocks of several workers may be apart."""

REMEMBERED = timedelta(days=30)
"""So long after it last ticked, or tried to, is a clock forgotten."""

TOLD_AGAIN = timedelta(hours=1)

Verdict = Literal["right", "behind", "wrong"]


@dataclass(frozen=True, slots=True)
class Ticked:
    """One clock: its newest tick by itself, and how far ahead it was when another was said to be right, if it was."""

    at: datetime
    ahead: timedelta | None = None

    @property
    def truly(self) -> datetime:
        """When that was by the clock that was right."""
        return self.at - (self.ahead or timedelta())


Judge = Callable[[datetime | None, Mapping[str, Ticked]], Verdict]


class ClockBook:
    """The clocks of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def newest(self, tenant: str) -> datetime | None:
        """Return the instant of the newest tick by a clock that holds."""
        return self.known(tenant)[0]

    def known(self, tenant: str) -> tuple[datetime | None, dict[str, Ticked]]:
        """Return the instant of the newest tick by a clock that holds, and every clock by its name."""
        with self.database.reading() as connection:
            return _known(connection, tenant)

    def tick(self, tenant: str, name: str, now: datetime, judge: Judge) -> Verdict:
        """Let the clock `name` begin a tick at `now` if `judge` says that it is right; in one transaction."""

        def work(connection: Connection) -> Verdict:
            self.database.alone(connection, tenant, NEWEST)
            newest, clocks = _known(connection, tenant)
            verdict, own = judge(newest, clocks), clocks.get(name)
            if verdict == "right":
                if newest is None or now > newest:
                    _put(connection, tenant, NEWEST, now.isoformat())
                if own is None or own.ahead is not None or now > own.at:
                    _put(connection, tenant, OF_ONE + name, _position(Ticked(now)))
                gone = [one for one, its in clocks.items() if its.truly < now - REMEMBERED and one != name]
                _forget(connection, tenant, gone)
            elif verdict == "wrong" and own is not None and now > own.at + TOLD_AGAIN:
                _put(connection, tenant, OF_ONE + name, _position(Ticked(now, own.ahead)))
            return verdict

        return self.database.write(work)


def hold_by(connection: Connection, tenant: str, name: str, now: datetime) -> None:
    """Let the clock `name` hold from `now` on, and every other that ticked later than that be known to be ahead."""
    _, clocks = _known(connection, tenant)
    for other, its in clocks.items():
        if other != name and its.ahead is None and its.at > now + CLOCKS_APART:
            _put(connection, tenant, OF_ONE + other, _position(Ticked(its.at, its.at - now)))
    _put(connection, tenant, OF_ONE + name, _position(Ticked(now)))
    _put(connection, tenant, NEWEST, now.isoformat())


def _known(connection: Connection, tenant: str) -> tuple[datetime | None, dict[str, Ticked]]:
    table = schema.cursors
    asked = select(table.c.name, table.c.position).where(
        table.c.tenant == tenant, (table.c.name == NEWEST) | table.c.name.startswith(OF_ONE)
    )
    places = {row.name: row.position for row in connection.execute(asked)}
    newest = places.pop(NEWEST, "")
    clocks = {name.removeprefix(OF_ONE): _ticked(position) for name, position in places.items()}
    return (datetime.fromisoformat(newest) if newest else None), clocks


def _ticked(position: str) -> Ticked:
    at, _, ahead = position.partition(" ")
    return Ticked(datetime.fromisoformat(at), timedelta(seconds=float(ahead)) if ahead else None)


def _position(its: Ticked) -> str:
    return its.at.isoformat() + ("" if its.ahead is None else f" {its.ahead.total_seconds()}")


def _put(connection: Connection, tenant: str, name: str, position: str) -> None:
    upsert(connection, schema.cursors, [{"tenant": tenant, "name": name, "position": position}])


def _forget(connection: Connection, tenant: str, names: Iterable[str]) -> None:
    table = schema.cursors
    for name in names:
        connection.execute(delete(table).where(table.c.tenant == tenant, table.c.name == OF_ONE + name))

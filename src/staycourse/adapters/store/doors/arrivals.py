"""How much came in by which door: counted by the hour for a week, and when something last came."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Case, Column, Connection, and_, case, delete, func, literal, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import insert_new

KEPT: Final = timedelta(days=8)

Counted = Mapping[tuple[str, datetime], tuple[int, datetime]]
"""By door and hour: how much came, and when the last of it."""


@dataclass(frozen=True, slots=True)
class Arrived:
    """What came in by one door: when the last of it, and how much in the last day and week, counted by whole hours."""

    door: str
    last: datetime
    day: int
    week: int


class ArrivalBook:
    """What came in, of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, tenant: str, counted: Counted) -> None:
        """Add what came in."""
        if counted:
            self.database.write(lambda connection: _add(connection, tenant, counted))

    def seen(self, tenant: str, now: datetime) -> dict[str, Arrived]:
        """Return what came in, by door."""
        table = schema.arrivals
        hour = hour_of(now)

        def since(span: timedelta) -> Any:
            return func.coalesce(func.sum(case((table.c.hour > hour - span, table.c.count), else_=0)), 0)

        asked = (
            select(table.c.door, func.max(table.c.last), since(timedelta(days=1)), since(timedelta(days=7)))
            .where(table.c.tenant == tenant).group_by(table.c.door)
        )  # fmt: skip
        with self.database.reading() as connection:
            rows = connection.execute(asked).all()
        return {door: Arrived(door, last, int(day), int(week)) for door, last, day, week in rows}


def later(column: Column[datetime], instant: datetime) -> Case[datetime]:
    """Say in SQL the later of a column's instant and another, alike on every database."""
    return case((column < instant, literal(instant, column.type)), else_=column)


def hour_of(instant: datetime) -> datetime:
    """Return the beginning of the hour."""
    return instant.replace(minute=0, second=0, microsecond=0)


def _add(connection: Connection, tenant: str, counted: Counted) -> None:
    table = schema.arrivals
    for (door, hour), (count, last) in sorted(counted.items()):
        row = {"tenant": tenant, "door": door, "hour": hour, "count": 0, "last": last}
        if insert_new(connection, table, [row]):
            # The hours of long ago go; that of the last arrival before this one was needed till now.
            old = and_(table.c.tenant == tenant, table.c.door == door, table.c.hour < hour - KEPT)
            connection.execute(delete(table).where(old))
        here = and_(table.c.tenant == tenant, table.c.door == door, table.c.hour == hour)
        more = {"count": table.c.count + count, "last": later(table.c.last, last)}
        connection.execute(update(table).where(here).values(more))

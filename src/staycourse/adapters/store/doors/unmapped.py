"""Messages that came in under a name that the policy does not map, or that did not fit: kept until it does."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import delete, func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import insert_new

CHUNK = 500


@dataclass(frozen=True, slots=True)
class Unmapped:
    """One message: whose it is about, by which door it came, its event name, why it is no event, itself as JSON."""

    record: str
    learner: str
    door: str
    name: str
    reason: str
    received: datetime
    message: str


@dataclass(frozen=True, slots=True)
class UnmappedName:
    """How often a name came, when first and last, why it is no event, and one message of it."""

    name: str
    door: str
    reason: str
    count: int
    first: datetime
    last: datetime
    sample: str


class UnmappedBook:
    """The messages of one store that are no events yet."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def keep(self, tenant: str, messages: Sequence[Unmapped]) -> None:
        """Keep messages; one that is there already stays as it is."""
        rows = [
            {
                "tenant": tenant, "record": one.record, "learner": one.learner, "door": one.door,
                "name": one.name[:200], "reason": one.reason[:500], "received": one.received, "message": one.message,
            }
            for one in messages
        ]  # fmt: skip
        if rows:
            self.database.write(lambda connection: insert_new(connection, schema.unmapped, rows))

    def names(self, tenant: str, limit: int = 200) -> list[UnmappedName]:
        """Return the names, the most frequent first, each with its newest message."""
        table = schema.unmapped
        group = (table.c.name, table.c.door, table.c.reason)
        counted = (
            select(*group, func.count(), func.min(table.c.received), func.max(table.c.received),
                   func.max(table.c.record))
            .where(table.c.tenant == tenant).group_by(*group).order_by(func.count().desc(), *group).limit(limit)
        )  # fmt: skip
        with self.database.reading() as connection:
            found = []
            for name, door, reason, count, first, last, record in connection.execute(counted):
                here = (table.c.tenant == tenant) & (table.c.record == record)
                sample = connection.scalar(select(table.c.message).where(here)) or ""
                found.append(UnmappedName(name, door, reason, count, first, last, sample))
            return found

    def read(self, tenant: str, names: Collection[str], after: str = "", limit: int = 1_000) -> list[Unmapped]:
        """Return messages of `names` by record, those after `after`."""
        table = schema.unmapped
        asked = (
            select(*(table.c[column] for column in Unmapped.__slots__))
            .where(table.c.tenant == tenant, table.c.name.in_(names), table.c.record > after)
            .order_by(table.c.record).limit(limit)
        )  # fmt: skip
        with self.database.reading() as connection:
            return [Unmapped(*row) for row in connection.execute(asked)]

    def drop(self, tenant: str, records: Sequence[str]) -> None:
        """Forget messages that have become events."""
        table = schema.unmapped
        for start in range(0, len(records), CHUNK):
            here = (table.c.tenant == tenant) & table.c.record.in_(records[start : start + CHUNK])
            self.database.write(lambda connection, here=here: connection.execute(delete(table).where(here)))  # type: ignore[misc]

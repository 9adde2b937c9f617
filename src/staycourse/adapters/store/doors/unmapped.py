"""Messages that came in under a name that the policy does not map, or that did not fit: kept until it does.

Every name is counted; of the messages themselves the newest are kept, so that nobody fills the store with what nobody
has named. xAPI's verbs are counted here too: their statements are kept elsewhere, all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, and_, delete, func, or_, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.doors.arrivals import later
from staycourse.adapters.store.rows import insert_new
from staycourse.kernel import natural_id

CHUNK = 500

MOST_OF_A_NAME: Final = 5_000
"""Messages that are kept of one name, the newest."""

MOST_KEPT: Final = 50_000
"""Messages that are kept of one tenant, the newest."""

MOST_NAMES: Final = 1_000
"""Names that are told apart of one tenant; further ones are counted together, under no name."""

TIDIED_EVERY: Final = 500
"""The bounds are looked at whenever so many more have come: so many may be there beyond them, and the last batch."""

XAPI: Final = "xapi"

Key = tuple[str, str, str]
"""Door, name and reason."""


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
    """How often a name came, when first and last, why it is no event, one message of it, and how many are kept.

    The name is empty for all those together that came when MOST_NAMES were there.
    """

    name: str
    door: str
    reason: str
    count: int
    first: datetime
    last: datetime
    sample: str
    kept: int = 0


class UnmappedBook:
    """The messages of one store that are no events yet."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def keep(self, tenant: str, messages: Sequence[Unmapped]) -> None:
        """Count messages and keep them; one that is there already stays as it is. The oldest beyond the bounds go."""
        groups: defaultdict[Key, list[dict[str, Any]]] = defaultdict(list)
        for one in messages:
            row = {
                "tenant": tenant, "record": one.record, "learner": one.learner, "door": one.door,
                "name": one.name[:200], "reason": one.reason[:500], "received": one.received, "message": one.message,
            }  # fmt: skip
            groups[one.door, one.name[:200], one.reason[:500]].append(row)
        if groups:
            self.database.write(lambda connection: _keep(connection, tenant, groups))

    def names(self, tenant: str, limit: int = 200) -> list[UnmappedName]:
        """Return the names, the most frequent first, each with its newest message."""
        table, messages = schema.unmapped_names, schema.unmapped
        asked = select(table).where(table.c.tenant == tenant).order_by(table.c.count.desc(), table.c.name, table.c.mark)
        kept = select(messages.c.name, func.count()).where(messages.c.tenant == tenant).group_by(messages.c.name)
        with self.database.reading() as connection:
            rows = connection.execute(asked.limit(limit)).mappings().all()
            there = {str(name): int(count) for name, count in connection.execute(kept)}
            return [
                UnmappedName(
                    row["name"], row["door"], row["reason"], row["count"], row["first"], row["last"],
                    _newest(connection, tenant, (row["door"], row["name"], row["reason"])), there.get(row["name"], 0),
                )
                for row in rows
            ]  # fmt: skip

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
        """Forget messages that have become events; they count no more."""
        for start in range(0, len(records), CHUNK):
            part = records[start : start + CHUNK]
            self.database.write(lambda connection, part=part: _drop(connection, tenant, part))  # type: ignore[misc]

    def settle(self, tenant: str, names: Collection[str]) -> None:
        """Count those of `names` no more of which no message is kept: they are mapped now, and what was let go is."""
        table, messages = schema.unmapped_names, schema.unmapped
        left = select(messages.c.name).where(messages.c.tenant == tenant, messages.c.name.in_(names))
        gone = and_(
            table.c.tenant == tenant, table.c.door != XAPI, table.c.name.in_(names), table.c.name.not_in(left)
        )  # fmt: skip
        self.database.write(lambda connection: connection.execute(delete(table).where(gone)))


def count_name(connection: Connection, tenant: str, key: Key, more: int, first: datetime, last: datetime) -> int:
    """Count `more` messages of a name and return how many there were by now."""
    table = schema.unmapped_names

    def counted(mark: str) -> int | None:
        here = and_(table.c.tenant == tenant, table.c.mark == mark)
        fresh = {"count": table.c.count + more, "last": later(table.c.last, last)}
        asked = update(table).where(here).values(fresh).returning(table.c.count)
        found: int | None = connection.scalar(asked)
        return found

    found = counted(natural_id(*key))
    if found is not None:
        return found
    if (connection.scalar(select(func.count()).where(table.c.tenant == tenant)) or 0) >= MOST_NAMES:
        key = (key[0], "", "")
    door, name, reason = key
    row = {"tenant": tenant, "mark": natural_id(*key), "door": door, "name": name, "reason": reason, "count": 0,
           "first": first, "last": last}  # fmt: skip
    insert_new(connection, table, [row])
    return counted(natural_id(*key)) or more


def _keep(connection: Connection, tenant: str, groups: dict[Key, list[dict[str, Any]]]) -> None:
    messages, names = schema.unmapped, schema.unmapped_names
    added = 0
    for key in sorted(groups):
        rows = groups[key]
        more = insert_new(connection, messages, rows)
        if not more:
            continue
        added += more
        received = [row["received"] for row in rows]
        count = count_name(connection, tenant, key, more, min(received), max(received))
        if _crossed(count, more):
            _let_go(connection, and_(messages.c.tenant == tenant, messages.c.name == key[1]), MOST_OF_A_NAME)
    if added:
        all_of_it = select(func.sum(names.c.count)).where(names.c.tenant == tenant, names.c.door != XAPI)
        if _crossed(int(connection.scalar(all_of_it) or 0), added):
            _let_go(connection, messages.c.tenant == tenant, MOST_KEPT)


def _crossed(count: int, more: int) -> bool:
    return count // TIDIED_EVERY != (count - more) // TIDIED_EVERY


def _let_go(connection: Connection, of: Any, most: int) -> None:
    """Forget those messages `of` somebody or something that are older than the newest `most`."""
    table = schema.unmapped
    order = (table.c.received.desc(), table.c.record.desc())
    edge = connection.execute(
        select(table.c.received, table.c.record).where(of).order_by(*order).offset(most).limit(1)
    ).first()
    if edge is not None:
        same = and_(table.c.received == edge.received, table.c.record <= edge.record)
        connection.execute(delete(table).where(of, or_(table.c.received < edge.received, same)))


def _drop(connection: Connection, tenant: str, records: Sequence[str]) -> None:
    table, names = schema.unmapped, schema.unmapped_names
    here = and_(table.c.tenant == tenant, table.c.record.in_(records))
    group = (table.c.door, table.c.name, table.c.reason)
    for door, name, reason, count in connection.execute(
        select(*group, func.count()).where(here).group_by(*group).order_by(*group)
    ).all():
        row = and_(names.c.tenant == tenant, names.c.mark == natural_id(door, name, reason))
        connection.execute(update(names).where(row).values(count=names.c.count - count))
        connection.execute(delete(names).where(row, names.c.count <= 0))
    connection.execute(delete(table).where(here))


def _newest(connection: Connection, tenant: str, key: Key) -> str:
    table = schema.unmapped
    door, name, reason = key
    here = [table.c.tenant == tenant, table.c.name == name, table.c.door == door, table.c.reason == reason]
    asked = select(table.c.message).where(*here).order_by(table.c.received.desc(), table.c.record.desc()).limit(1)
    return connection.scalar(asked) or ""

"""What the doors did not take, and why: counted by reason for some days, with nothing of what came but what the reason
itself quotes (a value of some forty characters).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, NamedTuple

from sqlalchemy import Connection, and_, delete, func, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.doors.arrivals import later
from staycourse.adapters.store.rows import insert_new
from staycourse.kernel import natural_id

KEPT: Final = timedelta(days=7)
"""After so long without another of its kind a reason is forgotten."""

MOST_REASONS: Final = 500
"""Reasons that are told apart of one tenant; further ones are counted together, by door."""


class Reason(NamedTuple):
    """Why something was not taken: by which door, with which key, where in it (a JSON pointer), what and the mend."""

    door: str
    key: str
    field: str
    what: str
    mend: str


class Tally(NamedTuple):
    """How many `times`, when last, and which of its batch the last one was (from 0; -1: all of what was sent)."""

    times: int
    last: datetime
    place: int


@dataclass(frozen=True, slots=True)
class Rejection:
    """One reason with how often it was so, since when and when last. Without `what` it stands for further reasons."""

    door: str
    key: str
    field: str
    what: str
    mend: str
    place: int
    count: int
    first: datetime
    last: datetime


class RejectionBook:
    """What was not taken, of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, tenant: str, counted: Mapping[Reason, Tally]) -> None:
        """Add what was not taken."""
        if counted:
            self.database.write(lambda connection: _add(connection, tenant, counted))

    def seen(self, tenant: str, now: datetime, door: str = "", limit: int = 100) -> Sequence[Rejection]:
        """Return what was not taken in the last KEPT, the newest first; by one `door` alone where one is given."""
        table = schema.rejections
        columns = [table.c[name] for name in Rejection.__slots__]
        asked = select(*columns).where(table.c.tenant == tenant, table.c.last >= now - KEPT)
        if door:
            asked = asked.where(table.c.door == door)
        with self.database.reading() as connection:
            rows = connection.execute(asked.order_by(table.c.last.desc(), table.c.mark).limit(limit))
            return [Rejection(*row) for row in rows]

    def doors(self, tenant: str, now: datetime) -> dict[str, int]:
        """Return how many reasons there are, by door."""
        table = schema.rejections
        asked = select(table.c.door, func.count()).where(table.c.tenant == tenant, table.c.last >= now - KEPT)
        with self.database.reading() as connection:
            return {door: int(count) for door, count in connection.execute(asked.group_by(table.c.door))}

    def tidy(self, now: datetime) -> int:
        """Forget what was last so KEPT ago, of every tenant; return how many reasons went."""
        old = schema.rejections.c.last < now - KEPT
        return self.database.write(lambda connection: connection.execute(delete(schema.rejections).where(old)).rowcount)


def _add(connection: Connection, tenant: str, counted: Mapping[Reason, Tally]) -> None:
    table = schema.rejections
    newest = max(tally.last for tally in counted.values())
    connection.execute(delete(table).where(table.c.tenant == tenant, table.c.last < newest - KEPT))
    there = connection.scalar(select(func.count()).where(table.c.tenant == tenant)) or 0
    for reason, tally in sorted(counted.items()):
        if _counted(connection, tenant, reason, tally):
            continue
        if there >= MOST_REASONS:
            reason = Reason(reason.door, "", "", "", "")
        named = dict(zip(Reason._fields, (reason.door, reason.key, reason.field[:200], reason.what[:500],
                                          reason.mend[:500]), strict=True))  # fmt: skip
        row = {"tenant": tenant, "mark": natural_id(*reason), "place": tally.place, "count": 0, "first": tally.last,
               "last": tally.last} | named  # fmt: skip
        there += insert_new(connection, table, [row])
        _counted(connection, tenant, reason, tally)


def _counted(connection: Connection, tenant: str, reason: Reason, tally: Tally) -> bool:
    """Count more of a reason that is there; say whether it is."""
    table = schema.rejections
    here = and_(table.c.tenant == tenant, table.c.mark == natural_id(*reason))
    fresh = {"count": table.c.count + tally.times, "last": later(table.c.last, tally.last), "place": tally.place}
    return connection.execute(update(table).where(here).values(fresh)).rowcount > 0

"""xAPI statements in the store: written in the order in which they were stored, found by their terms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Select, Table, and_, exists, func, or_, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.doors.xapi_writing import Read, StatementBatch, Terms, erase_learner, write_batch
from staycourse.kernel import BadInput, StorageFault


@dataclass(frozen=True, slots=True)
class Found:
    """A statement as it is read."""

    place: int
    statement: str
    body: str


@dataclass(frozen=True, slots=True)
class Wanted:
    """A page of statements: those that have one of each of `terms`, and a place from `after` to `before`."""

    terms: Sequence[Terms] = ()
    after: int = 0
    before: int = 2**63 - 1
    ascending: bool = False
    limit: int = 100


class StatementBook:
    """The statements of one store."""

    def __init__(self, database: Database, read: Read) -> None:
        self.database = database
        self._read = read

    def write(self, tenant: str, batch: StatementBatch, now: datetime) -> None:
        """Write a batch in one transaction. Writing it again changes nothing but the counts of what is unmapped.

        BadInput if the database can be used but refuses something that the batch holds.
        """
        try:
            self.database.write(lambda connection: write_batch(connection, tenant, batch, now, self._read))
        except StorageFault as fault:
            if _state_of(fault).startswith("22"):
                raise BadInput("the database refuses what it holds", where="statement") from fault
            raise

    def bodies(self, tenant: str, statements: Sequence[str]) -> dict[str, str]:
        """Return the bodies of those of `statements` that are there, by id; the voided too."""
        table = schema.xapi_statements
        found: dict[str, str] = {}
        if self.database.dialect == "sqlite":
            named = msgspec.json.encode(statements).decode()
            return dict(self.database.asked(_BODIES, (tenant, named)))
        with self.database.reading() as connection:
            for start in range(0, len(statements), CHUNK):
                asked = select(table.c.statement, table.c.body).where(
                    table.c.tenant == tenant, table.c.statement.in_(statements[start : start + CHUNK])
                )
                found.update((row.statement, row.body) for row in connection.execute(asked))
        return found

    def one(self, tenant: str, statement: str, *, voided: bool) -> Found | None:
        """Return a statement that was voided, or that was not; None if there is none such."""
        table = schema.xapi_statements
        taken_back = _voided(table)
        with self.database.reading() as connection:
            asked = select(table).where(
                table.c.tenant == tenant, table.c.statement == statement, taken_back if voided else ~taken_back
            )
            row = connection.execute(asked).mappings().first()
            return Found(row["place"], row["statement"], row["body"]) if row else None

    def page(self, tenant: str, wanted: Wanted) -> list[Found]:
        """Return a page of statements that were not voided, the newest first unless asked otherwise."""
        table = schema.xapi_statements
        asked = select(table.c.place, table.c.statement, table.c.body).where(
            table.c.tenant == tenant, table.c.place.between(wanted.after, wanted.before), ~_voided(table)
        )
        for number, terms in enumerate(wanted.terms):
            asked = _having(asked, table, tenant, terms, wanted, first=number == 0)
        order = table.c.place.asc() if wanted.ascending else table.c.place.desc()
        with self.database.reading() as connection:
            rows = connection.execute(asked.order_by(order).limit(wanted.limit))
            return [Found(row.place, row.statement, row.body) for row in rows]

    def attachments(self, tenant: str, places: Sequence[int]) -> dict[str, tuple[str, bytes]]:
        """Return the contents of the statements at `places`: content type and bytes, by SHA-2."""
        table = schema.xapi_attachments
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant, table.c.place.in_(places)).order_by(table.c.place)
            return {row.sha2: (row.content_type, row.content) for row in connection.execute(asked)}

    def names(self, tenant: str, agent: int) -> list[str]:
        """Return the names that an agent was given."""
        table = schema.xapi_agents
        with self.database.reading() as connection:
            asked = select(table.c.name).where(table.c.tenant == tenant, table.c.agent == agent, table.c.name != "")
            return [row.name for row in connection.execute(asked.order_by(table.c.name))]

    def definition(self, tenant: str, activity: int) -> str | None:
        """Return what statements said of an activity, JSON."""
        table = schema.xapi_activities
        with self.database.reading() as connection:
            asked = select(table.c.definition).where(table.c.tenant == tenant, table.c.activity == activity)
            return connection.scalar(asked)

    def definitions(self, tenant: str, activities: Sequence[int]) -> dict[int, str]:
        """Return what statements said of several activities, by their terms."""
        table = schema.xapi_activities
        found: dict[int, str] = {}
        with self.database.reading() as connection:
            for start in range(0, len(activities), CHUNK):
                asked = select(table.c.activity, table.c.definition).where(
                    table.c.tenant == tenant, table.c.activity.in_(activities[start : start + CHUNK])
                )
                found.update((row.activity, row.definition) for row in connection.execute(asked))
        return found

    def newest(self, tenants: Iterable[str]) -> int:
        """Return the place of the newest statement of any of `tenants`, 0 if there is none."""
        table = schema.xapi_statements
        with self.database.reading() as connection:
            asked = [select(func.max(table.c.place)).where(table.c.tenant == tenant) for tenant in tenants]
            return max((connection.scalar(one) or 0 for one in asked), default=0)

    def erase(self, tenant: str, learner: str, rewrite: Callable[[str, Collection[str]], str]) -> int:
        """Make ready to erase a learner: whatever is not found by the learner's id in a table of its own.

        Their statements cannot be found any more. In those of others that name them, `rewrite` (given a body and the
        learner's identities) puts nobody in their place. Return how many of others' were rewritten. The statements
        themselves go with the learner's rows.
        """
        return self.database.write(lambda connection: erase_learner(connection, tenant, learner, rewrite))


# Each request asks this: as one text it need not be compiled anew for each number of ids.
_BODIES: Final = """
SELECT told.statement, told.body FROM json_each(?2) AS asked
CROSS JOIN xapi_statements AS told ON told.tenant = ?1 AND told.statement = asked.value
"""


def _state_of(fault: StorageFault) -> str:
    """Return PostgreSQL's code of an error ("22…" is about the data: its manual, appendix A), "" for none."""
    told = getattr(getattr(fault.__cause__, "orig", None), "args", ())
    return str(told[0].get("C", "")) if told and isinstance(told[0], dict) else ""


def _voided(table: Table) -> Any:
    """Say of a statement whether another takes it back; what takes others back cannot be taken back itself."""
    references = schema.xapi_references
    taken_back = exists().where(
        references.c.tenant == table.c.tenant, references.c.target == table.c.statement, references.c.voids
    )
    return and_(~table.c.voids, taken_back)


def _having(asked: Select[Any], table: Table, tenant: str, terms: Terms, wanted: Wanted, *, first: bool) -> Select[Any]:
    """Ask for one of `terms`: the first is read in its order, the others are looked up in each statement found."""
    owned = schema.xapi_terms.alias()
    same = and_(owned.c.tenant == tenant, owned.c.place == table.c.place)
    if first and len(terms) == 1:
        bounded = owned.c.place.between(wanted.after, wanted.before)
        return asked.join_from(table, owned, and_(same, owned.c.term == terms[0], bounded))
    return asked.where(or_(*(exists().where(same, owned.c.term == one) for one in terms)).self_group())

"""xAPI statements in the store: written in the order in which they were stored, found by their terms."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, Select, Table, and_, delete, exists, func, or_, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.doors.unmapped import XAPI, count_name
from staycourse.adapters.store.rows import insert_new, upsert, write_new
from staycourse.kernel import BadInput, StorageFault
from staycourse.xapi import AGENT, ANY_AGENT, term, with_more

Terms = tuple[int, ...]
Read = Callable[[str], tuple[Collection[int], str]]
"""Returns the terms of a statement's body, and the id of the statement that it refers to ("" for none)."""


@dataclass(frozen=True, slots=True)
class StatementRow:
    """A statement as it is written: `terms` is what it is found by, `target` the id of the statement it refers to."""

    place: int
    statement: str
    learner: str
    body: str
    terms: Terms
    target: str = ""
    voids: bool = False


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


@dataclass(slots=True)
class StatementBatch:
    """What is written of one tenant in one transaction."""

    statements: list[StatementRow] = field(default_factory=list)
    agents: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    activities: dict[int, dict[str, Any]] = field(default_factory=dict)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    unmapped: dict[tuple[str, str], int] = field(default_factory=dict)

    def leave_out(self, learners: Collection[str]) -> None:
        """Leave out what is of `learners`."""
        gone = {one.place for one in self.statements if one.learner in learners}
        self.statements = [one for one in self.statements if one.place not in gone]
        self.attachments = [one for one in self.attachments if one["place"] not in gone]
        self.agents = {key: told for key, told in self.agents.items() if told[1] not in learners}


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
            self.database.write(lambda connection: _write(connection, tenant, batch, now, self._read))
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
        return self.database.write(lambda connection: _erase(connection, tenant, learner, rewrite))


# Each request asks this: as one text it need not be compiled anew for each number of ids.
_BODIES: Final = """
SELECT told.statement, told.body FROM json_each(?2) AS asked
CROSS JOIN xapi_statements AS told ON told.tenant = ?1 AND told.statement = asked.value
"""


def _state_of(fault: StorageFault) -> str:
    """Return PostgreSQL's code of an error ("22…" is about the data: its manual, appendix A), "" for none."""
    told = getattr(getattr(fault.__cause__, "orig", None), "args", ())
    return str(told[0].get("C", "")) if told and isinstance(told[0], dict) else ""


_STATEMENT = ("tenant", "place", "statement", "learner", "voids", "body")


def _write(connection: Connection, tenant: str, batch: StatementBatch, now: datetime, read: Read) -> None:
    told = [(tenant, one.place, one.statement, one.learner, one.voids, one.body) for one in batch.statements]
    write_new(connection, schema.xapi_statements, _STATEMENT, told)
    _write_terms(connection, tenant, {one.place: set(one.terms) for one in batch.statements})
    references = [
        {"tenant": tenant, "target": one.target, "place": one.place, "voids": one.voids}
        for one in batch.statements
        if one.target
    ]
    insert_new(connection, schema.xapi_references, references)
    _spread(connection, tenant, batch.statements, read)
    agents = [(tenant, agent, name, *whose) for (agent, name), whose in batch.agents.items()]
    write_new(connection, schema.xapi_agents, ("tenant", "agent", "name", "identity", "learner"), agents)
    _write_activities(connection, tenant, batch.activities)
    insert_new(connection, schema.xapi_attachments, ({"tenant": tenant, **one} for one in batch.attachments))
    for (verb, reason), count in sorted(batch.unmapped.items()):
        count_name(connection, tenant, (XAPI, verb, reason), count, now, now)


def _write_terms(connection: Connection, tenant: str, terms: Mapping[int, Iterable[int]]) -> None:
    rows = [(tenant, one, place) for place, every in terms.items() for one in every]
    write_new(connection, schema.xapi_terms, ("tenant", "term", "place"), sorted(rows))


def _write_activities(connection: Connection, tenant: str, told: Mapping[int, dict[str, Any]]) -> None:
    """Add what statements say of activities to what is known of them."""
    table, every = schema.xapi_activities, sorted(told)
    rows = []
    for start in range(0, len(every), CHUNK):
        chosen = every[start : start + CHUNK]
        asked = select(table.c.activity, table.c.definition).where(
            table.c.tenant == tenant, table.c.activity.in_(chosen)
        )
        known = {row.activity: row.definition for row in connection.execute(asked)}
        for one in chosen:
            more = with_more(msgspec.json.decode(known[one]), told[one]) if one in known else told[one]
            said = msgspec.json.encode(more).decode()
            if said != known.get(one):
                rows.append({"tenant": tenant, "activity": one, "definition": said})
    upsert(connection, table, rows)


def _spread(connection: Connection, tenant: str, statements: Sequence[StatementRow], read: Read) -> None:
    """Let statements that refer to others be found by the terms of those too (xAPI 1.0.3, part 3, section 2.1.3).

    Either may come first. What refers to a statement that refers to another has the terms of both.
    """
    targets = {one.target for one in statements if one.target}
    reached = _referring(connection, tenant, {one.statement for one in statements})
    if not targets and not reached:
        return
    by_statement = {one.statement: set(one.terms) for one in statements}
    by_statement |= _terms_of(connection, tenant, targets - set(by_statement), read)
    waiting = [(one.place, one.target) for one in statements if one.target] + reached
    names = {one.place: one.statement for one in statements} | _names(connection, tenant, [p for p, _ in reached])
    while waiting:
        place, target = waiting.pop()
        own = by_statement.setdefault(names[place], set())
        more = by_statement.get(target, set()) - own
        if not more:
            continue
        own |= more
        _write_terms(connection, tenant, {place: more})
        further = _referring(connection, tenant, {names[place]})
        names |= _names(connection, tenant, [one for one, _ in further])
        waiting += further


def _referring(connection: Connection, tenant: str, targets: set[str]) -> list[tuple[int, str]]:
    table = schema.xapi_references
    every = sorted(targets)
    found: list[tuple[int, str]] = []
    for start in range(0, len(every), CHUNK):
        asked = select(table.c.place, table.c.target).where(
            table.c.tenant == tenant, table.c.target.in_(every[start : start + CHUNK])
        )
        found += [(row.place, row.target) for row in connection.execute(asked)]
    return found


def _names(connection: Connection, tenant: str, places: Sequence[int]) -> dict[int, str]:
    table = schema.xapi_statements
    found: dict[int, str] = {}
    for start in range(0, len(places), CHUNK):
        asked = select(table.c.place, table.c.statement).where(
            table.c.tenant == tenant, table.c.place.in_(places[start : start + CHUNK])
        )
        found.update((row.place, row.statement) for row in connection.execute(asked))
    return found


def _terms_of(connection: Connection, tenant: str, statements: Collection[str], read: Read) -> dict[str, set[int]]:
    """Return the terms of statements that were written before, and of what they refer to in their turn."""
    table = schema.xapi_statements
    found: dict[str, set[int]] = {}
    refers: dict[str, str] = {}
    asked = sorted(statements)
    while asked:
        here = select(table.c.statement, table.c.body).where(
            table.c.tenant == tenant, table.c.statement.in_(asked[:CHUNK])
        )
        asked = asked[CHUNK:]
        for row in connection.execute(here).all():
            terms, target = read(row.body)
            found[row.statement] = set(terms)
            if target:
                refers[row.statement] = target
                asked += [target] if target not in found else []
    for one in list(found):
        target, seen = refers.get(one, ""), {one}
        while target and target not in seen:
            seen.add(target)
            found[one] |= found.get(target, set())
            target = refers.get(target, "")
    return found


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


def _erase(
    connection: Connection, tenant: str, learner: str, rewrite: Callable[[str, Collection[str]], str]
) -> int:  # fmt: skip
    told, terms, agents = schema.xapi_statements, schema.xapi_terms, schema.xapi_agents
    whose = select(agents.c.identity).where(agents.c.tenant == tenant, agents.c.learner == learner)
    identities = sorted({row.identity for row in connection.execute(whose)})
    named = [term(kind, one) for one in identities for kind in (AGENT, ANY_AGENT)]
    own = select(told.c.place).where(told.c.tenant == tenant, told.c.learner == learner).scalar_subquery()
    for table in (terms, schema.xapi_references):
        connection.execute(delete(table).where(table.c.tenant == tenant, table.c.place.in_(own)))
    changed = 0
    for start in range(0, len(named), CHUNK):
        found = and_(terms.c.tenant == tenant, terms.c.term.in_(named[start : start + CHUNK]))
        places = select(terms.c.place).where(found).scalar_subquery()
        here = and_(told.c.tenant == tenant, told.c.place.in_(places), told.c.learner != learner)
        for row in connection.execute(select(told.c.place, told.c.body).where(here)).all():
            body = rewrite(row.body, identities)
            changed += body != row.body
            one = and_(told.c.tenant == tenant, told.c.place == row.place)
            connection.execute(update(told).where(one).values(body=body))
        connection.execute(delete(terms).where(found))
    return changed

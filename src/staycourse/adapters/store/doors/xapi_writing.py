"""xAPI statements on their way into the store: one batch, one transaction, found by their terms from then on."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK
from staycourse.adapters.store.doors.unmapped import XAPI, count_name
from staycourse.adapters.store.rows import insert_new, upsert, write_new
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


@dataclass(slots=True)
class StatementBatch:
    """What is written of one tenant in one transaction. `said` is what each activity's object was last, as it came."""

    statements: list[StatementRow] = field(default_factory=list)
    agents: dict[tuple[int, str], tuple[str, str]] = field(default_factory=dict)
    activities: dict[int, dict[str, Any]] = field(default_factory=dict)
    attachments: list[dict[str, Any]] = field(default_factory=list)
    unmapped: dict[tuple[str, str], int] = field(default_factory=dict)
    said: dict[int, bytes] = field(default_factory=dict)

    def leave_out(self, learners: Collection[str]) -> None:
        """Leave out what is of `learners`."""
        gone = {one.place for one in self.statements if one.learner in learners}
        self.statements = [one for one in self.statements if one.place not in gone]
        self.attachments = [one for one in self.attachments if one["place"] not in gone]
        self.agents = {key: told for key, told in self.agents.items() if told[1] not in learners}


_STATEMENT = ("tenant", "place", "statement", "learner", "voids", "body")


def write_batch(connection: Connection, tenant: str, batch: StatementBatch, now: datetime, read: Read) -> None:
    """Write a batch; see StatementBook.write."""
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


def erase_learner(
    connection: Connection, tenant: str, learner: str, rewrite: Callable[[str, Collection[str]], str]
) -> int:  # fmt: skip
    """Take a learner out of what others are found by; see StatementBook.erase."""
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

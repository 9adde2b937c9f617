"""Journeys in the store: entered by rule, moved by set-based SQL, left at once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, func, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.admission import CHUNK, Admitted, First, Known, decided, draw_row
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.adapters.store.schema import microseconds
from staycourse.adapters.store.statements import statements
from staycourse.care import Draw, Entry, Node, Underfoot
from staycourse.policy import Policy

ROUNDS = 64
"""The most steps that one tick moves a journey: a playbook has at most 60, and no circle of them lacks a wait."""


class JourneyBook:
    """The journeys of one store. Whoever changes journeys of a tenant does so alone."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def install(self, tenant: str, policy: Policy, nodes: Iterable[Node]) -> None:
        """Keep the nodes of one policy version; a version that is there already is left as it is."""
        self.database.write(lambda connection: self._install(connection, tenant, policy.version, list(nodes)))

    def _install(self, connection: Connection, tenant: str, version: int, nodes: Sequence[Node]) -> None:
        self._alone(connection, tenant)
        table = schema.nodes
        asked = select(table.c.playbook, table.c.step, table.c.node).where(
            table.c.tenant == tenant, table.c.version == version
        )
        if connection.execute(asked.limit(1)).first() is not None:
            return
        connection.execute(table.insert(), [_node_row(tenant, version, node) for node in nodes])
        numbers = {(playbook, step): number for playbook, step, number in connection.execute(asked)}
        for node in nodes:
            leads = {
                name: numbers[node.playbook, target]
                for name, target in (
                    ("next_node", node.next), ("event_node", node.event), ("yes_node", node.yes), ("no_node", node.no)
                )
                if target
            }  # fmt: skip
            if leads:
                here = table.c.node == numbers[node.playbook, node.step]
                connection.execute(update(table).where(here).values(leads))

    def enter(
        self, tenant: str, entries: Sequence[tuple[Entry, Draw]], policy: Policy, now: datetime
    ) -> list[Admitted]:
        """Let those enter who may; one transaction. An entry that was decided before is left as it is.

        A learner who is held out gets a row too, so that they can be compared, and no step ever.
        """
        ordered = sorted(entries, key=lambda pair: (-policy.playbooks[pair[0].playbook].priority, pair[0].learner))
        return self.database.write(lambda connection: self._enter(connection, tenant, ordered, policy, now))

    def _enter(
        self,
        connection: Connection,
        tenant: str,
        entries: Sequence[tuple[Entry, Draw]],
        policy: Policy,
        now: datetime,
    ) -> list[Admitted]:
        self._alone(connection, tenant)
        known = Known(connection, tenant, [entry.learner for entry, _ in entries])
        upsert(connection, schema.contacts, ({"tenant": tenant, "learner": name} for name in known.learners))
        drawn = [draw_row(tenant, draw, now) for _, draw in entries if draw.arm != "exempt"]
        insert_new(connection, schema.draws, drawn)
        firsts = self._firsts(connection, tenant, policy.version)
        answers = []
        for entry, draw in entries:
            admitted, row = decided(known, entry, draw, policy, firsts, now)
            answers.append(admitted)
            if row is None:
                continue
            if row.pop("outranks") is not None:
                self._leave(connection, tenant, [known.underway[entry.learner].journey], "outranked", now)
            number = connection.scalar(
                schema.journeys.insert().values(tenant=tenant, **row).returning(schema.journeys.c.journey)
            )
            known.note(entry, row, int(number or 0), now)
        return answers

    def _firsts(self, connection: Connection, tenant: str, version: int) -> dict[str, First]:
        table = schema.nodes
        asked = select(table.c.playbook, table.c.node, table.c.delay, table.c.awaits).where(
            table.c.tenant == tenant, table.c.version == version, table.c.first
        )
        return {
            row.playbook: First(row.node, timedelta(microseconds=row.delay), row.awaits)
            for row in connection.execute(asked)
        }

    def advance(self, tenant: str, now: datetime) -> int:
        """Move every journey that is due until none is, and return how many steps were taken; one transaction."""
        return self.database.write(lambda connection: self._advance(connection, tenant, now))

    def _advance(self, connection: Connection, tenant: str, now: datetime) -> int:
        self._alone(connection, tenant)
        sql, values = statements("journeys"), {"tenant": tenant, "now": microseconds(now)}
        taken = 0
        for _ in range(ROUNDS):
            connection.execute(sql["messages"], values)
            connection.execute(sql["tasks"], values)
            moved = (
                connection.execute(sql["move"], values).rowcount + connection.execute(sql["branch"], values).rowcount
            )
            taken += moved
            if not moved:
                break
        return taken

    def draw_whole(self, tenant: str, draws: Iterable[Draw], now: datetime) -> None:
        """Keep the draws that are of no entry; the first of a learner holds for ever."""
        rows = [draw_row(tenant, draw, now) for draw in draws if draw.arm != "exempt"]
        self.database.write(lambda connection: insert_new(connection, schema.draws, rows))

    def arms(self, tenant: str, playbook: str, learners: Iterable[str]) -> dict[str, str]:
        """Return the arms drawn for `playbook` of those of `learners` who were drawn."""
        table, names = schema.draws, sorted(set(learners))
        found: dict[str, str] = {}
        with self.database.reading() as connection:
            for start in range(0, len(names), CHUNK):
                asked = select(table.c.learner, table.c.arm).where(
                    table.c.tenant == tenant,
                    table.c.playbook == playbook,
                    table.c.learner.in_(names[start : start + CHUNK]),
                )
                found.update({row.learner: row.arm for row in connection.execute(asked)})
        return found

    def active(self, tenant: str, learners: Iterable[str]) -> list[Underfoot]:
        """Return the active journeys of `learners`."""
        found: list[Underfoot] = []
        table = schema.journeys
        columns = (table.c.journey, table.c.learner, table.c.playbook, table.c.awaits, table.c.entered)
        names = sorted(set(learners))
        with self.database.reading() as connection:
            for start in range(0, len(names), CHUNK):
                asked = select(*columns).where(
                    table.c.tenant == tenant,
                    table.c.state == "active",
                    table.c.learner.in_(names[start : start + CHUNK]),
                )
                found.extend(Underfoot(**row) for row in connection.execute(asked).mappings())
        return found

    def leave(self, tenant: str, journeys: Iterable[int], reason: str, now: datetime) -> int:
        """End journeys at once, and drop what of theirs still waits to be sent; return how many ended."""
        numbers = sorted(set(journeys))
        return self.database.write(lambda connection: self._leave(connection, tenant, numbers, reason, now))

    def _leave(self, connection: Connection, tenant: str, journeys: Sequence[int], reason: str, now: datetime) -> int:
        self._alone(connection, tenant)
        ended, table, sent = 0, schema.journeys, schema.messages
        for start in range(0, len(journeys), CHUNK):
            some = journeys[start : start + CHUNK]
            these = and_(table.c.tenant == tenant, table.c.journey.in_(some), table.c.state == "active")
            ended += connection.execute(
                update(table).where(these).values(state="left", left_at=now, reason=reason)
            ).rowcount
            waiting = and_(sent.c.tenant == tenant, sent.c.journey.in_(some), sent.c.state == "pending")
            connection.execute(update(sent).where(waiting).values(state="dropped", reason=reason))
        return ended

    def wake(self, tenant: str, journeys: Iterable[int], verb: str, now: datetime) -> int:
        """End the waits of `journeys` that await `verb`: they go where the event leads, now."""
        numbers = sorted(set(journeys))
        return self.database.write(lambda connection: self._wake(connection, tenant, numbers, verb, now))

    def _wake(self, connection: Connection, tenant: str, journeys: Sequence[int], verb: str, now: datetime) -> int:
        self._alone(connection, tenant)
        woken = 0
        for start in range(0, len(journeys), CHUNK):
            for row in connection.execute(_awaiting(tenant, journeys[start : start + CHUNK], verb)).mappings():
                ends = row["node"] is None or row["kind"] == "end"
                woken += connection.execute(
                    update(schema.journeys)
                    .where(schema.journeys.c.journey == row["journey"], schema.journeys.c.state == "active")
                    .values(
                        node=row["node"],
                        visit=schema.journeys.c.visit + 1,
                        due=now + timedelta(microseconds=row["delay"] or 0),
                        awaits=row["awaits"] or "",
                        state="done" if ends else "active",
                        left_at=now if ends else None,
                        reason="finished" if ends else "",
                    )
                ).rowcount
        return woken

    def counts(self, tenant: str) -> list[tuple[str, str, int]]:
        """Count journeys by playbook and state."""
        table = schema.journeys
        with self.database.reading() as connection:
            asked = select(table.c.playbook, table.c.state, func.count()).where(table.c.tenant == tenant)
            rows = connection.execute(asked.group_by(table.c.playbook, table.c.state).order_by("playbook", "state"))
            return [(str(playbook), str(state), int(count)) for playbook, state, count in rows]

    def _alone(self, connection: Connection, tenant: str) -> None:
        self.database.alone(connection, "journeys", tenant)


def _node_row(tenant: str, version: int, node: Node) -> dict[str, Any]:
    return {
        "tenant": tenant, "version": version, "playbook": node.playbook, "step": node.step, "kind": node.kind,
        "first": node.first, "delay": node.delay, "awaits": node.awaits, "fact": node.fact, "op": node.op,
        "number": node.number, "words": node.words, "within": node.within, "template": node.template,
        "purpose": node.purpose, "priority": node.priority, "stale": node.stale, "details": node.details,
    }  # fmt: skip


def _awaiting(tenant: str, journeys: Sequence[int], verb: str) -> Any:
    """Select the journeys that wait for `verb`, each with the node the event leads to."""
    table, here, there = schema.journeys, schema.nodes.alias("here"), schema.nodes.alias("there")
    return (
        select(table.c.journey, there.c.node, there.c.kind, there.c.delay, there.c.awaits)
        .join_from(table, here, here.c.node == table.c.node)
        .join(there, there.c.node == here.c.event_node, isouter=True)
        .where(
            table.c.tenant == tenant,
            table.c.state == "active",
            table.c.awaits == verb,
            table.c.journey.in_(journeys),
        )
    )

"""Journeys in the store: entered by rule, moved by set-based SQL, left at once."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import Connection, and_, delete, exists, func, select, type_coerce, update
from sqlalchemy.exc import DBAPIError

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK, Admitted, First, Known, decided, draw_row
from staycourse.adapters.store.care.entry_endings import entry_row
from staycourse.adapters.store.care.firsts import settle_drawn
from staycourse.adapters.store.care.task_endings import end_tasks
from staycourse.adapters.store.care.waking import wake_standing
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.faults import is_taken
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.adapters.store.statements import statements
from staycourse.care import MESSAGE_KINDS, Draw, Entry, Node, Underfoot, nodes_of
from staycourse.kernel import microseconds
from staycourse.policy import Policy

ROUNDS = 64
"""The most forks that one tick leads a journey over: a playbook has at most 60 steps, no circle without a wait."""


class JourneyBook:
    """The journeys of one store. Whoever changes journeys of a tenant does so alone."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def install(self, tenant: str, policy: Policy, nodes: Iterable[Node], now: datetime) -> None:
        """Keep the nodes of one policy version; a version that is there already, saying the same, is left as it is.

        A version says something else where a release has changed the default: all of version 0, and of any other what
        it leaves out. Who enters from then on takes the new steps. Journeys under way go on by those they began with;
        only those of a playbook that is gone, or switched off, end.
        """
        listed = list(nodes)
        with self.database.reading() as connection:
            if _installed(connection, tenant, policy.version, content_of(listed)):
                return
        self.database.write(lambda connection: self._install(connection, tenant, policy, listed, now))

    def _install(
        self, connection: Connection, tenant: str, policy: Policy, nodes: Sequence[Node], now: datetime
    ) -> None:
        self._alone(connection, tenant)
        table, version, content = schema.nodes, policy.version, content_of(nodes)
        if _installed(connection, tenant, version, content):
            return
        self._leave(connection, tenant, _abandoned(connection, tenant, nodes), "gone", now)
        if not nodes:
            return
        asked = select(table.c.playbook, table.c.step, table.c.node).where(
            table.c.tenant == tenant, table.c.version == version, table.c.content == content
        )
        own = {"tenant": tenant, "version": version, "content": content}
        connection.execute(table.insert(), [own | _node_row(node) for node in nodes])
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
        drawn_before = frozenset(known.arms)
        upsert(connection, schema.contacts, ({"tenant": tenant, "learner": name} for name in known.learners))
        drawn = [draw_row(tenant, draw, now) for _, draw in entries if draw.arm != "exempt"]
        if insert_new(connection, schema.draws, drawn):
            settle_drawn(self.database, connection, tenant, known.learners)
        firsts = self._firsts(connection, tenant, policy)
        answers, begun = [], []
        for entry, draw in entries:
            admitted, row = decided(known, entry, draw, policy, firsts, now)
            answers.append(admitted)
            # Whoever was drawn is compared, let in or not: the held-out are never refused for being busy.
            if not entry.alert and admitted.arm != "exempt" and (entry.learner, entry.playbook) not in drawn_before:
                begun.append(entry_row(tenant, entry, admitted.arm, policy, now))
            if row is None:
                continue
            if (outranked := row.pop("outranks")) is not None:
                self._leave(connection, tenant, [outranked], "outranked", now)
            number = _begin(connection, tenant, row, firsts[entry.playbook])
            known.note(entry, row, number, now)
        insert_new(connection, schema.journey_endings, begun)
        return answers

    def _firsts(self, connection: Connection, tenant: str, policy: Policy) -> dict[str, First]:
        table, content = schema.nodes, content_of(nodes_of(policy))
        asked = select(table.c.playbook, table.c.node, table.c.delay, table.c.awaits).where(
            table.c.tenant == tenant, table.c.version == policy.version, table.c.content == content, table.c.first
        )
        return {
            row.playbook: First(row.node, timedelta(microseconds=row.delay), row.awaits)
            for row in connection.execute(asked)
        }

    def advance(self, tenant: str, now: datetime) -> int:
        """Move every journey that is due until none is, and return how many steps were taken; one transaction."""
        place = schema.standing
        with self.database.reading() as connection:
            if not connection.scalar(select(exists().where(place.c.tenant == tenant, place.c.due <= now))):
                return 0
        return self.database.write(lambda connection: self._advance(connection, tenant, now), amply=True)

    def _advance(self, connection: Connection, tenant: str, now: datetime) -> int:
        self._alone(connection, tenant)
        sql, values = statements("journeys"), {"tenant": tenant, "now": microseconds(now)}
        taken = 0
        for _ in range(ROUNDS):
            due = {int(row.node): int(row.journeys) for row in connection.execute(sql["due"], values)}
            if not due:
                break
            started = values | {"starts": sorted(due)}
            runs = connection.execute(sql["runs"], started).all()
            kinds, starts = {row.kind for row in runs}, {row.start for row in runs}
            if kinds & set(MESSAGE_KINDS):
                _put_messages(connection, started)
            if "task" in kinds:
                connection.execute(sql["tasks"], started)
            if kinds:
                connection.execute(sql["move"], started)
            taken += sum(due[row.start] for row in runs)
            # Only now: whom a fork leads to a step that is due must meet it in the next round, before anybody moves on.
            forks = due.keys() != starts or any(row.after == "branch" for row in runs)
            led = connection.execute(sql["branch"], values).rowcount if forks else 0
            if not led:
                break
            taken += led
        connection.execute(sql["finish"], values)
        connection.execute(sql["clear"], {"tenant": tenant})
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

    def active(self, tenant: str, learners: Iterable[str] | None = None) -> list[Underfoot]:
        """Return the active journeys of `learners`, of everybody without them."""
        found: list[Underfoot] = []
        table = schema.journeys
        place, nodes = schema.standing, schema.nodes
        columns = (table.c.journey, table.c.learner, table.c.playbook, table.c.entered, place.c.awaits)
        since = (place.c.due - func.coalesce(nodes.c.delay, 0)).label("since")
        asked = (
            select(*columns, type_coerce(since, schema.Moment()).label("since"))
            .join_from(table, place, place.c.journey == table.c.journey)
            .join(nodes, nodes.c.node == place.c.node)
            .where(table.c.tenant == tenant)
        )
        names = sorted(set(learners or ()))
        some = [asked.where(table.c.learner.in_(names[at : at + CHUNK])) for at in range(0, len(names), CHUNK)]
        with self.database.reading() as connection:
            for query in [asked] if learners is None else some:
                found.extend(Underfoot(**row) for row in connection.execute(query).mappings())
        return found

    def travelling(self, tenant: str, learners: Sequence[str] | None) -> set[str]:
        """Return which of `learners` (None: of everyone) are on a journey."""
        table, place = schema.journeys, schema.standing
        asked = (
            select(table.c.learner)
            .join_from(table, place, place.c.journey == table.c.journey)
            .where(table.c.tenant == tenant)
        )
        with self.database.reading() as connection:
            return (
                set(connection.scalars(asked))
                if learners is None
                else {
                    name
                    for start in range(0, len(learners), CHUNK)
                    for name in connection.scalars(asked.where(table.c.learner.in_(learners[start : start + CHUNK])))
                }
            )

    def leave(self, tenant: str, journeys: Iterable[int], reason: str, now: datetime) -> int:
        """End journeys at once, and drop what of theirs still waits to be sent or done; return how many ended.

        What a worker has claimed already is on its way; taken up again later, it is dropped then.
        """
        numbers = sorted(set(journeys))
        return self.database.write(lambda connection: self._leave(connection, tenant, numbers, reason, now))

    def _leave(self, connection: Connection, tenant: str, journeys: Sequence[int], reason: str, now: datetime) -> int:
        self._alone(connection, tenant)
        ended, table, sent, place = 0, schema.journeys, schema.messages, schema.standing
        for start in range(0, len(journeys), CHUNK):
            some = journeys[start : start + CHUNK]
            these = and_(table.c.tenant == tenant, table.c.journey.in_(some), table.c.state == "active")
            ended += connection.execute(
                update(table).where(these).values(state="left", left_at=now, reason=reason)
            ).rowcount
            connection.execute(delete(place).where(place.c.tenant == tenant, place.c.journey.in_(some)))
            waiting = and_(sent.c.tenant == tenant, sent.c.journey.in_(some), sent.c.state == "pending")
            connection.execute(update(sent).where(waiting).values(state="dropped", reason=reason))
            end_tasks(self.database, connection, tenant, schema.tasks.c.journey.in_(some), reason, now)
        return ended

    def wake(self, tenant: str, journeys: Iterable[int], verb: str, now: datetime) -> int:
        """End the waits of `journeys` that await `verb`: they go where the event leads, now."""
        numbers = sorted(set(journeys))

        def work(connection: Connection) -> int:
            self._alone(connection, tenant)
            return wake_standing(connection, tenant, numbers, verb, now)

        return self.database.write(work)

    def counts(self, tenant: str) -> list[tuple[str, str, int]]:
        """Count journeys by playbook and state."""
        table = schema.journeys
        with self.database.reading() as connection:
            asked = select(table.c.playbook, table.c.state, func.count()).where(table.c.tenant == tenant)
            rows = connection.execute(asked.group_by(table.c.playbook, table.c.state).order_by("playbook", "state"))
            return [(str(playbook), str(state), int(count)) for playbook, state, count in rows]

    def _alone(self, connection: Connection, tenant: str) -> None:
        self.database.alone(connection, "journeys", tenant)


def content_of(nodes: Iterable[Node]) -> str:
    """Return the name of what `nodes` say together: the same name for the same steps."""
    said = msgspec.json.encode(list(nodes), order="deterministic")
    return hashlib.sha256(said).hexdigest()[:32]


def _installed(connection: Connection, tenant: str, version: int, content: str) -> bool:
    table = schema.nodes
    asked = select(table.c.node).where(table.c.tenant == tenant, table.c.version == version, table.c.content == content)
    return connection.execute(asked.limit(1)).first() is not None


def _abandoned(connection: Connection, tenant: str, nodes: Sequence[Node]) -> list[int]:
    """Return the active journeys whose playbook has none of `nodes`."""
    table, kept = schema.journeys, sorted({node.playbook for node in nodes})
    asked = select(table.c.journey).where(
        table.c.tenant == tenant, table.c.state == "active", table.c.playbook.not_in(kept)
    )
    return [row.journey for row in connection.execute(asked)]


def _node_row(node: Node) -> dict[str, Any]:
    return {
        "playbook": node.playbook, "step": node.step, "kind": node.kind,
        "first": node.first, "delay": node.delay, "awaits": node.awaits, "fact": node.fact, "op": node.op,
        "number": node.number, "words": node.words, "within": node.within, "template": node.template,
        "purpose": node.purpose, "priority": node.priority, "stale": node.stale, "details": node.details,
    }  # fmt: skip


def _begin(connection: Connection, tenant: str, row: dict[str, Any], first: First) -> int:
    """Write a journey, and where it stands if it takes any step; return its number."""
    table = schema.journeys
    start = row.pop("start")
    number = int(connection.scalar(table.insert().values(tenant=tenant, **row).returning(table.c.journey)) or 0)
    if row["state"] == "active":
        here = {"node": first.node, "visit": 0, "due": start + first.delay, "awaits": first.awaits}
        connection.execute(schema.standing.insert().values(journey=number, tenant=tenant, **here))
    return number


def _put_messages(connection: Connection, values: Mapping[str, Any]) -> None:
    sql = statements("journeys")
    try:
        with connection.begin_nested():
            connection.execute(sql["messages"], values)
    except DBAPIError as error:
        if not is_taken(error):
            raise
        connection.execute(sql["messages_left"], values)

"""The outbox: messages claimed under the guard in one transaction, sent with their key, settled.

Two workers never claim one learner's messages at once: the learner's row is locked (PostgreSQL, SKIP LOCKED), or there
is one writer anyway (SQLite). A claim counts for the caps from the moment it is made. A claim that is not settled in
time (its worker died) is taken up again over the same channel with the same key. Whatever was claimed once may have
reached the learner: it counts whatever becomes of it, unless the provider refused it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, and_, exists, literal_column, or_, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.budgets import give_after_all, give_back, grant
from staycourse.adapters.store.care.people import persons
from staycourse.adapters.store.care.settling import settle_sent
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.care import Person, Sent, Verdict, Waiting
from staycourse.kernel import natural_id
from staycourse.policy import Policy

LEASE = timedelta(minutes=10)
"""How long a worker may take to send what it claimed before another takes it up."""

BACK_OFF = (1, 5, 15, 60, 240, 720, 1440)
"""Minutes to wait after each failure that may pass; after the last the message has failed."""

Decide = Callable[[Waiting, Person], Verdict]


@dataclass(frozen=True, slots=True)
class Claimed:
    """A message that this worker, and nobody else, is to send now."""

    key: str
    learner: str
    course: str
    journey: int | None
    playbook: str
    purpose: str
    template: str
    details: Mapping[str, Any]
    channel: str
    address: str
    attempts: int


@dataclass(frozen=True, slots=True)
class Delivery:
    """What became of a claimed message: taken by the provider (`provider_id`), or not (`error`)."""

    key: str
    provider_id: str = ""
    error: str = ""
    permanent: bool = False


class Outbox:
    """The messages of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def put(self, tenant: str, message: Mapping[str, Any]) -> None:
        """Put a message that is of no journey (a receipt, an advisor's own) into the outbox; once per key."""
        row = {"state": "pending", "journey": None, "node": None, "playbook": ""} | dict(message) | {"tenant": tenant}

        def work(connection: Connection) -> None:
            upsert(connection, schema.contacts, [{"tenant": tenant, "learner": row["learner"]}])
            insert_new(connection, schema.messages, [row])

        self.database.write(work)

    def claim(
        self, tenant: str, worker: str, policy: Policy, now: datetime, decide: Decide, *, limit: int, today: date
    ) -> tuple[list[Claimed], bool]:
        """Claim at most `limit` due messages, of as many learners, that the guard lets through; hold or withhold the
        others that come before them.

        Says as well whether anything was due. `decide` is the guard; `today` is the tenant's day: campaigns are open on
        it, and its month's budgets are drawn on. A message whose journey was left is dropped.
        """

        def work(connection: Connection) -> tuple[list[Claimed], bool]:
            learners = self._locked(connection, tenant, now, limit)
            if not learners:
                return [], False
            rows = _due(connection, tenant, learners, now)
            known = persons(connection, tenant, learners, now)
            claimed: list[Claimed] = []
            for row in rows:
                if len(claimed) == limit:
                    break
                if row["journey_state"] == "left":
                    _drop(connection, tenant, row)
                    continue
                verdict = decide(_waiting(row), _without(known[row["learner"]], row))
                if verdict.kind == "send":
                    refused = grant(connection, tenant, row, policy, now, today)
                    verdict = replace(verdict, kind="withhold", why=refused) if refused else verdict
                _note(connection, tenant, row, verdict, worker, now)
                if verdict.kind == "send":
                    known[row["learner"]] = _with(known[row["learner"]], row, verdict, now)
                    claimed.append(_claimed(row, verdict))
            return claimed, True

        return self.database.write(work)

    def _locked(self, connection: Connection, tenant: str, now: datetime, limit: int) -> list[str]:
        seen, table = schema.contacts, schema.messages
        waiting = select(table.c.learner).where(_is_due(tenant, now)).order_by(table.c.due).limit(limit * 4)
        asked = select(seen.c.learner).where(seen.c.tenant == tenant, seen.c.learner.in_(waiting))
        rows = connection.execute(asked.order_by(seen.c.learner).limit(limit).with_for_update(skip_locked=True))
        return [str(row.learner) for row in rows]

    def settle(self, tenant: str, worker: str, deliveries: Sequence[Delivery], now: datetime) -> int:
        """Write down what became of claimed messages; return how many were sent.

        That a message was taken is true even if another worker has taken the claim over, or dropped it, by then; that
        it was not counts for the worker's own claims only.
        """

        def work(connection: Connection) -> int:
            rows = _locked_rows(connection, tenant, [delivery.key for delivery in deliveries])
            taken = {
                delivery.key: delivery
                for delivery in deliveries
                if not delivery.error and delivery.key in rows and rows[delivery.key]["state"] != "sent"
            }
            _note_taken(connection, tenant, list(taken.values()), now)
            _remember(connection, tenant, [rows[key] for key in taken], now)
            sent = (rows[key] for key in taken)
            settle_sent(connection, tenant, (row["journey"] for row in sent if row["journey"] and row["template"]))
            for key in taken:
                give_after_all(connection, tenant, rows[key])
            for delivery in deliveries:
                row = rows.get(delivery.key)
                if delivery.error and row and row["state"] == "claimed" and row["claimed_by"] == worker:
                    _note_failed(connection, tenant, row, delivery, now)
            return len(taken)

        return self.database.write(work)

    def waiting(self, tenant: str, now: datetime) -> bool:
        """Say whether anything is due."""
        with self.database.reading() as connection:
            return bool(connection.scalar(select(exists().where(_is_due(tenant, now)))))


def _is_due(tenant: str, now: datetime) -> Any:
    """Return what is true of due messages: pending ones, and claimed ones whose worker is overdue.

    The states stand there as in the index of what waits, word for word: SQLite finds it by nothing else.
    """
    table = schema.messages
    return and_(
        table.c.tenant == tenant,
        table.c.due <= now,
        table.c.state.in_([literal_column("'pending'"), literal_column("'claimed'")]),
        or_(table.c.state == "pending", table.c.claimed_until <= now),
    )


def _due(connection: Connection, tenant: str, learners: Sequence[str], now: datetime) -> list[RowMapping]:
    """Read the due messages of locked learners: service messages first, then by priority and age.

    Read after the lock, so that it sees what a worker that held it before has committed; and locked themselves, so that
    whoever drops them as their journey is left comes before or after, not in between.
    """
    table, nodes, journeys = schema.messages, schema.nodes, schema.journeys
    asked = (
        select(table, nodes.c.priority, journeys.c.state.label("journey_state"), journeys.c.reason.label("left_for"))
        .join_from(table, nodes, nodes.c.node == table.c.node, isouter=True)
        .join(journeys, journeys.c.journey == table.c.journey, isouter=True)
        .where(_is_due(tenant, now), table.c.learner.in_(learners))
        .with_for_update(of=table)
    )
    rows = list(connection.execute(asked).mappings())
    rows.sort(
        key=lambda row: (row["learner"], row["purpose"] != "service", -(row["priority"] or 0), row["due"], row["key"])
    )
    return rows


def _waiting(row: RowMapping) -> Waiting:
    """A message that was claimed before stays with its channel: it may have been taken there already."""
    channels = (row["channel"],) if row["channel"] else tuple(row["details"]["channels"])
    return Waiting(row["key"], row["learner"], row["purpose"], channels, row["due"], row["stale"])


def _without(person: Person, row: RowMapping) -> Person:
    """Leave the message's own earlier claim out of what it is counted against."""
    if row["state"] != "claimed" or row["claimed"] is None:
        return person
    own = Sent(row["claimed"], row["channel"], row["purpose"])
    rest = list(person.sent)
    if own in rest:
        rest.remove(own)
    return replace(person, sent=tuple(rest))


def _with(person: Person, row: RowMapping, verdict: Verdict, now: datetime) -> Person:
    fresh = Sent(now, verdict.channel, row["purpose"])
    return replace(_without(person, row), sent=(*_without(person, row).sent, fresh))


def _note(connection: Connection, tenant: str, row: RowMapping, verdict: Verdict, worker: str, now: datetime) -> None:
    table = schema.messages
    fresh: dict[str, Any]
    if verdict.kind == "send":
        fresh = {
            "state": "claimed", "reason": "", "channel": verdict.channel, "address": verdict.address,
            "day": verdict.day, "claimed_by": worker, "claimed": now, "claimed_until": now + LEASE,
        }  # fmt: skip
    elif verdict.kind == "hold" and row["state"] == "claimed":
        fresh = {"reason": verdict.why, "claimed_until": verdict.until}
    elif verdict.kind == "hold":
        fresh = {"due": verdict.until, "reason": verdict.why}
    else:
        fresh = {"state": "withheld", "reason": verdict.why}
        give_back(connection, tenant, row)
    connection.execute(update(table).where(table.c.tenant == tenant, table.c.key == row["key"]).values(fresh))


def _drop(connection: Connection, tenant: str, row: RowMapping) -> None:
    table = schema.messages
    here = and_(table.c.tenant == tenant, table.c.key == row["key"])
    connection.execute(update(table).where(here).values(state="dropped", reason=row["left_for"]))
    give_back(connection, tenant, row)


def _locked_rows(connection: Connection, tenant: str, keys: Sequence[str]) -> dict[str, RowMapping]:
    """Lock messages and return them by key; their learners first, as a claim does, so that none waits crosswise."""
    seen, table = schema.contacts, schema.messages
    these = and_(table.c.tenant == tenant, table.c.key.in_(keys))
    theirs = select(seen.c.learner).where(
        seen.c.tenant == tenant, seen.c.learner.in_(select(table.c.learner).where(these))
    )
    connection.execute(theirs.order_by(seen.c.learner).with_for_update()).all()
    rows = connection.execute(select(table).where(these).order_by(table.c.key).with_for_update()).mappings()
    return {row["key"]: row for row in rows}


def _claimed(row: RowMapping, verdict: Verdict) -> Claimed:
    return Claimed(
        key=row["key"],
        learner=row["learner"],
        course=row["course"],
        journey=row["journey"],
        playbook=row["playbook"],
        purpose=row["purpose"],
        template=row["template"],
        details=row["details"],
        channel=verdict.channel,
        address=verdict.address,
        attempts=row["attempts"],
    )


def _note_taken(connection: Connection, tenant: str, deliveries: Sequence[Delivery], now: datetime) -> None:
    table = schema.messages
    fresh = {"state": "sent", "sent": now, "reason": "", "error": "", "claimed_until": None}
    for delivery in deliveries:
        here = and_(table.c.tenant == tenant, table.c.key == delivery.key)
        told = {"provider_id": delivery.provider_id[:300]}
        connection.execute(update(table).where(here).values(fresh | told))


def _note_failed(connection: Connection, tenant: str, row: RowMapping, delivery: Delivery, now: datetime) -> None:
    table, attempts = schema.messages, row["attempts"] + 1
    fresh: dict[str, Any] = {"attempts": attempts, "error": delivery.error[:500]}
    if delivery.permanent or attempts > len(BACK_OFF):
        fresh |= {"state": "failed", "reason": "refused" if delivery.permanent else "gave_up"}
        give_back(connection, tenant, row)
    else:
        fresh |= {"claimed_until": now + timedelta(minutes=BACK_OFF[attempts - 1])}
    here = and_(table.c.tenant == tenant, table.c.key == delivery.key)
    connection.execute(update(table).where(here).values(fresh))


def _remember(connection: Connection, tenant: str, rows: Sequence[RowMapping], now: datetime) -> None:
    """Make each sending a fact, and begin the learner's cool-down."""
    facts = [
        {
            "tenant": tenant, "event_id": natural_id("contact_sent", row["key"]), "learner": row["learner"],
            "verb": "contact_sent", "course": row["course"], "object": row["template"] or row["key"], "value": None,
            "at": now, "attributes": {"key": row["key"], "channel": row["channel"], "playbook": row["playbook"]},
        }
        for row in rows
    ]  # fmt: skip
    insert_new(connection, schema.outward, facts)
    reached = [
        {"tenant": tenant, "learner": row["learner"], "last_contact": now, "last_playbook": row["playbook"]}
        for row in rows
        if row["purpose"] != "service"
    ]
    upsert(connection, schema.contacts, reached)

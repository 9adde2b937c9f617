"""Webhooks in the store: who is told of what, and the outbox of what is still to be told.

The rows of the outbox are written by triggers (migration 0007), in the transaction of what they tell, so that no path
that changes an alert, a journey or a message can forget to tell, and nothing is told that was rolled back. A claim that
is not settled in time (its worker died) is taken up again with the same id and the same body.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import Connection, RowMapping, and_, delete, or_, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.doors.happenings import happening
from staycourse.adapters.store.doors.webhooks import Webhook, webhooks_of
from staycourse.kernel import NotFound, fresh_id, natural_id, worded

KINDS: Final = (
    "alert.opened", "alert.closed", "risk.night_finished", "journey.entered", "journey.left", "message.sent",
    "message.failed", "learner.erased",
)  # fmt: skip
"""What a webhook may be told of."""

TEST: Final = "webhook.test"

LEASE: Final = timedelta(minutes=5)
"""How long a worker may take to tell what it claimed before another takes it up."""

KEPT_DAYS: Final = 30
"""For how long it is known what was told, so that it can be told again."""


@dataclass(frozen=True, slots=True)
class Telling:
    """One thing that this worker, and nobody else, is to tell one webhook now."""

    number: int
    webhook: str
    kind: str
    body: bytes
    attempts: int

    def key(self, tenant: str) -> str:
        """Return the `webhook-id`: the same at every try."""
        return "msg_" + natural_id("webhook", tenant, self.webhook, self.number)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One thing as a webhook was told it, or is to be: how often it was tried, when last, with what fault, and when it
    is tried again (`due`, where it is pending). Instants are UTC."""

    number: int
    kind: str
    subject: str
    learner: str
    at: datetime | None
    state: str
    due: datetime
    attempts: int
    settled: datetime | None
    error: str
    tried: datetime | None


@dataclass(frozen=True, slots=True)
class Told:
    """What became of a telling: delivered (no `error`), to be tried again at `again`, or given up (None)."""

    number: int
    error: str = ""
    again: datetime | None = None
    tried: bool = True


class WebhookBook:
    """The webhooks of one store and their outbox."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def add(self, tenant: str, url: str, kinds: Collection[str], salt: str, now: datetime) -> str:
        """Keep a webhook that is told of `kinds` from now on; return its id."""
        webhook, wanted = fresh_id(), sorted(set(kinds))

        def work(connection: Connection) -> None:
            row = {"tenant": tenant, "webhook": webhook, "url": url, "salt": salt, "created": now}
            connection.execute(schema.webhooks.insert(), [row])
            rows = [{"tenant": tenant, "webhook": webhook, "kind": kind} for kind in wanted]
            connection.execute(schema.webhook_kinds.insert(), rows)

        self.database.write(work)
        return webhook

    def every(self, tenant: str, now: datetime) -> list[Webhook]:
        """Return the tenant's webhooks, the oldest first, with what is in their outboxes."""
        with self.database.reading() as connection:
            return webhooks_of(connection, tenant, now)

    def find(self, tenant: str, webhook: str, now: datetime) -> Webhook:
        """Return one webhook; NotFound if there is none of that id (or of several ids beginning so)."""
        found = [one for one in self.every(tenant, now) if webhook and one.webhook.startswith(webhook)]
        if len(found) != 1:
            raise NotFound(
                worded("there is no webhook {webhook!r}", webhook=webhook[:40]),
                where="webhook",
                mend="see `staycourse webhooks list`",
            )
        return found[0]

    def remove(self, tenant: str, webhook: str) -> None:
        """Forget a webhook and what it is still to be told."""
        tables = (schema.tellings, schema.webhook_kinds, schema.webhooks)

        def work(connection: Connection) -> None:
            for table in tables:
                connection.execute(delete(table).where(table.c.tenant == tenant, table.c.webhook == webhook))

        self.database.write(work)

    def rotate(self, tenant: str, webhook: str, salt: str, until: datetime) -> None:
        """Give a webhook a new secret; `until` then everything is signed with the one before, too."""
        table = schema.webhooks
        fresh = {"former_salt": table.c.salt, "former_until": until, "salt": salt}
        here = and_(table.c.tenant == tenant, table.c.webhook == webhook)
        self.database.write(lambda connection: connection.execute(update(table).where(here).values(fresh)))

    def stop(self, tenant: str, webhook: str, at: datetime | None) -> None:
        """Tell a webhook nothing any more from `at` on, None again; meanwhile what is to be told waits KEPT_DAYS."""
        table = schema.webhooks
        fresh = {"stopped": at} if at else {"stopped": None, "rests_until": None, "failures": 0}
        here = and_(table.c.tenant == tenant, table.c.webhook == webhook)
        self.database.write(lambda connection: connection.execute(update(table).where(here).values(fresh)))

    def put_test(self, tenant: str, webhook: str, now: datetime) -> int:
        """Put a test into the outbox, of which nothing else is told; return its number."""
        row = {"tenant": tenant, "webhook": webhook, "kind": TEST, "subject": fresh_id(), "at": now}
        table = schema.tellings
        asked = table.insert().values(row).returning(table.c.number)
        return self.database.write(lambda connection: int(connection.execute(asked).scalar_one()))

    def replay(
        self, tenant: str, webhook: str, now: datetime, since: datetime | None = None, only: int | None = None
    ) -> int:
        """Tell again what was given up and, with `since`, all that was told since then; each with its old id. With
        `only` it is that one alone, whether it was given up, delivered, or waits for its next try.

        A webhook that was stopped is told again. Returns how many were put back.
        """
        table, hooks = schema.tellings, schema.webhooks
        wanted = table.c.state == "dead"
        if since is not None:
            wanted = or_(wanted, and_(table.c.state == "delivered", table.c.settled >= since))
        if only is not None:
            wanted = and_(table.c.number == only, table.c.state != "claimed")
        here = and_(table.c.tenant == tenant, table.c.webhook == webhook, wanted)
        fresh = {"state": "pending", "due": now, "attempts": 0, "settled": None, "error": ""}

        def work(connection: Connection) -> int:
            awake = {"stopped": None, "rests_until": None, "failures": 0}
            connection.execute(update(hooks).where(hooks.c.tenant == tenant, hooks.c.webhook == webhook).values(awake))
            return connection.execute(update(table).where(here).values(fresh)).rowcount

        return self.database.write(work)

    def waiting(self, tenant: str, now: datetime) -> list[Webhook]:
        """Return the webhooks that may be told something now and for which something is due."""
        with self.database.reading() as connection:
            table = schema.tellings
            due = set(connection.scalars(select(table.c.webhook).where(_due(tenant, now)).distinct()))
        if not due:
            return []
        return [
            one
            for one in self.every(tenant, now)
            if one.webhook in due and one.stopped is None and (one.rests_until is None or one.rests_until <= now)
        ]

    def claim(
        self, tenant: str, webhook: str, worker: str, now: datetime, limit: int, only: int | None = None
    ) -> list[Telling]:
        """Claim at most `limit` due tellings of one webhook, the oldest first, each with its body made."""
        table = schema.tellings
        asked = select(table).where(_due(tenant, now), table.c.webhook == webhook)
        if only is not None:
            asked = asked.where(table.c.number == only)
        asked = asked.order_by(table.c.due, table.c.number).limit(limit).with_for_update(skip_locked=True)

        def work(connection: Connection) -> list[Telling]:
            claimed = []
            for row in connection.execute(asked).mappings().all():
                body = row["body"] or _body(connection, row, now)
                fresh = {"state": "claimed", "claimed_by": worker, "claimed_until": now + LEASE, "body": body}
                connection.execute(update(table).where(table.c.number == row["number"]).values(fresh))
                claimed.append(Telling(row["number"], webhook, row["kind"], body.encode(), row["attempts"]))
            return claimed

        return self.database.write(work)

    def settle(self, tenant: str, webhook: str, worker: str, told: Sequence[Told], now: datetime) -> None:
        """Write down what became of claimed tellings.

        That one was delivered is true even if another worker has taken the claim over; that it was not counts for the
        worker's own claims only.
        """
        table = schema.tellings

        def work(connection: Connection) -> None:
            for one in told:
                here = and_(table.c.number == one.number, table.c.tenant == tenant)
                if one.error or not one.tried:
                    here = and_(here, table.c.state == "claimed", table.c.claimed_by == worker)
                connection.execute(update(table).where(here).values(_outcome(one, now)))

        self.database.write(work)

    def note(self, tenant: str, webhook: str, now: datetime, *, error: str = "", rests_until: datetime | None = None,
             stopped: bool = False) -> None:  # fmt: skip
        """Note how a webhook answered last: `error` "" that it took something."""
        table = schema.webhooks
        fresh: dict[str, Any] = {"failures": 0, "last_delivered": now, "rests_until": None}
        if error:
            fresh = {"failures": table.c.failures + 1, "last_failed": now, "last_error": error[:500]}
            fresh["rests_until"] = rests_until
        if stopped:
            fresh["stopped"] = now
        here = and_(table.c.tenant == tenant, table.c.webhook == webhook)
        self.database.write(lambda connection: connection.execute(update(table).where(here).values(fresh)))

    def tidy(self, tenant: str, now: datetime) -> int:
        """Forget what was settled KEPT_DAYS ago, what has waited so long for a webhook that was stopped, and what is of
        no webhook any more; return how many rows went."""
        table, hooks = schema.tellings, schema.webhooks
        known = select(hooks.c.webhook).where(hooks.c.tenant == tenant)
        old = and_(table.c.state.in_(("delivered", "dead")), table.c.settled < now - timedelta(days=KEPT_DAYS))
        stopped = select(hooks.c.webhook).where(hooks.c.tenant == tenant, hooks.c.stopped.is_not(None))
        in_vain = and_(table.c.at < now - timedelta(days=KEPT_DAYS), table.c.webhook.in_(stopped))
        gone = and_(table.c.tenant == tenant, or_(old, in_vain, table.c.webhook.not_in(known)))
        return self.database.write(lambda connection: connection.execute(delete(table).where(gone)).rowcount)

    def deliveries(
        self, tenant: str, webhook: str, states: Collection[str] = (), before: int | None = None, limit: int = 50
    ) -> Sequence[Delivery]:
        """Return what a webhook was told or is to be, the newest first, those before number `before`; of some `states`
        where they are given."""
        table = schema.tellings
        asked = select(*(table.c[name] for name in Delivery.__slots__))
        asked = asked.where(table.c.tenant == tenant, table.c.webhook == webhook)
        if states:
            asked = asked.where(table.c.state.in_(states))
        if before is not None:
            asked = asked.where(table.c.number < before)
        with self.database.reading() as connection:
            return [Delivery(*row) for row in connection.execute(asked.order_by(table.c.number.desc()).limit(limit))]


def _due(tenant: str, now: datetime) -> Any:
    table = schema.tellings
    return and_(
        table.c.tenant == tenant,
        or_(
            and_(table.c.state == "pending", table.c.due <= now),
            and_(table.c.state == "claimed", table.c.claimed_until <= now),
        ),
    )


def _outcome(told: Told, now: datetime) -> dict[str, Any]:
    table = schema.tellings
    if not told.tried:
        return {"state": "pending", "due": told.again or now}
    fresh: dict[str, Any] = {"attempts": table.c.attempts + 1, "error": told.error[:500], "tried": now}
    if not told.error:
        return fresh | {"state": "delivered", "settled": now}
    if told.again is None:
        return fresh | {"state": "dead", "settled": now}
    return fresh | {"state": "pending", "due": told.again}


def _body(connection: Connection, row: RowMapping, now: datetime) -> str:
    """Return what is sent, as the thing is now. Made once and kept: whoever gets it twice gets the same."""
    said = happening(connection, row["tenant"], row["kind"], row["subject"])
    return msgspec.json.encode({"type": row["kind"], "timestamp": row["at"] or now, "data": said}).decode()

"""Webhooks as they are read: who is told of what, how it went last, and what is in each one's outbox."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, func, select

from staycourse.adapters.store import schema

_WAITING: Final = ("pending", "claimed")


@dataclass(frozen=True, slots=True)
class Webhook:
    """Who is told: `salts` are those of the secrets in force, the newest first. Instants are UTC."""

    webhook: str
    url: str
    kinds: tuple[str, ...]
    salts: tuple[str, ...]
    created: datetime
    stopped: datetime | None
    rests_until: datetime | None
    failures: int
    last_delivered: datetime | None
    last_failed: datetime | None
    last_error: str
    pending: int = 0
    delivered: int = 0
    dead: int = 0

    @property
    def state(self) -> str:
        """How it is: ok, failing (it did not answer the last time), or stopped."""
        return "stopped" if self.stopped else "failing" if self.failures else "ok"


def webhooks_of(connection: Connection, tenant: str, now: datetime) -> list[Webhook]:
    """Return a tenant's webhooks, the oldest first, with what is in their outboxes."""
    table = schema.webhooks
    asked = select(table).where(table.c.tenant == tenant).order_by(table.c.created, table.c.webhook)
    rows, kinds, counts = connection.execute(asked).mappings(), _kinds(connection, tenant), _counts(connection, tenant)
    return [_webhook(row, kinds.get(row["webhook"], ()), counts.get(row["webhook"], {}), now) for row in rows]


def _kinds(connection: Connection, tenant: str) -> dict[str, tuple[str, ...]]:
    table = schema.webhook_kinds
    asked = select(table.c.webhook, table.c.kind).where(table.c.tenant == tenant).order_by(table.c.kind)
    found: dict[str, tuple[str, ...]] = {}
    for webhook, kind in connection.execute(asked):
        found[webhook] = (*found.get(webhook, ()), kind)
    return found


def _counts(connection: Connection, tenant: str) -> dict[str, dict[str, int]]:
    table = schema.tellings
    asked = select(table.c.webhook, table.c.state, func.count()).where(table.c.tenant == tenant)
    found: dict[str, dict[str, int]] = {}
    for webhook, state, count in connection.execute(asked.group_by(table.c.webhook, table.c.state)):
        name = "pending" if state in _WAITING else state
        of = found.setdefault(webhook, {})
        of[name] = of.get(name, 0) + int(count)
    return found


def _webhook(row: RowMapping, kinds: tuple[str, ...], counts: dict[str, Any], now: datetime) -> Webhook:
    former = row["former_salt"] if row["former_until"] and now < row["former_until"] else ""
    names = ("webhook", "url", "created", "stopped", "rests_until", "failures", "last_delivered", "last_failed",
             "last_error")  # fmt: skip
    values = {name: row[name] for name in names}
    return Webhook(kinds=kinds, salts=(row["salt"], former) if former else (row["salt"],), **values, **counts)

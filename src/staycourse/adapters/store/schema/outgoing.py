"""The tables of what goes out: who is told of what, what is still to be told, and what orders the API's pages."""

from __future__ import annotations

from sqlalchemy import (
    BigInteger,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    String,
    Table,
    Text,
    text,
)

from staycourse.adapters.store.schema.alerts import alerts
from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column
from staycourse.adapters.store.schema.journeys import journeys
from staycourse.adapters.store.schema.messages import messages

webhooks = Table(
    "webhooks",
    metadata,
    tenant_column(),
    Column("webhook", String(32), primary_key=True),
    Column("url", Text, nullable=False),
    Column("salt", String(32), nullable=False, comment="the secret follows from it and the home's own secret"),
    Column(
        "former_salt", String(32), nullable=False, server_default="", comment="of the secret before the last change"
    ),
    Column("former_until", Moment, comment="signed with the former secret too, until then"),
    Column("created", Moment, nullable=False),
    Column("stopped", Moment, comment="nothing is told any more: it answered that it is gone"),
    Column("rests_until", Moment, comment="nothing is tried before: it did not answer again and again"),
    Column("failures", Integer, nullable=False, server_default="0", comment="in a row"),
    Column("last_delivered", Moment),
    Column("last_failed", Moment),
    Column("last_error", String(500), nullable=False, server_default=""),
)

webhook_kinds = Table(
    "webhook_kinds",
    metadata,
    tenant_column(),
    Column("kind", String(32), primary_key=True),
    Column("webhook", String(32), primary_key=True),
    ForeignKeyConstraint(["tenant", "webhook"], ["webhooks.tenant", "webhooks.webhook"], ondelete="CASCADE"),
    comment="what each webhook is told of: triggers read it, in the transaction of what they tell",
)

# No foreign key to webhooks: a webhook removed in this moment must not break care's transaction.
tellings = Table(
    "tellings",
    metadata,
    Column("number", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("tenant", String(63), ForeignKey("tenants.tenant", ondelete="CASCADE"), nullable=False),
    Column("webhook", String(32), nullable=False),
    Column("kind", String(32), nullable=False),
    Column("subject", String(200), nullable=False, comment="the alert, journey, message, day or erasure"),
    Column("learner", String(200), nullable=False, server_default=""),
    Column("at", Moment, comment="when it happened"),
    Column("state", String(16), nullable=False, server_default="pending", comment="pending, claimed, delivered, dead"),
    Column("due", Moment, nullable=False, server_default="0"),
    Column("claimed_by", String(64), nullable=False, server_default=""),
    Column("claimed_until", Moment),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("body", Text, nullable=False, server_default="", comment="made once: the same id says the same"),
    Column("settled", Moment, comment="when it was delivered, or given up"),
    Column("error", String(500), nullable=False, server_default=""),
    Column("tried", Moment, comment="when it was last tried"),
    Index(
        "ix_tellings_due", "tenant", "webhook", "due",
        sqlite_where=text("state IN ('pending', 'claimed')"), postgresql_where=text("state IN ('pending', 'claimed')"),
    ),
    Index(None, "tenant", "webhook", "number"),
    Index(None, "tenant", "learner"),
    sqlite_autoincrement=True,  # a number is in the id that receivers remember: it is not given out again
    comment="the outbox of webhooks: one row for each webhook that is to be told of one thing",
)  # fmt: skip

# Pages of the API go on from the last row seen, in these orders.
Index("ix_alerts_newest", alerts.c.tenant, alerts.c.opened, alerts.c.alert)
Index("ix_journeys_newest", journeys.c.tenant, journeys.c.journey)
Index("ix_messages_newest", messages.c.tenant, messages.c.created, messages.c.key)

"""Messages and what they are made of: templates, channels, the inbox, coupons."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, Integer, String, Table, Text, UniqueConstraint, text

from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column

messages = Table(
    "messages",
    metadata,
    Column("tenant", String(63), primary_key=True, comment="not looked up row by row: a journey's, or the asker's"),
    Column("key", String(120), primary_key=True, comment="journey:node:visit; the provider's idempotency key"),
    Column("learner", String(200), nullable=False),
    Column("course", String(200), nullable=False),
    Column("journey", BigInteger, comment="null for a message that a person or the platform asked for"),
    Column("node", BigInteger),
    Column("playbook", String(64), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("template", String(64), nullable=False),
    Column("details", JSON, nullable=False, comment="channels in order of preference; what fills the template"),
    Column("state", String(16), nullable=False, comment="pending, claimed, sent, withheld, dropped or failed"),
    Column("due", Moment, nullable=False),
    Column("stale", Moment, comment="not sent after this"),
    Column("created", Moment, nullable=False),
    Column("reason", String(64), nullable=False, server_default="", comment="why it waits, or was not sent"),
    Column("channel", String(64), nullable=False, server_default=""),
    Column("address", String(64), nullable=False, server_default="", comment="the id of the address chosen"),
    Column("day", String(10), nullable=False, server_default="", comment="the learner's local day it counts for"),
    Column("claimed_by", String(64), nullable=False, server_default=""),
    Column("claimed", Moment, comment="when it was last claimed: the instant that the caps count"),
    Column("claimed_until", Moment),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("sent", Moment),
    Column("provider_id", String(300), nullable=False, server_default=""),
    Column("error", String(500), nullable=False, server_default=""),
    Index(
        "ix_messages_due", "tenant", "due",
        sqlite_where=text("state IN ('pending', 'claimed')"), postgresql_where=text("state IN ('pending', 'claimed')"),
    ),
    Index("ix_messages_learner", "tenant", "learner"),
    Index("ix_messages_told", "tenant", "state", "reason", "channel", "playbook", "sent"),
    Index(
        "ix_messages_provider", "tenant", "provider_id",
        sqlite_where=text("provider_id <> ''"), postgresql_where=text("provider_id <> ''"),
    ),
)  # fmt: skip

templates = Table(
    "templates",
    metadata,
    tenant_column(),
    Column("template", String(64), primary_key=True),
    Column("language", String(16), primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("subject", String(300), nullable=False),
    Column("text", Text, nullable=False),
    Column("short", String(300), nullable=False),
    Column("saved", Moment, nullable=False),
    Column("author", String(200), nullable=False),
)

channels = Table(
    "channels",
    metadata,
    tenant_column(),
    Column("channel", String(64), primary_key=True),
    Column("sent", BigInteger, nullable=False, server_default="0"),
    Column("failed", BigInteger, nullable=False, server_default="0"),
    Column("last_sent", Moment),
    Column("last_failed", Moment),
    Column("last_error", String(500), nullable=False, server_default=""),
)

inbox = Table(
    "inbox",
    metadata,
    tenant_column(),
    Column("key", String(120), primary_key=True),
    Column("learner", String(200), nullable=False),
    Column("subject", String(300), nullable=False),
    Column("text", Text, nullable=False),
    Column("data", JSON, nullable=False),
    Column("at", Moment, nullable=False),
    Column("read", Moment),
    Index(None, "tenant", "learner", "at"),
)

coupons = Table(
    "coupons",
    metadata,
    tenant_column(),
    Column("key", String(120), primary_key=True, comment="of the message that carries it"),
    Column("learner", String(200), nullable=False),
    Column("campaign", String(64), nullable=False),
    Column("code", String(64), nullable=False),
    Column("given", Moment, nullable=False),
    UniqueConstraint("tenant", "learner", "campaign"),
    Index(None, "tenant", "campaign"),
)

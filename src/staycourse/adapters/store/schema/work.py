"""What the work itself needs: events to be told, places in the log, leases, the audit log."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Index, String, Table, Text

from staycourse.adapters.store.schema.base import Moment, metadata, number, owner, tenant_column

outward = Table(
    "outward",
    metadata,
    tenant_column(),
    Column("event_id", String(200), primary_key=True),
    Column("learner", String(200), nullable=False),
    Column("verb", String(64), nullable=False),
    Column("course", String(200), nullable=False),
    Column("object", String(500), nullable=False),
    Column("value", BigInteger),
    Column("at", Moment, nullable=False),
    Column("attributes", JSON, nullable=False),
    Index(None, "tenant", "at"),
    comment="facts that care made (sent, clicked), until whoever holds the home moves them to the log",
)

cursors = Table(
    "cursors",
    metadata,
    tenant_column(),
    Column("name", String(64), primary_key=True),
    Column("position", Text, nullable=False),
)

leases = Table(
    "leases",
    metadata,
    tenant_column(),
    Column("name", String(64), primary_key=True),
    Column("holder", String(64), nullable=False),
    Column("until", Moment, nullable=False),
)

audit = Table(
    "audit",
    metadata,
    number("entry"),
    owner(),
    Column("at", Moment, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(64), nullable=False),
    Column("learner", String(200), nullable=False, server_default="", comment="whom it was about"),
    Column("details", JSON, nullable=False),
    Index(None, "tenant", "at"),
    Index(None, "tenant", "learner"),
)

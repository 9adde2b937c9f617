"""Learners as they may be reached: contacts, addresses, consents."""

from __future__ import annotations

from sqlalchemy import Boolean, Column, Index, String, Table, Text, UniqueConstraint, text

from staycourse.adapters.store.schema.base import Moment, metadata, number, owner, tenant_column

contacts = Table(
    "contacts",
    metadata,
    tenant_column(),
    Column("learner", String(200), primary_key=True),
    Column("last_contact", Moment, comment="the newest message that was not a service message"),
    Column("last_playbook", String(64), nullable=False, server_default=""),
    comment="one row a learner, locked while their messages are claimed",
)

addresses = Table(
    "addresses",
    metadata,
    tenant_column(),
    Column("address", String(32), primary_key=True, comment="names learner, kind and target"),
    Column("learner", String(200), nullable=False),
    Column("kind", String(32), nullable=False, comment="email, phone, webpush, …"),
    Column("target", Text, nullable=False),
    Column("guardian", Boolean, nullable=False, comment="it reaches the learner's guardian"),
    Column("disabled", Moment),
    Column("reason", String(200), nullable=False, server_default=""),
    Column("added", Moment, nullable=False),
    Index(None, "tenant", "learner"),
)

consents = Table(
    "consents",
    metadata,
    number("entry"),
    owner(),
    Column("learner", String(200), nullable=False),
    Column("channel", String(64), nullable=False, comment="a channel's name; * every one"),
    Column("purpose", String(16), nullable=False, comment="care or marketing; * both"),
    Column("granted", Boolean, nullable=False),
    Column("at", Moment, nullable=False),
    Column("source", String(64), nullable=False, comment="unsubscribe link, console, import, complaint, …"),
    Column("event_id", String(64), nullable=False, comment="said twice, kept once"),
    UniqueConstraint("tenant", "event_id"),
    Index(None, "tenant", "learner"),
    Index(
        "ix_consents_refused", "tenant", "learner", "at",
        sqlite_where=text("granted IS 0"), postgresql_where=text("granted IS false"),
    ),
)  # fmt: skip

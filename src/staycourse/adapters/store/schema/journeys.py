"""Journeys: the steps there are, who takes them and where each stands, by what facts they part, who is held out."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from staycourse.adapters.store.schema.base import Moment, metadata, number, owner, tenant_column

nodes = Table(
    "nodes",
    metadata,
    number("node"),
    owner(),
    Column("version", Integer, nullable=False, comment="of the policy that stated the step"),
    Column("playbook", String(64), nullable=False),
    Column("step", String(64), nullable=False),
    Column("kind", String(16), nullable=False, comment="send, wait, branch, offer, task, survey, webhook or end"),
    Column("first", Boolean, nullable=False, comment="the playbook begins here"),
    Column("delay", BigInteger, nullable=False, comment="microseconds from arriving here to acting"),
    Column("awaits", String(64), nullable=False, comment="the event that ends the wait early"),
    Column("next_node", BigInteger),
    Column("event_node", BigInteger, comment="where the awaited event leads"),
    Column("yes_node", BigInteger),
    Column("no_node", BigInteger),
    Column("fact", String(120), nullable=False, comment="what a branch asks, such as signal:days_absent"),
    Column("op", String(2), nullable=False),
    Column("number", Float),
    Column("words", String(200), nullable=False),
    Column("within", BigInteger, comment="microseconds that a fact stays true"),
    Column("template", String(64), nullable=False),
    Column("purpose", String(16), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("stale", BigInteger, comment="microseconds after which a held message is dropped; null never"),
    Column("details", JSON, nullable=False, comment="channels, campaign, script, minutes, survey"),
    Column(
        "content",
        String(32),
        nullable=False,
        server_default="",
        comment="names what all steps of the version said together",
    ),
    UniqueConstraint("tenant", "version", "content", "playbook", "step"),
)

journeys = Table(
    "journeys",
    metadata,
    number("journey"),
    owner(),
    Column("learner", String(200), nullable=False),
    Column("course", String(200), nullable=False),
    Column("playbook", String(64), nullable=False),
    Column("entry", String(120), nullable=False, comment="what began it: an alert, an event, a stage"),
    Column("alert", String(32), nullable=False, server_default=""),
    Column("cause", String(32), nullable=False, server_default=""),
    Column("tier", String(32), nullable=False),
    Column("priority", Integer, nullable=False),
    Column("arm", String(16), nullable=False, comment="treated, held_out or exempt"),
    Column("exclusive", Boolean, nullable=False, comment="one such journey at a time"),
    Column("state", String(16), nullable=False, comment="active, done, left or held_out"),
    Column("version", Integer, nullable=False),
    Column("entered", Moment, nullable=False),
    Column("left_at", Moment),
    Column("reason", String(64), nullable=False, server_default="", comment="why it ended"),
    UniqueConstraint("tenant", "learner", "playbook", "entry"),
    Index(None, "tenant", "entered"),
    Index(
        "uq_journeys_one", "tenant", "learner", unique=True,
        sqlite_where=text("state = 'active' AND exclusive"), postgresql_where=text("state = 'active' AND exclusive"),
    ),
    sqlite_autoincrement=True,  # a number is in the key that a provider knows: an erased one's is not given out again
)  # fmt: skip

standing = Table(
    "standing",
    metadata,
    Column(
        "journey", BigInteger().with_variant(Integer, "sqlite"),
        ForeignKey("journeys.journey", ondelete="CASCADE"), primary_key=True, autoincrement=False,
    ),
    Column("tenant", String(63), nullable=False),
    Column("node", BigInteger, comment="the step it stands at; null for a moment, when there is none left"),
    Column("visit", Integer, nullable=False, comment="steps taken so far"),
    Column("due", Moment, nullable=False, comment="when the step acts"),
    Column("awaits", String(64), nullable=False),
    Index("ix_standing_due", "tenant", "due"),
    Index("ix_standing_ended", "tenant", sqlite_where=text("node IS NULL"), postgresql_where=text("node IS NULL")),
    comment="where each active journey stands: what every step changes, apart from the wide rows that it does not",
)  # fmt: skip

facts = Table(
    "facts",
    metadata,
    tenant_column(),
    Column("learner", String(200), primary_key=True),
    Column("fact", String(120), primary_key=True, comment="signal:…, event:…, attribute:… or answer:…"),
    Column("number", Float),
    Column("words", String(200), nullable=False, server_default=""),
    Column("at", Moment, nullable=False),
)

draws = Table(
    "draws",
    metadata,
    tenant_column(),
    Column("learner", String(200), primary_key=True),
    Column("playbook", String(64), primary_key=True, comment="* for the hold-out of everything"),
    Column("tier", String(32), nullable=False),
    Column("arm", String(16), nullable=False),
    Column("share", Float, nullable=False, comment="the hold-out share in force when it was drawn"),
    Column("drawn", Moment, nullable=False),
    Index(None, "tenant", "playbook", "tier", "share", "arm"),
)

"""The table of risks between the nights."""

from __future__ import annotations

from sqlalchemy import Column, Date, Float, Integer, String, Table, Text

from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column

live_risks = Table(
    "live_risks",
    metadata,
    tenant_column(),
    Column("learner", String(200), primary_key=True),
    Column("course", String(200), primary_key=True),
    Column("as_of", Date, nullable=False, comment="the day in progress, local to the tenant"),
    Column("at", Moment, nullable=False, comment="when it was scored"),
    Column("risk", Float, nullable=False),
    Column("learner_risk", Float, nullable=False),
    Column("tier", String(32), nullable=False, comment="as the last night found it"),
    Column("cause", String(32), nullable=False),
    Column("absent_days", Integer, nullable=False),
    Column("rules", Text, nullable=False, comment="JSON"),
    Column("reasons", Text, nullable=False, comment="JSON"),
    Column("basis", String(32), nullable=False),
    Column("model", String(64), nullable=False),
    Column("policy_version", Integer, nullable=False),
    comment="of who learned, or was heard of, since the last night",
)

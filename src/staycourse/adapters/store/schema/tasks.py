"""Advisors' tasks, and the month's budgets."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column

tasks = Table(
    "tasks",
    metadata,
    tenant_column(),
    Column("task", String(120), primary_key=True, comment="the key of the step that asked for it"),
    Column("learner", String(200), nullable=False),
    Column("course", String(200), nullable=False),
    Column("alert", String(32), nullable=False, server_default=""),
    Column("journey", BigInteger),
    Column("playbook", String(64), nullable=False),
    Column("cause", String(32), nullable=False),
    Column("tier", String(32), nullable=False),
    Column("script", String(64), nullable=False),
    Column("minutes", Integer, nullable=False, comment="what it is expected to cost"),
    Column("state", String(16), nullable=False, comment="asked, open, claimed, done, dropped or withheld"),
    Column("owner", String(200), nullable=False, server_default=""),
    Column("created", Moment, nullable=False),
    Column("due", Moment, nullable=False),
    Column("claimed", Moment),
    Column("finished", Moment),
    Column(
        "outcome", String(16), nullable=False, server_default="", comment="reached, no_answer, reason_told, promised"
    ),
    Column("told", String(32), nullable=False, server_default="", comment="the cause that the learner told"),
    Column("reason", String(64), nullable=False, server_default="", comment="why it was withheld or dropped"),
    Index(None, "tenant", "state", "due"),
    Index(None, "tenant", "learner"),
)

budgets = Table(
    "budgets",
    metadata,
    tenant_column(),
    Column("month", String(7), primary_key=True, comment="YYYY-MM in the tenant's zone"),
    Column("kind", String(32), primary_key=True, comment="coupons or advisor_minutes"),
    Column("used", BigInteger, nullable=False),
)

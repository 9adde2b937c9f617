"""The table of trials of policies on the past."""

from __future__ import annotations

from sqlalchemy import Column, Integer, String, Table, Text

from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column

trials = Table(
    "trials",
    metadata,
    tenant_column(),
    Column("trial", String(32), primary_key=True),
    Column("kind", String(16), nullable=False, comment="backtest, proposals or budget"),
    Column("state", String(16), nullable=False, comment="asked, running, done, failed or cancelled"),
    Column("asked", Moment, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("question", Text, nullable=False, comment="JSON"),
    Column("tries", Integer, nullable=False, server_default="0", comment="how often it was begun"),
    Column("holder", String(64), nullable=False, server_default="", comment="the process that computes it"),
    Column("until", Moment, comment="taken over by another after this"),
    Column("stage", String(16), nullable=False, server_default="", comment="what is being done: look, learn, replay"),
    Column("so_far", Integer, nullable=False, server_default="0"),
    Column("of_all", Integer, nullable=False, server_default="0", comment="0 if that is not known"),
    Column("ended", Moment),
    Column("fault", Text, nullable=False, server_default=""),
    Column("report", Text, nullable=False, server_default="", comment="JSON"),
    comment="what was asked to be tried on the past: a few of each tenant, the oldest go",
)

"""The table of how entries into playbooks that no alert begins ended."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Date, Index, String, Table, false, text

from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column

journey_endings = Table(
    "journey_endings",
    metadata,
    tenant_column(),
    Column("learner", String(200), primary_key=True),
    Column("playbook", String(64), primary_key=True),
    Column("tier", String(32), nullable=False),
    Column("arm", String(16), nullable=False, comment="treated or held_out: as drawn, let in or not"),
    Column("as_of", Date, nullable=False, comment="the day whose knowledge began it"),
    Column("due_on", Date, nullable=False, comment="the last day of its horizon"),
    Column("judged_by", String(16), nullable=False, comment="stays, returns or renews"),
    Column("outcome", String(16), nullable=False, server_default="", comment="kept or lost, once judged"),
    Column("why", String(32), nullable=False, server_default=""),
    Column("judged", Moment),
    Column("judged_on", Date, comment="the last day known when it was judged"),
    Column("unsubscribed", Boolean, nullable=False, server_default=false(), comment="within the horizon"),
    Column("complained", Boolean, nullable=False, server_default=false(), comment="within the horizon"),
    Column("cost_minor", BigInteger, nullable=False, server_default="0"),
    Column("currency", String(3), nullable=False, server_default=""),
    Index(
        "ix_journey_endings_due", "tenant", "due_on", "playbook", "learner",
        sqlite_where=text("outcome = ''"), postgresql_where=text("outcome = ''"),
    ),
    Index(
        "ix_journey_endings_told", "tenant", "playbook", "judged_by", "tier", "arm", "currency", "outcome",
        "unsubscribed", "complained", "cost_minor",
    ),
    comment="the first time each learner was drawn for each playbook that no alert begins, and how it ended",
)  # fmt: skip

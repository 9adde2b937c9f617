"""Alerts, what people noted, and what was learned of who left."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Column, Date, Float, Index, Integer, String, Table, Text, text
from sqlalchemy.dialects.postgresql import JSONB

from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column

alerts = Table(
    "alerts",
    metadata,
    tenant_column(),
    Column("alert", String(32), primary_key=True, comment="names learner, course, cause and the opening"),
    Column("learner", String(200), nullable=False),
    Column("course", String(200), nullable=False),
    Column("cause", String(32), nullable=False),
    Column("tier", String(32), nullable=False),
    Column("trigger", String(32), nullable=False, comment="immediate, rule, risk or event"),
    Column("state", String(16), nullable=False, comment="open, taken, snoozed, done or closed"),
    Column("risk", Float, nullable=False),
    Column("priority", Float, nullable=False),
    Column("suggestion", String(64), nullable=False),
    Column("rules", JSON().with_variant(JSONB(), "postgresql"), nullable=False),  # JSONB can be grouped by
    Column("reasons", JSON, nullable=False),
    Column("opened", Moment, nullable=False),
    Column("as_of", Date, nullable=False, comment="the day whose knowledge opened it"),
    Column("due", Moment, nullable=False, comment="someone should have acted by then"),
    Column("owner", String(200), nullable=False, server_default=""),
    Column("taken", Moment),
    Column("snoozed_until", Moment),
    Column("closed", Moment),
    Column("closed_by", String(32), nullable=False, server_default="", comment="return, calm, person, gone, erased"),
    Column("calm_nights", Integer, nullable=False, server_default="0", comment="nights in a row without the risk"),
    Column("seen_on", Date, nullable=False, comment="the newest night that found it"),
    Column("arm", String(16), nullable=False, server_default="", comment="treated or held_out, once drawn"),
    Column("playbook", String(64), nullable=False, server_default=""),
    Column("withheld", String(64), nullable=False, server_default="", comment="why no playbook began"),
    Column(
        "settled", String(16), nullable=False, server_default="",
        comment="why it waits no more: answered (a message or a task) or held_out",
    ),
    Column(
        "basis", String(16), nullable=False, server_default="", comment="why that playbook: only, priority or bandit"
    ),
    Column("event_id", String(200), nullable=False, server_default="", comment="of the event that opened it"),
    Column("policy_version", Integer, nullable=False),
    Column("horizon_days", Integer, nullable=False),
    Column(
        "outcome", String(16), nullable=False, server_default="", comment="churned, saved, false_alarm or not_judged"
    ),
    Column("why", String(32), nullable=False, server_default="", comment="withdrew, silent, stayed, …"),
    Column("judged", Moment),
    Column("judged_on", Date, comment="the last day that was known then"),
    Column("lead_days", Integer),
    Column("learning_days_left", Integer),
    Column("absent_days", Integer, comment="the silence when it opened, kept when it was judged"),
    Column("contacted_on", Date, comment="the first delivery, or a person's reaching, kept when it was judged"),
    Column("channel", String(64), nullable=False, server_default="", comment="of that contact"),
    Column("cost_minor", BigInteger, nullable=False, server_default="0", comment="kept when it was judged"),
    Column("currency", String(3), nullable=False, server_default=""),
    Column("course_ends", Date, comment="as stated when it was judged"),
    Column(
        "evidence_arm", String(16), nullable=False, server_default="",
        comment="the arm in which the evidence counts it, once judged",
    ),
    Column(
        "first_in", Integer, nullable=False, server_default="0",
        comment="once judged, the learner's first: 1 of its playbook, 2 of all care, 3 both",
    ),
    Index(
        "ix_alerts_unjudged", "tenant", "horizon_days", "as_of",
        sqlite_where=text("outcome = ''"), postgresql_where=text("outcome = ''"),
    ),
    Index("ix_alerts_judged", "tenant", "judged_on"),
    Index(
        "ix_alerts_counted", "tenant", "playbook", "cause", "tier", "evidence_arm", "channel", "rules", "outcome",
        "lead_days", "currency", "first_in", "contacted_on", "cost_minor", "as_of", "judged_on", "arm",
        sqlite_where=text("judged_on IS NOT NULL"), postgresql_where=text("judged_on IS NOT NULL"),
    ),
    Index(
        "ix_alerts_recalled", "tenant", "learner", "course", "as_of", "horizon_days", "cause", "rules", "judged_on",
        sqlite_where=text("judged_on IS NOT NULL"), postgresql_where=text("judged_on IS NOT NULL"),
    ),
    Index(
        "ix_alerts_events", "tenant", "trigger", "learner", "opened",
        sqlite_where=text("trigger = 'event'"), postgresql_where=text("trigger = 'event'"),
    ),
    Index(None, "tenant", "cause", "learner"),
    Index(None, "tenant", "state", "due"),
    Index(None, "tenant", "learner"),
    Index("ix_alerts_told", "tenant", "state", "settled", "cause", "tier", "owner", "course"),
    Index(
        "ix_alerts_to_answer", "tenant", "due", "priority", "alert", "state", "settled",
        sqlite_where=text("state IN ('open', 'taken') AND settled = ''"),
        postgresql_where=text("state IN ('open', 'taken') AND settled = ''"),
    ),
    Index(
        "ix_alerts_settled", "tenant", "settled", "due", "priority", "alert", "state",
        sqlite_where=text("state = 'open' AND settled <> ''"),
        postgresql_where=text("state = 'open' AND settled <> ''"),
    ),
    Index(
        "ix_alerts_ended", "tenant", "closed", "alert", "state",
        sqlite_where=text("state IN ('done', 'closed')"), postgresql_where=text("state IN ('done', 'closed')"),
    ),
    Index(
        "ix_alerts_undecided", "tenant", "priority",
        sqlite_where=text("state = 'open' AND playbook = '' AND withheld = ''"),
        postgresql_where=text("state = 'open' AND playbook = '' AND withheld = ''"),
    ),
    Index(
        "uq_alerts_open", "tenant", "learner", "cause", unique=True,
        sqlite_where=text("state IN ('open', 'taken', 'snoozed')"),
        postgresql_where=text("state IN ('open', 'taken', 'snoozed')"),
    ),
)  # fmt: skip

notes = Table(
    "notes",
    metadata,
    tenant_column(),
    Column("note", String(32), primary_key=True),
    Column("learner", String(200), nullable=False),
    Column("about", String(120), nullable=False, comment="the task or alert"),
    Column("author", String(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("text", Text, nullable=False),
    Index(None, "tenant", "about"),
    Index(None, "tenant", "learner"),
)

leavers = Table(
    "leavers",
    metadata,
    tenant_column(),
    Column("learner", String(200), primary_key=True),
    Column("course", String(200), primary_key=True),
    Column("tier", String(32), nullable=False),
    Column("left_on", Date, nullable=False, comment="when the silence reached the horizon"),
    comment="enrolments that were lost, whether anything alerted or not: what recall is counted against",
)

stages = Table(
    "stages",
    metadata,
    tenant_column(),
    Column("learner", String(200), primary_key=True),
    Column("stage", String(32), nullable=False),
    Column("since", Date, nullable=False),
    Column("before", String(32), nullable=False, server_default=""),
)

"""The tables of care: alerts, journeys and the messages and tasks they make, and what guards the learner."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    Float,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    Text,
    UniqueConstraint,
    text,
)
from sqlalchemy.dialects.postgresql import JSONB

from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column


def _number(name: str) -> Column[int]:
    """Return a whole-number key that the database gives out; a small one, since a million rows carry it."""
    return Column(name, BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def _owner() -> Column[str]:
    return Column("tenant", String(63), ForeignKey("tenants.tenant", ondelete="CASCADE"), nullable=False)


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

nodes = Table(
    "nodes",
    metadata,
    _number("node"),
    _owner(),
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
    _number("journey"),
    _owner(),
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
    _number("entry"),
    _owner(),
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

budgets = Table(
    "budgets",
    metadata,
    tenant_column(),
    Column("month", String(7), primary_key=True, comment="YYYY-MM in the tenant's zone"),
    Column("kind", String(32), primary_key=True, comment="coupons or advisor_minutes"),
    Column("used", BigInteger, nullable=False),
)

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

audit = Table(
    "audit",
    metadata,
    _number("entry"),
    _owner(),
    Column("at", Moment, nullable=False),
    Column("actor", String(200), nullable=False),
    Column("action", String(64), nullable=False),
    Column("learner", String(200), nullable=False, server_default="", comment="whom it was about"),
    Column("details", JSON, nullable=False),
    Index(None, "tenant", "at"),
    Index(None, "tenant", "learner"),
)

"""Webhooks: who is told what, and what is on its way; and the orders in which the API gives pages"""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

# What is told, from which table, after what, under which condition; of whom, about what, and when it happened.
# A table that a later migration makes anew (batch mode on SQLite) loses its triggers: it must make them again.
TOLD = (
    ("alert.opened", "alerts", "INSERT", "NEW.state IN ('open', 'taken', 'snoozed')",
     "NEW.alert", "NEW.learner", "NEW.opened"),
    ("alert.closed", "alerts", "UPDATE OF state",
     "NEW.state IN ('done', 'closed') AND OLD.state NOT IN ('done', 'closed')",
     "NEW.alert", "NEW.learner", "NEW.closed"),
    ("journey.entered", "journeys", "INSERT", "NEW.state = 'active'",
     "CAST(NEW.journey AS TEXT)", "NEW.learner", "NEW.entered"),
    ("journey.left", "journeys", "UPDATE OF state", "OLD.state = 'active' AND NEW.state IN ('done', 'left')",
     "CAST(NEW.journey AS TEXT)", "NEW.learner", "NEW.left_at"),
    ("message.sent", "messages", "UPDATE OF state", "NEW.state = 'sent' AND OLD.state <> 'sent'",
     "NEW.key", "NEW.learner", "NEW.sent"),
    ("message.failed", "messages", "UPDATE OF state", "NEW.state = 'failed' AND OLD.state <> 'failed'",
     "NEW.key", "NEW.learner", "NEW.claimed"),
    ("risk.night_finished", "runs", "INSERT", "1 = 1", "CAST(NEW.as_of AS TEXT)", "''", "NULL"),
    ("risk.night_finished", "runs", "UPDATE OF finished", "1 = 1", "CAST(NEW.as_of AS TEXT)", "''", "NULL"),
    ("learner.erased", "erasures", "UPDATE OF finished", "NEW.finished IS NOT NULL", "NEW.mark", "''", "NULL"),
)  # fmt: skip

TELL = """
INSERT INTO tellings (tenant, webhook, kind, subject, learner, at)
SELECT NEW.tenant, asked.webhook, '{kind}', {subject}, {learner}, {at}
FROM webhook_kinds AS asked
WHERE asked.tenant = NEW.tenant AND asked.kind = '{kind}';
"""

ON_SQLITE = "CREATE TRIGGER {name} AFTER {change} ON {table} FOR EACH ROW WHEN {condition} BEGIN {tell} END"
FUNCTION = """
CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $tell$ BEGIN {tell} RETURN NULL; END $tell$
"""
ON_POSTGRESQL = (
    "CREATE TRIGGER {name} AFTER {change} ON {table} FOR EACH ROW WHEN ({condition}) EXECUTE FUNCTION {name}()"
)


def upgrade() -> None:
    op.create_table(
        "webhooks",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("webhook", sa.String(length=32), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column(
            "salt",
            sa.String(length=32),
            nullable=False,
            comment="the secret follows from it and the home's own secret",
        ),
        sa.Column(
            "former_salt",
            sa.String(length=32),
            server_default="",
            nullable=False,
            comment="of the secret before the last change",
        ),
        sa.Column(
            "former_until", sa.BigInteger(), nullable=True, comment="signed with the former secret too, until then"
        ),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column(
            "stopped",
            sa.BigInteger(),
            nullable=True,
            comment="nothing is told any more: it answered that it is gone",
        ),
        sa.Column(
            "rests_until",
            sa.BigInteger(),
            nullable=True,
            comment="nothing is tried before: it did not answer again and again",
        ),
        sa.Column("failures", sa.Integer(), server_default="0", nullable=False, comment="in a row"),
        sa.Column("last_delivered", sa.BigInteger(), nullable=True),
        sa.Column("last_failed", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_webhooks_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "webhook", name=op.f("pk_webhooks")),
    )
    op.create_table(
        "webhook_kinds",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("webhook", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "webhook"],
            ["webhooks.tenant", "webhooks.webhook"],
            name=op.f("fk_webhook_kinds_tenant_webhook"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_webhook_kinds_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "kind", "webhook", name=op.f("pk_webhook_kinds")),
        comment="what each webhook is told of: triggers read it, in the transaction of what they tell",
    )
    _make_tellings()
    op.create_index("ix_alerts_newest", "alerts", ["tenant", "opened", "alert"])
    op.create_index("ix_journeys_newest", "journeys", ["tenant", "journey"])
    op.create_index("ix_messages_newest", "messages", ["tenant", "created", "key"])
    _make_triggers()


def _make_tellings() -> None:
    op.create_table(
        "tellings",
        sa.Column("number", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("webhook", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column(
            "subject", sa.String(length=200), nullable=False, comment="the alert, journey, message, day or erasure"
        ),
        sa.Column("learner", sa.String(length=200), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=True, comment="when it happened"),
        sa.Column(
            "state",
            sa.String(length=16),
            server_default="pending",
            nullable=False,
            comment="pending, claimed, delivered, dead",
        ),
        sa.Column("due", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("claimed_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("body", sa.Text(), server_default="", nullable=False, comment="made once: the same id says the same"),
        sa.Column("settled", sa.BigInteger(), nullable=True, comment="when it was delivered, or given up"),
        sa.Column("error", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_tellings_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_tellings")),
        comment="the outbox of webhooks: one row for each webhook that is to be told of one thing",
        sqlite_autoincrement=True,
    )
    waiting = sa.text("state IN ('pending', 'claimed')")
    op.create_index(
        "ix_tellings_due", "tellings", ["tenant", "webhook", "due"], sqlite_where=waiting, postgresql_where=waiting
    )
    op.create_index(op.f("ix_tellings_tenant_webhook_number"), "tellings", ["tenant", "webhook", "number"])
    op.create_index(op.f("ix_tellings_tenant_learner"), "tellings", ["tenant", "learner"])


def _make_triggers() -> None:
    """Let the database itself write the outbox: in the same transaction, whichever code path made the change."""
    connection = op.get_bind()
    for kind, table, change, condition, subject, learner, at in TOLD:
        name = f"tell_{kind}_{change.split()[0].lower()}".replace(".", "_")
        tell = TELL.format(kind=kind, subject=subject, learner=learner, at=at)
        parts = {"name": name, "table": table, "change": change, "condition": condition, "tell": tell}
        if connection.dialect.name == "sqlite":
            connection.exec_driver_sql(ON_SQLITE.format(**parts))
        else:
            connection.exec_driver_sql(FUNCTION.format(**parts))
            connection.exec_driver_sql(ON_POSTGRESQL.format(**parts))

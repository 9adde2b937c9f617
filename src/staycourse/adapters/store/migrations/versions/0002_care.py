"""Care: alerts, journeys, messages, tasks, consents and what guards the learner"""

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "addresses",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("address", sa.String(length=32), nullable=False, comment="names learner, kind and target"),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False, comment="email, phone, webpush, …"),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("guardian", sa.Boolean(), nullable=False, comment="it reaches the learner's guardian"),
        sa.Column("disabled", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=200), server_default="", nullable=False),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_addresses_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "address", name=op.f("pk_addresses")),
    )
    with op.batch_alter_table("addresses", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_addresses_tenant_learner"), ["tenant", "learner"], unique=False)

    op.create_table(
        "alerts",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "alert", sa.String(length=32), nullable=False, comment="names learner, course, cause and the opening"
        ),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("trigger", sa.String(length=32), nullable=False, comment="immediate, rule, risk or event"),
        sa.Column("state", sa.String(length=16), nullable=False, comment="open, taken, snoozed, done or closed"),
        sa.Column("risk", sa.Float(), nullable=False),
        sa.Column("priority", sa.Float(), nullable=False),
        sa.Column("suggestion", sa.String(length=64), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False, comment="the day whose knowledge opened it"),
        sa.Column("due", sa.BigInteger(), nullable=False, comment="someone should have acted by then"),
        sa.Column("owner", sa.String(length=200), server_default="", nullable=False),
        sa.Column("taken", sa.BigInteger(), nullable=True),
        sa.Column("snoozed_until", sa.BigInteger(), nullable=True),
        sa.Column("closed", sa.BigInteger(), nullable=True),
        sa.Column(
            "closed_by",
            sa.String(length=32),
            server_default="",
            nullable=False,
            comment="return, calm, person, gone, erased",
        ),
        sa.Column(
            "calm_nights", sa.Integer(), server_default="0", nullable=False, comment="nights in a row without the risk"
        ),
        sa.Column("seen_on", sa.Date(), nullable=False, comment="the newest night that found it"),
        sa.Column(
            "arm", sa.String(length=16), server_default="", nullable=False, comment="treated or held_out, once drawn"
        ),
        sa.Column("playbook", sa.String(length=64), server_default="", nullable=False),
        sa.Column("withheld", sa.String(length=64), server_default="", nullable=False, comment="why no playbook began"),
        sa.Column(
            "event_id", sa.String(length=200), server_default="", nullable=False, comment="of the event that opened it"
        ),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("horizon_days", sa.Integer(), nullable=False),
        sa.Column(
            "outcome",
            sa.String(length=16),
            server_default="",
            nullable=False,
            comment="churned, saved, false_alarm or not_judged",
        ),
        sa.Column(
            "why", sa.String(length=32), server_default="", nullable=False, comment="withdrew, silent, stayed, …"
        ),
        sa.Column("judged", sa.BigInteger(), nullable=True),
        sa.Column("judged_on", sa.Date(), nullable=True, comment="the last day that was known then"),
        sa.Column("lead_days", sa.Integer(), nullable=True),
        sa.Column("learning_days_left", sa.Integer(), nullable=True),
        sa.Column(
            "absent_days", sa.Integer(), nullable=True, comment="the silence when it opened, kept when it was judged"
        ),
        sa.Column(
            "contacted_on",
            sa.Date(),
            nullable=True,
            comment="the first delivery, or a person's reaching, kept when it was judged",
        ),
        sa.Column("channel", sa.String(length=64), server_default="", nullable=False, comment="of that contact"),
        sa.Column("cost_minor", sa.BigInteger(), server_default="0", nullable=False, comment="kept when it was judged"),
        sa.Column("currency", sa.String(length=3), server_default="", nullable=False),
        sa.Column("course_ends", sa.Date(), nullable=True, comment="as stated when it was judged"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_alerts_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "alert", name=op.f("pk_alerts")),
    )
    with op.batch_alter_table("alerts", schema=None) as batch_op:
        batch_op.create_index("ix_alerts_judged", ["tenant", "judged_on"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_tenant_learner"), ["tenant", "learner"], unique=False)
        batch_op.create_index(batch_op.f("ix_alerts_tenant_state_due"), ["tenant", "state", "due"], unique=False)
        batch_op.create_index(
            "ix_alerts_unjudged",
            ["tenant", "horizon_days", "as_of"],
            unique=False,
            sqlite_where=sa.text("outcome = ''"),
            postgresql_where=sa.text("outcome = ''"),
        )
        batch_op.create_index(
            "ix_alerts_undecided",
            ["tenant", "priority"],
            unique=False,
            sqlite_where=sa.text("state = 'open' AND playbook = '' AND withheld = ''"),
            postgresql_where=sa.text("state = 'open' AND playbook = '' AND withheld = ''"),
        )
        batch_op.create_index(
            "uq_alerts_open",
            ["tenant", "learner", "cause"],
            unique=True,
            sqlite_where=sa.text("state IN ('open', 'taken', 'snoozed')"),
            postgresql_where=sa.text("state IN ('open', 'taken', 'snoozed')"),
        )

    op.create_table(
        "audit",
        sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("action", sa.String(length=64), nullable=False),
        sa.Column("learner", sa.String(length=200), server_default="", nullable=False, comment="whom it was about"),
        sa.Column("details", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_audit_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_audit")),
    )
    with op.batch_alter_table("audit", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_audit_tenant_at"), ["tenant", "at"], unique=False)
        batch_op.create_index(batch_op.f("ix_audit_tenant_learner"), ["tenant", "learner"], unique=False)

    op.create_table(
        "budgets",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False, comment="YYYY-MM in the tenant's zone"),
        sa.Column("kind", sa.String(length=32), nullable=False, comment="coupons or advisor_minutes"),
        sa.Column("used", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_budgets_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "month", "kind", name=op.f("pk_budgets")),
    )
    op.create_table(
        "channels",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False),
        sa.Column("sent", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("failed", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_sent", sa.BigInteger(), nullable=True),
        sa.Column("last_failed", sa.BigInteger(), nullable=True),
        sa.Column("last_error", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_channels_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "channel", name=op.f("pk_channels")),
    )
    op.create_table(
        "consents",
        sa.Column("entry", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("channel", sa.String(length=64), nullable=False, comment="a channel's name; * every one"),
        sa.Column("purpose", sa.String(length=16), nullable=False, comment="care or marketing; * both"),
        sa.Column("granted", sa.Boolean(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column(
            "source", sa.String(length=64), nullable=False, comment="unsubscribe link, console, import, complaint, …"
        ),
        sa.Column("event_id", sa.String(length=64), nullable=False, comment="said twice, kept once"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_consents_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("entry", name=op.f("pk_consents")),
        sa.UniqueConstraint("tenant", "event_id", name=op.f("uq_consents_tenant_event_id")),
    )
    with op.batch_alter_table("consents", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_consents_tenant_learner"), ["tenant", "learner"], unique=False)

    op.create_table(
        "contacts",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column(
            "last_contact", sa.BigInteger(), nullable=True, comment="the newest message that was not a service message"
        ),
        sa.Column("last_playbook", sa.String(length=64), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_contacts_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "learner", name=op.f("pk_contacts")),
        comment="one row a learner, locked while their messages are claimed",
    )
    op.create_table(
        "coupons",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False, comment="of the message that carries it"),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("campaign", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=64), nullable=False),
        sa.Column("given", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_coupons_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_coupons")),
        sa.UniqueConstraint("tenant", "learner", "campaign", name=op.f("uq_coupons_tenant_learner_campaign")),
    )
    with op.batch_alter_table("coupons", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_coupons_tenant_campaign"), ["tenant", "campaign"], unique=False)

    op.create_table(
        "cursors",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("position", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_cursors_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_cursors")),
    )
    op.create_table(
        "draws",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("playbook", sa.String(length=64), nullable=False, comment="* for the hold-out of everything"),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("arm", sa.String(length=16), nullable=False),
        sa.Column("share", sa.Float(), nullable=False, comment="the hold-out share in force when it was drawn"),
        sa.Column("drawn", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_draws_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "learner", "playbook", name=op.f("pk_draws")),
    )
    with op.batch_alter_table("draws", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_draws_tenant_playbook_arm"), ["tenant", "playbook", "arm"], unique=False)

    op.create_table(
        "facts",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("fact", sa.String(length=120), nullable=False, comment="signal:…, event:…, attribute:… or answer:…"),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("words", sa.String(length=200), server_default="", nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_facts_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "learner", "fact", name=op.f("pk_facts")),
    )
    op.create_table(
        "inbox",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("read", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_inbox_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_inbox")),
    )
    with op.batch_alter_table("inbox", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_inbox_tenant_learner_at"), ["tenant", "learner", "at"], unique=False)

    op.create_table(
        "journeys",
        sa.Column("journey", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.Column("playbook", sa.String(length=64), nullable=False),
        sa.Column("entry", sa.String(length=120), nullable=False, comment="what began it: an alert, an event, a stage"),
        sa.Column("alert", sa.String(length=32), server_default="", nullable=False),
        sa.Column("cause", sa.String(length=32), server_default="", nullable=False),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column("arm", sa.String(length=16), nullable=False, comment="treated, held_out or exempt"),
        sa.Column("exclusive", sa.Boolean(), nullable=False, comment="one such journey at a time"),
        sa.Column("state", sa.String(length=16), nullable=False, comment="active, done, left or held_out"),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("entered", sa.BigInteger(), nullable=False),
        sa.Column("left_at", sa.BigInteger(), nullable=True),
        sa.Column("reason", sa.String(length=64), server_default="", nullable=False, comment="why it ended"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_journeys_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("journey", name=op.f("pk_journeys")),
        sa.UniqueConstraint(
            "tenant", "learner", "playbook", "entry", name=op.f("uq_journeys_tenant_learner_playbook_entry")
        ),
        sqlite_autoincrement=True,
    )
    with op.batch_alter_table("journeys", schema=None) as batch_op:
        batch_op.create_index(
            "uq_journeys_one",
            ["tenant", "learner"],
            unique=True,
            sqlite_where=sa.text("state = 'active' AND exclusive"),
            postgresql_where=sa.text("state = 'active' AND exclusive"),
        )

    op.create_table(
        "standing",
        sa.Column("journey", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False),
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "node",
            sa.BigInteger(),
            nullable=True,
            comment="the step it stands at; null for a moment, when there is none left",
        ),
        sa.Column("visit", sa.Integer(), nullable=False, comment="steps taken so far"),
        sa.Column("due", sa.BigInteger(), nullable=False, comment="when the step acts"),
        sa.Column("awaits", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(
            ["journey"], ["journeys.journey"], name=op.f("fk_standing_journey"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("journey", name=op.f("pk_standing")),
        comment="where each active journey stands: what every step changes, apart from the wide rows that it does not",
    )
    with op.batch_alter_table("standing", schema=None) as batch_op:
        batch_op.create_index("ix_standing_due", ["tenant", "due"], unique=False)
        batch_op.create_index(
            "ix_standing_ended",
            ["tenant"],
            unique=False,
            sqlite_where=sa.text("node IS NULL"),
            postgresql_where=sa.text("node IS NULL"),
        )

    op.create_table(
        "leavers",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("left_on", sa.Date(), nullable=False, comment="when the silence reached the horizon"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_leavers_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "learner", "course", name=op.f("pk_leavers")),
        comment="enrolments that were lost, whether anything alerted or not: what recall is counted against",
    )
    op.create_table(
        "leases",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("holder", sa.String(length=64), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_leases_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "name", name=op.f("pk_leases")),
    )
    op.create_table(
        "messages",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "key", sa.String(length=120), nullable=False, comment="journey:node:visit; the provider's idempotency key"
        ),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.Column(
            "journey",
            sa.BigInteger(),
            nullable=True,
            comment="null for a message that a person or the platform asked for",
        ),
        sa.Column("node", sa.BigInteger(), nullable=True),
        sa.Column("playbook", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column(
            "details", sa.JSON(), nullable=False, comment="channels in order of preference; what fills the template"
        ),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="pending, claimed, sent, withheld, dropped or failed"
        ),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("stale", sa.BigInteger(), nullable=True, comment="not sent after this"),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column(
            "reason", sa.String(length=64), server_default="", nullable=False, comment="why it waits, or was not sent"
        ),
        sa.Column("channel", sa.String(length=64), server_default="", nullable=False),
        sa.Column(
            "address", sa.String(length=64), server_default="", nullable=False, comment="the id of the address chosen"
        ),
        sa.Column(
            "day",
            sa.String(length=10),
            server_default="",
            nullable=False,
            comment="the learner's local day it counts for",
        ),
        sa.Column("claimed_by", sa.String(length=64), server_default="", nullable=False),
        sa.Column(
            "claimed",
            sa.BigInteger(),
            nullable=True,
            comment="when it was last claimed: the instant that the caps count",
        ),
        sa.Column("claimed_until", sa.BigInteger(), nullable=True),
        sa.Column("attempts", sa.Integer(), server_default="0", nullable=False),
        sa.Column("sent", sa.BigInteger(), nullable=True),
        sa.Column("provider_id", sa.String(length=300), server_default="", nullable=False),
        sa.Column("error", sa.String(length=500), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_messages_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_messages")),
    )
    with op.batch_alter_table("messages", schema=None) as batch_op:
        batch_op.create_index(
            "ix_messages_due",
            ["tenant", "due"],
            unique=False,
            sqlite_where=sa.text("state IN ('pending', 'claimed')"),
            postgresql_where=sa.text("state IN ('pending', 'claimed')"),
        )
        batch_op.create_index("ix_messages_learner", ["tenant", "learner"], unique=False)
        batch_op.create_index(
            "ix_messages_provider",
            ["tenant", "provider_id"],
            unique=False,
            sqlite_where=sa.text("provider_id <> ''"),
            postgresql_where=sa.text("provider_id <> ''"),
        )

    op.create_table(
        "nodes",
        sa.Column("node", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False, comment="of the policy that stated the step"),
        sa.Column("playbook", sa.String(length=64), nullable=False),
        sa.Column("step", sa.String(length=64), nullable=False),
        sa.Column(
            "kind",
            sa.String(length=16),
            nullable=False,
            comment="send, wait, branch, offer, task, survey, webhook or end",
        ),
        sa.Column("first", sa.Boolean(), nullable=False, comment="the playbook begins here"),
        sa.Column("delay", sa.BigInteger(), nullable=False, comment="microseconds from arriving here to acting"),
        sa.Column("awaits", sa.String(length=64), nullable=False, comment="the event that ends the wait early"),
        sa.Column("next_node", sa.BigInteger(), nullable=True),
        sa.Column("event_node", sa.BigInteger(), nullable=True, comment="where the awaited event leads"),
        sa.Column("yes_node", sa.BigInteger(), nullable=True),
        sa.Column("no_node", sa.BigInteger(), nullable=True),
        sa.Column(
            "fact", sa.String(length=120), nullable=False, comment="what a branch asks, such as signal:days_absent"
        ),
        sa.Column("op", sa.String(length=2), nullable=False),
        sa.Column("number", sa.Float(), nullable=True),
        sa.Column("words", sa.String(length=200), nullable=False),
        sa.Column("within", sa.BigInteger(), nullable=True, comment="microseconds that a fact stays true"),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("purpose", sa.String(length=16), nullable=False),
        sa.Column("priority", sa.Integer(), nullable=False),
        sa.Column(
            "stale",
            sa.BigInteger(),
            nullable=True,
            comment="microseconds after which a held message is dropped; null never",
        ),
        sa.Column("details", sa.JSON(), nullable=False, comment="channels, campaign, script, minutes, survey"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_nodes_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("node", name=op.f("pk_nodes")),
        sa.UniqueConstraint(
            "tenant", "version", "playbook", "step", name=op.f("uq_nodes_tenant_version_playbook_step")
        ),
    )
    op.create_table(
        "notes",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("note", sa.String(length=32), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("about", sa.String(length=120), nullable=False, comment="the task or alert"),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_notes_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "note", name=op.f("pk_notes")),
    )
    with op.batch_alter_table("notes", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_notes_tenant_about"), ["tenant", "about"], unique=False)
        batch_op.create_index(batch_op.f("ix_notes_tenant_learner"), ["tenant", "learner"], unique=False)

    op.create_table(
        "outward",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("event_id", sa.String(length=200), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("verb", sa.String(length=64), nullable=False),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.Column("object", sa.String(length=500), nullable=False),
        sa.Column("value", sa.BigInteger(), nullable=True),
        sa.Column("at", sa.BigInteger(), nullable=False),
        sa.Column("attributes", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_outward_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "event_id", name=op.f("pk_outward")),
        comment="facts that care made (sent, clicked), until whoever holds the home moves them to the log",
    )
    with op.batch_alter_table("outward", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_outward_tenant_at"), ["tenant", "at"], unique=False)

    op.create_table(
        "stages",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("stage", sa.String(length=32), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("before", sa.String(length=32), server_default="", nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_stages_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "learner", name=op.f("pk_stages")),
    )
    op.create_table(
        "tasks",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("task", sa.String(length=120), nullable=False, comment="the key of the step that asked for it"),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.Column("alert", sa.String(length=32), server_default="", nullable=False),
        sa.Column("journey", sa.BigInteger(), nullable=True),
        sa.Column("playbook", sa.String(length=64), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("script", sa.String(length=64), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False, comment="what it is expected to cost"),
        sa.Column(
            "state", sa.String(length=16), nullable=False, comment="asked, open, claimed, done, dropped or withheld"
        ),
        sa.Column("owner", sa.String(length=200), server_default="", nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("due", sa.BigInteger(), nullable=False),
        sa.Column("claimed", sa.BigInteger(), nullable=True),
        sa.Column("finished", sa.BigInteger(), nullable=True),
        sa.Column(
            "outcome",
            sa.String(length=16),
            server_default="",
            nullable=False,
            comment="reached, no_answer, reason_told, promised",
        ),
        sa.Column(
            "told", sa.String(length=32), server_default="", nullable=False, comment="the cause that the learner told"
        ),
        sa.Column(
            "reason", sa.String(length=64), server_default="", nullable=False, comment="why it was withheld or dropped"
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_tasks_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "task", name=op.f("pk_tasks")),
    )
    with op.batch_alter_table("tasks", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_tasks_tenant_learner"), ["tenant", "learner"], unique=False)
        batch_op.create_index(batch_op.f("ix_tasks_tenant_state_due"), ["tenant", "state", "due"], unique=False)

    op.create_table(
        "templates",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("template", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=16), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("subject", sa.String(length=300), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("short", sa.String(length=300), nullable=False),
        sa.Column("saved", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_templates_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "template", "language", "version", name=op.f("pk_templates")),
    )
    op.create_table(
        "erasures",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "mark", sa.String(length=32), nullable=False, comment="BLAKE2b of the learner's id, keyed with the salt"
        ),
        sa.Column("salt", sa.String(length=32), nullable=False, comment="random, the same for all of a tenant"),
        sa.Column("asked", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True, comment="null while under way, or broken off"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_erasures_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "mark", name=op.f("pk_erasures")),
        comment="who was erased, by a salted hash alone: what comes late of them is refused",
    )
    with op.batch_alter_table("models", schema=None) as batch_op:
        batch_op.add_column(
            sa.Column(
                "withdrawn",
                sa.DateTime(timezone=True),
                nullable=True,
                comment="a learner it was trained with was erased: not used any more",
            )
        )

    with op.batch_alter_table("learners", schema=None) as batch_op:
        batch_op.add_column(sa.Column("birthday", sa.String(length=5), nullable=True, comment="month and day, MM-DD"))
        batch_op.add_column(sa.Column("email", sa.String(length=320), nullable=True))
        batch_op.add_column(sa.Column("phone", sa.String(length=32), nullable=True))

    with op.batch_alter_table("policies", schema=None) as batch_op:
        batch_op.add_column(sa.Column("author", sa.String(length=200), server_default="", nullable=False))
        batch_op.add_column(
            sa.Column("parent", sa.Integer(), nullable=True, comment="the version this one was made from")
        )

"""Journeys that no alert begins: how each first entry ended"""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "journey_endings",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("playbook", sa.String(length=64), nullable=False),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("arm", sa.String(length=16), nullable=False, comment="treated or held_out: as drawn, let in or not"),
        sa.Column("as_of", sa.Date(), nullable=False, comment="the day whose knowledge began it"),
        sa.Column("due_on", sa.Date(), nullable=False, comment="the last day of its horizon"),
        sa.Column("judged_by", sa.String(length=16), nullable=False, comment="stays, returns or renews"),
        sa.Column(
            "outcome", sa.String(length=16), server_default="", nullable=False, comment="kept or lost, once judged"
        ),
        sa.Column("why", sa.String(length=32), server_default="", nullable=False),
        sa.Column("judged", sa.BigInteger(), nullable=True),
        sa.Column("judged_on", sa.Date(), nullable=True, comment="the last day known when it was judged"),
        sa.Column(
            "unsubscribed", sa.Boolean(), server_default=sa.false(), nullable=False, comment="within the horizon"
        ),
        sa.Column("complained", sa.Boolean(), server_default=sa.false(), nullable=False, comment="within the horizon"),
        sa.Column("cost_minor", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("currency", sa.String(length=3), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_journey_endings_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "learner", "playbook", name=op.f("pk_journey_endings")),
        comment="the first time each learner was drawn for each playbook that no alert begins, and how it ended",
    )
    waiting = sa.text("outcome = ''")
    op.create_index(
        "ix_journey_endings_due",
        "journey_endings",
        ["tenant", "due_on", "playbook", "learner"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(
        "ix_journey_endings_told",
        "journey_endings",
        [
            "tenant", "playbook", "judged_by", "tier", "arm", "currency", "outcome", "unsubscribed", "complained",
            "cost_minor",
        ],
    )  # fmt: skip

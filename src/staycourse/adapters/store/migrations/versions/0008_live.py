"""Risk between the nights"""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "live_risks",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False, comment="the day in progress, local to the tenant"),
        sa.Column("at", sa.BigInteger(), nullable=False, comment="when it was scored"),
        sa.Column("risk", sa.Float(), nullable=False),
        sa.Column("learner_risk", sa.Float(), nullable=False),
        sa.Column("tier", sa.String(length=32), nullable=False, comment="as the last night found it"),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("absent_days", sa.Integer(), nullable=False),
        sa.Column("rules", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("reasons", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_live_risks_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "learner", "course", name=op.f("pk_live_risks")),
        comment="of who learned, or was heard of, since the last night",
    )

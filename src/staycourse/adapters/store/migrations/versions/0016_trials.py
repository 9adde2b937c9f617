"""Trials of policies are rows, computed by a process of their own"""

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "trials",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("trial", sa.String(length=32), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False, comment="backtest, proposals or budget"),
        sa.Column("state", sa.String(length=16), nullable=False, comment="asked, running, done, failed or cancelled"),
        sa.Column("asked", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("question", sa.Text(), nullable=False, comment="JSON"),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False, comment="how often it was begun"),
        sa.Column("holder", sa.String(length=64), server_default="", nullable=False,
                  comment="the process that computes it"),
        sa.Column("until", sa.BigInteger(), nullable=True, comment="taken over by another after this"),
        sa.Column("stage", sa.String(length=16), server_default="", nullable=False,
                  comment="what is being done: look, learn, replay"),
        sa.Column("so_far", sa.Integer(), server_default="0", nullable=False),
        sa.Column("of_all", sa.Integer(), server_default="0", nullable=False, comment="0 if that is not known"),
        sa.Column("ended", sa.BigInteger(), nullable=True),
        sa.Column("fault", sa.Text(), server_default="", nullable=False),
        sa.Column("report", sa.Text(), server_default="", nullable=False, comment="JSON"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_trials_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "trial", name=op.f("pk_trials")),
        comment="what was asked to be tried on the past: a few of each tenant, the oldest go",
    )  # fmt: skip

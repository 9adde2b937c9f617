"""What the doors rejected, by reason, and when a webhook was last told a thing in vain"""

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "rejections",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False, comment="names door, key, field and reason together"),
        sa.Column("door", sa.String(length=32), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="whose key it came with"),
        sa.Column("field", sa.String(length=200), nullable=False, comment="where in it, as a JSON pointer"),
        sa.Column("what", sa.String(length=500), nullable=False, comment="empty: further reasons, counted together"),
        sa.Column("mend", sa.String(length=500), nullable=False),
        sa.Column(
            "place", sa.Integer(), nullable=False, comment="which of its batch the last one was, from 0; -1 all of it"
        ),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_rejections_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "mark", name=op.f("pk_rejections")),
        comment="why the doors did not take what came, of the last days",
    )
    op.create_index(op.f("ix_rejections_tenant_last"), "rejections", ["tenant", "last"], unique=False)
    op.add_column("tellings", sa.Column("tried", sa.BigInteger(), nullable=True, comment="when it was last tried"))

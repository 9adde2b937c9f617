"""Keys of the platforms' programs, and messages under names that nobody has mapped yet"""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "api_keys",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False, comment="SHA-256 of the secret, hexadecimal"),
        sa.Column(
            "former",
            sa.String(length=64),
            nullable=False,
            server_default="",
            comment="hash of the secret before this one",
        ),
        sa.Column("former_until", sa.BigInteger(), nullable=True, comment="the former secret is good until then"),
        sa.Column("events_per_second", sa.Integer(), nullable=False),
        sa.Column("requests_per_second", sa.Integer(), nullable=False),
        sa.Column("created", sa.BigInteger(), nullable=False),
        sa.Column("expires", sa.BigInteger(), nullable=True),
        sa.Column("revoked", sa.BigInteger(), nullable=True),
        sa.Column("last_used", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_api_keys_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_api_keys")),
    )
    op.create_index(op.f("ix_api_keys_key"), "api_keys", ["key"], unique=True)
    op.create_table(
        "unmapped",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("record", sa.String(length=32), nullable=False, comment="names the message: of its door and its id"),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("door", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False, comment="the event name that the policy does not map"),
        sa.Column(
            "reason",
            sa.String(length=500),
            nullable=False,
            server_default="",
            comment="why it fits no verb, where it is mapped",
        ),
        sa.Column("received", sa.BigInteger(), nullable=False),
        sa.Column("message", sa.Text(), nullable=False, comment="as it came, JSON"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_unmapped_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "record", name=op.f("pk_unmapped")),
    )
    op.create_index(op.f("ix_unmapped_tenant_name_received"), "unmapped", ["tenant", "name", "received"], unique=False)
    op.create_index(op.f("ix_unmapped_tenant_learner"), "unmapped", ["tenant", "learner"], unique=False)

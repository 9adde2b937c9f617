"""What came in by which door, and the names that are no events counted apart from their bounded examples"""

import sqlalchemy as sa
from alembic import op

from staycourse.kernel import natural_id

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "arrivals",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("door", sa.String(length=32), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False, comment="the hour's beginning, UTC"),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_arrivals_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "door", "hour", name=op.f("pk_arrivals")),
        comment="how much came in by which door",
    )
    names = op.create_table(
        "unmapped_names",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("mark", sa.String(length=32), nullable=False, comment="names door, name and reason together"),
        sa.Column("door", sa.String(length=32), nullable=False),
        sa.Column(
            "name",
            sa.String(length=200),
            nullable=False,
            comment="of an event, or an xAPI verb's IRI; empty: further names",
        ),
        sa.Column(
            "reason",
            sa.String(length=500),
            nullable=False,
            comment="why it is no event; empty: nobody has mapped it",
        ),
        sa.Column("count", sa.BigInteger(), nullable=False),
        sa.Column("first", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_unmapped_names_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "mark", name=op.f("pk_unmapped_names")),
    )
    op.create_index(op.f("ix_unmapped_tenant_received"), "unmapped", ["tenant", "received"], unique=False)
    _count_what_is_there(names)


def _count_what_is_there(names: sa.Table) -> None:
    there = op.get_bind()
    told = there.execute(
        sa.text("""
        SELECT tenant, door, name, reason, count(*) AS count, min(received) AS first, max(received) AS last
        FROM unmapped GROUP BY tenant, door, name, reason
        UNION ALL
        SELECT tenant, 'xapi', verb, reason, statements, last, last FROM xapi_unmapped
    """)
    )
    rows = [
        {**row, "mark": natural_id(row["door"], row["name"], row["reason"])} for row in map(dict, told.mappings().all())
    ]
    if rows:
        there.execute(names.insert(), rows)

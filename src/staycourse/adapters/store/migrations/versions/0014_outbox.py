"""A message's tenant is not looked up row by row: a tick may write a million at once, each of a journey that has one"""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TENANT = "fk_messages_tenant"
CLAUSE = f"CONSTRAINT {TENANT} FOREIGN KEY(tenant) REFERENCES tenants (tenant) ON DELETE CASCADE"


def upgrade() -> None:
    if op.get_bind().dialect.name == "sqlite":
        _anew()
        return
    op.drop_constraint(TENANT, "messages", type_="foreignkey")
    op.alter_column(
        "messages", "tenant", existing_type=sa.String(63), existing_nullable=False,
        comment="not looked up row by row: a journey's, or the asker's",
    )  # fmt: skip


def _anew() -> None:
    """Write the table anew in its own words but for the clause, with its own indexes and triggers: SQLite can take no
    constraint away."""
    connection = op.get_bind()
    asked = sa.text("SELECT type, sql FROM sqlite_master WHERE tbl_name = 'messages' AND sql IS NOT NULL")
    parts = [(str(row.type), str(row.sql)) for row in connection.execute(asked)]
    (table,) = (sql for kind, sql in parts if kind == "table")
    before, after = table.split(CLAUSE)
    fresh = before.rstrip().removesuffix(",") + after
    for sql in (
        fresh.replace("CREATE TABLE messages", "CREATE TABLE messages_fresh", 1),
        "INSERT INTO messages_fresh SELECT * FROM messages",
        "DROP TABLE messages",
        "ALTER TABLE messages_fresh RENAME TO messages",
        *(sql for kind, sql in parts if kind != "table"),
    ):
        connection.exec_driver_sql(sql)

"""The place in the log is as long as the log has lanes"""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("cursors", schema=None) as batch_op:
        batch_op.alter_column("position", existing_type=sa.String(length=200), type_=sa.Text(), existing_nullable=False)

"""What the LRS could not map is counted with what the other doors could not (unmapped_names, since 0011) alone"""

from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.drop_table("xapi_unmapped")

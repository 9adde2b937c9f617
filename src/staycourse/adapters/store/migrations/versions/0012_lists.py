"""The lists of alerts and messages go by an index of their own, and so do the counts beside them"""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index("ix_alerts_told", "alerts", ["tenant", "state", "cause", "tier", "owner", "course"])
    for name, order, states in (
        ("ix_alerts_to_answer", ["tenant", "due", "priority", "alert", "state"], "'open', 'taken'"),
        ("ix_alerts_ended", ["tenant", "closed", "alert", "state"], "'done', 'closed'"),
    ):
        where = sa.text(f"state IN ({states})")
        op.create_index(name, "alerts", order, sqlite_where=where, postgresql_where=where)
    op.create_index("ix_messages_told", "messages", ["tenant", "state", "reason", "channel", "playbook"])

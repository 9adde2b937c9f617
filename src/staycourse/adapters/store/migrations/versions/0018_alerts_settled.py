"""Whether an alert still waits stands in its row, and so does why its playbook was chosen"""

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

STANDING = "state IN ('open', 'taken', 'snoozed')"
HELD_OUT = f"UPDATE alerts SET settled = 'held_out' WHERE {STANDING} AND arm = 'held_out'"
ANSWERED = f"""
UPDATE alerts SET settled = 'answered'
WHERE {STANDING} AND settled = '' AND (
    (tenant, alert) IN (
        SELECT j.tenant, j.alert FROM journeys AS j JOIN messages AS m ON m.tenant = j.tenant AND m.journey = j.journey
        WHERE m.state = 'sent' AND m.template <> ''
    )
    OR (tenant, alert) IN (SELECT tenant, alert FROM tasks WHERE state IN ('open', 'claimed', 'done'))
)
"""


def upgrade() -> None:
    for name, comment in (
        ("settled", "why it waits no more: answered (a message or a task) or held_out"),
        ("basis", "why that playbook: only, priority or bandit"),
    ):
        op.add_column("alerts", sa.Column(name, sa.String(16), nullable=False, server_default="", comment=comment))
    op.execute(HELD_OUT)
    op.execute(ANSWERED)
    op.drop_index("ix_alerts_told", "alerts")
    op.create_index("ix_alerts_told", "alerts", ["tenant", "state", "settled", "cause", "tier", "owner", "course"])
    op.drop_index("ix_alerts_to_answer", "alerts")
    for name, order, here in (
        ("ix_alerts_to_answer", ["tenant", "due", "priority", "alert", "state", "settled"],
         "state IN ('open', 'taken') AND settled = ''"),
        ("ix_alerts_settled", ["tenant", "settled", "due", "priority", "alert", "state"],
         "state = 'open' AND settled <> ''"),
    ):  # fmt: skip
        where = sa.text(here)
        op.create_index(name, "alerts", order, sqlite_where=where, postgresql_where=where)

"""An ended alert keeps in which arm it counts and of what it is the first; sums of endings go by indexes alone"""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

ARM = """
UPDATE alerts SET evidence_arm = CASE
    WHEN arm = 'held_out' AND playbook = '*' THEN 'global_hold_out'
    WHEN arm <> '' THEN arm
    WHEN playbook = '' THEN 'exempt'
    ELSE coalesce((SELECT draws.arm FROM draws WHERE draws.tenant = alerts.tenant AND draws.learner = alerts.learner
                   AND draws.playbook = alerts.playbook), 'treated')
END
WHERE judged_on IS NOT NULL
"""

# The first of each learner among those that an experiment counts: never those that are never held out, nor those whose
# course was to end within the horizon. {due} is the horizon's last day, {plain} the order of characters by number.
FIRST = """
WITH ordered AS (
    SELECT tenant, alert,
           row_number() OVER (PARTITION BY tenant, learner{apart} ORDER BY as_of, alert COLLATE {plain}) AS place
    FROM alerts
    WHERE judged_on IS NOT NULL AND tier IN ('core', 'regular') AND evidence_arm <> 'exempt'
          AND (course_ends IS NULL OR course_ends >= {due}){only}
)
UPDATE alerts SET first_in = first_in + {value}
FROM ordered
WHERE ordered.tenant = alerts.tenant AND ordered.alert = alerts.alert AND ordered.place = 1
"""
OF_ALL = {"value": 2, "apart": "", "only": ""}
OF_PLAYBOOK = {
    "value": 1,
    "apart": ", playbook",
    "only": " AND playbook NOT IN ('', '*') AND evidence_arm <> 'global_hold_out'",
}


def upgrade() -> None:
    server = op.get_bind().dialect.name == "postgresql"
    if server:
        kind = postgresql.JSONB()
        op.alter_column("alerts", "rules", type_=kind, existing_nullable=False, postgresql_using="rules::jsonb")
    op.add_column(
        "alerts",
        sa.Column(
            "evidence_arm", sa.String(16), nullable=False, server_default="",
            comment="the arm in which the evidence counts it, once judged",
        ),
    )  # fmt: skip
    op.add_column(
        "alerts",
        sa.Column(
            "first_in", sa.Integer(), nullable=False, server_default="0",
            comment="once judged, the learner's first: 1 of its playbook, 2 of all care, 3 both",
        ),
    )  # fmt: skip
    for statement in statements(op.get_bind().dialect.name):
        op.execute(statement)
    _indexes()


def statements(dialect: str) -> list[str]:
    """Return what settles the rows that are there."""
    server = dialect == "postgresql"
    due = "as_of + horizon_days" if server else "date(as_of, horizon_days || ' days')"
    plain = '"C"' if server else "BINARY"
    return [ARM, *(FIRST.format(**which, due=due, plain=plain) for which in (OF_ALL, OF_PLAYBOOK))]


def _indexes() -> None:
    counted = [
        "tenant", "playbook", "cause", "tier", "evidence_arm", "channel", "rules", "outcome", "lead_days", "currency",
        "first_in", "contacted_on", "cost_minor", "as_of", "judged_on", "arm",
    ]  # fmt: skip
    recalled = ["tenant", "learner", "course", "as_of", "horizon_days", "cause", "rules", "judged_on"]
    judged, event = "judged_on IS NOT NULL", "trigger = 'event'"
    for name, columns, where in (
        ("ix_alerts_counted", counted, judged),
        ("ix_alerts_recalled", recalled, judged),
        ("ix_alerts_events", ["tenant", "trigger", "learner", "opened"], event),
    ):
        op.create_index(name, "alerts", columns, sqlite_where=sa.text(where), postgresql_where=sa.text(where))
    op.create_index("ix_alerts_tenant_cause_learner", "alerts", ["tenant", "cause", "learner"])
    op.create_index(
        "ix_consents_refused", "consents", ["tenant", "learner", "at"],
        sqlite_where=sa.text("granted IS 0"), postgresql_where=sa.text("granted IS false"),
    )  # fmt: skip
    op.create_index("ix_journeys_tenant_entered", "journeys", ["tenant", "entered"])
    op.drop_index("ix_messages_told", "messages")
    op.create_index("ix_messages_told", "messages", ["tenant", "state", "reason", "channel", "playbook", "sent"])
    op.drop_index("ix_draws_tenant_playbook_arm", "draws")
    op.create_index("ix_draws_tenant_playbook_tier_share_arm", "draws", ["tenant", "playbook", "tier", "share", "arm"])

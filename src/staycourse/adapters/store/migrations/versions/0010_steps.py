"""The steps of a policy version are kept by what they say: a release may change what a version leaves to the default"""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    with op.batch_alter_table("nodes", schema=None) as batch_op:
        # What is there already says nothing: it is kept anew once, and who is under way goes on by it.
        batch_op.add_column(
            sa.Column(
                "content",
                sa.String(length=32),
                server_default="",
                nullable=False,
                comment="names what all steps of the version said together",
            )
        )
        batch_op.drop_constraint(op.f("uq_nodes_tenant_version_playbook_step"), type_="unique")
        batch_op.create_unique_constraint(
            op.f("uq_nodes_tenant_version_content_playbook_step"),
            ["tenant", "version", "content", "playbook", "step"],
        )

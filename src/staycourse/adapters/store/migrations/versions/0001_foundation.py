"""The foundation: tenants, courses, learners, imports, policies, models, runs, candidates"""

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "tenants",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "zone",
            sa.String(length=64),
            nullable=False,
            comment="days are counted in this IANA zone",
        ),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("tenant", name=op.f("pk_tenants")),
    )
    op.create_table(
        "candidates",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.Column("priority", sa.Float(), nullable=False),
        sa.Column("risk", sa.Float(), nullable=False),
        sa.Column("learner_risk", sa.Float(), nullable=False),
        sa.Column("tier", sa.String(length=32), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("absent_days", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=32), nullable=False),
        sa.Column("trigger", sa.String(length=16), nullable=False, comment="immediate, rule or risk"),
        sa.Column("suggestion", sa.String(length=64), nullable=False),
        sa.Column("then", sa.String(length=64), nullable=False, comment="the answer after the suggested one"),
        sa.Column("due_hours", sa.Integer(), nullable=True),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("categories", sa.JSON(), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_candidates_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "as_of", "learner", "course", name=op.f("pk_candidates")),
    )
    with op.batch_alter_table("candidates", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_candidates_tenant_as_of_priority"), ["tenant", "as_of", "priority"], unique=False
        )

    op.create_table(
        "courses",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.Column("title", sa.String(length=200), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=True),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("series", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_courses_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "course", name=op.f("pk_courses")),
    )
    op.create_table(
        "imports",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "fingerprint",
            sa.String(length=64),
            nullable=False,
            comment="of the format and the files' content",
        ),
        sa.Column("format", sa.String(length=32), nullable=False),
        sa.Column("name", sa.String(length=500), nullable=False),
        sa.Column(
            "position", sa.BigInteger(), nullable=False, comment="resume after this; its meaning is the importer's"
        ),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.Column("rejected", sa.BigInteger(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_imports_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "fingerprint", name=op.f("pk_imports")),
    )
    op.create_table(
        "learners",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=True),
        sa.Column("paid_minor", sa.BigInteger(), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=True),
        sa.Column("joined_on", sa.Date(), nullable=True),
        sa.Column("country", sa.String(length=2), nullable=True),
        sa.Column("zone", sa.String(length=64), nullable=True),
        sa.Column("language", sa.String(length=16), nullable=True),
        sa.Column("birth_year", sa.Integer(), nullable=True),
        sa.Column("consent", sa.Boolean(), nullable=True),
        sa.Column("guardian", sa.String(length=200), nullable=True),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_learners_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "learner", name=op.f("pk_learners")),
    )
    op.create_table(
        "models",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=False),
        sa.Column("known_by", sa.Date(), nullable=False, comment="trained on what was known by the end of this day"),
        sa.Column("created", sa.DateTime(timezone=True), nullable=False),
        sa.Column("card", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_models_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "model", name=op.f("pk_models")),
    )
    op.create_table(
        "policies",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("accepted", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_policies_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "version", name=op.f("pk_policies")),
    )
    op.create_table(
        "runs",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.Column("started", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finished", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enrolments", sa.Integer(), nullable=False),
        sa.Column("candidates", sa.Integer(), nullable=False),
        sa.Column("basis", sa.String(length=32), nullable=False),
        sa.Column("model", sa.String(length=64), nullable=True),
        sa.Column("policy_version", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False, comment="name and seconds of each step"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_runs_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "as_of", name=op.f("pk_runs")),
    )


def downgrade() -> None:
    op.drop_table("runs")
    op.drop_table("policies")
    op.drop_table("models")
    op.drop_table("learners")
    op.drop_table("imports")
    op.drop_table("courses")
    with op.batch_alter_table("candidates", schema=None) as batch_op:
        batch_op.drop_index(batch_op.f("ix_candidates_tenant_as_of_priority"))

    op.drop_table("candidates")
    op.drop_table("tenants")

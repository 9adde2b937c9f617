"""xAPI: statements, what they are found by, and documents"""

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "xapi_activities",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("activity", sa.BigInteger(), autoincrement=False, nullable=False, comment="the term of its id"),
        sa.Column("definition", sa.Text(), nullable=False, comment="what statements said of it, JSON"),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_xapi_activities_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "activity", name=op.f("pk_xapi_activities")),
    )
    op.create_table(
        "xapi_agents",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("agent", sa.BigInteger(), autoincrement=False, nullable=False, comment="the term of its identity"),
        sa.Column("name", sa.String(length=200), nullable=False, comment="a name that it was given; may be empty"),
        sa.Column("identity", sa.Text(), nullable=False, comment="the identifier that the term is made of"),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_xapi_agents_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "agent", "name", name=op.f("pk_xapi_agents")),
    )
    op.create_index(op.f("ix_xapi_agents_tenant_learner"), "xapi_agents", ["tenant", "learner"], unique=False)
    op.create_table(
        "xapi_attachments",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False, comment="the statement's"),
        sa.Column("sha2", sa.String(length=128), nullable=False, comment="of the content, hexadecimal"),
        sa.Column("learner", sa.String(length=200), nullable=False),
        sa.Column("content_type", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_xapi_attachments_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "place", "sha2", name=op.f("pk_xapi_attachments")),
    )
    op.create_table(
        "xapi_documents",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("key", sa.String(length=32), nullable=False, comment="names the resource and all its parameters"),
        sa.Column("resource", sa.String(length=16), nullable=False, comment="state, activity or agent"),
        sa.Column(
            "activity",
            sa.BigInteger(),
            nullable=False,
            comment="the term of the activity's id; 0 for an agent's profile",
        ),
        sa.Column(
            "agent",
            sa.BigInteger(),
            nullable=False,
            comment="the term of the agent's identity; 0 for an activity's profile",
        ),
        sa.Column("registration", sa.String(length=36), nullable=False, comment="empty for none"),
        sa.Column("document", sa.Text(), nullable=False, comment="stateId or profileId"),
        sa.Column(
            "learner", sa.String(length=200), nullable=False, comment="whose it is; empty for an activity's profile"
        ),
        sa.Column("content_type", sa.String(length=200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("etag", sa.String(length=40), nullable=False, comment="SHA-1 of the content, hexadecimal"),
        sa.Column("updated", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_xapi_documents_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "key", name=op.f("pk_xapi_documents")),
    )
    op.create_index("ix_xapi_documents_learner", "xapi_documents", ["tenant", "learner"], unique=False)
    op.create_index(
        op.f("ix_xapi_documents_tenant_resource_activity_agent"),
        "xapi_documents",
        ["tenant", "resource", "activity", "agent"],
        unique=False,
    )
    op.create_table(
        "xapi_references",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "target", sa.String(length=36), nullable=False, comment="the id of the statement that is referred to"
        ),
        sa.Column(
            "place", sa.BigInteger(), autoincrement=False, nullable=False, comment="of the statement that refers to it"
        ),
        sa.Column("voids", sa.Boolean(), nullable=False, comment="and takes it back"),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_xapi_references_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "target", "place", name=op.f("pk_xapi_references")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "xapi_statements",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "place",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="when it was stored: microseconds since 1970 times 256, and the lane that took it in",
        ),
        sa.Column("statement", sa.String(length=36), nullable=False, comment="its id, a UUID in small letters"),
        sa.Column("learner", sa.String(length=200), nullable=False, comment="who acted; empty for a group"),
        sa.Column("voids", sa.Boolean(), nullable=False, comment="it takes another statement back"),
        sa.Column("body", sa.Text(), nullable=False, comment="as it is given out, JSON"),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_xapi_statements_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "place", name=op.f("pk_xapi_statements")),
    )
    op.create_index(
        op.f("ix_xapi_statements_tenant_statement"), "xapi_statements", ["tenant", "statement"], unique=True
    )
    op.create_table(
        "xapi_terms",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "term",
            sa.BigInteger(),
            autoincrement=False,
            nullable=False,
            comment="hash of a kind and of the agent, activity, verb or registration that it is found by",
        ),
        sa.Column("place", sa.BigInteger(), autoincrement=False, nullable=False, comment="the statement's"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_xapi_terms_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "term", "place", name=op.f("pk_xapi_terms")),
        sqlite_with_rowid=False,
    )
    op.create_table(
        "xapi_unmapped",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("verb", sa.String(length=200), nullable=False, comment="the verb's IRI, cut where it is longer"),
        sa.Column("reason", sa.String(length=200), nullable=False),
        sa.Column("statements", sa.BigInteger(), nullable=False),
        sa.Column("last", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant"], ["tenants.tenant"], name=op.f("fk_xapi_unmapped_tenant"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("tenant", "verb", "reason", name=op.f("pk_xapi_unmapped")),
    )

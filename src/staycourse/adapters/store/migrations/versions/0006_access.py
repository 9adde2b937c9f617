"""People who sign in, their sessions, and the platforms that launch them"""

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "launches",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False, comment="used once: SHA-256"),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="after this the launch itself is too old"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_launches_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "nonce", name=op.f("pk_launches")),
    )
    op.create_table(
        "members",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.Column(
            "login", sa.String(length=200), nullable=False, comment="what is typed to sign in; stands in the audit log"
        ),
        sa.Column("name", sa.String(length=200), server_default="", nullable=False),
        sa.Column(
            "role", sa.String(length=16), nullable=False, comment="owner, operator, advisor, teacher or read-only"
        ),
        sa.Column(
            "password", sa.String(length=200), nullable=True, comment="Argon2id as a PHC string; none for a platform's"
        ),
        sa.Column("courses", sa.JSON(), nullable=False, comment="of a teacher: the courses that were given by hand"),
        sa.Column(
            "platform",
            sa.String(length=63),
            server_default="",
            nullable=False,
            comment="the learning platform it comes from",
        ),
        sa.Column("settled", sa.Boolean(), nullable=False, comment="the role was given by hand: no launch changes it"),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.Column("entered", sa.BigInteger(), nullable=True, comment="the newest sign-in"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_members_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "member", name=op.f("pk_members")),
    )
    with op.batch_alter_table("members", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_members_tenant_login"), ["tenant", "login"], unique=True)

    op.create_table(
        "platforms",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("platform", sa.String(length=63), nullable=False, comment="what the operator calls it"),
        sa.Column("issuer", sa.String(length=500), nullable=False),
        sa.Column("client_id", sa.String(length=200), nullable=False),
        sa.Column("login_url", sa.Text(), nullable=False),
        sa.Column("token_url", sa.Text(), server_default="", nullable=False),
        sa.Column("keys_url", sa.Text(), server_default="", nullable=False),
        sa.Column("keys", sa.JSON(), nullable=False, comment="a JWK set given by hand, {} where it is fetched"),
        sa.Column("deployments", sa.JSON(), nullable=False),
        sa.Column(
            "administrators", sa.String(length=16), nullable=False, comment="the role of the platform's administrators"
        ),
        sa.Column("course_from", sa.String(length=16), nullable=False, comment="context, label, sourcedid or map"),
        sa.Column("added", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_platforms_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "platform", name=op.f("pk_platforms")),
    )
    with op.batch_alter_table("platforms", schema=None) as batch_op:
        batch_op.create_index(
            batch_op.f("ix_platforms_tenant_issuer_client_id"), ["tenant", "issuer", "client_id"], unique=True
        )

    op.create_table(
        "tries",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "subject",
            sa.String(length=32),
            nullable=False,
            comment="hash of the name or the address that was tried from",
        ),
        sa.Column("count", sa.Integer(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False, comment="counted anew after this"),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_tries_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "subject", name=op.f("pk_tries")),
    )
    op.create_table(
        "contexts",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column("platform", sa.String(length=63), nullable=False),
        sa.Column("context", sa.String(length=255), nullable=False, comment="the platform's id of the course"),
        sa.Column("course", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "platform"],
            ["platforms.tenant", "platforms.platform"],
            name=op.f("fk_contexts_tenant_platform"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_contexts_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "platform", "context", name=op.f("pk_contexts")),
    )
    op.create_table(
        "sign_ins",
        sa.Column("tenant", sa.String(length=63), nullable=False),
        sa.Column(
            "mark",
            sa.String(length=64),
            nullable=False,
            comment="SHA-256 of the token: the token itself is kept nowhere",
        ),
        sa.Column("member", sa.String(length=32), nullable=False),
        sa.Column("courses", sa.JSON(), nullable=False, comment="launched by the platform, with the instant"),
        sa.Column("begun", sa.BigInteger(), nullable=False),
        sa.Column("seen", sa.BigInteger(), nullable=False),
        sa.Column("until", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["tenant", "member"],
            ["members.tenant", "members.member"],
            name=op.f("fk_sign_ins_tenant_member"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(["tenant"], ["tenants.tenant"], name=op.f("fk_sign_ins_tenant"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tenant", "mark", name=op.f("pk_sign_ins")),
    )
    with op.batch_alter_table("sign_ins", schema=None) as batch_op:
        batch_op.create_index(batch_op.f("ix_sign_ins_tenant_member"), ["tenant", "member"], unique=False)

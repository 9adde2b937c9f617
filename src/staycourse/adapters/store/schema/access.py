"""The tables of access: who may sign in, who is signed in, and the learning platforms that send people here."""

from __future__ import annotations

from sqlalchemy import JSON, Boolean, Column, ForeignKeyConstraint, Index, Integer, String, Table, Text

from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column

members = Table(
    "members",
    metadata,
    tenant_column(),
    Column("member", String(32), primary_key=True),
    Column("login", String(200), nullable=False, comment="what is typed to sign in; stands in the audit log"),
    Column("name", String(200), nullable=False, server_default=""),
    Column("role", String(16), nullable=False, comment="owner, operator, advisor, teacher or read-only"),
    Column("password", String(200), nullable=True, comment="Argon2id as a PHC string; none for a platform's"),
    Column("courses", JSON, nullable=False, comment="of a teacher: the courses that were given by hand"),
    Column("platform", String(63), nullable=False, server_default="", comment="the learning platform it comes from"),
    Column("settled", Boolean, nullable=False, comment="the role was given by hand: no launch changes it"),
    Column("added", Moment, nullable=False),
    Column("entered", Moment, nullable=True, comment="the newest sign-in"),
    Index(None, "tenant", "login", unique=True),
)

sign_ins = Table(
    "sign_ins",
    metadata,
    tenant_column(),
    Column("mark", String(64), primary_key=True, comment="SHA-256 of the token: the token itself is kept nowhere"),
    Column("member", String(32), nullable=False),
    Column("courses", JSON, nullable=False, comment="launched by the platform, with the instant"),
    Column("begun", Moment, nullable=False),
    Column("seen", Moment, nullable=False),
    Column("until", Moment, nullable=False),
    ForeignKeyConstraint(["tenant", "member"], ["members.tenant", "members.member"], ondelete="CASCADE"),
    Index(None, "tenant", "member"),
)

tries = Table(
    "tries",
    metadata,
    tenant_column(),
    Column("subject", String(32), primary_key=True, comment="hash of the name or the address that was tried from"),
    Column("count", Integer, nullable=False),
    Column("until", Moment, nullable=False, comment="counted anew after this"),
)

platforms = Table(
    "platforms",
    metadata,
    tenant_column(),
    Column("platform", String(63), primary_key=True, comment="what the operator calls it"),
    Column("issuer", String(500), nullable=False),
    Column("client_id", String(200), nullable=False),
    Column("login_url", Text, nullable=False),
    Column("token_url", Text, nullable=False, server_default=""),
    Column("keys_url", Text, nullable=False, server_default=""),
    Column("keys", JSON, nullable=False, comment="a JWK set given by hand, {} where it is fetched"),
    Column("deployments", JSON, nullable=False),
    Column("administrators", String(16), nullable=False, comment="the role of the platform's administrators"),
    Column("course_from", String(16), nullable=False, comment="context, label, sourcedid or map"),
    Column("added", Moment, nullable=False),
    Index(None, "tenant", "issuer", "client_id", unique=True),
)

contexts = Table(
    "contexts",
    metadata,
    tenant_column(),
    Column("platform", String(63), primary_key=True),
    Column("context", String(255), primary_key=True, comment="the platform's id of the course"),
    Column("course", String(200), nullable=False),
    ForeignKeyConstraint(["tenant", "platform"], ["platforms.tenant", "platforms.platform"], ondelete="CASCADE"),
)

launches = Table(
    "launches",
    metadata,
    tenant_column(),
    Column("nonce", String(64), primary_key=True, comment="used once: SHA-256"),
    Column("until", Moment, nullable=False, comment="after this the launch itself is too old"),
)

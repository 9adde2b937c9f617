"""The tables of the xAPI door: statements, what they are found by, and the documents that clients keep with us."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, LargeBinary, String, Table, Text

from staycourse.adapters.store.schema.base import Moment, metadata, tenant_column

xapi_statements = Table(
    "xapi_statements",
    metadata,
    tenant_column(),
    Column("place", BigInteger, primary_key=True, autoincrement=False,
           comment="when it was stored: microseconds since 1970 times 256, and the lane that took it in"),
    Column("statement", String(36), nullable=False, comment="its id, a UUID in small letters"),
    Column("learner", String(200), nullable=False, comment="who acted; empty for a group"),
    Column("voids", Boolean, nullable=False, comment="it takes another statement back"),
    Column("body", Text, nullable=False, comment="as it is given out, JSON"),
    Index(None, "tenant", "statement", unique=True),
)  # fmt: skip

xapi_terms = Table(
    "xapi_terms",
    metadata,
    tenant_column(),
    Column("term", BigInteger, primary_key=True, autoincrement=False,
           comment="hash of a kind and of the agent, activity, verb or registration that it is found by"),
    Column("place", BigInteger, primary_key=True, autoincrement=False, comment="the statement's"),
    sqlite_with_rowid=False,
)  # fmt: skip

xapi_references = Table(
    "xapi_references",
    metadata,
    tenant_column(),
    Column("target", String(36), primary_key=True, comment="the id of the statement that is referred to"),
    Column("place", BigInteger, primary_key=True, autoincrement=False, comment="of the statement that refers to it"),
    Column("voids", Boolean, nullable=False, comment="and takes it back"),
    sqlite_with_rowid=False,
)

xapi_agents = Table(
    "xapi_agents",
    metadata,
    tenant_column(),
    Column("agent", BigInteger, primary_key=True, autoincrement=False, comment="the term of its identity"),
    Column("name", String(200), primary_key=True, comment="a name that it was given; may be empty"),
    Column("identity", Text, nullable=False, comment="the identifier that the term is made of"),
    Column("learner", String(200), nullable=False),
    Index(None, "tenant", "learner"),
)

xapi_activities = Table(
    "xapi_activities",
    metadata,
    tenant_column(),
    Column("activity", BigInteger, primary_key=True, autoincrement=False, comment="the term of its id"),
    Column("definition", Text, nullable=False, comment="what statements said of it, JSON"),
)

xapi_documents = Table(
    "xapi_documents",
    metadata,
    tenant_column(),
    Column("key", String(32), primary_key=True, comment="names the resource and all its parameters"),
    Column("resource", String(16), nullable=False, comment="state, activity or agent"),
    Column("activity", BigInteger, nullable=False, comment="the term of the activity's id; 0 for an agent's profile"),
    Column(
        "agent", BigInteger, nullable=False, comment="the term of the agent's identity; 0 for an activity's profile"
    ),
    Column("registration", String(36), nullable=False, comment="empty for none"),
    Column("document", Text, nullable=False, comment="stateId or profileId"),
    Column("learner", String(200), nullable=False, comment="whose it is; empty for an activity's profile"),
    Column("content_type", String(200), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("etag", String(40), nullable=False, comment="SHA-1 of the content, hexadecimal"),
    Column("updated", Moment, nullable=False),
    Index(None, "tenant", "resource", "activity", "agent"),
    Index("ix_xapi_documents_learner", "tenant", "learner"),
)

xapi_attachments = Table(
    "xapi_attachments",
    metadata,
    tenant_column(),
    Column("place", BigInteger, primary_key=True, autoincrement=False, comment="the statement's"),
    Column("sha2", String(128), primary_key=True, comment="of the content, hexadecimal"),
    Column("learner", String(200), nullable=False),
    Column("content_type", String(200), nullable=False),
    Column("content", LargeBinary, nullable=False),
)

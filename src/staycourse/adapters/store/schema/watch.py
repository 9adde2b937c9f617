"""The tables of the watch: what we were told of courses and learners, and what the nights found."""

from __future__ import annotations

from sqlalchemy import JSON, BigInteger, Boolean, Column, Date, Float, Index, Integer, String, Table, Text

from staycourse.adapters.store.schema.base import Instant, metadata, tenant_column

tenants = Table(
    "tenants",
    metadata,
    Column("tenant", String(63), primary_key=True),
    Column("zone", String(64), nullable=False, comment="days are counted in this IANA zone"),
    Column("created", Instant, nullable=False),
)

courses = Table(
    "courses",
    metadata,
    tenant_column(),
    Column("course", String(200), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("starts_on", Date),
    Column("ends_on", Date),
    Column("series", String(200), nullable=False),
)

learners = Table(
    "learners",
    metadata,
    tenant_column(),
    Column("learner", String(200), primary_key=True),
    Column("name", String(200)),
    Column("paid_minor", BigInteger),
    Column("currency", String(3)),
    Column("joined_on", Date),
    Column("country", String(2)),
    Column("zone", String(64)),
    Column("language", String(16)),
    Column("birth_year", Integer),
    Column("consent", Boolean),
    Column("guardian", String(200)),
    Column("birthday", String(5), comment="month and day, MM-DD"),
    Column("email", String(320)),
    Column("phone", String(32)),
)

imports = Table(
    "imports",
    metadata,
    tenant_column(),
    Column("fingerprint", String(64), primary_key=True, comment="of the format and the files' content"),
    Column("format", String(32), nullable=False),
    Column("name", String(500), nullable=False),
    Column("position", BigInteger, nullable=False, comment="resume after this; its meaning is the importer's"),
    Column("events", BigInteger, nullable=False),
    Column("rejected", BigInteger, nullable=False),
    Column("started", Instant, nullable=False),
    Column("finished", Instant),
)

policies = Table(
    "policies",
    metadata,
    tenant_column(),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("note", String(500), nullable=False),
    Column("accepted", Instant, nullable=False),
    Column("author", String(200), nullable=False, server_default=""),
    Column("parent", Integer, comment="the version this one was made from"),
)

models = Table(
    "models",
    metadata,
    tenant_column(),
    Column("model", String(64), primary_key=True),
    Column("known_by", Date, nullable=False, comment="trained on what was known by the end of this day"),
    Column("created", Instant, nullable=False),
    Column("card", JSON, nullable=False),
    Column("withdrawn", Instant, comment="a learner it was trained with was erased: not used any more"),
)

erasures = Table(
    "erasures",
    metadata,
    tenant_column(),
    Column("mark", String(32), primary_key=True, comment="BLAKE2b of the learner's id, keyed with the salt"),
    Column("salt", String(32), nullable=False, comment="random, the same for all of a tenant"),
    Column("asked", Instant, nullable=False),
    Column("finished", Instant, comment="null while under way, or broken off"),
    comment="who was erased, by a salted hash alone: what comes late of them is refused",
)

runs = Table(
    "runs",
    metadata,
    tenant_column(),
    Column("as_of", Date, primary_key=True),
    Column("started", Instant, nullable=False),
    Column("finished", Instant, nullable=False),
    Column("enrolments", Integer, nullable=False),
    Column("candidates", Integer, nullable=False),
    Column("basis", String(32), nullable=False),
    Column("model", String(64)),
    Column("policy_version", Integer, nullable=False),
    Column("steps", JSON, nullable=False, comment="name and seconds of each step"),
)

candidates = Table(
    "candidates",
    metadata,
    tenant_column(),
    Column("as_of", Date, primary_key=True),
    Column("learner", String(200), primary_key=True),
    Column("course", String(200), primary_key=True),
    Column("priority", Float, nullable=False),
    Column("risk", Float, nullable=False),
    Column("learner_risk", Float, nullable=False),
    Column("tier", String(32), nullable=False),
    Column("value", Float, nullable=False),
    Column("paid_minor", BigInteger),
    Column("currency", String(3)),
    Column("absent_days", Integer, nullable=False),
    Column("cause", String(32), nullable=False),
    Column("trigger", String(16), nullable=False, comment="immediate, rule or risk"),
    Column("suggestion", String(64), nullable=False),
    Column("then", String(64), nullable=False, comment="the answer after the suggested one"),
    Column("due_hours", Integer),
    Column("rules", JSON, nullable=False),
    Column("reasons", JSON, nullable=False),
    Column("categories", JSON, nullable=False),
    Column("basis", String(32), nullable=False),
    Column("model", String(64), nullable=False),
    Column("policy_version", Integer, nullable=False),
    Index(None, "tenant", "as_of", "priority"),
)

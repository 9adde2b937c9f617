"""The store's tables: what we were told of courses and learners, what we decided, and what we ran."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Date,
    DateTime,
    Dialect,
    Float,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
)
from sqlalchemy.types import TypeDecorator

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

metadata = MetaData(naming_convention=NAMES)


class Instant(TypeDecorator[datetime]):
    """A UTC instant. SQLite keeps no zone, so it is put back on the way out."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is not None and value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC) if value is not None else None

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        found: datetime = value
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


def _tenant() -> Column[str]:
    return Column("tenant", String(63), ForeignKey("tenants.tenant", ondelete="CASCADE"), primary_key=True)


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
    _tenant(),
    Column("course", String(200), primary_key=True),
    Column("title", String(200), nullable=False),
    Column("starts_on", Date),
    Column("ends_on", Date),
    Column("series", String(200), nullable=False),
)

learners = Table(
    "learners",
    metadata,
    _tenant(),
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
)

imports = Table(
    "imports",
    metadata,
    _tenant(),
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
    _tenant(),
    Column("version", Integer, primary_key=True),
    Column("text", Text, nullable=False),
    Column("note", String(500), nullable=False),
    Column("accepted", Instant, nullable=False),
)

models = Table(
    "models",
    metadata,
    _tenant(),
    Column("model", String(64), primary_key=True),
    Column("known_by", Date, nullable=False, comment="trained on what was known by the end of this day"),
    Column("created", Instant, nullable=False),
    Column("card", JSON, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    _tenant(),
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
    _tenant(),
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

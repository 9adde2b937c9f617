"""What every table shares: names, the tenant's column, and how instants are kept."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import BigInteger, Column, DateTime, Dialect, ForeignKey, Integer, MetaData, String
from sqlalchemy.types import TypeDecorator

from staycourse.kernel import instant_at, microseconds

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


class Moment(TypeDecorator[datetime]):
    """A UTC instant as whole microseconds since 1970: SQL adds delays to it alike on every database."""

    impl = BigInteger
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        return None if value is None else microseconds(value)

    def process_result_value(self, value: Any, dialect: Dialect) -> datetime | None:
        return None if value is None else instant_at(value)


def tenant_column() -> Column[str]:
    """Return the first column of every table: whose row it is."""
    return Column("tenant", String(63), ForeignKey("tenants.tenant", ondelete="CASCADE"), primary_key=True)


def number(name: str) -> Column[int]:
    """Return a whole-number key that the database gives out; a small one, since a million rows carry it."""
    return Column(name, BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True)


def owner() -> Column[str]:
    """Return the tenant's column of a table whose rows have numbers of their own."""
    return Column("tenant", String(63), ForeignKey("tenants.tenant", ondelete="CASCADE"), nullable=False)

"""Writing rows that may already be there, in one SQL text for both databases."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from typing import Any, Final

import msgspec
from sqlalchemy import (
    JSON,
    ColumnElement,
    Connection,
    Date,
    Select,
    String,
    Table,
    bindparam,
    cast,
    func,
    literal,
    select,
)
from sqlalchemy.dialects import postgresql, sqlite

# What is returned matters less than that something is: SQLAlchemy then writes many rows in one statement, where the
# driver would send them to the server one by one (about four times as fast on one machine).
ONE: Final = literal(1)

DIFFERING: Final = timedelta(minutes=10)
"""The clocks of several machines differ by less: what lasts longer than it may was begun by one that was ahead."""

Rows = Iterable[Mapping[str, Any]]
Insert = sqlite.Insert | postgresql.Insert


def upsert(connection: Connection, table: Table, rows: Rows, *, keep: bool = False) -> None:
    """Insert or replace by primary key; with `keep`, a None does not overwrite what is there.

    Every row names every column that it is to write: what the first row leaves out, none has. Of two rows of the same
    key the later wins, as if they had been written one after the other.
    """
    values = _last_of_each(table, rows, keep)
    if not values:
        return
    statement = _insert(connection, table)
    given = values[0].keys()
    fresh = {
        column.name: func.coalesce(statement.excluded[column.name], column) if keep else statement.excluded[column.name]
        for column in table.c
        if not column.primary_key and column.name in given
    }
    keys = _keys(table)
    if fresh:
        settled = statement.on_conflict_do_update(index_elements=keys, set_=fresh)
    else:
        settled = statement.on_conflict_do_nothing(index_elements=keys)
    connection.execute(settled.returning(ONE), values).close()


def insert_new(connection: Connection, table: Table, rows: Rows) -> int:
    """Insert what is not there yet, by any unique key of the table, and return how many rows that were."""
    values = [dict(row) for row in rows]
    if not values:
        return 0
    statement = _insert(connection, table).on_conflict_do_nothing().returning(ONE)
    return len(connection.execute(statement, values).all())


def write_new(connection: Connection, table: Table, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]) -> None:
    """Do as `insert_new` does with many small rows, as values in the order of `columns`, and count nothing.

    SQLite takes them as they are, four times as fast as row by row through SQLAlchemy's compiler; the columns must be
    of types that need no change on the way.
    """
    if not rows:
        return
    if connection.dialect.name == "sqlite":
        names, marks = ", ".join(columns), ", ".join("?" for _ in columns)
        connection.exec_driver_sql(
            f"INSERT INTO {table.name} ({names}) VALUES ({marks}) ON CONFLICT DO NOTHING", list(rows)
        )
    else:
        insert_new(connection, table, (dict(zip(columns, row, strict=True)) for row in rows))


def put_columns(connection: Connection, table: Table, columns: Mapping[str, Sequence[Any]]) -> None:
    """Do as `upsert` does, with many rows given column by column, no two of one key.

    SQLite takes them as they are, several times as fast as row by row through SQLAlchemy's compiler.
    """
    if connection.dialect.name != "sqlite":
        upsert(connection, table, (dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)))
        return
    bound = [_bound(connection, table, name, values) for name, values in columns.items()]
    rows = list(zip(*bound, strict=True))
    if not rows:
        return
    keys = _keys(table)
    fresh = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys)
    names, marks = ", ".join(columns), ", ".join("?" for _ in columns)
    connection.exec_driver_sql(
        f"INSERT INTO {table.name} ({names}) VALUES ({marks}) ON CONFLICT ({', '.join(keys)}) DO UPDATE SET {fresh}",
        rows,
    )


def _bound(connection: Connection, table: Table, name: str, values: Sequence[Any]) -> Sequence[Any]:
    """Return values as the driver takes them."""
    process = table.c[name].type.dialect_impl(connection.dialect).bind_processor(connection.dialect)
    if process and values and values.count(values[0]) == len(values):  # the instant, the day
        return [process(values[0])] * len(values)
    return [process(value) for value in values] if process else values


def among(dialect: str, name: str) -> Select[tuple[str]]:
    """Return a statement that gives the texts of the parameter `name` (see `listed`), for `column.in_(among(…))`: one
    text however many there are, which is compiled and planned once.
    """
    if dialect == "sqlite":
        found = func.json_each(bindparam(name, type_=String)).table_valued("value")
    else:
        found = func.json_array_elements_text(cast(bindparam(name, type_=String), JSON)).table_valued("value")
    return select(found.c.value)


def listed(values: Sequence[str]) -> str:
    """Return texts as the parameter of `among`."""
    return msgspec.json.encode(values).decode()


def days_after(dialect: str, day: ColumnElement[date], days: ColumnElement[int]) -> ColumnElement[date]:
    """Return the day that is so many `days` after `day`."""
    if dialect == "sqlite":
        return func.date(day, cast(days, String) + " days", type_=Date)
    return day + days


def _insert(connection: Connection, table: Table) -> Insert:
    return sqlite.insert(table) if connection.dialect.name == "sqlite" else postgresql.insert(table)


def _keys(table: Table) -> list[str]:
    return [column.name for column in table.primary_key]


def _last_of_each(table: Table, rows: Rows, keep: bool) -> list[dict[str, Any]]:
    """Leave one row a key, by key: PostgreSQL refuses to touch a row twice in one statement, and two writers who take
    the same rows in the same order do not wait for each other crosswise."""
    keys = _keys(table)
    found: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        key = tuple(row[name] for name in keys)
        before = found.get(key, {}) if keep else {}
        found[key] = {name: before.get(name) if value is None else value for name, value in row.items()}
    return [found[key] for key in sorted(found)]

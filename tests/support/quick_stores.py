"""New SQLite stores in milliseconds: what the migrations made of the first of a process is made of the others at once.

To migrate takes a quarter of a second of computing, and two tests of five open a store of their own. PostgreSQL has a
template for the same reason (databases.py). A store that holds anything, and every store of who asks for `migrations`,
is migrated.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import Connection

from staycourse.adapters.store import database

Statement = tuple[str, tuple[Any, ...]]
_real = database.migrate


class QuickStores:
    """Stands in for the store's `migrate`."""

    def __init__(self) -> None:
        self._made: list[Statement] = []

    def __call__(self, connection: Connection) -> None:
        """Bring the schema to the newest version."""
        if connection.dialect.name != "sqlite" or _schema(connection):
            _real(connection)
        elif not self._made:
            _real(connection)
            self._made = [(statement, ()) for _, statement in _schema(connection)] + list(_rows(connection))
        else:
            for statement, values in self._made:
                connection.exec_driver_sql(statement, values)


def _schema(connection: Connection) -> list[tuple[str, str]]:
    """Return the name of each table and what makes it, then of each index and trigger, as they were made."""
    found = connection.exec_driver_sql(
        "SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' "
        "ORDER BY type <> 'table', rowid"
    )
    return [(name, statement) for name, statement in found]


def _rows(connection: Connection) -> Iterator[Statement]:
    """Yield what fills the tables in which the migrations left rows: that of the version at least."""
    for name, statement in _schema(connection):
        if statement.startswith("CREATE TABLE"):
            for row in connection.exec_driver_sql(f'SELECT * FROM "{name}"'):
                yield f'INSERT INTO "{name}" VALUES ({", ".join("?" * len(row))})', tuple(row)


@pytest.fixture(scope="session", autouse=True)
def quick_stores() -> Iterator[None]:
    """Let stores that are opened in this process be made quickly."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(database, "migrate", QuickStores())
        yield


@pytest.fixture
def migrations(monkeypatch: pytest.MonkeyPatch) -> Callable[[Connection], None]:
    """Let every store of this test be migrated."""
    monkeypatch.setattr(database, "migrate", _real)
    return _real

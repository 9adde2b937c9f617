"""The stores that other tests are given are what the migrations make, to the letter."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest
from quick_stores import QuickStores

from staycourse.adapters.store import database, open_database


def _of(place: Path) -> tuple[list[tuple[str, ...]], list[tuple[str, ...]]]:
    """Return all that a store is made of, in its order, and its version."""
    connection = sqlite3.connect(place)
    made = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY type, name").fetchall()
    version = connection.execute("SELECT version_num FROM alembic_version").fetchall()
    connection.close()
    return made, version


def test_a_quick_store_is_what_the_migrations_make(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "migrate", QuickStores())
    places = [tmp_path / f"{number}.db" for number in range(3)]
    for place in places:
        open_database(place).close()
    migrated, *quick = (_of(place) for place in places)
    assert len(migrated[0]) > 100
    assert quick == [migrated, migrated]

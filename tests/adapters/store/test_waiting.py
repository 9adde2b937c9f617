"""What the store says where it cannot be had: no free connection, a server without a word, a full disk."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from old_stores import unmigrated, upgrade
from sqlalchemy import Engine, event

from staycourse.adapters.store import Database, open_database
from staycourse.adapters.store.database import migrate
from staycourse.kernel import StorageFault


@pytest.fixture
def used_up(database: Database) -> Iterator[Database]:
    """Hold every connection there is; who waits for one gives up at once."""
    pool = database._readers.pool
    pool._timeout = 0.05  # type: ignore[attr-defined]
    with ExitStack() as held:
        for _ in range(15):
            held.enter_context(database.reading())
        yield database


def test_who_finds_no_connection_is_told_so_once(used_up: Database) -> None:
    begun = time.monotonic()
    with pytest.raises(StorageFault, match="every connection to the store is in use"):
        used_up.write(lambda _: None)
    assert time.monotonic() - begun < 0.2, "tried once: to wait five times over helps nobody"


def test_a_full_disk_is_told_as_one_and_a_migration_on_it_goes_through_later(tmp_path: Path) -> None:
    place, limit = tmp_path / "store.db", "PRAGMA max_page_count=%d"

    def short(engine: Engine, pages: int) -> None:
        event.listen(engine, "connect", lambda raw, _: raw.execute(limit % pages).close())

    with unmigrated(place) as store:
        short(store._readers, 40)
        upgrade(store, "0001")
        with pytest.raises(StorageFault, match=r"disk is full; make room on the disk"), store.writing() as connection:
            migrate(connection)
    with unmigrated(place) as store, store.writing() as connection:
        migrate(connection)
    open_database(place).close()


def test_the_wait_for_a_connection_is_short_on_both(database: Database) -> None:
    assert database._readers.pool.timeout() <= 5  # type: ignore[attr-defined]


def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staycourse.adapters.store.server.CONNECT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/db?sslmode=disable"
        with pytest.raises(StorageFault, match="the server does not answer"):
            open_database(address)

"""How long anybody waits for a connection to the store: not for ever, and not again and again."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from staycourse.adapters.store import Database, open_database
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


def test_the_wait_for_a_connection_is_short_on_both(database: Database) -> None:
    assert database._readers.pool.timeout() <= 5  # type: ignore[attr-defined]


def test_a_server_that_takes_the_connection_and_says_nothing_is_given_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staycourse.adapters.store.server.CONNECT_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        address = f"postgresql://u:p@127.0.0.1:{silent.getsockname()[1]}/db?sslmode=disable"
        with pytest.raises(StorageFault, match="the server does not answer"):
            open_database(address)

"""What light commits leave in SQLite's log comes into the file without them, whole, and the log grows no more."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from staycourse.adapters.store import Checkpoints, Database, Store, open_database

BIG = "x" * 2_000_000


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "store.db")
    Store(opened).ensure_tenant("main", "UTC", datetime(2026, 3, 2, tzinfo=UTC))
    yield opened
    opened.close()


def write(database: Database, number: int) -> None:
    """Commit some five hundred pages lightly."""
    database.write(
        lambda connection: connection.exec_driver_sql(
            "INSERT INTO cursors (tenant, name, position) VALUES ('main', ?, ?) "
            "ON CONFLICT DO UPDATE SET position = excluded.position",
            (f"big {number}", BIG),
        ),
        lightly=True,
    )


def until(tell: str, held: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not held():
        assert time.monotonic() < deadline, tell
        time.sleep(0.02)


def test_light_commits_leave_the_file_alone_until_it_is_their_turn(store: Database, tmp_path: Path) -> None:
    file = tmp_path / "store.db"
    assert store.checkpoint()
    before = file.stat().st_size
    for number in range(4):
        write(store, number)
    assert file.stat().st_size == before
    with store.reading() as connection:
        connection.exec_driver_sql("SELECT count(*) FROM cursors").scalar()
        write(store, 5)
        assert not store.checkpoint()  # what came after this reader began stays until it is gone
    assert store.checkpoint()
    assert file.stat().st_size > before + 4 * len(BIG)


def test_the_thread_brings_all_over_and_the_log_begins_anew(store: Database, tmp_path: Path) -> None:
    file, log = tmp_path / "store.db", tmp_path / "store.db-wal"
    threads, checkpoints = threading.active_count(), Checkpoints(store)
    for number in range(3):
        write(store, number)
        checkpoints.come()
    until("nothing was brought over", lambda: file.stat().st_size > 3 * len(BIG))
    size = log.stat().st_size
    for number in range(3):
        checkpoints.come()
        time.sleep(0.6)
        write(store, number)
    assert log.stat().st_size == size
    checkpoints.stop()
    assert threading.active_count() == threads

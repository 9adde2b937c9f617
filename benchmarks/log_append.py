"""Durable appends: the segment log against SQLite (WAL, synchronous FULL, a primary key), on the same events and disk.

Both return only once the events are on the disk. The sides take turns within each batch size, so that what else the
machine does falls on both. Run: python benchmarks/log_append.py [--events 200000] [--folder DIR]
"""

from __future__ import annotations

import argparse
import sqlite3
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import numpy as np

from staycourse.adapters.log import SegmentLog
from staycourse.events import Event
from staycourse.kernel import natural_id

Append = Callable[[Sequence[Event]], None]
TURNS = 8
VERBS = ("content_viewed", "video_watched", "quiz_answered", "forum_viewed")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=200_000, help="events of each side at batches of 1,000")
    parser.add_argument("--folder", type=Path, default=None, help="where to write (a real disk, not memory)")
    given = parser.parse_args()
    print(f"{'batch':>6} {'threads':>8} {'segment log':>14} {'SQLite':>14} {'ratio':>7}")
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        for batch in (100, 1_000):
            events = made_up(max(given.events * batch // 1_000, batch * TURNS))
            log, rows = compare(Path(name) / str(batch), events, batch)
            print(f"{batch:>6} {1:>8} {log:>10,.0f} /s {rows:>10,.0f} /s {log / rows:>6.1f}x")
            shared = together(Path(name) / f"{batch}-threads", events, batch, 8)
            print(f"{batch:>6} {8:>8} {shared:>10,.0f} /s {'':>14} {shared / rows:>6.1f}x")


def made_up(count: int) -> list[Event]:
    """Return events of about real shape: ids of 32 digits, learners by Zipf."""
    dice = np.random.default_rng(5)
    learners = dice.zipf(1.3, count) % 100_000
    courses, objects, values = (dice.integers(0, most, count) for most in (40, 3_000, 600))
    start = datetime(2026, 3, 1, tzinfo=UTC)
    return [
        Event(
            event_id=natural_id("benchmark", number),
            learner=f"learner-{learners[number]}",
            verb=VERBS[number % 4],
            time=start + timedelta(milliseconds=17 * number),
            course=f"course-{courses[number]}",
            object=f"page/{objects[number]}",
            value=int(values[number]),
            source="web",
        )
        for number in range(count)
    ]


def compare(folder: Path, events: Sequence[Event], batch: int) -> tuple[float, float]:
    """Return events a second of the log and of SQLite."""
    folder.mkdir(parents=True)
    log = SegmentLog(folder / "log")
    connection = sqlite_table(folder / "events.db")
    seconds = {"log": 0.0, "sqlite": 0.0}
    sides: list[tuple[str, Append]] = [
        ("log", lambda piece: log.append("main", piece)),
        ("sqlite", lambda piece: insert(connection, piece)),
    ]
    turn = len(events) // TURNS
    for start in range(0, turn * TURNS, turn):
        for side, append in sides:
            seconds[side] += timed(append, events[start : start + turn], batch)
    log.close()
    connection.close()
    return turn * TURNS / seconds["log"], turn * TURNS / seconds["sqlite"]


def together(folder: Path, events: Sequence[Event], batch: int, threads: int) -> float:
    """Return events a second of the log when `threads` append at once and share their syncs."""
    log = SegmentLog(folder)
    share = len(events) // threads
    workers = [
        threading.Thread(
            target=timed, args=(lambda piece: log.append("main", piece), events[n * share : (n + 1) * share], batch)
        )
        for n in range(threads)
    ]
    began = time.perf_counter()
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    seconds = time.perf_counter() - began
    log.close()
    return share * threads / seconds


def timed(append: Append, events: Sequence[Event], batch: int) -> float:
    began = time.perf_counter()
    for start in range(0, len(events), batch):
        append(events[start : start + batch])
    return time.perf_counter() - began


def sqlite_table(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA journal_mode=WAL")
    connection.execute("PRAGMA synchronous=FULL")
    connection.execute(
        "CREATE TABLE events (event_id TEXT PRIMARY KEY, learner TEXT, verb TEXT, time TEXT, course TEXT, object TEXT,"
        " value INTEGER, source TEXT) WITHOUT ROWID"
    )
    return connection


def insert(connection: sqlite3.Connection, events: Sequence[Event]) -> None:
    connection.execute("BEGIN")
    connection.executemany(
        "INSERT OR IGNORE INTO events VALUES (?,?,?,?,?,?,?,?)",
        [(e.event_id, e.learner, e.verb, e.time.isoformat(), e.course, e.object, e.value, e.source) for e in events],
    )
    connection.execute("COMMIT")


if __name__ == "__main__":
    main()

"""Journeys due at once, advanced in one tick: the same SQL on SQLite and on PostgreSQL, both durable.

"moved": a wait ends and the next one begins. "sent": a wait ends, the step after it writes its message, and the next
wait begins: two steps a journey, in one transaction. Beside each stands one bare UPDATE of the same rows' due time,
nothing joined and nothing decided. PostgreSQL is a private server with the settings below and fsync on; its files are
warm, its statistics fresh, its checkpoint just done.

Run: python benchmarks/journeys_tick.py [--journeys 1000000] [--folder DIR] [--only sqlite]
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from sqlalchemy import text

from staycourse.adapters.store import Database, Store, open_database
from staycourse.adapters.store.care import JourneyBook
from staycourse.care import nodes_of
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from databases import PostgresServer, postgres_programs

SETTINGS = (
    "fsync=on", "synchronous_commit=on", "full_page_writes=on", "shared_buffers=2GB", "max_wal_size=8GB",
    "checkpoint_timeout=30min", "wal_compression=off", "max_connections=20", "work_mem=64MB",
)  # fmt: skip
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
PLAYBOOKS = """
[playbooks.moved]
title = { en = "Moved", zh_CN = "推进" }
enter = { causes = ["too_hard"] }
steps = [
  { id = "one", do = "wait", days = 1 },
  { id = "two", do = "wait", days = 3 },
]

[playbooks.sent]
title = { en = "Sent", zh_CN = "发送" }
enter = { causes = ["too_hard"] }
steps = [
  { id = "one", do = "wait", days = 1 },
  { id = "hello", do = "send", template = "tutoring_offer" },
  { id = "two", do = "wait", days = 3 },
]
"""
# Learners come in no order, as they do: multiples of a number that shares no factor with the modulus 1,000,003. (The
# driver takes a percent sign for a place to fill.)
FILL = """
INSERT INTO journeys (tenant, learner, course, playbook, entry, alert, cause, tier, priority, arm, exclusive, state,
                      version, entered, reason)
WITH RECURSIVE n(i) AS (SELECT CAST(1 AS BIGINT) UNION ALL SELECT i + 1 FROM n WHERE i < :count)
SELECT 'main', 'learner-' || CAST(i * 700001 - i * 700001 / 1000003 * 1000003 AS TEXT),
       'course-' || CAST(i / 25000 AS TEXT), :playbook, 'alert:0123456789abcdef0123456789abcdef',
       '0123456789abcdef0123456789abcdef', 'too_hard', 'regular', 50, 'treated', true, 'active', 1, :entered, ''
FROM n
"""
STAND = """
INSERT INTO standing (journey, tenant, node, visit, due, awaits)
SELECT journey, tenant, (SELECT node FROM nodes WHERE playbook = :playbook AND step = 'one'), 0, entered + journey,
       'return'
FROM journeys
"""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--journeys", type=int, default=1_000_000)
    parser.add_argument("--folder", type=Path, default=None, help="where to write (a real disk, not memory)")
    parser.add_argument("--only", choices=("sqlite", "postgresql"), default=None)
    given = parser.parse_args()
    print(f"{given.journeys:,} journeys due at once; load {os.getloadavg()[0]:.1f}")
    print(f"{'':<12} {'':<7} {'steps':>10} {'seconds':>8} {'bare update':>12} {'peak MB':>9}")
    if given.only != "postgresql":
        with tempfile.TemporaryDirectory(dir=given.folder) as name:
            for kind in ("moved", "sent"):
                measure(Path(name) / f"{kind}.db", kind, given.journeys)
    if given.only != "sqlite":
        with server() as own:
            for kind in ("moved", "sent"):
                measure(own.address(own.make_database(schema=True)), kind, given.journeys)
        print("PostgreSQL: " + ", ".join(SETTINGS))


def measure(address: Path | str, kind: str, count: int) -> None:
    """Fill a fresh store and advance everything in it once."""
    policy = load_policy(PLAYBOOKS, signals=SIGNALS_BY_NAME, version=1)
    database = open_database(address)
    try:
        fill(database, policy, kind, count)
        bare = timed_bare(database)
        settle(database)
        began = time.perf_counter()
        steps = JourneyBook(database).advance("main", NOW)
        seconds = time.perf_counter() - began
        check(database, kind, count)
        print(f"{database.dialect:<12} {kind:<7} {steps:>10,} {seconds:>8.2f} {bare:>12.2f} {peak(database):>9,.0f}")
    finally:
        database.close()


def fill(database: Database, policy: Policy, kind: str, count: int) -> None:
    Store(database).ensure_tenant("main", "UTC", NOW)
    JourneyBook(database).install("main", policy, nodes_of(policy), NOW)
    entered = (NOW - timedelta(days=2)) - datetime(1970, 1, 1, tzinfo=UTC)
    values = {"playbook": kind, "count": count, "entered": entered // timedelta(microseconds=1)}
    with database.writing() as connection:
        connection.execute(text(FILL), values)
        connection.execute(text(STAND), {"playbook": kind})
    settle(database)


def settle(database: Database) -> None:
    """Let the database come to rest: statistics, dead rows, the write-ahead log."""
    with database._writers.connect() as connection:
        raw = connection.connection.driver_connection
        assert raw is not None
        cursor = raw.cursor()
        for statement in (
            ("VACUUM ANALYZE", "CHECKPOINT")
            if database.dialect == "postgresql"
            else ("ANALYZE", "PRAGMA wal_checkpoint(TRUNCATE)")
        ):
            cursor.execute(statement)
        cursor.close()


def timed_bare(database: Database) -> float:
    """Time the least that could be done to the same rows."""
    began = time.perf_counter()
    with database.writing() as connection:
        connection.execute(text("UPDATE standing SET due = due + 1 WHERE tenant = 'main'"))
    return time.perf_counter() - began


def check(database: Database, kind: str, count: int) -> None:
    with database.reading() as connection:
        moved = connection.scalar(
            text("SELECT count(*) FROM standing WHERE visit = :visit"), {"visit": 1 if kind == "moved" else 2}
        )
        messages = connection.scalar(text("SELECT count(*) FROM messages WHERE state = 'pending'"))
    assert moved == count, moved
    assert messages == (count if kind == "sent" else 0), messages


def peak(database: Database) -> float:
    """Return the most memory of this process (SQLite), or of any of the server's processes that served it."""
    if database.dialect == "sqlite":
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    with database.reading() as connection:
        asked = text("SELECT pid FROM pg_stat_activity WHERE application_name = 'staycourse'")
        found = [int(row.pid) for row in connection.execute(asked)]
    lines = [line for pid in found for line in Path(f"/proc/{pid}/status").read_text().splitlines()]
    return max(int(line.split()[1]) for line in lines if line.startswith("VmHWM:")) / 1024


@contextmanager
def server() -> Iterator[PostgresServer]:
    programs = postgres_programs()
    if programs is None:
        raise SystemExit("PostgreSQL is not installed")
    own = PostgresServer(programs, SETTINGS)
    try:
        yield own
    finally:
        own.stop()


if __name__ == "__main__":
    main()

"""From an event to the alert it opens: a writer process appends to a home's log, another ticks, a third sees the alert.

The writer appends `--rate` events a second in batches of 10, one event in a hundred a complaint (a trigger), and notes
when each append was acknowledged. The ticker runs the product's own tick every `--every` seconds. The watcher, a
process with its own connection, asks the store every 10 ms for alerts that it has not seen. The home holds `--learners`
learners, and as many alerts, half of them open; the log's events are about all of them. Latency runs from the
acknowledged append to the alert being visible to the watcher.

Run: python benchmarks/event_to_alert.py [--seconds 60] [--rate 1000] [--learners 100000] [--every 0.2] [--folder DIR]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event as Signal
from pathlib import Path

import numpy as np
from sqlalchemy import select

from staycourse.adapters.log import SegmentLog
from staycourse.adapters.store import Store, open_database, schema
from staycourse.adapters.store.care import AlertBook, FactBook
from staycourse.app.care import Care, run_tick
from staycourse.app.homes import open_home
from staycourse.care import Alert, AlertPlan
from staycourse.events import Event, Learner
from staycourse.kernel import Settings, SystemClock, natural_id

BATCH = 10
TRIGGER_EVERY = 100
VERBS = ("content_viewed", "video_watched", "quiz_answered", "forum_viewed")
WATCH_SECONDS = 0.01
GRACE_SECONDS = 20
CHUNK = 5_000


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=1_000)
    parser.add_argument("--learners", type=int, default=100_000)
    parser.add_argument("--every", type=float, default=0.2)
    parser.add_argument("--folder", type=Path, default=None, help="where to write (a real disk, not memory)")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        settings = Settings(Path(name), "main", "UTC", SystemClock(), threads=2, memory_gigabytes=3)
        prepare(settings, given.learners)
        print(f"load at the start {os.getloadavg()[0]:.1f}")
        acknowledged, seen, ticks = measure(settings, given)
    late = np.array([seen[name] - at for name, at in acknowledged.items() if name in seen])
    print(f"{len(acknowledged):,} triggers among {given.rate * given.seconds:,} events; {len(late):,} alerts seen")
    print(f"latency ms: p50 {np.quantile(late, 0.5) * 1e3:,.0f}, p99 {np.quantile(late, 0.99) * 1e3:,.0f}, "
          f"max {late.max() * 1e3:,.0f}")  # fmt: skip
    print(f"ticks: {len(ticks):,}, median {np.median(ticks) * 1e3:,.0f} ms, longest {max(ticks) * 1e3:,.0f} ms")


def prepare(settings: Settings, learners: int) -> None:
    """Fill a home: learners, as many alerts (half of them open and decided), the tiers of a fifth."""
    database = open_database(settings.home / "store.db")
    store, now = Store(database), datetime.now(UTC)
    store.ensure_tenant("main", "UTC", now)
    names = [f"learner-{number}" for number in range(learners)]
    for start in range(0, learners, CHUNK):
        some = names[start : start + CHUNK]
        store.put_learners("main", [Learner(learner=name) for name in some])
        AlertBook(database).follow("main", AlertPlan(opened=tuple(old_alert(name, now) for name in some)), now)
    with database.writing() as connection:
        table = schema.alerts
        connection.execute(table.update().values(playbook="tutoring", arm="treated"))
        half = table.c.learner < names[learners // 2]
        connection.execute(table.update().where(half).values(state="closed", closed=now, closed_by="calm"))
    FactBook(database).put_core("main", names[::5], now)
    database.close()


def old_alert(learner: str, now: datetime) -> Alert:
    opened = now - timedelta(days=3)
    reasons = ({"signal": "quizzes_failed_30d", "value": 3.0, "contribution": 0.8, "category": "completion"},) * 3
    return Alert(
        alert=natural_id("old", learner), learner=learner, course="c", cause="too_hard", tier="regular", trigger="risk",
        state="open", risk=0.7, priority=0.5, suggestion="tutoring", rules=("absent",), reasons=reasons, opened=opened,
        as_of=opened.date(), due=now, seen_on=opened.date(), policy_version=0, horizon_days=14,
    )  # fmt: skip


def measure(settings: Settings, given: argparse.Namespace) -> tuple[dict[str, float], dict[str, float], list[float]]:
    stop = multiprocessing.Event()
    watched, watching = multiprocessing.Pipe(duplex=False)
    ticked, ticking = multiprocessing.Pipe(duplex=False)
    wrote, writing = multiprocessing.Pipe(duplex=False)
    expected = given.rate * given.seconds // TRIGGER_EVERY
    watcher = multiprocessing.Process(target=watch, args=(settings.home, expected, watching))
    ticker = multiprocessing.Process(target=keep_ticking, args=(settings, given.every, stop, ticking))
    writer = multiprocessing.Process(target=write, args=(settings.home, given, writing))
    for process in (watcher, ticker):
        process.start()
    ticked.recv()  # its first tick is over: policy, templates and channels are read
    writer.start()
    acknowledged: dict[str, float] = wrote.recv()
    seen: dict[str, float] = watched.recv()
    stop.set()
    ticks: list[float] = ticked.recv()
    for process in (writer, watcher, ticker):
        process.join()
    return acknowledged, seen, ticks


def write(home: Path, given: argparse.Namespace, told: Connection) -> None:
    """Append at the rate, as a web process does; note when each trigger's append was acknowledged."""
    log, dice = SegmentLog(home / "log"), np.random.default_rng(7)
    learners = dice.permutation(given.learners)
    acknowledged: dict[str, float] = {}
    began = time.monotonic()
    for start in range(0, given.rate * given.seconds, BATCH):
        time.sleep(max(0.0, began + start / given.rate - time.monotonic()))
        events = [event_of(number, int(learners[number % given.learners])) for number in range(start, start + BATCH)]
        log.append("main", events)
        at = time.monotonic()
        acknowledged |= {event.event_id: at for event in events if event.verb == "complained"}
    told.send(acknowledged)
    log.close()


def event_of(number: int, learner: int) -> Event:
    verb = "complained" if number % TRIGGER_EVERY == 0 else VERBS[number % 4]
    return Event(
        event_id=natural_id("event", number), learner=f"learner-{learner}", verb=verb, time=datetime.now(UTC),
        course="c", object=f"page/{number % 3_000}", source="web",
    )  # fmt: skip


def keep_ticking(settings: Settings, every: float, stop: Signal, told: Connection) -> None:
    took: list[float] = []
    with open_home(settings, writing=False) as home:
        care = Care(home)
        run_tick(care)
        told.send([])
        while not stop.is_set():
            began = time.monotonic()
            run_tick(care)
            took.append(time.monotonic() - began)
            stop.wait(every)
    told.send(took)


def watch(home: Path, expected: int, told: Connection) -> None:
    """Note when each alert of an event is first seen; all are awaited, but not for ever."""
    database, table = open_database(home / "store.db"), schema.alerts
    seen: dict[str, float] = {}
    newest, last = datetime.now(UTC), time.monotonic() + 60
    while len(seen) < expected and time.monotonic() < last:
        asked = select(table.c.event_id, table.c.opened).where(
            table.c.tenant == "main", table.c.state == "open", table.c.due > newest, table.c.trigger == "event"
        )
        with database.reading() as connection:
            rows = connection.execute(asked).all()
        at = time.monotonic()
        fresh = {name: at for name, _ in rows if name not in seen}
        if fresh:
            last = at + GRACE_SECONDS
        seen |= fresh
        time.sleep(WATCH_SECONDS)
    told.send(seen)
    database.close()


if __name__ == "__main__":
    main()

"""From an event to the live risk it makes: a writer process appends to a home's log, a worker hears and scores, a third
process sees the risk in the store.

The writer appends `--rate` events a second in batches of 100 over HTTP's usual size, all of them about `--touched`
learners, and notes when each append was acknowledged. The worker is the product's own (`staycourse tick --every`). The
watcher, a process with its own connection, asks the store every 5 ms for live risks that are new. The home holds
`--learners` learners over sixty days and a model trained on them. Latency runs from the acknowledged append to the
moment when the watcher sees, of its learner, the live risk of the round that heard it, or a later one. Which round
heard an append is counted by the worker: by the clock alone it cannot be told, since a round begins before it hears.

Run: python benchmarks/event_to_score.py [--seconds 60] [--rate 10000] [--touched 1000] [--learners 100000]
       [--trees 600] [--home FOLDER] (a folder that is kept and used again)
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import tempfile
import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event as Signal
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from sqlalchemy import select

from staycourse.adapters.log import open_lane
from staycourse.adapters.segments import Frame
from staycourse.adapters.store import open_database, schema
from staycourse.app.care import LiveWorker
from staycourse.app.homes import open_home
from staycourse.app.nights import run_nightly
from staycourse.events import Course, Event
from staycourse.kernel import Settings, SystemClock, fresh_id


class Append(NamedTuple):
    """One append: the how manieth it is, when it was acknowledged, and whom it was about."""

    number: int
    acknowledged: float
    learners: list[int]


class Step(NamedTuple):
    """One round: its instant (microseconds), how many appends had been heard with it, and what it took."""

    at: int
    heard: int
    seconds: float
    learners: int
    processor: float


BATCH = 100
DAYS = 60
COURSES = 40
VERBS = ("content_viewed", "video_watched", "quiz_answered", "forum_viewed")
WATCH_SECONDS = 0.005
WARM_SECONDS = 15
POLICY = "[model]\nas_of_every_days = 14\nrounds = {trees}\n[alerts]\nbudget_per_day = 100\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=60)
    parser.add_argument("--rate", type=int, default=10_000)
    parser.add_argument("--touched", type=int, default=1_000)
    parser.add_argument("--learners", type=int, default=100_000)
    parser.add_argument("--trees", type=int, default=600)
    parser.add_argument("--home", type=Path, default=None)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(given.home or Path(name), "main", "UTC", SystemClock(), threads=2, memory_gigabytes=3)
        prepare(settings, given)
        print(f"load at the start {os.getloadavg()[0]:.1f}, at the end ", end="")
        appended, seen, steps = measure(settings, given)
        print(f"{os.getloadavg()[0]:.1f}")
    late = np.array(list(latencies(appended, seen, steps)))
    print(f"{len(appended) * BATCH:,} events in {given.seconds} s; {len(late):,} (learner, append) pairs judged")
    print(f"latency ms: p50 {np.quantile(late, 0.5) * 1e3:,.0f}, p99 {np.quantile(late, 0.99) * 1e3:,.0f}, "
          f"max {late.max() * 1e3:,.0f}")  # fmt: skip
    judged = [step for step in steps if step.heard > appended[0].number]  # by then everybody has been met
    took, learners, work = (np.array([step[place] for step in judged]) for place in (2, 3, 4))
    slope, fixed = np.polyfit(learners, work, 1)
    print(f"rounds: {len(took):,}, median {np.median(took) * 1e3:,.0f} ms for {np.median(learners):,.0f} learners; "
          f"processor time {np.median(work) * 1e3:.0f} ms a round, "
          f"{work.sum() / learners.sum() * 1e6:.0f} us a learner "
          f"(fitted: {fixed * 1e3:.1f} ms a round + {slope * 1e6:.0f} us a learner)")  # fmt: skip


def prepare(settings: Settings, given: argparse.Namespace) -> None:
    """Fill the home with sixty days of history and run a night, unless that was done before."""
    began = time.perf_counter()
    with open_home(settings, writing=True) as home:
        yesterday = (datetime.now(UTC) - timedelta(days=1)).date()
        if home.store.runs("main", limit=1):
            return
        (home.path / "policy.toml").write_text(POLICY.format(trees=given.trees), encoding="utf-8")
        start = datetime.now(UTC).replace(hour=0, minute=0) - timedelta(days=DAYS)
        home.store.put_courses("main", [Course(course=f"c{n}", starts_on=start.date()) for n in range(COURSES)])
        for events in history(given.learners, start):
            home.log.append("main", events)
        night = run_nightly(home, yesterday, lambda _name, _seconds: None)
        print(f"home of {night.enrolments:,} enrolments, {night.basis}, made in {time.perf_counter() - began:,.0f} s")


def history(learners: int, start: datetime) -> Iterator[list[Event]]:
    """Yield each day's events: a learner learns every few days, and half of them stop at some day."""
    dice = np.random.default_rng(3)
    every = dice.integers(2, 8, learners)
    stops = np.where(dice.random(learners) < 0.5, dice.integers(5, 200, learners), DAYS + 1)
    for day in range(DAYS):
        at = start + timedelta(days=day, hours=10)
        here = np.flatnonzero((day % every == 0) & (day < stops))
        for first in range(0, len(here), 10_000):
            some = here[first : first + 10_000].tolist()
            yield [
                Event(
                    event_id=f"{day}-{number}", learner=f"learner-{number}", course=f"c{number % COURSES}",
                    verb=VERBS[day % 4],
                    time=at, value=1, backfill=True,
                )
                for number in some
            ]  # fmt: skip


def measure(
    settings: Settings, given: argparse.Namespace
) -> tuple[list[Append], list[tuple[float, dict[str, int]]], list[Step]]:
    stop, ready = multiprocessing.Event(), multiprocessing.Event()
    watched, watching = multiprocessing.Pipe(duplex=False)
    worked, working = multiprocessing.Pipe(duplex=False)
    wrote, writing = multiprocessing.Pipe(duplex=False)
    worker = multiprocessing.Process(target=score, args=(settings, ready, stop, working))
    watcher = multiprocessing.Process(target=watch, args=(settings.home, stop, watching))
    writer = multiprocessing.Process(target=write, args=(settings.home, given, writing))
    worker.start()
    ready.wait()
    for process in (watcher, writer):
        process.start()
    appended = wrote.recv()
    time.sleep(5)  # the last ones are scored
    stop.set()
    seen, steps = watched.recv(), worked.recv()
    for process in (worker, watcher, writer):
        process.join()
    return appended, seen, steps


def write(home: Path, given: argparse.Namespace, told: Connection) -> None:
    """Append at the rate, as a web process does; note when each append was acknowledged, and whom it was about."""
    log, dice = open_lane(home / "log"), np.random.default_rng(7)
    chosen = dice.permutation(given.learners)[: given.touched]
    appended = []
    began = time.monotonic()
    for start in range(0, given.rate * (given.seconds + WARM_SECONDS), BATCH):
        time.sleep(max(0.0, began + start / given.rate - time.monotonic()))
        learners = dice.choice(chosen, BATCH).tolist()
        log.append("main", [
            Event(event_id=fresh_id(), learner=f"learner-{one}", course=f"c{one % COURSES}", verb=VERBS[one % 4],
                  time=datetime.now(UTC), value=1, source="web")
            for one in learners
        ])  # fmt: skip
        if start >= given.rate * WARM_SECONDS:  # by then everybody has been met
            appended.append(Append(start // BATCH, time.time(), learners))
    told.send(appended)
    log.close()


class Counting(LiveWorker):
    """A live worker that counts the appends it heard: there is one writer, so the n-th frame is the n-th append."""

    counted = 0

    def _begin(self, tenant: str, now: datetime) -> None:
        if self.counted:
            raise RuntimeError("the worker began anew: what it had heard cannot be counted")
        super()._begin(tenant, now)
        self.counted = 0  # what an earlier run left in the log

    def _take(self, tenant: str, memory: Any, frames: Sequence[Frame], since: datetime | None) -> None:
        self.counted += len(frames)
        super()._take(tenant, memory, frames, since)


def score(settings: Settings, ready: Signal, stop: Signal, told: Connection) -> None:
    """Do as the live thread of `staycourse tick` does; note of each round its instant, how many appends had been heard
    with it, and what it took."""
    steps = []
    with open_home(settings, writing=False) as home:
        worker = Counting(home)
        worker.step()
        ready.set()
        while not stop.is_set():
            began, processor = time.perf_counter(), time.process_time()
            done = worker.step()
            if done.learners:
                took = time.perf_counter() - began
                steps.append(Step(microseconds(done.at), worker.counted, took, done.learners,
                                  time.process_time() - processor))  # fmt: skip
            else:
                time.sleep(0.005)
        worker.stop()
    told.send(steps)


def watch(home: Path, stop: Signal, told: Connection) -> None:
    """Note, whenever the store has newer risks, when that was seen and as of when each learner's risk is."""
    database = open_database(home / "store.db")
    table, newest = schema.live_risks, 0
    seen = []
    while not stop.is_set():
        with database.reading() as connection:
            rows = connection.execute(
                select(table.c.learner, table.c.at).where(table.c.at > schema_moment(newest))
            ).all()
        if rows:
            now = time.time()
            seen.append((now, {row.learner: microseconds(row.at) for row in rows}))
            newest = max(seen[-1][1].values())
        time.sleep(WATCH_SECONDS)
    told.send(seen)
    database.close()


def schema_moment(microseconds_since: int) -> datetime:
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=microseconds_since)


def microseconds(instant: datetime) -> int:
    return (instant - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)


def latencies(appended: list[Append], seen: list[tuple[float, dict[str, int]]], steps: list[Step]) -> Iterator[float]:
    """Yield, for each append and learner, the seconds until a risk was seen that knows of the append."""
    of_learner: dict[str, tuple[list[int], list[float]]] = {}
    for when, risks in seen:
        for learner, at in risks.items():
            scored, visible = of_learner.setdefault(learner, ([], []))
            scored.append(at)
            visible.append(when)
    heard = [step.heard for step in steps]
    for append in appended:
        step = int(np.searchsorted(heard, append.number, side="right"))
        for number in set(append.learners) if step < len(steps) else ():
            scored, visible = of_learner.get(f"learner-{number}", ([], []))
            place = int(np.searchsorted(scored, steps[step].at))
            if place < len(visible):
                yield max(0.0, visible[place] - append.acknowledged)


if __name__ == "__main__":
    main()

"""How fast the log's events come into the lake: alone, and while a writer process appends beside it.

Run: python benchmarks/compaction.py [--events 2000000] [--days 1] [--folder DIR]
`--days 120` sends a backfill spread over so many days, hence over so many files.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.synchronize import Event as Signal
from pathlib import Path

import numpy as np

from staycourse.adapters.lake import Lake
from staycourse.adapters.log import SegmentLog
from staycourse.events import Event
from staycourse.kernel import fresh_id, zone

VERBS = ("content_viewed", "video_watched", "quiz_answered", "forum_viewed")
BATCH = 1_000


@dataclass(frozen=True)
class Run:
    """What one compaction took."""

    events: int
    seconds: float
    processor_seconds: float

    def line(self, name: str, written: float = 0.0) -> str:
        rate, cost = self.events / self.seconds, self.processor_seconds / self.events * 1e6
        beside = f"{written:>12,.0f} /s" if written else f"{'':>15}"
        return f"{name:<22} {self.events:>11,} {rate:>12,.0f} /s {cost:>10.2f} us {beside}"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--events", type=int, default=2_000_000)
    parser.add_argument("--days", type=int, default=1)
    parser.add_argument("--folder", type=Path, default=None, help="where to write (a real disk, not memory)")
    given = parser.parse_args()
    print(f"{'':<22} {'events':>11} {'compacted':>15} {'processor':>13} {'written beside':>15}")
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        print(alone(Path(name) / "alone", given.events, given.days).line("alone"))
        run, written = beside(Path(name) / "beside", given.events, given.days)
        print(run.line("with the writer beside", written))
    print(f"peak memory of the compacting process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:,.0f} MB")


def alone(home: Path, count: int, days: int) -> Run:
    """Compact a backlog."""
    write(home, count, days, None, None)
    lake = make_lake(home)
    return measured(lambda: lake.compact(home / "log").rows)


def beside(home: Path, count: int, days: int) -> tuple[Run, float]:
    """Compact what a second process writes as fast as it can; return also its events a second."""
    context = multiprocessing.get_context("spawn")
    started, stop = context.Event(), context.Event()
    writer = context.Process(target=write, args=(home, 10**9, days, started, stop))
    writer.start()
    started.wait()
    lake = make_lake(home)

    def until_enough() -> int:
        rows = 0
        while rows < count:
            rows += (now := lake.compact(home / "log").rows)
            if not now:
                time.sleep(0.05)  # the writer has closed no segment since
        return rows

    run = measured(until_enough)
    stop.set()
    writer.join()
    appended = int((home / "appended").read_text())
    return run, appended / run.seconds


def measured(work: Callable[[], int]) -> Run:
    began, processor = time.perf_counter(), time.process_time()
    rows = work()
    return Run(rows, time.perf_counter() - began, time.process_time() - processor)


def write(home: Path, count: int, days: int, started: Signal | None, stop: Signal | None) -> None:
    """Append `count` events, or until told to stop."""
    log = SegmentLog(home / "log", segment_bytes=32 << 20)
    events = made_up(days)
    if started:
        started.set()
    appended = 0
    while appended < count and not (stop and stop.is_set()):
        log.append("main", next(events))
        appended += BATCH
    log.close()
    (home / "appended").write_text(str(appended))


def made_up(days: int) -> Iterator[list[Event]]:
    """Yield batches of about real shape: ids of 32 digits, learners by Zipf."""
    dice = np.random.default_rng(5)
    start = datetime(2026, 3, 1, tzinfo=UTC)
    while True:
        learners = (dice.zipf(1.3, BATCH) % 100_000).tolist()
        courses, objects, values = (dice.integers(0, most, BATCH).tolist() for most in (40, 3_000, 600))
        seconds = dice.integers(0, days * 86_400, BATCH).tolist()
        yield [
            Event(
                event_id=fresh_id(),
                learner=f"learner-{learners[number]}",
                verb=VERBS[number % 4],
                time=start + timedelta(seconds=seconds[number]),
                course=f"course-{courses[number]}",
                object=f"page/{objects[number]}",
                value=values[number],
                source="web",
                backfill=days > 1,
            )
            for number in range(BATCH)
        ]


def make_lake(home: Path) -> Lake:
    return Lake(home, zone_of=lambda _: zone("Asia/Shanghai"), feel=lambda texts: [0] * len(texts))


if __name__ == "__main__":
    main()

"""Appending to the log on this machine's disk and to a JetStream cluster of three on loopback, side by side."""

from __future__ import annotations

import argparse
import sys
import tempfile
import threading
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests" / "support"))

from nats_cluster import nats_cluster

from staycourse.adapters.jetstream import JetStreamPlace, read_address
from staycourse.adapters.log import SegmentPlace
from staycourse.events import Event
from staycourse.kernel import SystemClock

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


def batches(events: int, size: int, writer: int) -> list[list[Event]]:
    """Return the batches that one thread appends."""
    return [
        [
            Event(event_id=f"{writer}-{start + one}", learner=f"learner-{one % 500}", verb="content_viewed", time=NOW,
                  course="maths", object=f"page/{one}", value=1)
            for one in range(size)
        ]
        for start in range(0, events, size)
    ]  # fmt: skip


def rate(place: SegmentPlace | JetStreamPlace, work: Sequence[Sequence[Sequence[Event]]]) -> float:
    """Return the events a second that one thread for each item of `work` gets acknowledged together."""
    log = place.writer()
    log.append("warm", work[0][0])

    def append(mine: Sequence[Sequence[Event]]) -> None:
        for batch in mine:
            log.append("main", batch)

    threads = [threading.Thread(target=append, args=(mine,)) for mine in work]
    begun = perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    seconds = perf_counter() - begun
    log.close()
    return sum(len(batch) for mine in work for batch in mine) / seconds


def main() -> None:
    """Print one table."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--events", type=int, default=400_000)
    asked = options.parse_args()
    print(f"{'batch':>6} {'threads':>8} {'disk, events/s':>16} {'three servers':>16} {'ratio':>6}")
    with tempfile.TemporaryDirectory() as folder:
        cluster = nats_cluster(Path(folder), 3)
        try:
            for size in (100, 1_000):
                for threads in (1, 8):
                    each = max(asked.events * size // 1_000 // threads, size)
                    work = [batches(each, size, writer) for writer in range(threads)]
                    disk = rate(SegmentPlace(Path(folder) / f"log-{size}-{threads}", SystemClock()), work)
                    place = JetStreamPlace(
                        read_address(cluster.address(stream=f"b{size}-{threads}", replicas=3)), SystemClock()
                    )
                    shared = rate(place, work)
                    place.close()
                    print(f"{size:>6} {threads:>8} {disk:>16,.0f} {shared:>16,.0f} {shared / disk:>6.2f}")
        finally:
            cluster.stop()


if __name__ == "__main__":
    main()

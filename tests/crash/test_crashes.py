"""Killed at any moment, a hundred times over: nothing acknowledged is lost, nothing is there twice."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

import pyarrow.parquet as pq
from crash_worker import events_of, make_lake

from staycourse.adapters.log import SegmentLog

KILLS = 120
CHECK_EVERY = 30


def test_killed_a_hundred_times_nothing_is_lost_and_nothing_doubled(tmp_path: Path) -> None:
    dice = random.Random(20260301)
    exits: Counter[int] = Counter()
    with worker() as (orders, answers):
        for round_ in range(KILLS):
            tried, acknowledged = notes(tmp_path)
            order = {
                "home": str(tmp_path),
                "round": round_,
                "again": sorted(tried - acknowledged),
                "touch": dice.randrange(1, 90) if round_ % 3 else 0,
                "after": dice.random() < 0.5,
            }
            orders.write(json.dumps(order) + "\n")
            orders.flush()
            child = int(answers.readline())
            if not order["touch"]:
                time.sleep(dice.uniform(0.005, 0.25))  # the random moment of the kill itself
                os.kill(child, signal.SIGKILL)
            exits[int(answers.readline())] += 1
            if round_ % CHECK_EVERY == CHECK_EVERY - 1:
                check(tmp_path)
    assert exits == {-signal.SIGKILL: KILLS}
    _, acknowledged = notes(tmp_path)
    assert len(acknowledged) > KILLS


@contextmanager
def worker() -> Iterator[tuple[IO[str], IO[str]]]:
    """Start the server of processes to be killed; hand out its ears and its mouth."""
    script = Path(__file__).with_name("crash_worker.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        yield process.stdin, process.stdout
        process.stdin.close()


def notes(home: Path) -> tuple[set[str], set[str]]:
    """Return the batches that were tried and those that were acknowledged."""
    path = home / "notes"
    lines = path.read_text().split() if path.exists() else []
    acknowledged = {line[1:] for line in lines if line[0] == "!"}
    return {line[1:] for line in lines}, acknowledged


def check(home: Path) -> None:
    """Let everything come to rest in the lake and compare it with what was acknowledged."""
    SegmentLog(home / "log").close()
    lake = make_lake(home)
    lake.compact(home / "log")
    found: Counter[str] = Counter()
    for tenant in lake.tenants():
        for file in lake.files(tenant):
            found.update(pq.ParquetFile(file.path).read(["event_id"])["event_id"].to_pylist())
    tried, acknowledged = notes(home)
    assert [name for name, count in found.items() if count > 1] == []
    assert {event.event_id for batch in acknowledged for event in events_of(batch)} - found.keys() == set()
    assert found.keys() - {event.event_id for batch in tried for event in events_of(batch)} == set()
    check = lake.verify()
    assert check.wrong == ()
    assert not list((home / "log").glob("*.open"))

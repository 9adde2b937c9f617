"""Sustained ingest with compaction keeping pace: a writer and `staycourse compact` beside it, until all is in the lake.

The writer reads JSON batches, checks and appends them, as a server does; with `--over http` they come through the
served API instead. Every event has an id of its own, as in life. The rate is
all events over all the time until the lake holds them: what only waits in the log does not count.
Run: python benchmarks/sustained_ingest.py [--seconds 20] [--batch 1000] [--over log|http] [--folder DIR]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import signal
import tempfile
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from multiprocessing.synchronize import Event as Flag
from pathlib import Path

import msgspec

from http_ingest import SENT, Side, fitting, pour, requests_of, serve_ours, waited
from staycourse.app.homes import Home
from staycourse.app.homes.memory import keep_pages
from staycourse.app.nights import compact_home
from staycourse.app.nights.compaction import GATE_SECONDS
from staycourse.kernel import HomeInUse, Settings, SystemClock
from staycourse.web.api.batches import read_json

ROUND = b"00000000"
LENGTH = len(ROUND)
MOST_WAITING = 1 << 30  # the writer waits beyond this, as senders must


def settings_of(folder: Path, threads: int = 1) -> Settings:
    return Settings(folder, "main", "UTC", SystemClock(), threads, 1)


def bodies(batch: int) -> list[bytes]:
    """Return JSON batches whose ids begin with ROUND, to be told apart by what takes its place."""
    events = [msgspec.structs.replace(event, event_id=ROUND.decode() + event.event_id[LENGTH:], time=datetime.now(UTC))
              for event in fitting(batch * 40)]  # fmt: skip
    rows = [{name: value for name, value in msgspec.structs.asdict(event).items() if name in SENT} for event in events]
    return [msgspec.json.encode(rows[start : start + batch]) for start in range(0, len(rows), batch)]


def fresh(pieces: list[bytes]) -> Iterator[bytes]:
    """Give the batches for ever, each time with ids that were never before."""
    for number in range(1 << 31):
        for piece in pieces:
            yield piece.replace(b'"event_id":"' + ROUND, b'"event_id":"%08x' % number)


def compact(folder: Path, ready: Flag, stop: Flag) -> None:
    """Compact every half second until told to stop, and then once more."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    keep_pages()
    home = Home(settings_of(folder), writing=False)
    ready.set()
    while not stop.wait(0.5):
        try:
            compact_home(home)
        except HomeInUse:
            continue
    home.close()


def written(folder: Path, batch: int, seconds: float) -> int:
    """Append for so long; return how many events."""
    home, count, rolled = Home(settings_of(folder), writing=False, gate_seconds=GATE_SECONDS), 0, time.monotonic()
    until, waiting = rolled + seconds, False
    for body in fresh(bodies(batch)):
        now = time.monotonic()
        if now > until:
            break
        if now > rolled + 1:
            home.log.roll()
            rolled, waiting = now, home.log_health().bytes > MOST_WAITING
        if waiting:
            time.sleep(0.05)
            continue
        found = read_json(body, datetime.now(UTC))
        home.log.append("main", found.events)
        count += len(found.events)
    home.close()
    return count


def posted(folder: Path, batch: int, seconds: float) -> int:
    """Post for so long to a server; return how many events were acknowledged."""
    side = Side(serve_ours, folder)
    try:
        requests = requests_of(fitting(batch * 4), batch, side.key)
        waited(side, requests)
        heads = [request.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for request in requests]
        pool = bodies(batch)
        head = heads[0].rpartition(b"content-length: ")[0]
        made = [head + b"content-length: %d\r\n\r\n" % len(body) + body for body in pool]
        many, source = [], fresh(made)
        begun = time.monotonic()
        count = 0
        while time.monotonic() - begun < seconds:
            many = [next(source) for _ in range(len(made))]
            count += pour(side.port, many, min(1.0, seconds), most=len(many)) * batch
        return count
    finally:
        side.stop()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=20.0)
    parser.add_argument("--batch", type=int, default=1_000)
    parser.add_argument("--over", choices=("log", "http"), default="log")
    parser.add_argument("--folder", type=Path, default=None, help="where to write (a real disk, not memory)")
    given = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}")
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        folder = Path(name) / "home"
        Home(settings_of(folder), writing=False).close()
        context = multiprocessing.get_context("spawn")
        ready, stop = context.Event(), context.Event()
        compactor = context.Process(target=compact, args=(folder, ready, stop))
        compactor.start()
        ready.wait()
        work = written if given.over == "log" else posted
        begun = time.monotonic()
        count = work(folder, given.batch, given.seconds)
        wrote = time.monotonic() - begun
        stop.set()
        compactor.join()
        home = Home(settings_of(folder), writing=False)
        compact_home(home)
        took = time.monotonic() - begun
        left = home.log_health().bytes
        home.close()
    print(f"over {given.over}, batches of {given.batch:,}: {count:,} events written in {wrote:.1f} s")
    print(f"in the lake after {took:.1f} s: sustained {count / took:,.0f}/s, {left} bytes left in the log")


if __name__ == "__main__":
    main()

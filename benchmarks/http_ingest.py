"""Durable ingest over HTTP: ours against FastAPI with Pydantic doing the same, and against the bare log.

Both servers run one worker of uvicorn (httptools, uvloop), ask for a key, check every event against the vocabulary, and
answer once the events are on the disk in the same log with the same group commit. Each is asked by the same load:
a process that keeps CONNECTIONS requests under way, their bytes made beforehand. The sides take turns, so that what
else the machine does falls on all. Run: python benchmarks/http_ingest.py [--seconds 3] [--folder DIR]
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import socket
import tempfile
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Annotated, Any

import msgspec
import uvicorn
from fastapi import FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict, Field

from log_append import made_up
from staycourse.adapters.log import SegmentLog
from staycourse.app.homes import Home
from staycourse.app.intake import key_book
from staycourse.events import Event, check_event
from staycourse.kernel import Settings, SystemClock
from staycourse.web.api.serving import ServedApi, api_config

TURNS = 4
CONNECTIONS = 16
BODIES = 64
FAST = 2**31 - 1
KEY = "the-twin-s-key"
SENT = ("event_id", "learner", "verb", "time", "course", "object", "value", "source")


class EventModel(BaseModel):
    """The same event in Pydantic's words."""

    model_config = ConfigDict(extra="forbid")
    event_id: Annotated[str, Field(min_length=1, max_length=200)]
    learner: Annotated[str, Field(min_length=1, max_length=200)]
    verb: Annotated[str, Field(max_length=200)]
    time: datetime
    course: Annotated[str, Field(max_length=200)] = ""
    object: Annotated[str, Field(max_length=500)] = ""
    value: Annotated[int, Field(ge=-(2**53), le=2**53)] | None = None
    source: Annotated[str, Field(max_length=200)] = ""
    attributes: dict[str, str] = {}
    backfill: bool = False


class Answer(BaseModel):
    accepted: int


def twin_app(folder: Path) -> FastAPI:
    """Return the FastAPI way of doing the same."""
    app, log, clock = FastAPI(), SegmentLog(folder / "log"), SystemClock()

    @app.post("/v1/events")
    def take(events: list[EventModel], authorization: Annotated[str, Header()] = "") -> Answer:
        if authorization != f"Bearer {KEY}":
            raise HTTPException(401)
        now = clock.now()
        log.append("main", [check_event(Event(**event.model_dump()), now) for event in events])
        return Answer(accepted=len(events))

    return app


def serve_ours(folder: Path, listening: socket.socket, told: Connection) -> None:
    """Serve our own API as the verb does."""
    settings = Settings(folder, "main", "UTC", SystemClock(), 1, 1)
    home = Home(settings, writing=False)
    key = key_book(home).issue("main", "load", ["write"], SystemClock().now(), events_per_second=FAST,
                               requests_per_second=FAST).text  # fmt: skip
    home.close()
    told.send(key)
    uvicorn.Server(api_config(ServedApi(settings))).run(sockets=[listening])


def serve_twin(folder: Path, listening: socket.socket, told: Connection) -> None:
    """Serve the twin under the same settings."""
    folder.mkdir(parents=True, exist_ok=True)
    told.send(KEY)
    config = api_config(twin_app(folder))
    config.lifespan = "off"
    uvicorn.Server(config).run(sockets=[listening])


class Side:
    """A server in a process of its own."""

    def __init__(self, serve: Callable[[Path, socket.socket, Connection], None], folder: Path) -> None:
        listening = socket.create_server(("127.0.0.1", 0), backlog=256)
        self.port: int = listening.getsockname()[1]
        here, there = multiprocessing.Pipe()
        self._process = multiprocessing.get_context("spawn").Process(target=serve, args=(folder, listening, there))
        self._process.start()
        self.key: str = here.recv()
        listening.close()

    def cpu(self) -> float:
        """Return the processor's seconds that the server has used so far (Linux)."""
        used = Path(f"/proc/{self._process.pid}/stat").read_text(encoding="ascii").rpartition(")")[2].split()
        return (int(used[11]) + int(used[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self) -> None:
        self._process.terminate()
        self._process.join()


def fitting(count: int) -> list[Event]:
    """Return events of about real shape that fit the vocabulary."""
    return [msgspec.structs.replace(event, value=(event.value or 0) % 2) for event in made_up(count)]


def requests_of(events: Sequence[Event], batch: int, key: str) -> list[bytes]:
    """Return whole requests, one for each batch."""
    found = []
    for start in range(0, len(events), batch):
        piece = [msgspec.structs.asdict(event) for event in events[start : start + batch]]
        rows = [{name: row[name] for name in SENT} for row in piece]
        body = msgspec.json.encode(rows)
        head = (f"POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {key}\r\n"
                f"content-type: application/json\r\ncontent-length: {len(body)}\r\n\r\n").encode()  # fmt: skip
        found.append(head + body)
    return found


def pour(port: int, requests: Sequence[bytes], seconds: float, *, most: int = 2**62) -> int:
    """Keep CONNECTIONS requests under way for so long, at most so many in all; return how many were answered."""
    until, counts, refused = time.monotonic() + seconds, [0] * CONNECTIONS, list[bytes]()

    def one(number: int) -> None:
        turn = number
        with socket.create_connection(("127.0.0.1", port), timeout=30) as connection:
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            while time.monotonic() < until and turn < most:
                connection.sendall(requests[turn % len(requests)])
                turn += CONNECTIONS
                answer = connection.recv(65_536)
                while not answer.endswith(b"}"):
                    more = connection.recv(65_536)
                    answer += more or b"cut off}"
                if not answer.startswith(b"HTTP/1.1 200") or b'"rejected":[{' in answer:
                    refused.append(answer)
                    return
                counts[number] += 1

    threads = [threading.Thread(target=one, args=(number,)) for number in range(CONNECTIONS)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if refused:
        raise SystemExit(refused[0].decode())
    return sum(counts)


def bare(log: SegmentLog, events: Sequence[Event], batch: int, seconds: float) -> int:
    """Append batches one after the other for so long; return how many."""
    until, count, most = time.monotonic() + seconds, 0, len(events) // batch
    while time.monotonic() < until:
        start = batch * (count % most)
        log.append("main", events[start : start + batch])
        count += 1
    return count


def waited(side: Side, requests: Sequence[bytes]) -> None:
    """Return once the server answers."""
    for _ in range(600):
        with suppress(OSError):
            pour(side.port, requests[:CONNECTIONS], 0.2)
            return
        time.sleep(0.1)
    raise SystemExit("the server did not begin to answer")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each side's turn")
    parser.add_argument("--batches", type=int, nargs="*", default=[100, 1_000])
    parser.add_argument("--folder", type=Path, default=None, help="where to write (a real disk, not memory)")
    given = parser.parse_args()
    print(f"load average {os.getloadavg()[0]:.1f}, {CONNECTIONS} connections, {TURNS} turns of {given.seconds:g} s")
    print(f"{'batch':>6} {'ours':>12} {'FastAPI':>12} {'bare log':>12} {'to FastAPI':>11} {'to bare':>8}")
    with tempfile.TemporaryDirectory(dir=given.folder) as name:
        for batch in given.batches:
            show(Path(name) / str(batch), batch, given.seconds)


def show(folder: Path, batch: int, seconds: float) -> None:
    """Measure and print one size of batches."""
    events = fitting(batch * BODIES)
    ours, twin = Side(serve_ours, folder / "ours"), Side(serve_twin, folder / "twin")
    log = SegmentLog(folder / "bare")
    told: dict[str, list[float]] = {"ours": [], "twin": [], "bare": []}
    spent: dict[str, list[float]] = {"ours": [], "twin": [], "bare": []}
    busy = {"ours": ours.cpu, "twin": twin.cpu, "bare": time.process_time}
    sides: dict[str, Callable[[], Any]] = {"bare": lambda: bare(log, events, batch, seconds)}
    try:
        for name, side in (("ours", ours), ("twin", twin)):
            requests = requests_of(events, batch, side.key)
            waited(side, requests)
            sides[name] = partial(pour, side.port, requests, seconds)
        for _ in range(TURNS):
            for name, run in sides.items():
                begun, used = time.monotonic(), busy[name]()
                count = run() * batch
                told[name].append(count / (time.monotonic() - begun))
                spent[name].append((busy[name]() - used) / count * 1e6)
    finally:
        ours.stop()
        twin.stop()
        log.close()
    rate, cpu = ({name: sorted(found)[len(found) // 2] for name, found in each.items()} for each in (told, spent))
    print(
        f"{batch:>6} {rate['ours']:>10,.0f}/s {rate['twin']:>10,.0f}/s {rate['bare']:>10,.0f}/s"
        f" {rate['ours'] / rate['twin']:>10.1f}x {rate['ours'] / rate['bare']:>8.2f}"
        f"   processor, us an event: {cpu['ours']:.2f} {cpu['twin']:.2f} {cpu['bare']:.2f}",
        flush=True,
    )


if __name__ == "__main__":
    main()

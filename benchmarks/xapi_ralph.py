"""xAPI statements stored durably per second: this server against ralph-malph 5.1 (file system), on the same machine.

Both servers run as processes of their own on loopback. The same client, the same statements, in turns, over one
connection (how long a client waits for the disk and the way there) and over several (what a server can do). Ralph is
told by its program (in an environment of its own: `pip install "ralph-malph[lrs,cli]==5.1.0" requests`). As shipped
its file system refuses every request after the first, so it is told to append. It does not sync its file; we do before
each answer. Run: python benchmarks/xapi_ralph.py --ralph PATH/bin/ralph [--seconds 5]
"""

from __future__ import annotations

import argparse
import base64
import itertools
import json
import os
import random
import socket
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from staycourse.app.homes import Home
from staycourse.app.intake import key_book
from staycourse.kernel import Settings, SystemClock

BATCHES = (1, 100, 1_000)
APPEND = """
from ralph.backends.data.base import BaseOperationType
from ralph.backends.data.fs import FSDataBackend
FSDataBackend.default_operation_type = BaseOperationType.APPEND
"""
REQUESTS = {1: 1_600, 100: 160, 1_000: 32}
"""How many are made beforehand for a round, by the size of the batch."""
WARMING_SECONDS = 4.0
"""Each server gets single statements for so long before anything counts: what begins with the first has begun then."""

LEARNERS, COURSES, LESSONS = 5_000, 50, 400


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--ralph", type=Path, default=None, help="ralph's program; without it ours is measured alone")
    parser.add_argument("--seconds", type=float, default=5.0, help="of each turn")
    parser.add_argument("--turns", type=int, default=2)
    parser.add_argument("--connections", type=int, nargs="+", default=[1, 16])
    parser.add_argument("--folder", type=Path, default=None, help="where to write (a real disk, not memory)")
    given = parser.parse_args()
    print(f"load at the start: {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    with tempfile.TemporaryDirectory(dir=given.folder) as name, ours(Path(name) / "ours") as our_side:
        print(f"{'connections':>11} {'batch':>6} {'ours':>25} {'Ralph':>25} {'ratio':>7}")
        stored, ingested = 0, 0.0
        with ralph(given.ralph, Path(name) / "ralph") as other:
            for side in (our_side, other):
                if side is not None:
                    sent(side, 1, WARMING_SECONDS, 1)
            caught_up(our_side)
            for connections, batch in itertools.product(given.connections, BATCHES):
                mine, theirs = [], []
                for _ in range(given.turns):
                    count, seconds, worked = sent(our_side, batch, given.seconds, connections)
                    stored, ingested = stored + count, ingested + seconds
                    mine.append((count / seconds, worked / count))
                    ingested += caught_up(our_side)
                    if other is not None:
                        count, seconds, worked = sent(other, batch, given.seconds, connections)
                        theirs.append((count / seconds, worked / count))
                told = f"{connections:>11} {batch:>6} {shown(max(mine))}"
                if theirs:
                    told += f" {shown(max(theirs))} {max(mine)[0] / max(theirs)[0]:>6.1f}x"
                print(told, flush=True)
        print(f"sustained, until all can be found: {stored / ingested:,.0f} statements a second ({stored:,} in all)")
        print(f"load at the end: {os.getloadavg()[0]:.1f}")


def _worked(process: int) -> float:
    place = Path("/proc") / str(process)
    told = (place / "stat").read_text().rpartition(")")[2].split()
    children = (place / "task" / str(process) / "children").read_text().split()
    own = (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
    return own + sum(_worked(int(child)) for child in children)


def shown(best: tuple[float, float]) -> str:
    """Return statements a second, and the server's processor time for each."""
    return f"{best[0]:>10,.0f} /s {best[1] * 1e6:>8,.0f} us"


class Side:
    """One server as the clients see it."""

    def __init__(self, process: int, port: int, path: str, user: str, password: str, version: str) -> None:
        self.process = process
        self.port = port
        shown = base64.b64encode(f"{user}:{password}".encode()).decode()
        self.head = (f" {path} HTTP/1.1\r\nhost: 127.0.0.1:{port}\r\nauthorization: Basic {shown}\r\n"
                     f"content-type: application/json\r\nx-experience-api-version: {version}\r\n")  # fmt: skip

    def posting(self, body: bytes) -> bytes:
        """Return a whole request."""
        return f"POST{self.head}content-length: {len(body)}\r\n\r\n".encode() + body

    def worked(self) -> float:
        """Return the processor time that the server and its children have taken, in seconds."""
        return _worked(self.process)

    def opened(self) -> socket.socket:
        """Return a connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout=120)


def asked(connection: socket.socket, request: bytes) -> tuple[int, dict[str, str]]:
    """Send a request as it stands and read the whole answer: a client that costs next to nothing beside the server."""
    connection.sendall(request)
    told = _received(connection)
    while b"\r\n\r\n" not in told:
        told += _received(connection)
    head, _, body = told.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in lines)}
    left = int(headers.get("content-length", "0")) - len(body)
    while left > 0:
        left -= len(_received(connection))
    return int(first.split(" ", 2)[1]), headers


def _received(connection: socket.socket) -> bytes:
    piece = connection.recv(1 << 16)
    if not piece:
        raise ConnectionResetError("the server closed the connection before it had answered")
    return piece


def sent(side: Side, batch: int, seconds: float, connections: int) -> tuple[int, float, float]:
    """Send batches one after the other over each connection; return how many statements were acknowledged, in what
    time, and in what processor time of the server. The requests are made beforehand: the client's work is not measured.
    """
    rounds = max(4, int(seconds * 2))
    count, spent, worked = 0, 0.0, 0.0
    for _ in range(rounds):
        made = [[side.posting(json.dumps(made_up(batch), separators=(",", ":")).encode())
                 for _ in range(max(REQUESTS[batch] // connections, 2))] for _ in range(connections)]  # fmt: skip
        with ThreadPoolExecutor(connections) as pool:
            start, before = time.perf_counter(), side.worked()
            kept = sum(pool.map(_sent, [side] * connections, made, [start + seconds - spent] * connections))
            spent += time.perf_counter() - start
            worked += side.worked() - before
        count += kept * batch
        if spent >= seconds:
            break
    return count, spent, worked


def _sent(side: Side, requests: Sequence[bytes], until: float) -> int:
    kept = 0
    connection = side.opened()
    for request in requests:
        try:
            status, headers = asked(connection, request)
        except (ConnectionResetError, BrokenPipeError):  # by a server too busy to answer in its own time: not counted
            connection.close()
            connection = side.opened()
            continue
        if status not in (200, 429):
            raise RuntimeError(f"answered {status}")
        kept += status == 200
        if time.perf_counter() >= until:
            break
        if headers.get("connection") == "close":
            connection.close()
            connection = side.opened()
    connection.close()
    return kept


def caught_up(side: Side) -> float:
    """Return how long it took until all that was sent can be found."""
    start, now = time.perf_counter(), datetime.now(UTC)
    request = f"GET{side.head}\r\n".replace(" HTTP/1.1", "?limit=1 HTTP/1.1").encode()
    while True:
        with side.opened() as connection:
            _, headers = asked(connection, request)
        through = headers["x-experience-api-consistent-through"]
        if datetime.fromisoformat(through) >= now:
            return time.perf_counter() - start


def made_up(count: int) -> list[dict[str, Any]]:
    """Return statements as a learning platform sends them, each with an id of its own."""
    return [_statement(random.randrange(LEARNERS), random.randrange(COURSES)) for _ in range(count)]


def _statement(learner: int, course: int) -> dict[str, Any]:
    lesson = random.randrange(LESSONS)
    taught = {"id": f"https://lms.example.org/course/{course}",
              "definition": {"type": "http://adlnet.gov/expapi/activities/course"}}  # fmt: skip
    return {
        "id": str(uuid.uuid4()),
        "actor": {"objectType": "Agent", "name": f"User {learner}",
                  "account": {"homePage": "https://lms.example.org", "name": f"user-{learner}"}},
        "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en": "completed"}},
        "object": {"objectType": "Activity", "id": f"https://lms.example.org/lesson/{course}/{lesson}",
                   "definition": {"type": "http://adlnet.gov/expapi/activities/lesson", "name": {"en": "A lesson"}}},
        "result": {"score": {"scaled": round(random.random(), 3)}, "completion": True, "duration": "PT93S"},
        "context": {"registration": str(uuid.UUID(int=learner * COURSES + course, version=4)), "platform": "LMS",
                    "contextActivities": {"grouping": [taught]}},
        "timestamp": datetime.now(UTC).isoformat().replace("+00:00", "Z"),
    }  # fmt: skip


@contextmanager
def ours(place: Path) -> Iterator[Side]:
    """Serve a fresh home."""
    home = Home(Settings(place, "main", "UTC", SystemClock(), 1, 1), writing=False)
    now = home.settings.clock.now()
    issued = key_book(home).issue("main", "benchmark", ("xapi",), now, requests_per_second=1_000_000,
                                  events_per_second=10_000_000)  # fmt: skip
    home.close()
    port = free_port()
    command = [sys.executable, "-m", "staycourse", "--home", str(place), "serve-api", "--port", str(port)]
    with served(command, port, {}) as process:
        yield Side(process, port, "/xapi/statements", issued.key_id, issued.text.rsplit("_", 1)[1], "2.0.0")


@contextmanager
def ralph(program: Path | None, place: Path) -> Iterator[Side | None]:
    """Serve with Ralph; None where it is not given."""
    if program is None:
        yield None
        return
    place.mkdir(parents=True)
    (place / "data").mkdir()
    (place / "sitecustomize.py").write_text(APPEND)
    environment = {"RALPH_APP_DIR": str(place), "RALPH_AUTH_FILE": str(place / "auth.json"),
                   "RALPH_BACKENDS__LRS__FS__DEFAULT_DIRECTORY_PATH": str(place / "data"),
                   "RALPH_RUNSERVER_AUTH_BACKENDS": "basic", "RALPH_RUNSERVER_BACKEND": "fs",
                   "PYTHONPATH": str(place)}  # fmt: skip
    subprocess.run(
        [str(program), "auth", "-u", "ralph", "-p", "secret", "-s", "all", "-M", "mailto:ralph@example.org", "-w"],
        check=True, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
    )  # fmt: skip
    port = free_port()
    command = [str(program), "-v", "ERROR", "runserver", "-b", "fs", "-h", "127.0.0.1", "-p", str(port)]
    with served(command, port, environment) as process:
        yield Side(process, port, "/xAPI/statements", "ralph", "secret", "1.0.3")


@contextmanager
def served(command: list[str], port: int, environment: dict[str, str]) -> Iterator[int]:
    """Run a server until the block ends; give its process."""
    process = subprocess.Popen(command, env={**os.environ, **environment}, stdout=subprocess.DEVNULL,
                               stderr=subprocess.DEVNULL)  # fmt: skip
    try:
        for _ in range(600):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            if process.poll() is not None:
                raise RuntimeError(f"{command[0]} ended with {process.returncode}")
            time.sleep(0.1)
        yield process.pid
    finally:
        process.terminate()
        process.wait(60)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as server:
        return int(server.getsockname()[1])


if __name__ == "__main__":
    main()

"""A home under mixed load: server, worker and compactor as processes that are killed at random; nobody may notice.

Senders post batches to the native and the Segment door. What was answered with success is acknowledged; at the end
every acknowledged event must be in the lake, once, and nothing else but what was in doubt when a server was killed.
"""

from __future__ import annotations

import base64
import gzip
import json
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pyarrow.parquet as pq

from staycourse.app.homes import Home
from staycourse.app.intake import key_book
from staycourse.app.nights import compact_home
from staycourse.kernel import Settings, SystemClock

TENANTS = ("main", "other")
SEGMENT = "segment:"  # begins the id that the door makes of a message's
VERBS = ("lesson_completed", "logged_in", "rated", "refund_asked")


@dataclass
class Told:
    """What one tenant's senders sent: acknowledged, or in doubt (no answer came)."""

    acknowledged: set[str] = field(default_factory=set)
    doubtful: set[str] = field(default_factory=set)
    answers: dict[int, int] = field(default_factory=dict)


class MixedLoad:
    """Starts everything over the home `place`; use it in a `with` block."""

    def __init__(self, place: Path, *, seed: int = 1, pause_seconds: float = 0.0) -> None:
        self.settings = Settings(place, "main", "Asia/Shanghai", SystemClock(), 1, 1)
        self.port = _free_port()
        self.told = {tenant: Told() for tenant in TENANTS}
        self.kills = 0
        self._pause = pause_seconds
        self._dice = random.Random(seed)
        self._stop = threading.Event()
        self._turn = threading.Lock()
        self._folder = place.parent
        self.keys: dict[str, str] = {}
        for tenant in TENANTS:
            home = Home(Settings(place, tenant, "Asia/Shanghai", SystemClock(), 1, 1), writing=False)
            issued = key_book(home).issue(tenant, "load", ["write"], datetime.now(UTC), actor="test")
            self.keys[tenant] = issued.text
            home.close()
        self._commands: Mapping[str, Sequence[str]] = {
            "web": ("serve-api", "--port", str(self.port)),
            "worker": ("tick", "--every", "0.3"),
            "compactor": ("compact", "--every", "0.3"),
        }
        self.running: dict[str, subprocess.Popen[bytes]] = {}

    def __enter__(self) -> MixedLoad:
        for name in self._commands:
            self._start(name)
        self._wait_until_served()
        self._senders = [
            threading.Thread(target=self._send, args=(number, tenant), daemon=True)
            for number, tenant in enumerate(TENANTS * 2)
        ]
        for thread in self._senders:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._senders:
            thread.join(60)
        for process in self.running.values():
            process.send_signal(signal.SIGTERM)
        for process in self.running.values():
            process.wait(60)

    def kill(self) -> str:
        """Kill a process at random, start it again, and return which it was."""
        name = self._dice.choice(sorted(self._commands))
        process = self.running[name]
        process.kill()
        process.wait()
        self.kills += 1
        self._start(name)
        return name

    def run(self, seconds: float, *, kill_every: float, each: Callable[[], None] = lambda: None) -> None:
        """Let it run for so long, killing about every `kill_every` seconds (0: never); `each` is called each second."""
        end = time.monotonic() + seconds
        next_kill = time.monotonic() + kill_every
        while time.monotonic() < end:
            time.sleep(min(1.0, max(end - time.monotonic(), 0.01)))
            each()
            if kill_every and time.monotonic() >= next_kill:
                self.kill()
                next_kill = time.monotonic() + kill_every * (0.5 + self._dice.random())

    def check(self) -> dict[str, int]:
        """Compact what is left and compare with the lake; return how many events each tenant has there."""
        home = Home(self.settings, writing=True)
        try:
            while compact_home(home).segments:
                pass
            counts = {}
            for tenant, told in self.told.items():
                ids = [
                    name
                    for file in home.lake.files(tenant)
                    for name in pq.read_table(file.path, columns=["event_id"])["event_id"].to_pylist()
                ]
                kept = set(ids)
                assert len(ids) == len(kept), f"{tenant}: {len(ids) - len(kept)} events are there twice"
                lost = told.acknowledged - kept
                assert not lost, f"{tenant}: {len(lost)} of {len(told.acknowledged)} acknowledged events are lost"
                strange = kept - told.acknowledged - told.doubtful
                assert not strange, f"{tenant}: {len(strange)} events came that were refused, or never sent"
                counts[tenant] = len(kept)
            return counts
        finally:
            home.close()

    def _start(self, name: str) -> None:
        # Its own errors are not ours to hide: they go to a file beside the home.
        with (self._folder / f"{name}.err").open("ab") as told:
            self.running[name] = subprocess.Popen(
                [sys.executable, "-m", "staycourse", "--home", str(self.settings.home), *self._commands[name]],
                stdout=subprocess.DEVNULL,
                stderr=told,
            )

    def _wait_until_served(self) -> None:
        for _ in range(600):
            try:
                if httpx.get(f"http://127.0.0.1:{self.port}/healthz").status_code == 200:
                    return
            except httpx.HTTPError:
                time.sleep(0.1)
        raise AssertionError("the server did not start")

    def _send(self, number: int, tenant: str) -> None:
        dice = random.Random(number)
        told, key, round_ = self.told[tenant], self.keys[tenant], 0
        again: list[str] = []
        with httpx.Client(base_url=f"http://127.0.0.1:{self.port}", timeout=10) as client:
            while not self._stop.is_set():
                round_ += 1
                door, ask = (SEGMENT, _segment) if dice.random() < 0.3 else ("native:", _native)
                names = [f"{door}{tenant}-{number}-{round_}-{one}" for one in range(dice.choice((1, 10, 100)))]
                names += again if dice.random() < 0.1 and again and again[0].startswith(door) else []
                again = names[:1]  # sent again, as senders do
                try:
                    status = ask(client, key, names, dice)
                except httpx.ConnectError:
                    time.sleep(0.05)  # nobody was there: nothing of it can have been kept
                    continue
                except httpx.HTTPError:
                    with self._turn:
                        told.doubtful.update(set(names) - told.acknowledged)
                    time.sleep(0.05)
                    continue
                with self._turn:
                    told.answers[status] = told.answers.get(status, 0) + 1
                    if status == 200:
                        told.acknowledged.update(names)
                    else:
                        told.doubtful.update(set(names) - told.acknowledged)
                if self._pause:
                    time.sleep(self._pause)


def _native(client: httpx.Client, key: str, names: Sequence[str], dice: random.Random) -> int:
    now = datetime.now(UTC).isoformat()
    events = [
        {"event_id": name, "learner": f"learner-{dice.randrange(200)}", "verb": dice.choice(VERBS), "time": now,
         "course": "maths"} for name in names
    ]  # fmt: skip
    for event in events:
        if event["verb"] == "rated":
            event["value"] = 400  # type: ignore[assignment]
    body, headers = json.dumps(events).encode(), {"authorization": f"Bearer {key}", "content-type": "application/json"}
    if dice.random() < 0.3:
        body, headers["content-encoding"] = gzip.compress(body), "gzip"
    return client.post("/v1/events", content=body, headers=headers).status_code


def _segment(client: httpx.Client, key: str, names: Sequence[str], dice: random.Random) -> int:
    now = datetime.now(UTC).isoformat()
    batch = [
        {
            "type": "track",
            "messageId": name.removeprefix(SEGMENT),
            "userId": f"learner-{dice.randrange(200)}",
            "event": "Lesson Completed",
            "timestamp": now,
            "properties": {"course_id": "maths", "lesson_id": "l1"},
        }
        for name in names
    ]
    basic = base64.b64encode(f"{key}:".encode()).decode()
    sent = {"batch": batch, "sentAt": now}
    return client.post("/v1/batch", json=sent, headers={"authorization": f"Basic {basic}"}).status_code


def _free_port() -> int:
    with socket.socket() as one:
        one.bind(("127.0.0.1", 0))
        port: int = one.getsockname()[1]
        return port

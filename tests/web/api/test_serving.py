"""The served API: slow senders are cut off, what is under way is finished, several workers share one home."""

from __future__ import annotations

import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from api_site import ApiSite, logged, views
from served_api import served

from staycourse.app.homes import Home
from staycourse.app.intake import key_book
from staycourse.app.nights import compact_home
from staycourse.kernel import Settings, SystemClock
from staycourse.web.api import body, serving

WAIT = 240  # seconds at most until a server that was started answers; the machines are shared


def connected(address: str) -> socket.socket:
    host, port = address.removeprefix("http://").split(":")
    return socket.create_connection((host, int(port)), timeout=20)


def test_a_head_that_does_not_come_is_cut_off(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serving, "HEAD_SECONDS", 0.2)
    with served(site.app) as address, connected(address) as silent, connected(address) as slow:
        slow.sendall(b"POST /v1/events HTTP/1.1\r\nhost: x\r\n")
        for connection in (silent, slow):
            with suppress(ConnectionResetError):
                assert connection.recv(1_000) == b""
        assert httpx.get(f"{address}/healthz").status_code == 200


def test_a_body_that_does_not_come_is_answered_so(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(body, "BODY_SECONDS", 0.2)
    head = (f"POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: Bearer {site.keys['main']}\r\n"
            "content-type: application/json\r\ncontent-length: 100\r\n\r\n[").encode()  # fmt: skip
    with served(site.app) as address, connected(address) as slow:
        slow.sendall(head)
        assert slow.recv(1_000).startswith(b"HTTP/1.1 408")


def test_a_chunked_body_is_bounded_too(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def chunks() -> Iterator[bytes]:
        for _ in range(17):
            yield b" " * (1 << 20)

    key = {"authorization": f"Bearer {site.keys['main']}"}
    with served(site.app) as address:
        try:
            answer = httpx.post(f"{address}/v1/events", content=chunks(), headers=key)
            assert answer.status_code == 413
        except (httpx.WriteError, httpx.ReadError):  # it hung up before the rest was sent
            pass
        small = httpx.post(f"{address}/v1/events", content=iter([b"[", b"]"]), headers=key)
        assert small.json() == {"accepted": 0, "rejected": []}


@contextmanager
def server_of(home: Path, *arguments: str, environment: dict[str, str] | None = None) -> Iterator[tuple[Any, str]]:
    """Run the verb in a process of its own; gives the process and its address."""
    command = [sys.executable, "-m", "staycourse", "--home", str(home), "serve-api", "--port", "0", *arguments]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env={**os.environ, **(environment or {})})
    try:
        assert process.stdout is not None
        found = re.search(r"http://\S+:\d+", process.stdout.readline())
        assert found is not None
        until = time.monotonic() + WAIT
        while True:
            try:
                httpx.get(f"{found[0]}/healthz", timeout=5)
                break
            except httpx.TransportError:
                assert time.monotonic() < until and process.poll() is None
                time.sleep(0.05)
        yield process, found[0]
    finally:
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
        process.wait(WAIT)
        assert process.stdout is not None
        process.stdout.close()


def prepared(place: Path) -> dict[str, str]:
    """Make a home and return the header that shows a key of it."""
    home = Home(Settings(place, "main", "UTC", SystemClock(), 1, 1), writing=False)
    key = key_book(home).issue("main", "test", ["write"], datetime.now(UTC)).text
    home.close()
    return {"authorization": f"Bearer {key}"}


def test_what_was_answered_is_kept_however_the_server_dies(tmp_path: Path) -> None:
    """Threads post until the server is killed (SIGKILL); each batch that was answered is in the log."""
    headers, acknowledged = prepared(tmp_path / "home"), set[str]()
    with server_of(tmp_path / "home", "--workers", "2") as (process, address):
        enough = threading.Event()

        def post(thread: int) -> None:
            with httpx.Client(base_url=address, headers=headers, timeout=20) as client:
                for number in range(10_000):
                    events = [event | {"event_id": f"{thread}-{number}-{place}", "time": "2026-03-01T00:00:00Z"}
                              for place, event in enumerate(views(20))]  # fmt: skip
                    try:
                        answer = client.post("/v1/events", json=events)
                    except httpx.TransportError:
                        return
                    assert answer.status_code == 200 and answer.json()["accepted"] == 20, answer.text
                    acknowledged.update(event["event_id"] for event in events)
                    if len(acknowledged) > 2_000:
                        enough.set()

        threads = [threading.Thread(target=post, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        assert enough.wait(WAIT)
        for worker in [*children(process.pid), process.pid]:
            os.kill(worker, signal.SIGKILL)
        for thread in threads:
            thread.join()
    home = Home(Settings(tmp_path / "home", "main", "UTC", SystemClock(), 1, 1), writing=True)
    try:
        in_log = {event.event_id for event in logged(tmp_path / "home" / "log", "main")}
        assert acknowledged <= in_log and len(acknowledged) > 2_000
        report = compact_home(home)
        assert report.rows == len(in_log), "each of them once"
    finally:
        home.close()


def test_a_server_told_to_stop_finishes_and_leaves_nothing_open(tmp_path: Path) -> None:
    headers = prepared(tmp_path / "home")
    with server_of(tmp_path / "home") as (process, address):
        events = [event | {"time": "2026-03-01T00:00:00Z"} for event in views(10)]
        content = json.dumps(events).encode()
        head = (f"POST /v1/events HTTP/1.1\r\nhost: x\r\nauthorization: {headers['authorization']}\r\n"
                f"content-type: application/json\r\ncontent-length: {len(content)}\r\n\r\n").encode()  # fmt: skip
        with connected(address) as slow:
            slow.sendall(head + content[:50])
            time.sleep(0.3)  # the request is under way
            process.send_signal(signal.SIGTERM)
            time.sleep(0.3)
            slow.sendall(content[50:])
            assert slow.recv(2_000).startswith(b"HTTP/1.1 200")
        assert process.wait(WAIT) in (0, -signal.SIGTERM)  # uvicorn ends by the signal that it was told
    folder = tmp_path / "home" / "log"
    assert len(logged(folder, "main")) == 10 and not list(folder.rglob("*.open"))


def children(parent: int) -> list[int]:
    """Return the processes that `parent` started, and theirs."""
    listed = subprocess.run(["ps", "-eo", "pid,ppid"], capture_output=True, text=True, check=True).stdout
    pairs = [tuple(map(int, line.split())) for line in listed.splitlines()[1:]]
    found, wanted = list[int](), [parent]
    while wanted:
        one = wanted.pop()
        below = [pid for pid, above in pairs if above == one]
        found, wanted = found + below, wanted + below
    return found

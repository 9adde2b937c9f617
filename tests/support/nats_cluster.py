"""A JetStream cluster of our own: servers as processes on free ports of the loopback, killed at will."""

from __future__ import annotations

import shutil
import signal
import socket
import subprocess
from pathlib import Path

import pytest

PROGRAM = shutil.which("nats-server") or shutil.which("nats-server", path="/usr/sbin:/usr/local/sbin")


def free_ports(count: int) -> list[int]:
    """Return ports nobody listens at now."""
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class NatsCluster:
    """`size` servers under `folder`."""

    def __init__(self, folder: Path, size: int) -> None:
        self._folder = folder
        ports = free_ports(2 * size)
        self.ports, self._routes = ports[:size], ports[size:]
        self._running: dict[int, subprocess.Popen[bytes]] = {}
        for number in range(size):
            self.start(number)

    def address(self, **options: str | int) -> str:
        """Return the address of the cluster as an operator writes it."""
        query = "&".join(f"{name}={value}" for name, value in options.items())
        return "nats://" + ",".join(f"127.0.0.1:{port}" for port in self.ports) + ("?" + query if query else "")

    def start(self, number: int) -> None:
        """Start a server, with what it kept."""
        place = self._folder / f"n{number}"
        place.mkdir(exist_ok=True)
        routes = ", ".join(f"nats://127.0.0.1:{port}" for port in self._routes)
        cluster = (
            f"cluster {{ name: school, listen: 127.0.0.1:{self._routes[number]}, routes: [{routes}] }}"
            if len(self.ports) > 1
            else ""
        )
        settings = place / "server.conf"
        settings.write_text(
            f"server_name: n{number}\nlisten: 127.0.0.1:{self.ports[number]}\n"
            f'jetstream {{ store_dir: "{place}/store" }}\n{cluster}\n'
        )
        assert PROGRAM is not None
        with (place / "log").open("ab") as told:
            self._running[number] = subprocess.Popen([PROGRAM, "-c", str(settings)], stdout=told, stderr=told)

    def kill(self, number: int) -> None:
        """Kill a server as a power cut would."""
        process = self._running.pop(number)
        process.send_signal(signal.SIGKILL)
        process.wait()

    def stop(self) -> None:
        """Stop every server."""
        for process in self._running.values():
            process.kill()
            process.wait()


def nats_cluster(folder: Path, size: int) -> NatsCluster:
    """Start a cluster; the test is skipped where nats-server is not installed."""
    if PROGRAM is None:
        pytest.skip("nats-server is not installed")
    return NatsCluster(folder, size)

"""Run ADL's LRS conformance suite (a checkout with its packages installed) against a fresh home, both versions.

Exits with the number of failed tests.
Run: python tools/conformance.py SUITE [--version 2.0.0] [--seconds 900], with STAYCOURSE_STORE for an empty database.
"""

from __future__ import annotations

import argparse
import os
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from staycourse.app.homes import Home
from staycourse.app.intake import key_book
from staycourse.kernel import Settings, SystemClock

VERSIONS = ("2.0.0", "1.0.3")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("suite", type=Path)
    parser.add_argument("--version", choices=VERSIONS, action="append")
    parser.add_argument("--seconds", type=float, default=900, help="how long each version may take")
    given = parser.parse_args()
    failed = 0
    with tempfile.TemporaryDirectory() as name:
        place = Path(name) / "home"
        store = os.environ.get("STAYCOURSE_STORE", "")
        home = Home(Settings(place, "main", "UTC", SystemClock(), 1, 1, store=store), writing=False)
        issued = key_book(home).issue("main", "conformance", ("xapi",), home.settings.clock.now())
        home.close()
        with socket.create_server(("127.0.0.1", 0)) as free:
            port = free.getsockname()[1]
        command = [sys.executable, "-m", "staycourse", "--home", str(place), "serve-api", "--port", str(port)]
        server = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        try:
            wait_for(server, port)
            for version in given.version or VERSIONS:
                failed += run(given.suite, version, port, issued.key_id, issued.text.rsplit("_", 1)[1], given.seconds)
        finally:
            server.terminate()
            server.wait(60)
    sys.exit(failed)


def wait_for(server: subprocess.Popen[bytes], port: int) -> None:
    """Return once the server answers."""
    while server.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.1)
    sys.exit(f"the server ended with {server.returncode}")


def run(suite: Path, version: str, port: int, user: str, password: str, seconds: float) -> int:
    """Run the suite for one version and return how many tests failed."""
    command = ["node", "bin/console_runner.js", "-e", f"http://127.0.0.1:{port}/xapi", "-a", "-u", user, "-p", password,
               "-x", version, "-z"]  # fmt: skip
    done = subprocess.run(command, cwd=suite, check=False, timeout=seconds, capture_output=True, text=True)
    told = [line for line in done.stdout.splitlines() if line.startswith('{"total"')]
    print(
        f"{version}: {told[-1] if told else done.stdout[-500:] + done.stderr[-500:]}, exit {done.returncode}",
        flush=True,
    )
    return done.returncode


if __name__ == "__main__":
    main()

"""Workers by name: who was killed on this host is known to be gone, of all others that is not claimed."""

import os
import socket
import subprocess
import sys

from staycourse.app.homes.workers import ended, worker_name


def test_only_a_process_of_this_host_that_is_no_more_has_ended() -> None:
    told = subprocess.run(
        [sys.executable, "-c", "from staycourse.app.homes.workers import worker_name; print(worker_name())"],
        capture_output=True, text=True, check=True,
    ).stdout.strip()  # fmt: skip
    host, pid, own = told.rsplit(":", 2)
    assert ended(told)
    assert not ended(f"elsewhere:{pid}:{own}")
    assert not ended(f"{host}:{os.getppid()}:{own}"), "one that runs"
    assert not ended(worker_name())
    assert worker_name() != worker_name()
    for strange in ("", "live:abc", f"{socket.gethostname()}", f"{host}:x:{own}", ":::"):
        assert not ended(strange)

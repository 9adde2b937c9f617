"""Threads that read the same kind of record at one time for the first time: a process of ours must not die of it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

READING = """
import sys, threading
from datetime import UTC, datetime
from pathlib import Path

from staycourse.app.homes import open_home
from staycourse.kernel import FixedClock, Settings
from staycourse.policy import default_policy_text, load_policy
from staycourse.signals import SIGNALS_BY_NAME

clock, text, together = FixedClock(datetime(2024, 3, 1, tzinfo=UTC)), default_policy_text(), threading.Barrier(16)

def read():
    together.wait()
    load_policy(text, signals=SIGNALS_BY_NAME)

with open_home(Settings(Path(sys.argv[1]), "main", "UTC", clock, 1, 1), writing=False):
    sys.setswitchinterval(1e-6)
    threads = [threading.Thread(target=read) for _ in range(16)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
print("well")
"""


def test_a_policy_is_read_by_many_threads_as_soon_as_a_home_is_open(tmp_path: Path) -> None:
    asked = [sys.executable, "-c", READING, str(tmp_path / "home")]
    done = subprocess.run(asked, check=False, capture_output=True, text=True, timeout=120)
    assert (done.returncode, done.stdout) == (0, "well\n"), done.stderr[-2000:]

"""A server that forks computers of trials to be killed: `python trial_worker.py`, one JSON order a line on stdin.

One computes what waits until it kills itself, before or after the nth of its steps of one kind; one that never comes to
that step ends by itself.
"""

from __future__ import annotations

import json
import os
import sys
from datetime import datetime
from pathlib import Path
from typing import Any

from live_worker import Running, deadly

from staycourse.adapters.store import TrialBook
from staycourse.app.policies import trial_work
from staycourse.kernel import Settings


def work(order: dict[str, Any]) -> None:
    """Compute, and die at the step that the order names."""
    at, nth, after = order["at"], order["nth"], order["after"]
    owner: Any = trial_work._Far if at == "tell" else TrialBook
    setattr(owner, at, deadly(getattr(owner, at), nth, after=after))
    clock = Running(datetime.fromisoformat(order["now"]))
    trial_work.work_off(Settings(Path(order["home"]), "main", "UTC", clock, 1, 1), "worker")


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if not child:
            code = 1
            try:
                work(json.loads(line))
                code = 0
            finally:
                os._exit(code)
        _, ended = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(ended)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

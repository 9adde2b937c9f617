"""A server that forks live workers to be killed: `python live_worker.py`, one JSON order a line on stdin.

A worker hears and scores a home by a clock of its own until it kills itself, before or after the nth of its steps of
one kind. One that never comes to that step ends by itself, and says so by how it ends.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from staycourse.adapters.log import FreshLog
from staycourse.adapters.store import LiveBook
from staycourse.adapters.store.care import FactBook
from staycourse.app.care import LiveWorker
from staycourse.app.care import live as module
from staycourse.app.homes import open_home
from staycourse.kernel import Settings

STEPS = {"read": FreshLog, "keep": LiveBook, "standing": LiveBook, "done": LiveWorker, "put_cursor": FactBook}
AT_ONCE = 7
MOST_STEPS = 500
NEVER = 3


class Running:
    """A clock that is a little later whenever it is asked."""

    def __init__(self, instant: datetime) -> None:
        self._instant = instant

    def now(self) -> datetime:
        self._instant += timedelta(milliseconds=200)
        return self._instant


def work(order: dict[str, Any]) -> None:
    """Hear and score, and die at the step that the order names."""
    owner: Any = STEPS[order["at"]]
    setattr(owner, order["at"], deadly(getattr(owner, order["at"]), order["nth"], after=order["after"]))
    module.AT_ONCE = AT_ONCE
    clock = Running(datetime.fromisoformat(order["now"]))
    with open_home(Settings(Path(order["home"]), "main", "UTC", clock, 1, 1), writing=False) as home:
        worker = LiveWorker(home)
        for _ in range(MOST_STEPS):
            worker.step()
    os._exit(NEVER)


def deadly(step: Callable[..., Any], nth: int, *, after: bool) -> Callable[..., Any]:
    """Return `step`, at whose nth call the process is killed."""
    calls = 0

    def done(*given: Any, **named: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and not after:
            os.kill(os.getpid(), signal.SIGKILL)
        found = step(*given, **named)
        if calls == nth:
            os.kill(os.getpid(), signal.SIGKILL)
        return found

    return done


def main() -> None:
    for line in sys.stdin:
        child = os.fork()
        if not child:
            try:
                work(json.loads(line))
            finally:
                os._exit(1)
        _, ended = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(ended)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

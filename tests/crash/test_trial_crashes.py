"""Whatever computes a trial of a policy is killed at each of its steps, and another ends it: once, with what it would
have come to at the first go."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
from datetime import datetime, timedelta
from pathlib import Path

from small_platform import NOW

from staycourse.adapters.store import TrialBook
from staycourse.app.homes import open_home
from staycourse.app.policies.trial_work import LEASE
from staycourse.app.policies.trials import Question, Trials
from staycourse.kernel import Settings

DEATHS = [("claim", 1, True), ("tell", 3, False), ("finish", 1, False), ("finish", 1, True)]
NEVER = ("cancel", 1, True)


class Hands:
    """A clock that is moved by hand."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant


def test_killed_at_each_step_a_trial_is_ended_by_another(night_home: Path) -> None:
    clock, reports = Hands(datetime.fromisoformat(NOW)), set()
    with (
        open_home(Settings(night_home, "main", "UTC", clock, 1, 1), writing=False) as home,
        subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("trial_worker.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as server,
    ):  # fmt: skip
        trials, book = Trials(home), TrialBook(home.database)
        for death in DEATHS:
            trial = trials.ask("main", "budget", Question(), "Li", clock.now())
            assert lived(server, home.path, clock.instant, death) == -signal.SIGKILL
            row = book.trial("main", trial)
            assert row is not None
            done = death == ("finish", 1, True)
            assert row.state == ("done" if done else "running")
            assert not book.waits("main", clock.now())
            clock.instant += 2 * LEASE
            assert book.waits("main", clock.now()) is not done
            assert lived(server, home.path, clock.instant, NEVER) == 0
            row = book.trial("main", trial)
            assert row is not None
            assert row.state == "done", row.fault
            reports.add(row.report)
            clock.instant += timedelta(minutes=1)
        assert server.stdin is not None
        server.stdin.close()
    assert len(reports) == 1


def lived(server: subprocess.Popen[str], home: Path, now: datetime, death: tuple[str, int, bool]) -> int:
    """Let a process compute what waits until it is killed; return how it ended."""
    at, nth, after = death
    assert server.stdin is not None
    assert server.stdout is not None
    order = {"home": str(home), "now": now.isoformat(), "at": at, "nth": nth, "after": after}
    server.stdin.write(json.dumps(order) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())

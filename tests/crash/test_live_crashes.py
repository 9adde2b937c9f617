"""A live worker is killed in the middle, again and again, and another goes on: nobody goes unheard, and at the end each
risk is the one that whoever had heard everything at once would give."""

from __future__ import annotations

import json
import random
import signal
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from staycourse.adapters.store import LiveBook
from staycourse.app.care import LiveWorker
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import compact_home, run_nightly
from staycourse.events import Course, Event
from staycourse.kernel import Settings

FIRST = datetime(2026, 3, 2, 8, tzinfo=UTC)
TODAY = FIRST + timedelta(days=21)
LEARNERS = 30
COURSES = 3
VERBS = ("content_viewed", "quiz_failed", "video_watched", "complained")
DEATHS = [("keep", 2, True), ("done", 1, False), ("put_cursor", 1, True), ("done", 2, True)]


class Hands:
    """A clock that is moved by hand."""

    def __init__(self, instant: datetime) -> None:
        self.instant = instant

    def now(self) -> datetime:
        return self.instant


def test_killed_in_the_middle_another_goes_on_and_nobody_goes_unheard(tmp_path: Path) -> None:
    dice, clock = random.Random(20261121), Hands(TODAY)
    touched: dict[str, datetime] = {}
    with open_home(Settings(tmp_path / "home", "main", "UTC", clock, 1, 1), writing=True) as home:
        fill(home)
        with subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("live_worker.py"))],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        ) as server:  # fmt: skip
            for number, (at, nth, after) in enumerate(DEATHS):
                clock.instant += timedelta(minutes=10)  # past the lease of whoever was killed
                learners = dice.sample(range(LEARNERS), 20)
                home.log.append("main", [happened(number, one, dice.choice(VERBS), clock.now()) for one in learners])
                touched |= {f"l{one}": clock.now() for one in learners}
                order = {"home": str(home.path), "now": clock.now().isoformat(), "at": at, "nth": nth, "after": after}
                assert ended(server, order) == -signal.SIGKILL, order
                if number % 2:  # what the killed one had heard is in the log no more
                    home.log.roll()
                    compact_home(home)
            assert server.stdin is not None
            server.stdin.close()
        clock.instant += timedelta(minutes=10)
        go_on(home)
        book = LiveBook(home.database)
        kept = {one: book.of("main", one) for one in touched}
        assert {one: risks[0].at >= touched[one] for one, risks in kept.items()} == dict.fromkeys(touched, True)
        assert told(kept) == told(at_once(home, clock, sorted(touched)))


def fill(home: Home) -> None:
    """Let half of the learners stop after some days, and a night run."""
    home.store.put_courses("main", [Course(course=f"c{n}", starts_on=FIRST.date()) for n in range(COURSES)])
    for day in range(21):
        at = FIRST + timedelta(days=day)
        here = [one for one in range(LEARNERS) if one % 2 or day < 5 + one % 9]
        home.log.append("main", [happened(f"d{day}", one, "content_viewed", at, backfill=True) for one in here])
    run_nightly(home, (TODAY - timedelta(days=1)).date(), lambda _name, _seconds: None)


def happened(number: int | str, learner: int, verb: str, at: datetime, *, backfill: bool = False) -> Event:
    return Event(
        event_id=f"{number}-{learner}", learner=f"l{learner}", course=f"c{learner % COURSES}", verb=verb, time=at,
        value=1, attributes={"text": "no"} if verb == "complained" else {}, backfill=backfill,
    )  # fmt: skip


def ended(server: subprocess.Popen[str], order: dict[str, Any]) -> int:
    """Let a worker live until it is killed; return how it ended."""
    assert server.stdin is not None
    assert server.stdout is not None
    server.stdin.write(json.dumps(order) + "\n")
    server.stdin.flush()
    return int(server.stdout.readline())


def go_on(home: Home) -> None:
    """Let the last worker do what is left."""
    worker = LiveWorker(home)
    while worker.step().learners:
        pass
    worker.stop()


def at_once(home: Home, clock: Hands, learners: list[str]) -> dict[str, Any]:
    """Return the risks by a worker who finds everything in the lake, and scores all in one round."""
    home.log.roll()
    compact_home(home)
    home.engine.roll_up("main")
    clock.instant += timedelta(minutes=10)
    worker = LiveWorker(home)
    worker.step()
    worker._pending.update(dict.fromkeys(learners, clock.now()))
    assert worker.step().learners >= len(learners)
    worker.stop()
    book = LiveBook(home.database)
    found = {one: book.of("main", one) for one in learners}
    assert all(one.at == clock.now() for risks in found.values() for one in risks)
    return found


def told(risks: dict[str, Any]) -> dict[str, Any]:
    """Return what is said of each learner, but for when."""
    return {
        learner: [(one.course, one.as_of, one.risk, one.learner_risk, one.cause, one.rules, one.reasons) for one in its]
        for learner, its in sorted(risks.items())
    }

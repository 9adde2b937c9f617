"""A server that forks care workers to be killed: `python care_worker.py`, one JSON order a line on stdin.

A worker ticks over the store it is given, by the clock it is given, until it is killed: by the parent's hand at a
random moment, or by its own before or after the nth of its greater steps. What it sends goes to a provider that keeps a
message once by its key: a SQLite file of its own, which outlives everybody.
"""

from __future__ import annotations

import json
import os
import signal
import sqlite3
import sys
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from staycourse.adapters.store import Database, PastBook, open_database
from staycourse.adapters.store.care import (
    AlertBook,
    Claimed,
    Delivery,
    FactBook,
    JourneyBook,
    Outbox,
    PeopleBook,
    TaskBook,
)
from staycourse.events import Event
from staycourse.kernel import FixedClock
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME
from staycourse.tick import TickParts, tick

MINUTE = timedelta(minutes=1)
POLICY = """
[care.quiet_hours]
stale_hours = "never"

[care.budgets]
advisor_minutes_per_month = 900

[care.holdout]
share = 0.05

[playbooks.help]
title = { en = "Help", zh_CN = "帮助" }
enter = { causes = ["too_hard"] }
priority = 60
steps = [
  { id = "one", do = "send", template = "tutoring_offer" },
  { id = "wait", do = "wait", days = 1, until = "quiz_passed", then = "last" },
  { id = "two", do = "send", template = "step_back" },
  { id = "call", do = "task", script = "too_hard", minutes = 10, within_hours = 48 },
  { id = "last", do = "send", template = "first_win" },
]

[playbooks.notice]
title = { en = "Notice", zh_CN = "通知" }
enter = { event = "enrolled" }
purpose = "service"
holdout_share = 0.0
again_after_days = 0
steps = [{ id = "tell", do = "send", template = "welcome" }]
"""


@cache
def policy_of() -> Policy:
    return load_policy(POLICY, signals=SIGNALS_BY_NAME, version=1)


class Provider:
    """Takes messages, each once by its key, and remembers when the first came."""

    def __init__(self, path: Path) -> None:
        self.link = sqlite3.connect(path, isolation_level=None, timeout=20)
        self.link.execute("PRAGMA journal_mode=WAL")
        self.link.execute("PRAGMA synchronous=OFF")  # the machine stays up: only processes die here
        self.link.execute(
            "CREATE TABLE IF NOT EXISTS taken (key TEXT PRIMARY KEY, learner TEXT, purpose TEXT, at TEXT, calls INT)"
        )

    def take(self, message: Claimed, at: datetime) -> None:
        self.link.execute(
            "INSERT INTO taken VALUES (?, ?, ?, ?, 1) ON CONFLICT (key) DO UPDATE SET calls = calls + 1",
            (message.key, message.learner, message.purpose, at.isoformat()),
        )

    def taken(self) -> list[tuple[str, str, str, datetime, int]]:
        rows = self.link.execute("SELECT key, learner, purpose, at, calls FROM taken")
        return [(key, learner, purpose, datetime.fromisoformat(at), calls) for key, learner, purpose, at, calls in rows]


class Sender:
    """Sends to the provider. Every eleventh learner's messages fail at first, in a way that may pass."""

    def __init__(self, provider: Provider, clock: list[datetime]) -> None:
        self.provider = provider
        self.clock = clock

    def kinds(self, tenant: str) -> Mapping[str, str]:
        return {"inbox": ""}

    def send(self, tenant: str, policy: Policy, claimed: Sequence[Claimed]) -> list[Delivery]:
        return [self._send(message) for message in claimed]

    def _send(self, message: Claimed) -> Delivery:
        if message.learner.endswith("7") and not message.attempts:
            return Delivery(message.key, error="busy")
        self.provider.take(message, self.clock[0])
        return Delivery(message.key, f"id of {message.key}")


class Tail:
    """Every hour a few learners return, pass a quiz or enrol: the same whoever reads it, as a log would tell."""

    more = False

    def __init__(self, clock: list[datetime], learners: int) -> None:
        self.clock = clock
        self.learners = learners
        self.seen: datetime | None = None

    def read(self, tenant: str, policy: Policy) -> Sequence[tuple[Event, int | None]] | None:
        if self.seen == self.clock[0] or not self.learners:
            return None
        hour = self.clock[0].replace(minute=0)
        first = hour.toordinal() * 24 + hour.hour
        verbs = ("lesson_completed", "quiz_passed", "enrolled", "complained", "unsubscribed")
        named = [(verb, (first * 31 + place * 7) % self.learners) for place, verb in enumerate(verbs)]
        return [(self._event(hour, verb, learner), None) for verb, learner in named]

    def done(self, tenant: str) -> None:
        self.seen = self.clock[0]

    @staticmethod
    def _event(hour: datetime, verb: str, learner: int) -> Event:
        return Event(event_id=f"{hour:%d%H}{verb}", learner=f"learner-{learner}", verb=verb, time=hour, course="c")


def parts_of(database: Database, sender: Sender, tail: Tail) -> TickParts:
    return TickParts(
        tail=tail, alerts=AlertBook(database), journeys=JourneyBook(database), messages=Outbox(database),
        tasks=TaskBook(database), facts=FactBook(database), people=PeopleBook(database), sender=sender,
        past=PastBook(database),
    )  # fmt: skip


def tick_once(database: Database, provider: Provider, worker: str, now: datetime, learners: int) -> None:
    clock = [now]
    parts = parts_of(database, Sender(provider, clock), Tail(clock, learners))
    tick(parts, "main", policy_of(), worker=worker, now=now, zone=ZoneInfo("UTC"), clock=FixedClock(now))


def die_at(touch: int, after: bool) -> None:
    """Make this process kill itself before or after the `touch`th of its greater steps."""
    count = 0

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            nonlocal count
            count += 1
            mine = count == touch
            if mine and not after:
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*args, **more)
            if mine:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    steps: tuple[tuple[Any, str], ...] = (
        (Provider, "take"), (Outbox, "claim"), (Outbox, "settle"), (JourneyBook, "advance"), (JourneyBook, "enter"),
        (JourneyBook, "leave"), (JourneyBook, "wake"), (AlertBook, "decide"), (AlertBook, "follow"), (Tail, "done"),
    )  # fmt: skip
    for owner, name in steps:
        setattr(owner, name, deadly(getattr(owner, name)))


def work(order: dict[str, Any]) -> None:
    """Tick by a clock that goes on a minute each time, until killed."""
    database = open_database(order["address"] if "://" in order["address"] else Path(order["address"]))
    provider, now = Provider(Path(order["provider"])), datetime.fromisoformat(order["now"])
    print(os.getpid(), flush=True)  # noqa: T201 - the answer to the order: from now on it may be killed
    if order["touch"]:
        die_at(order["touch"], order["after"])
    for minutes in range(1_000_000):
        tick_once(database, provider, order["worker"], now + minutes * MINUTE, order["learners"])


def serve(lines: Sequence[str]) -> None:
    for line in lines:
        child = os.fork()
        if child == 0:
            signal.alarm(20)  # if nobody kills it, the system does
            try:
                work(json.loads(line))
            except BaseException as error:
                print(repr(error), file=sys.stderr, flush=True)  # noqa: T201
            finally:
                os._exit(3)  # only reached by an error, which the parent reports
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    policy_of()
    serve(sys.stdin)  # type: ignore[arg-type]

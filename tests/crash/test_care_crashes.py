"""Two workers on one store, killed a hundred times in the middle of ticks and sends: every message is sent once by its
key, none is lost, and no cap, quiet hour or hold-out is broken, by the store's own account and by the provider's."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import IO, Any
from zoneinfo import ZoneInfo

from care_worker import Provider, Sender, Tail, parts_of, policy_of, tick_once
from sqlalchemy import Connection, select

from staycourse.adapters.store import Database, Store, open_database, schema
from staycourse.adapters.store.care import AlertBook, Outbox
from staycourse.care import Alert, AlertPlan, nodes_of
from staycourse.events import Learner
from staycourse.tick import Tick, answer_alerts

ROUNDS = 50
WORKERS = 2
LEARNERS = 300
START = datetime(2026, 3, 2, 6, tzinfo=UTC)
STEP = timedelta(hours=5, minutes=7)  # from round to round: past every lease, into nights and out of them
ZONES = ("UTC", "Asia/Shanghai", "America/New_York", "Pacific/Apia")
LIMIT_DAY, LIMIT_WEEK = 1, 3


def test_killed_a_hundred_times_every_message_is_sent_once_and_no_cap_is_broken(
    empty_store: Path | str, tmp_path: Path
) -> None:
    dice = random.Random(20260302)
    database = open_database(empty_store)
    provider = Provider(tmp_path / "provider.db")
    fill(database, provider)
    exits: Counter[int] = Counter()
    with ExitStack() as open_workers:
        workers = [open_workers.enter_context(server()) for _ in range(WORKERS)]
        for round_ in range(ROUNDS):
            orders = [
                {
                    "address": str(empty_store), "provider": str(tmp_path / "provider.db"),
                    "worker": f"{round_}:{place}", "now": (START + round_ * STEP).isoformat(), "learners": LEARNERS,
                    "touch": dice.randrange(1, 70) if (round_ + place) % 2 else 0, "after": dice.random() < 0.5,
                }
                for place in range(WORKERS)
            ]  # fmt: skip
            exits.update(round_of(workers, orders, dice.uniform(0.005, 0.25)))
    assert exits == {-signal.SIGKILL: ROUNDS * WORKERS}
    for more in range(60):  # nothing happens any more: what is under way comes to its end
        tick_once(database, provider, "last", START + (ROUNDS + more) * STEP, learners=0)
    try:
        check(database, provider)
    finally:
        database.close()


def round_of(workers: list[tuple[IO[str], IO[str]]], orders: list[dict[str, object]], seconds: float) -> list[int]:
    """Let the workers work, kill after a moment those who do not do so themselves, and return how they ended."""
    for (ears, _), order in zip(workers, orders, strict=True):
        ears.write(json.dumps(order) + "\n")
        ears.flush()
    children = [int(mouth.readline()) for _, mouth in workers]
    time.sleep(seconds)  # the random moment of the kill itself
    for child, order in zip(children, orders, strict=True):
        if not order["touch"]:
            os.kill(child, signal.SIGKILL)
    return [int(mouth.readline()) for _, mouth in workers]


@contextmanager
def server() -> Iterator[tuple[IO[str], IO[str]]]:
    script = Path(__file__).with_name("care_worker.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdin and process.stdout
        yield process.stdin, process.stdout
        process.stdin.close()


def fill(database: Database, provider: Provider) -> None:
    """Learners of four zones, each with an alert to be answered and two messages of the platform's own."""
    store = Store(database)
    store.ensure_tenant("main", "UTC", START)
    names = [f"learner-{number}" for number in range(LEARNERS)]
    store.put_learners("main", [Learner(learner=name, zone=ZONES[place % 4]) for place, name in enumerate(names)])
    day = START.date()
    alerts = [
        Alert(
            alert=f"alert-{place}", learner=name, course="c", cause="too_hard", tier="regular", trigger="risk",
            state="open", risk=0.5, priority=place / LEARNERS, suggestion="", rules=(), reasons=(), opened=START,
            as_of=day, due=START, seen_on=day, policy_version=1, horizon_days=14,
        )
        for place, name in enumerate(names)
    ]  # fmt: skip
    book, parts = AlertBook(database), parts_of(database, Sender(provider, [START]), Tail([START], 0))
    parts.journeys.install("main", policy_of(), nodes_of(policy_of()), START)
    book.follow("main", AlertPlan(opened=tuple(alerts[:-100])), START)
    answer_alerts(parts, "main", policy_of(), START, Tick(START))
    book.follow("main", AlertPlan(opened=tuple(alerts[-100:])), START)  # these are answered while workers die
    box = Outbox(database)
    for place, name in enumerate(names):
        for purpose in ("care", "service") if place % 3 else ("care", "care"):
            key = f"own:{name}:{purpose}:{place % 3}" + ("" if purpose == "service" else f":{len(purpose)}")
            message = {
                "key": key, "learner": name, "course": "c", "purpose": purpose, "template": "welcome",
                "details": {"channels": ["inbox"]}, "due": START + timedelta(hours=place % 40), "created": START,
            }  # fmt: skip
            box.put("main", message)


def check(database: Database, provider: Provider) -> None:
    taken = provider.taken()
    with database.reading() as connection:
        messages = {str(row["key"]): dict(row) for row in connection.execute(select(schema.messages)).mappings()}
        check_messages(connection, messages, {key for key, *_ in taken})
        held_out = held_out_learners(connection)
    assert sum(calls for *_, calls in taken) > len(taken)  # some were handed over twice, or nothing was tried here
    counted = [(learner, at) for _, learner, purpose, at, _ in taken if purpose != "service"]
    check_caps(counted)
    rows = [row for row in messages.values() if row["purpose"] != "service"]
    check_caps([(row["learner"], row["sent"]) for row in rows if row["sent"]])
    assert not held_out & {row["learner"] for row in rows if row["playbook"] == "help"}
    for learner, at in counted:
        assert 8 <= at.astimezone(zone_of(learner)).hour < 21, (learner, at)


def check_messages(connection: Connection, messages: Mapping[str, Mapping[str, Any]], taken: set[str]) -> None:
    """Nothing waits, nothing that was sent is unknown to the provider, nothing it took is thought unsent."""
    rows = list(messages.values())
    assert {row["state"] for row in rows} <= {"sent", "dropped", "withheld"}
    sent = {row["key"] for row in rows if row["state"] == "sent"}
    assert sent <= taken
    forgotten = [messages[key] for key in taken - sent]  # its worker died, and its journey was left before the next
    assert all(row["state"] in ("dropped", "withheld") and row["claimed"] for row in forgotten)
    assert len(sent) > 2 * LEARNERS
    journeys = {row["journey"]: row for row in connection.execute(select(schema.journeys)).mappings()}
    assert {row["state"] for row in journeys.values()} == {"done", "left", "held_out"}
    for row in rows:
        journey = journeys.get(row["journey"])
        if journey is not None and journey["state"] == "left" and row["claimed"]:
            assert row["claimed"] <= journey["left_at"]
    for number, journey in journeys.items():
        if journey["state"] == "done" and journey["playbook"] in ("help", "notice"):
            mine = {str(row["key"]).split(":")[1] for row in rows if row["journey"] == number}
            assert mine in ({"one", "two", "last"}, {"one", "last"}, {"tell"}), mine
    assert connection.execute(select(schema.standing)).first() is None
    tasks = list(connection.execute(select(schema.tasks)).mappings())
    assert {"open", "withheld"} <= {row["state"] for row in tasks} <= {"open", "withheld", "dropped"}
    left = {number for number, journey in journeys.items() if journey["state"] == "left"}
    assert not [row for row in tasks if row["state"] == "open" and row["journey"] in left]
    used = connection.scalar(select(schema.budgets.c.used).where(schema.budgets.c.kind == "advisor_minutes").limit(1))
    assert used is not None and used <= 900


def check_caps(sent: list[tuple[str, datetime]]) -> None:
    days: Counter[tuple[str, object]] = Counter()
    weeks: Counter[tuple[str, object]] = Counter()
    for learner, at in sent:
        day = at.astimezone(zone_of(learner)).date()
        days[learner, day] += 1
        weeks[learner, day.isocalendar()[:2]] += 1
    assert max(days.values()) <= LIMIT_DAY
    assert max(weeks.values()) <= LIMIT_WEEK


def held_out_learners(connection: Connection) -> set[str]:
    drawn = schema.draws
    asked = select(drawn.c.learner).where(drawn.c.arm == "held_out", drawn.c.playbook.in_(("*", "help")))
    found = {row.learner for row in connection.execute(asked)}
    assert found and policy_of().care.holdout.share
    return found


def zone_of(learner: str) -> ZoneInfo:
    return ZoneInfo(ZONES[int(learner.split("-")[1]) % 4])

"""Whole ticks over the real store: what may never happen, whatever happens in whatever order."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from staycourse.adapters.store import Database, PastBook, Store, open_database, schema
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
from staycourse.adapters.store.schema import metadata
from staycourse.events import Event, Learner
from staycourse.kernel import FixedClock
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME
from staycourse.tick import LONGEST, TickParts, tick

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ZONES = ("UTC", "Asia/Shanghai", "America/New_York")
LEARNERS = [f"learner-{number}" for number in range(5)]
VERBS = (
    "lesson_completed", "contact_replied", "unsubscribed", "enrolled", "complained", "refund_asked", "quiz_passed",
    "course_completed",
)  # fmt: skip
POLICY = """
[care.caps]
per_day = 1
per_week = 2

[care.holdout]
share = 0.3
"""


def policy_of(text: str = POLICY, version: int = 1) -> Policy:
    return load_policy(text, signals=SIGNALS_BY_NAME, version=version)


POLICY_READ = policy_of()


class FakeTail:
    """Hands out the events it is given, until told that they were taken in."""

    def __init__(self) -> None:
        self.waiting: list[Event] = []
        self.forgets = False
        self.more = False

    def read(self, tenant: str, policy: Policy) -> Sequence[tuple[Event, int | None]] | None:
        return [(event, None) for event in self.waiting]

    def done(self, tenant: str) -> None:
        if not self.forgets:
            self.waiting = []
        self.forgets = False  # once only: as if the worker had died just before it could say so


class FakeSender:
    def __init__(self) -> None:
        self.calls: list[str] = []
        self.answer: Callable[[Claimed], Delivery] = lambda message: Delivery(message.key, "p")

    def kinds(self, tenant: str) -> Mapping[str, str]:
        return {"inbox": ""}

    def send(self, tenant: str, policy: Policy, claimed: Sequence[Claimed]) -> list[Delivery]:
        self.calls += [message.key for message in claimed]
        return [self.answer(message) for message in claimed]


def parts_of(database: Database, tail: FakeTail, sender: FakeSender) -> TickParts:
    return TickParts(
        tail=tail, alerts=AlertBook(database), journeys=JourneyBook(database), messages=Outbox(database),
        tasks=TaskBook(database), facts=FactBook(database), people=PeopleBook(database), sender=sender,
        past=PastBook(database),
    )  # fmt: skip


def prepared(database: Database) -> Database:
    store = Store(database)
    store.ensure_tenant("main", "UTC", NOW)
    store.put_learners("main", [Learner(learner=name, zone=ZONES[place % 3]) for place, name in enumerate(LEARNERS)])
    return database


@pytest.fixture(scope="module")
def one_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("ticks") / "store.db"


HAPPENING = st.tuples(st.sampled_from(LEARNERS), st.sampled_from(VERBS))
STEP = st.tuples(
    st.lists(HAPPENING, max_size=4),
    st.sampled_from((timedelta(minutes=7), timedelta(hours=5), timedelta(hours=26), timedelta(days=3))),
    st.sampled_from(("sent", "sent", "busy", "refused", "dies before", "dies after", "forgets")),
)


class Died(Exception):
    pass


@settings(max_examples=40)
@given(steps=st.lists(STEP, min_size=1, max_size=14))
def test_whatever_happens_nobody_is_told_too_much(
    one_file: Path, steps: list[tuple[list[tuple[str, str]], timedelta, str]]
) -> None:
    database = open_database(one_file)
    try:
        with database.writing() as connection:
            for table in reversed(metadata.sorted_tables):
                connection.execute(table.delete())
        taken = run(prepared(database), steps)
        check(database, taken)
    finally:
        database.close()


def run(database: Database, steps: list[tuple[list[tuple[str, str]], timedelta, str]]) -> dict[str, datetime]:
    """Tick through the steps; return when the provider first took each message."""
    tail, sender = FakeTail(), FakeSender()
    parts, now, taken, number = parts_of(database, tail, sender), NOW, dict[str, datetime](), 0
    for happened, passed, fate in steps:
        now += passed
        for learner, verb in happened:
            number += 1
            event = Event(
                event_id=f"e{number}", learner=learner, verb=verb, time=now - timedelta(seconds=1), course="c"
            )
            tail.waiting.append(event)
        tail.forgets = fate == "forgets"
        sender.answer = lambda message, fate=fate, now=now: answered(message, fate, now, taken)  # type: ignore[misc]
        try:
            tick(parts, "main", POLICY_READ, worker=fate, now=now, zone=ZoneInfo("UTC"))
        except Died:
            continue
    return taken


def answered(message: Claimed, fate: str, now: datetime, taken: dict[str, datetime]) -> Delivery:
    if fate == "dies before":
        raise Died
    if fate == "busy":
        return Delivery(message.key, error="busy")
    if fate == "refused":
        return Delivery(message.key, error="refused", permanent=True)
    taken.setdefault(message.key, now)
    if fate == "dies after":
        raise Died
    return Delivery(message.key, "p")


def check(database: Database, taken: Mapping[str, datetime]) -> None:
    with database.reading() as connection:
        messages = {row["key"]: row for row in connection.execute(select(schema.messages)).mappings()}
        journeys = list(connection.execute(select(schema.journeys)).mappings())
        drawn = connection.execute(select(schema.draws).where(schema.draws.c.arm == "held_out")).mappings()
        held_out = {(row["learner"], row["playbook"]) for row in drawn}
        standing = {row.journey for row in connection.execute(select(schema.standing))}
    assert (
        max(
            Counter(row["learner"] for row in journeys if row["state"] == "active" and row["exclusive"]).values(),
            default=0,
        )
        <= 1
    )
    assert standing == {row["journey"] for row in journeys if row["state"] == "active"}
    left = {row["journey"]: row["left_at"] for row in journeys if row["state"] == "left"}
    days: Counter[object] = Counter()
    weeks: Counter[object] = Counter()
    arms = {row["journey"]: row["arm"] for row in journeys}
    for key, at in taken.items():
        row = messages[key]
        assert at <= left.get(row["journey"], at)
        assert (
            arms[row["journey"]] == "exempt"
            or not {(row["learner"], "*"), (row["learner"], row["playbook"])} & held_out
        )
        local = at.astimezone(ZoneInfo(ZONES[LEARNERS.index(row["learner"]) % 3]))
        assert 8 <= local.hour < 21
        days[row["learner"], local.date()] += 1
        weeks[row["learner"], local.isocalendar()[:2]] += 1
    assert max(days.values(), default=0) <= 1
    assert max(weeks.values(), default=0) <= 2


@pytest.fixture
def store(database: Database) -> Database:
    return prepared(database)


def event(verb: str, learner: str = LEARNERS[1], number: int = 0, **more: object) -> Event:
    return Event(event_id=f"{verb}{number}", learner=learner, verb=verb, time=NOW, course="c", **more)  # type: ignore[arg-type]


OPEN_TO_ALL = "[care.holdout]\nshare = 0.0\n[playbooks.welcome]\nholdout_share = 0.0\n"


def test_who_enrols_is_welcomed_within_one_tick_and_only_once(store: Database) -> None:
    tail, sender = FakeTail(), FakeSender()
    tail.waiting, tail.forgets = [event("enrolled")], True
    done = tick(
        parts_of(store, tail, sender), "main", policy_of(OPEN_TO_ALL), worker="w", now=NOW, zone=ZoneInfo("UTC")
    )
    assert (done.entered, done.sent) == (1, 1)
    assert len(sender.calls) == 1
    assert not tail.waiting


def test_a_playbook_that_is_switched_off_reaches_nobody_any_more(store: Database) -> None:
    tail, sender = FakeTail(), FakeSender()
    tail.waiting = [event("enrolled", LEARNERS[0])]
    parts = parts_of(store, tail, sender)
    tick(parts, "main", policy_of(OPEN_TO_ALL), worker="w", now=NOW, zone=ZoneInfo("UTC"))
    later = policy_of(OPEN_TO_ALL + "enabled = false\n", version=2)
    for days in range(1, 5):
        tick(parts, "main", later, worker="w", now=NOW + timedelta(days=days), zone=ZoneInfo("UTC"))
    assert len(sender.calls) == 1
    assert ("welcome", "left", 1) in JourneyBook(store).counts("main")


def test_journeys_under_way_go_on_by_the_steps_they_began_with(store: Database) -> None:
    tail, sender = FakeTail(), FakeSender()
    tail.waiting = [event("enrolled", LEARNERS[0])]
    parts = parts_of(store, tail, sender)
    tick(parts, "main", policy_of(OPEN_TO_ALL), worker="w", now=NOW, zone=ZoneInfo("UTC"))
    later = policy_of(OPEN_TO_ALL + 'steps = [{ id = "hello", do = "send", template = "welcome" }]\n', version=2)
    tick(parts, "main", later, worker="w", now=NOW + timedelta(days=1), zone=ZoneInfo("UTC"))
    assert [key.split(":")[1] for key in sender.calls] == ["hello", "steps"]


def test_who_unsubscribes_gets_nothing_that_was_due_in_the_same_tick(store: Database) -> None:
    tail, sender = FakeTail(), FakeSender()
    tail.waiting = [event("enrolled"), event("unsubscribed")]
    done = tick(
        parts_of(store, tail, sender), "main", policy_of(OPEN_TO_ALL), worker="w", now=NOW, zone=ZoneInfo("UTC")
    )
    assert not sender.calls
    assert done.sent == 0


class Passing:
    """A clock on which every look takes twenty seconds."""

    def __init__(self) -> None:
        self.instant = NOW

    def now(self) -> datetime:
        self.instant += timedelta(seconds=20)
        return self.instant


def test_a_tick_ends_though_more_is_due_and_goes_by_the_time_of_each_round(store: Database) -> None:
    tail, sender, box = FakeTail(), FakeSender(), Outbox(store)
    for number in range(1_000):
        message = {
            "key": f"receipt-{number}", "learner": f"l{number}", "course": "c", "purpose": "service", "template": "t",
            "due": NOW, "created": NOW, "details": {"channels": ["inbox"]},
        }  # fmt: skip
        box.put("main", message)
    clock = Passing()
    tick(parts_of(store, tail, sender), "main", POLICY_READ, worker="w", now=NOW, zone=ZoneInfo("UTC"), clock=clock)
    assert 0 < len(sender.calls) < 1_000
    assert clock.instant - NOW <= LONGEST + timedelta(minutes=1)
    tick(
        parts_of(store, tail, sender),
        "main",
        POLICY_READ,
        worker="w",
        now=NOW,
        zone=ZoneInfo("UTC"),
        clock=FixedClock(NOW),
    )
    assert len(sender.calls) == len(set(sender.calls)) == 1_000

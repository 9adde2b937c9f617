"""Steps that wait for nothing are taken at once: the same messages and tasks as one by one, on both databases."""

from datetime import UTC, datetime, timedelta

import pytest
from journey_books import installed
from sqlalchemy import func, select

from staycourse.adapters.store import Database, schema
from staycourse.adapters.store.care import FactBook, JourneyBook, Outbox, TaskBook
from staycourse.care import Draw, Entry
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
PLAYBOOKS = """
[playbooks.long]
title = { en = "Long", zh_CN = "长" }
enter = { causes = ["too_hard"] }
steps = [
  { id = "pause", do = "wait", days = 1 },
  { id = "hello", do = "send", template = "tutoring_offer" },
  { id = "call", do = "task", script = "too_hard", minutes = 15, within_hours = 48 },
  { id = "again", do = "send", template = "first_win" },
  { id = "fork", do = "branch", on = "signal", name = "days_absent", op = ">=", at = 5, yes = "more", no = "rest" },
  { id = "more", do = "send", template = "tutoring_offer" },
  { id = "rest", do = "wait", days = 3 },
  { id = "last", do = "send", template = "first_win" },
]

[playbooks.short]
title = { en = "Short", zh_CN = "短" }
enter = { causes = ["no_time"] }
steps = [{ id = "only", do = "send", template = "tutoring_offer" }]
"""
TOMORROW = NOW + timedelta(days=1)


@pytest.fixture
def policy() -> Policy:
    return load_policy(PLAYBOOKS, signals=SIGNALS_BY_NAME, version=1)


@pytest.fixture
def journeys(database: Database, policy: Policy) -> JourneyBook:
    book = installed(database, policy, NOW)
    for learner, playbook in (("a", "long"), ("b", "long"), ("c", "short")):
        entry = Entry(learner, "c", playbook, "alert:1", "regular", "a", "too_hard")
        book.enter("main", [(entry, Draw(learner, playbook, "regular", "treated", 0.1))], policy, NOW)
    return book


def keys(database: Database) -> set[tuple[str, str]]:
    """Return of each message the learner and its key without the journey's number."""
    table = schema.messages
    with database.reading() as connection:
        return {(row.learner, row.key.split(":", 1)[1]) for row in connection.execute(select(table))}


def test_all_that_waits_for_nothing_is_done_at_once_up_to_the_next_wait(
    journeys: JourneyBook, database: Database
) -> None:
    FactBook(database).note("main", [("a", "signal:days_absent", 6, "")], NOW)
    assert journeys.advance("main", NOW) == 1
    assert keys(database) == {("c", "only:0")}
    # Each: the wait, two messages and the task, and the fork; beyond it "a" gets one message more.
    assert journeys.advance("main", TOMORROW) == 5 + 5 + 1
    first = {("c", "only:0"), *((one, key) for one in "ab" for key in ("hello:1", "again:3"))}
    assert keys(database) == first | {("a", "more:5")}
    assert sorted(task["learner"] for task in TaskBook(database).queue("main", ("asked",))) == ["a", "b"]
    assert journeys.advance("main", TOMORROW) == 0
    assert journeys.advance("main", TOMORROW + timedelta(days=3)) == 2 + 2
    assert keys(database) == first | {("a", "more:5"), ("a", "last:7"), ("b", "last:6")}
    assert journeys.counts("main") == [("long", "done", 2), ("short", "done", 1)]


def test_a_message_that_is_there_already_is_left_and_holds_nobody_up(journeys: JourneyBook, database: Database) -> None:
    table = schema.journeys
    with database.reading() as connection:
        number = connection.scalar(select(table.c.journey).where(table.c.learner == "a"))
    message = {
        "key": f"{number}:hello:1", "learner": "a", "course": "c", "purpose": "care", "template": "welcome",
        "details": {"channels": ["inbox"]}, "due": NOW, "created": NOW,
    }  # fmt: skip
    Outbox(database).put("main", message)
    journeys.advance("main", NOW)
    assert journeys.advance("main", TOMORROW) == 5 + 5
    told = schema.messages
    with database.reading() as connection:
        (kept,) = connection.execute(select(told.c.template).where(told.c.key == message["key"])).scalars()
        assert connection.scalar(select(func.count()).select_from(told)) == 1 + 4
    assert kept == "welcome"

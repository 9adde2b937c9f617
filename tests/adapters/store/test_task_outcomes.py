"""What became of a task is what a journey waits for and parts ways by, the same on both databases."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from journey_books import installed
from sqlalchemy import Connection

from staycourse.adapters.store import Database
from staycourse.adapters.store.care import JourneyBook, TaskBook, advisors
from staycourse.adapters.store.views import PlaybookViews
from staycourse.care import Draw, Entry
from staycourse.kernel import StorageFault
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=5)
PLAYBOOKS = """
[playbooks.spoken]
title = { en = "Speak, then confirm", zh_CN = "先沟通再确认" }
enter = { causes = ["unhappy"] }
again_after_days = 1
steps = [
  { id = "call", do = "task", script = "unhappy", minutes = 15, within_hours = 4 },
  { id = "week", do = "wait", days = 7, until = "task", then = "spoke", next = "finish" },
  { id = "spoke", do = "branch", on = "task", name = "unhappy", words = "reached", yes = "confirm", no = "finish" },
  { id = "confirm", do = "send", template = "fix_confirmed", next = "rest" },
  { id = "rest", do = "wait", days = 1, next = "finish" },
  { id = "finish", do = "end" },
]
"""


@pytest.fixture
def policy() -> Policy:
    return load_policy(PLAYBOOKS, signals=SIGNALS_BY_NAME, version=1)


@pytest.fixture
def journeys(database: Database, policy: Policy) -> JourneyBook:
    return installed(database, policy, NOW)


@pytest.fixture
def tasks(database: Database) -> TaskBook:
    return TaskBook(database)


def begin(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, learner: str, at: datetime = NOW, alert: str = "1"
) -> str:
    """Let a learner come to wait for the outcome of their task; return the task."""
    entry = Entry(learner, "c", "spoken", f"alert:{alert}", "regular", alert, "unhappy")
    journeys.enter("main", [(entry, Draw(learner, "spoken", "regular", "treated", 0.1))], policy, at)
    journeys.advance("main", at)
    tasks.open_asked("main", policy, f"{at:%Y-%m}")
    (task,) = (task["task"] for task in tasks.queue("main") if task["learner"] == learner)
    return str(task)


def messages(database: Database) -> int:
    return PlaybookViews(database).sent("main", "spoken").get("confirm", 0)


def ended(journeys: JourneyBook) -> dict[str, int]:
    return {state: count for _, state, count in journeys.counts("main")}


def test_nobody_hears_that_it_is_put_right_while_nobody_took_the_task(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, database: Database
) -> None:
    begin(journeys, tasks, policy, "a")
    journeys.advance("main", NOW + timedelta(days=8))
    assert (messages(database), ended(journeys)) == (0, {"done": 1})


@pytest.mark.parametrize(("outcome", "told", "sent"), [
    ("reached", "", 1), ("no_answer", "", 0), ("promised", "", 0), ("reason_told", "price", 0),
])  # fmt: skip
def test_the_outcome_ends_the_wait_at_once_and_says_where_it_leads(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, database: Database, outcome: str, told: str, sent: int
) -> None:
    task = begin(journeys, tasks, policy, "a")
    begin(journeys, tasks, policy, "b")
    tasks.finish("main", task, "Li", outcome, told, LATER)
    journeys.advance("main", LATER)
    assert messages(database) == sent
    assert {one.learner: one.awaits for one in journeys.active("main")} == {"b": "task"} | ({"a": ""} if sent else {})


def test_an_outcome_counts_where_two_machines_clocks_differ(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, database: Database
) -> None:
    tasks.finish("main", begin(journeys, tasks, policy, "a"), "Li", "reached", "", NOW - timedelta(minutes=2))
    journeys.advance("main", NOW)
    assert messages(database) == 1


def test_an_outcome_of_an_earlier_journey_says_nothing_of_this_one(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, database: Database
) -> None:
    tasks.finish("main", begin(journeys, tasks, policy, "a"), "Li", "reached", "", LATER)
    again = NOW + timedelta(days=10)
    journeys.advance("main", LATER)
    journeys.advance("main", again)
    begin(journeys, tasks, policy, "a", again, "2")
    journeys.wake("main", [one.journey for one in journeys.active("main")], "task", again)
    journeys.advance("main", again)
    assert (messages(database), ended(journeys)) == (1, {"done": 2})


def test_a_task_whose_journey_was_left_wakes_nobody(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, database: Database
) -> None:
    task = begin(journeys, tasks, policy, "a")
    tasks.claim("main", task, "Li", NOW)
    journeys.leave("main", [one.journey for one in journeys.active("main")], "unsubscribe", NOW)
    tasks.finish("main", task, "Li", "reached", "", LATER)
    journeys.advance("main", LATER)
    assert (messages(database), ended(journeys)) == (0, {"left": 1})


def test_outcome_and_wake_are_written_together_or_not_at_all(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, monkeypatch: pytest.MonkeyPatch
) -> None:
    task = begin(journeys, tasks, policy, "a")

    def broken(connection: Connection, *_: Any) -> int:
        raise StorageFault("the disk is full", where="disk", mend="make room")

    with monkeypatch.context() as patched:
        patched.setattr(advisors, "wake_standing", broken)
        with pytest.raises(StorageFault):
            tasks.finish("main", task, "Li", "reached", "", LATER)
    assert [one["task"] for one in tasks.queue("main")] == [task]
    tasks.finish("main", task, "Li", "reached", "", LATER)
    assert not tasks.queue("main")


def test_a_note_is_kept_each_time_and_one_that_is_named_once(journeys: JourneyBook, tasks: TaskBook) -> None:
    for _ in range(2):
        tasks.note("main", "ann", "task", "Li", "called, no answer, will try again tomorrow at ten", NOW)
        tasks.note("main", "ann", "mail", "ann", "please call me", NOW, said="the-name-of-the-reply")
    assert (len(tasks.notes("main", "task")), len(tasks.notes("main", "mail"))) == (2, 1)

"""Journeys move, wait, fork, wake and are left, the same on both databases."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from journey_books import installed

from staycourse.adapters.store import Database
from staycourse.adapters.store.care import Claimed, Delivery, FactBook, JourneyBook, Outbox, PeopleBook, TaskBook
from staycourse.care import Draw, Entry, Person, Verdict, Waiting, decide, nodes_of
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
PLAYBOOK = """
[playbooks.help]
title = { en = "Help", zh_CN = "帮助" }
enter = { causes = ["too_hard"] }
priority = 60
steps = [
  { id = "hello", do = "send", template = "tutoring_offer" },
  { id = "three_days", do = "wait", days = 3, until = "quiz_passed", then = "glad" },
  { id = "fork", do = "branch", on = "signal", name = "days_absent", op = ">=", at = 5, yes = "call", no = "finish" },
  { id = "call", do = "task", script = "too_hard", minutes = 15, within_hours = 48, next = "finish" },
  { id = "glad", do = "send", template = "first_win" },
  { id = "finish", do = "end" },
]
"""


@pytest.fixture
def policy() -> Policy:
    return load_policy(PLAYBOOK, signals=SIGNALS_BY_NAME, version=1)


@pytest.fixture
def journeys(database: Database, policy: Policy) -> JourneyBook:
    return installed(database, policy, NOW)


def entries(
    *learners: str, playbook: str = "help", entry: str = "alert:1", arm: str = "treated"
) -> list[tuple[Entry, Draw]]:
    return [
        (Entry(one, "c", playbook, entry, "regular", "a", "too_hard"), Draw(one, playbook, "regular", arm, 0.1))  # type: ignore[arg-type]
        for one in learners
    ]


def send_all(database: Database, policy: Policy, now: datetime) -> Sequence[Claimed]:
    """Claim everything that may go out and settle it as sent."""
    box = Outbox(database)

    def guard(message: Waiting, person: Person) -> Verdict:
        return decide(message, person, policy.care, tenant_zone=ZoneInfo("UTC"), now=now, kinds={"inbox": ""})

    claimed, _ = box.claim("main", "w", policy, now, guard, limit=100, today=now.date())
    box.settle("main", "w", [Delivery(message.key, "p") for message in claimed], now)
    return claimed


def test_installing_twice_changes_nothing(journeys: JourneyBook, policy: Policy) -> None:
    journeys.install("main", policy, nodes_of(policy), NOW)
    assert journeys.enter("main", entries("a"), policy, NOW)[0].state == "active"


def test_a_journey_is_entered_once_for_one_reason(journeys: JourneyBook, policy: Policy) -> None:
    assert [one.state for one in journeys.enter("main", entries("a", "b"), policy, NOW)] == ["active", "active"]
    assert [one.why for one in journeys.enter("main", entries("a", "b"), policy, NOW)] == ["decided", "decided"]


def test_one_journey_at_a_time_by_priority(journeys: JourneyBook, policy: Policy) -> None:
    journeys.enter("main", entries("a", playbook="friendly_question", entry="alert:0"), policy, NOW)
    assert [one.state for one in journeys.enter("main", entries("a"), policy, NOW)] == ["active"]
    assert [one.why for one in journeys.enter("main", entries("a", playbook="camp", entry="alert:2"), policy, NOW)] == [
        "busy"
    ]
    assert journeys.counts("main") == [("friendly_question", "left", 1), ("help", "active", 1)]


def test_who_is_held_out_takes_no_step(journeys: JourneyBook, policy: Policy, database: Database) -> None:
    assert journeys.enter("main", entries("a", arm="held_out"), policy, NOW)[0].state == "held_out"
    assert journeys.advance("main", NOW + timedelta(days=30)) == 0
    assert not send_all(database, policy, NOW + timedelta(days=30))


def test_a_wait_ends_in_time_and_forks_by_facts(journeys: JourneyBook, policy: Policy, database: Database) -> None:
    FactBook(database).note("main", [("a", "signal:days_absent", 6, ""), ("b", "signal:days_absent", 4, "")], NOW)
    journeys.enter("main", entries("a", "b", "c"), policy, NOW)
    journeys.advance("main", NOW)
    assert {message.template for message in send_all(database, policy, NOW)} == {"tutoring_offer"}
    assert journeys.advance("main", NOW + timedelta(days=2)) == 0
    later = NOW + timedelta(days=3)
    journeys.advance("main", later)
    assert journeys.advance("main", later) == 0
    TaskBook(database).open_asked("main", policy, "2026-03")
    assert journeys.counts("main") == [("help", "done", 3)]
    assert [task["learner"] for task in TaskBook(database).queue("main")] == ["a"]


def test_nobody_is_moved_past_the_step_that_a_fork_leads_to(
    journeys: JourneyBook, policy: Policy, database: Database
) -> None:
    """One learner comes to a fork while another takes step after step in the same tick."""
    FactBook(database).note("main", [("a", "signal:days_absent", 6, "")], NOW)
    journeys.enter("main", entries("a"), policy, NOW)
    journeys.enter("main", entries("b", playbook="apology"), policy, NOW + timedelta(days=1))
    for day in (0, 1, 3):
        journeys.advance("main", NOW + timedelta(days=day))
    TaskBook(database).open_asked("main", policy, "2026-03")
    assert {task["learner"] for task in TaskBook(database).queue("main")} == {"a", "b"}


def test_an_awaited_event_leads_elsewhere(journeys: JourneyBook, policy: Policy, database: Database) -> None:
    journeys.enter("main", entries("a", "b"), policy, NOW)
    journeys.advance("main", NOW)
    send_all(database, policy, NOW)
    found = {one.learner: one for one in journeys.active("main", ["a", "b"])}
    assert found["a"].awaits == "quiz_passed"
    at = NOW + timedelta(days=1)
    assert journeys.wake("main", [found["a"].journey], "lesson_completed", at) == 0
    assert journeys.wake("main", [found["a"].journey], "quiz_passed", at) == 1
    assert journeys.wake("main", [found["a"].journey], "quiz_passed", at) == 0
    journeys.advance("main", at)
    assert [message.template for message in send_all(database, policy, at)] == ["first_win"]


def test_leaving_drops_what_still_waits(journeys: JourneyBook, policy: Policy, database: Database) -> None:
    journeys.enter("main", entries("a"), policy, NOW)
    journeys.advance("main", NOW)
    assert journeys.leave("main", [one.journey for one in journeys.active("main", ["a"])], "return", NOW) == 1
    assert not send_all(database, policy, NOW)


def test_a_message_is_sent_over_the_address_of_its_channel(
    journeys: JourneyBook, policy: Policy, database: Database
) -> None:
    people = PeopleBook(database)
    address = people.put_address("main", "a", "email", "a@example.org", NOW)
    journeys.enter("main", entries("a"), policy, NOW)
    journeys.advance("main", NOW)
    box = Outbox(database)

    def guard(message: Waiting, person: Person) -> Verdict:
        return decide(message, person, policy.care, tenant_zone=ZoneInfo("UTC"), now=NOW, kinds={"inbox": "email"})

    claimed, _ = box.claim("main", "w", policy, NOW, guard, limit=100, today=NOW.date())
    assert [message.address for message in claimed] == [address]
    assert box.claim("main", "other", policy, NOW, guard, limit=100, today=NOW.date()) == ([], False)
    assert box.settle("main", "other", [Delivery(claimed[0].key, error="lost")], NOW) == 0
    assert box.settle("main", "w", [Delivery(claimed[0].key, error="busy")], NOW) == 0
    again, _ = box.claim("main", "other", policy, NOW + timedelta(minutes=2), guard, limit=100, today=NOW.date())
    assert [message.key for message in again] == [claimed[0].key]

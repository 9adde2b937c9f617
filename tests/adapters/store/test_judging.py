"""Which alerts are due, what was done for them, and endings kept once, the same on both databases."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from staycourse.adapters.store import Database, PastBook, Store
from staycourse.adapters.store.care import AlertBook, Delivery, Done, JourneyBook, JudgingBook, Outbox, TaskBook
from staycourse.adapters.store.views import EndingViews
from staycourse.care import EVERYTHING, Alert, AlertPlan, Draw, Entry, decide, nodes_of
from staycourse.policy import load_policy
from staycourse.review import AlertFacts, Ended, First, counts_of
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
OPENED = date(2026, 3, 1)
POLICY = load_policy(
    """
[playbooks.help]
title = { en = "Help", zh_CN = "帮助" }
enter = { causes = ["too_hard"] }
steps = [
  { id = "call", do = "task", script = "too_hard", minutes = 15, within_hours = 48 },
  { id = "hello", do = "send", template = "tutoring_offer" },
]
""",
    signals=SIGNALS_BY_NAME,
    version=1,
)


def alert(name: str, horizon: int = 14) -> Alert:
    return Alert(
        alert=name, learner=f"learner of {name}", course="maths", cause="too_hard", tier="core", trigger="rule",
        state="open", risk=0.5, priority=0.4, suggestion="", rules=("absent",), reasons=(), opened=NOW, as_of=OPENED,
        due=NOW, seen_on=OPENED, policy_version=1, horizon_days=horizon,
    )  # fmt: skip


@pytest.fixture
def book(database: Database) -> JudgingBook:
    Store(database).ensure_tenant("main", "UTC", NOW)
    plan = AlertPlan(opened=tuple(alert(name, 14 if name != "long" else 30) for name in ("a", "b", "c", "d", "long")))
    AlertBook(database).follow("main", plan, NOW)
    return JudgingBook(database)


def enter(database: Database, alerts: Sequence[str]) -> None:
    journeys = JourneyBook(database)
    journeys.install("main", POLICY, nodes_of(POLICY), NOW)
    names = [(f"learner of {name}", name) for name in alerts]
    journeys.enter(
        "main",
        [
            (Entry(who, "maths", "help", f"alert:{name}", "core", name, "too_hard"),
             Draw(who, "help", "core", "treated", 0.1))
            for who, name in names
        ],
        POLICY,
        NOW,
    )  # fmt: skip
    journeys.advance("main", NOW)


def test_an_alert_is_due_when_its_own_horizon_has_passed(book: JudgingBook) -> None:
    assert book.due("main", OPENED + timedelta(days=13)) == []
    assert [row["alert"] for row in book.due("main", OPENED + timedelta(days=14))] == ["a", "b", "c", "d"]
    assert len(book.due("main", OPENED + timedelta(days=30))) == 5
    assert book.due("other", OPENED + timedelta(days=30)) == []


def test_the_arm_is_the_one_drawn_even_where_nothing_began(book: JudgingBook, database: Database) -> None:
    JourneyBook(database).draw_whole("main", [Draw("learner of c", "help", "core", "held_out", 0.1)], NOW)
    AlertBook(database).decide(
        "main",
        [
            ("a", "help", "treated", "", ""),
            ("b", EVERYTHING, "held_out", "held_out", ""),
            ("c", "help", "", "busy", ""),
        ],
    )
    arms = {row["alert"]: row["arm"] for row in book.due("main", OPENED + timedelta(days=14))}
    assert arms == {"a": "treated", "b": "global_hold_out", "c": "held_out", "d": "exempt"}


def test_what_was_done_is_the_first_contact_and_the_advisors_minutes(book: JudgingBook, database: Database) -> None:
    enter(database, ["a", "b"])
    tasks, box = TaskBook(database), Outbox(database)
    tasks.open_asked("main", POLICY, "2026-03")
    waiting = {row["alert"]: row["task"] for row in tasks.queue("main")}
    for name in waiting.values():
        tasks.claim("main", name, "Li", NOW)
    tasks.finish("main", waiting["a"], "Li", "reached", "", NOW + timedelta(hours=2))
    tasks.finish("main", waiting["b"], "Li", "no_answer", "", NOW + timedelta(hours=2))
    claimed, _ = box.claim(
        "main", "w", POLICY, NOW + timedelta(days=1),
        lambda message, person: decide(message, person, POLICY.care, tenant_zone=ZoneInfo("UTC"),
                                       now=NOW + timedelta(days=1), kinds={"inbox": ""}),
        limit=10, today=NOW.date(),
    )  # fmt: skip
    assert len(claimed) == 2
    box.settle("main", "w", [Delivery(one.key, "p") for one in claimed], NOW + timedelta(days=1))
    done = book.done_for("main", ["a", "b", "c"])
    assert done["a"] == Done(NOW + timedelta(hours=2), "advisor", 15)
    assert done["b"] == Done(NOW + timedelta(days=1), "inbox", 15)
    assert "c" not in done


def test_an_ending_is_kept_once_and_comes_back_as_it_was(book: JudgingBook, database: Database) -> None:
    AlertBook(database).decide("main", [("a", "help", "treated", "", "")])
    facts = AlertFacts(
        alert="a", learner="learner of a", course="maths", as_of=OPENED, horizon_days=14, tier="core",
        cause="too_hard", rules=("absent",), playbook="help", channel="inbox", absent_days=4,
        contacted_on=date(2026, 3, 3), ends_on=date(2026, 6, 1), cost_minor=1500, currency="CNY",
    )  # fmt: skip
    ended = Ended(facts, "churned", "silent", date(2026, 3, 20), 10, -4)
    assert book.keep("main", [ended], NOW) == 1
    assert book.keep("main", [Ended(facts, "saved", "stayed", date(2026, 3, 21))], NOW) == 0
    assert book.endings("main") == [ended]
    counts = EndingViews(database).counts
    assert (counts("main", first=date(2026, 3, 21)), counts("other")) == ([], [])
    (told,) = counts("main", first=date(2026, 3, 20), last=date(2026, 3, 20))
    assert (told, told.first) == (next(counts_of([ended])), First.OF_ALL | First.OF_PLAYBOOK)
    assert [row["alert"] for row in book.due("main", OPENED + timedelta(days=14))] == ["b", "c", "d"]


def test_what_could_not_be_judged_teaches_the_choice_nothing(book: JudgingBook, database: Database) -> None:
    AlertBook(database).decide("main", [("a", "help", "treated", "", ""), ("b", "help", "treated", "", "")])
    endings = {"a": ("not_judged", "course_ended"), "b": ("saved", "came_back_after_contact")}
    book.keep("main", [
        Ended(AlertFacts(alert=name, learner=f"learner of {name}", course="maths", as_of=OPENED, horizon_days=14,
                         tier="core", cause="too_hard"), ending, why, OPENED + timedelta(days=14))  # type: ignore[arg-type]
        for name, (ending, why) in endings.items()
    ], NOW)  # fmt: skip
    (record,) = PastBook(database).records("main")
    assert (record.successes, record.trials) == (1, 1)

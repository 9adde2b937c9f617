"""Entries into playbooks that no alert begins: who is noted when, judged once, counted, the same on both databases."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from journey_books import installed
from sqlalchemy import func, select

from staycourse.adapters.store import Database, LawBook, schema
from staycourse.adapters.store.care import Done, EntryBook, JourneyBook, JudgingBook, PeopleBook, TaskBook
from staycourse.adapters.store.views import EvidenceViews
from staycourse.care import Draw, Entry
from staycourse.policy import load_policy
from staycourse.review import EntryCount, EntryEnded, EntryFacts
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 5, tzinfo=UTC)
AS_OF = date(2026, 3, 1)
POLICY = load_policy(
    """
[churn]
horizon_days = 10
[playbooks.help]
title = { en = "Help", zh_CN = "帮助" }
enter = { causes = ["too_hard"] }
priority = 90
steps = [{ id = "wait", do = "wait", days = 3 }]
[playbooks.habit]
again_after_days = 1
steps = [{ id = "call", do = "task", script = "too_hard", minutes = 15, within_hours = 48 }]
""",
    signals=SIGNALS_BY_NAME,
    version=1,
)


def entry(learner: str, playbook: str = "habit", alert: str = "", on: date = AS_OF) -> Entry:
    beginning = f"alert:{alert}" if alert else f"stage:learning:{on}"
    return Entry(learner, "maths", playbook, beginning, "regular", alert, "", as_of=None if alert else on)


def drawn(one: Entry, arm: str = "treated") -> tuple[Entry, Draw]:
    return one, Draw(one.learner, one.playbook, one.tier, arm, 0.1)  # type: ignore[arg-type]


@pytest.fixture
def journeys(database: Database) -> JourneyBook:
    return installed(database, POLICY, NOW)


def waiting(database: Database, until: date = date.max, limit: int = 100) -> list[EntryFacts]:
    return EntryBook(database).due("main", until, limit)


def test_whoever_is_drawn_is_noted_once_let_in_or_not_and_nobody_else(
    journeys: JourneyBook, database: Database
) -> None:
    journeys.enter("main", [drawn(entry("busy", "help", "a1"))], POLICY, NOW)
    answers = journeys.enter(
        "main",
        [drawn(entry("ann")), drawn(entry("bob"), "held_out"), drawn(entry("busy")), drawn(entry("core"), "exempt"),
         drawn(entry("rita", "renewal"))],
        POLICY, NOW,
    )  # fmt: skip
    assert {answer.entry.learner: answer.why for answer in answers if not answer.state} == {"busy": "busy"}
    later = AS_OF + timedelta(days=5)
    journeys.enter("main", [drawn(entry("ann", on=later)), drawn(entry("busy", on=later))], POLICY,
                   NOW + timedelta(days=5))  # fmt: skip
    assert [(one.learner, one.arm, one.as_of, one.due_on, one.judged_by) for one in waiting(database)] == [
        ("ann", "treated", AS_OF, AS_OF + timedelta(days=10), "stays"),
        ("bob", "held_out", AS_OF, AS_OF + timedelta(days=10), "stays"),
        ("busy", "treated", AS_OF, AS_OF + timedelta(days=10), "stays"),
        ("rita", "treated", AS_OF, AS_OF + timedelta(days=24), "renews"),  # the window, and the horizon after it
    ]


def test_the_first_draw_holds_and_its_arm_is_what_is_compared(journeys: JourneyBook, database: Database) -> None:
    journeys.enter("main", [drawn(entry("ann"), "held_out")], POLICY, NOW)
    again = entry("ann", on=AS_OF + timedelta(days=60))
    journeys.enter("main", [drawn(again)], POLICY, NOW + timedelta(days=60))
    (one,) = waiting(database)
    assert (one.arm, one.as_of) == ("held_out", AS_OF)


def test_there_is_no_draw_of_an_entry_without_its_row(journeys: JourneyBook, database: Database) -> None:
    """Whatever becomes of an entry (let in, held out, busy, too early again, outranked), its draw is to be judged."""
    alone = [name for name, book in POLICY.playbooks.items() if book.enabled and not book.enter.causes]
    assert {"habit", "renewal", "welcome"} <= set(alone)
    for day, arm in enumerate(("treated", "held_out", "treated")):
        for playbook in alone:
            some = [
                drawn(entry(f"L{n}", playbook, on=AS_OF + timedelta(days=day)), arm) for n in range(day, 6, 1 + day)
            ]
            journeys.enter("main", [drawn(entry("L1", "help", f"a{day}")), *some], POLICY, NOW + timedelta(days=day))
    draws, endings = schema.draws.c, schema.journey_endings.c
    with database.reading() as connection:
        made = connection.execute(select(draws.learner, draws.playbook, draws.arm).where(draws.playbook.in_(alone)))
        noted = connection.execute(select(endings.learner, endings.playbook, endings.arm))
        known = {tuple(row) for row in made}
        assert known == {tuple(row) for row in noted}
        assert len(known) == 6 * len(alone)
        active = connection.scalar(select(func.count()).where(schema.journeys.c.state == "active"))
        assert active is not None and active < len(known)


def ended(one: EntryFacts, *, kept: bool = True, cost: int = 0) -> EntryEnded:
    facts = replace(one, unsubscribed=not kept, cost_minor=cost, currency="CNY")
    return EntryEnded(facts, kept, "stayed" if kept else "silent", AS_OF + timedelta(days=12))


def test_some_at_a_time_are_judged_once_and_counted(journeys: JourneyBook, database: Database) -> None:
    people = [drawn(entry(f"L{n}"), "held_out" if n < 3 else "treated") for n in range(10)]
    journeys.enter("main", people, POLICY, NOW)
    book, last = EntryBook(database), AS_OF + timedelta(days=10)
    assert waiting(database, last - timedelta(days=1)) == []
    first = waiting(database, last, 6)
    assert [one.learner for one in first] == [f"L{n}" for n in range(6)]
    endings = [ended(one, kept=n % 2 == 0, cost=100 * n) for n, one in enumerate(first)]
    assert book.keep("main", endings, NOW) == 6
    assert book.keep("main", [ended(one) for one in first], NOW) == 0  # killed and gone on: what was kept stays
    assert book.keep("other", [ended(one) for one in waiting(database, last)], NOW) == 0
    assert [one.learner for one in waiting(database, last)] == ["L6", "L7", "L8", "L9"]
    assert (book.waiting("main"), book.waiting("other")) == (4, 0)
    assert list(book.endings("main")) == endings
    assert book.counts("main") == [
        EntryCount("habit", "stays", "regular", "held_out", "CNY", 3, 2, 1, 0, 300),
        EntryCount("habit", "stays", "regular", "treated", "CNY", 3, 1, 2, 0, 1200),
    ]
    assert book.counts("other") == []


def test_who_is_erased_between_is_not_brought_back(journeys: JourneyBook, database: Database) -> None:
    journeys.enter("main", [drawn(entry("ann")), drawn(entry("bob"))], POLICY, NOW)
    found = waiting(database)
    law = LawBook(database)
    assert [row["playbook"] for row in law.held("main", "ann")["journey_endings"]] == ["habit"]
    assert law.erase("main", "ann", {"ann"})["journey_endings"] == 1
    assert EntryBook(database).keep("main", [ended(one) for one in found], NOW) == 1
    assert [one.facts.learner for one in EntryBook(database).endings("main")] == ["bob"]


def test_what_was_done_is_told_by_the_playbooks_own_journeys(journeys: JourneyBook, database: Database) -> None:
    journeys.enter("main", [drawn(entry("ann")), drawn(entry("bob"))], POLICY, NOW)
    journeys.advance("main", NOW)
    tasks = TaskBook(database)
    tasks.open_asked("main", POLICY, "2026-03")
    (hers,) = (row["task"] for row in tasks.queue("main") if row["learner"] == "ann")
    tasks.claim("main", hers, "Li", NOW)
    tasks.finish("main", hers, "Li", "reached", "", NOW + timedelta(hours=2))
    book = JudgingBook(database)
    assert book.done_in("main", "habit", ["ann", "bob"]) == {"ann": Done(NOW + timedelta(hours=2), "advisor", 15)}
    assert book.done_in("main", "welcome", ["ann"]) == {}


def test_who_unsubscribed_is_asked_of_some_learners(journeys: JourneyBook, database: Database) -> None:
    people = PeopleBook(database)
    for name in ("ann", "bob"):
        people.put_consent("main", name, "*", "*", False, source="test", said=f"by {name}", at=NOW)
    views = EvidenceViews(database)
    assert set(views.unwanted("main", [], ["ann", "bob"])["unsubscribe"]) == {"ann", "bob"}
    assert views.unwanted("main", [], ["bob", "cid"])["unsubscribe"] == {"bob": [NOW]}

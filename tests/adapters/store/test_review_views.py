"""What the pages of review count, the same on both databases, of one tenant only."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from staycourse.adapters.store import Database, Store
from staycourse.adapters.store.care import AlertBook, JourneyBook, PeopleBook
from staycourse.adapters.store.views import EvidenceViews, PlaybookViews, WeeklyViews
from staycourse.care import Alert, AlertPlan, Draw, Entry, nodes_of
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 4, 10, tzinfo=UTC)
MONDAY, SUNDAY = date(2026, 3, 2), date(2026, 3, 8)
START, END = datetime(2026, 3, 2, tzinfo=UTC), datetime(2026, 3, 9, tzinfo=UTC)
POLICY = load_policy(
    """
[playbooks.help]
title = { en = "Help", zh_CN = "帮助" }
enter = { causes = ["too_hard"] }
steps = [
  { id = "hello", do = "send", template = "tutoring_offer" },
  { id = "wait", do = "wait", days = 3 },
  { id = "call", do = "task", script = "too_hard", minutes = 15, within_hours = 48 },
]
""",
    signals=SIGNALS_BY_NAME,
    version=1,
)


def alert(name: str, opened: datetime, rules: tuple[str, ...] = (), trigger: str = "rule") -> Alert:
    return Alert(
        alert=name, learner=name, course="maths", cause="too_hard", tier="core" if name == "a" else "regular",
        trigger=trigger, state="open", risk=0.5, priority=0.4, suggestion="", rules=rules, reasons=(), opened=opened,
        as_of=opened.date(), due=opened + timedelta(hours=4), seen_on=opened.date(), policy_version=1, horizon_days=14,
    )  # fmt: skip


@pytest.fixture
def filled(database: Database) -> Database:
    """Four learners on the playbook, one of them held out; one gone on to the wait; the same names elsewhere."""
    store = Store(database)
    for tenant in ("main", "other"):
        store.ensure_tenant(tenant, "UTC", NOW)
        journeys = JourneyBook(database)
        journeys.install(tenant, POLICY, nodes_of(POLICY), NOW)
        arms = {"a": "treated", "b": "treated", "c": "treated", "d": "held_out"}
        journeys.enter(
            tenant,
            [(Entry(who, "maths", "help", "alert:1", "regular", "x", "too_hard"),
              Draw(who, "help", "regular", arm, 0.25)) for who, arm in arms.items()],  # type: ignore[arg-type]
            POLICY,
            NOW,
        )  # fmt: skip
        journeys.advance(tenant, NOW)
        (gone,) = journeys.active(tenant, ["c"])
        journeys.leave(tenant, [gone.journey], "return", NOW + timedelta(hours=1))
    plan = AlertPlan(opened=(
        alert("a", NOW), alert("b", NOW, ("complained",), "event"), alert("c", NOW - timedelta(days=4)),
    ))  # fmt: skip
    AlertBook(database).follow("main", plan, NOW)
    return database


def test_who_stands_where_and_what_each_step_made(filled: Database) -> None:
    views = PlaybookViews(filled)
    assert views.standing("main", "help") == {"wait": 2}
    assert views.sent("main", "help") == {"hello": 3}
    assert views.handed("main", "help") == {}
    assert views.reasons("main", "help") == (("return", 1),)
    assert [one.learner for one in views.travellers("main", "help", "active", 1, 10)] == ["a", "b"]
    assert [one.learner for one in views.travellers("main", "help", "active", 2, 1)] == ["b"]
    (held,) = views.travellers("main", "help", "held_out", 1, 10)
    assert (held.learner, held.step, held.due) == ("d", "", None)
    assert views.standing("main", "none") == {}


def test_the_shares_drawn_and_what_nobody_wanted(filled: Database) -> None:
    people = PeopleBook(filled)
    people.put_consent("main", "b", "*", "*", False, source="unsubscribe link", said="1", at=NOW)
    people.put_consent("main", "a", "*", "*", True, source="console", said="2", at=NOW)
    views = EvidenceViews(filled)
    assert views.shares("main") == {"help": {"regular": 0.25}}
    unwanted = views.unwanted("main", ["complained"], ["a", "b"])
    assert unwanted == {"unsubscribe": {"b": [NOW]}, "complaint": {"b": [NOW]}}
    assert views.unwanted("main", ["rated"], ["a", "b"])["complaint"] == {}
    assert (views.waiting("main"), views.waiting("other")) == (3, 0)
    assert views.alerted("main") == {"too_hard": 3}


def test_a_week_counts_what_happened_in_it(filled: Database) -> None:
    views = WeeklyViews(filled)
    seen = views.seen("main", MONDAY, SUNDAY, START, END)
    assert (seen.nights, seen.enrolments, seen.alerts, seen.alerts_before, seen.overdue) == (0, None, 2, 1, 3)
    assert dict(seen.by_tier) == {"core": 1, "regular": 1}
    done = views.done("main", START, END)
    assert (done.journeys, done.held_out, done.messages, done.failed) == (3, 1, (), 0)
    assert done.kept_back == (("return", 1),)
    empty = views.done("main", END, END + timedelta(days=7))
    assert (empty.journeys, empty.kept_back) == (0, ())

"""What people look at comes out of the store alike on both databases: filtered, ranked, counted, of one tenant."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from staycourse.adapters.store import Database, Store
from staycourse.adapters.store.care import AlertBook, AuditLog, JourneyBook, Outbox, PeopleBook, TaskBook
from staycourse.adapters.store.views import AdvisorViews, AlertViews, ContactViews, DeliveryViews
from staycourse.care import Alert, AlertPlan, Draw, Entry, nodes_of
from staycourse.desk import NOBODY, AlertFilter, DeliveryFilter, TaskFilter
from staycourse.events import Course, Learner
from staycourse.kernel import NotFound
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
KOLKATA = ZoneInfo("Asia/Kolkata")
PLAYBOOK = """
[playbooks.help]
title = { en = "Help", zh_CN = "帮助" }
enter = { causes = ["too_hard"] }
steps = [
  { id = "call", do = "task", script = "too_hard", minutes = 15, within_hours = 4 },
  { id = "wait", do = "wait", days = 3 },
]
"""
POLICY = load_policy(PLAYBOOK, signals=SIGNALS_BY_NAME, version=1)
TITLES = {name: playbook.title for name, playbook in POLICY.playbooks.items()}


def alert(name: str, learner: str, due: datetime, **more: object) -> Alert:
    made = Alert(
        alert=name, learner=learner, course="c1", cause="too_hard", tier="regular", trigger="rule", state="open",
        risk=0.4, priority=0.4, suggestion="tutoring", rules=("absent",), reasons=(), opened=NOW - HOUR,
        as_of=date(2026, 3, 1), due=due, seen_on=date(2026, 3, 1), policy_version=1, horizon_days=14,
    )  # fmt: skip
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.fixture
def store(database: Database) -> Database:
    """Two tenants with the same learners: what is asked of one never shows the other's."""
    for tenant in ("a", "b"):
        book = Store(database)
        book.ensure_tenant(tenant, "Asia/Kolkata", NOW)
        book.put_courses(tenant, [Course(course="c1", title="Course One")])
        book.put_learners(tenant, [Learner(learner="l1", name="Ann O'Hara"), Learner(learner="l2", name="100%_Bo")])
        alerts = AlertBook(database)
        made = (
            alert("late", "l1", NOW - HOUR, tier="core"),
            alert("first", "l2", NOW + HOUR, priority=0.2),
            alert("pressing", "l3", NOW + HOUR, priority=0.9, cause="price"),
            alert("over", "l4", NOW + HOUR),
        )
        alerts.follow(tenant, AlertPlan(opened=made), NOW)
        alerts.change(tenant, "first", "take", "Li", NOW, None)
        alerts.change(tenant, "over", "done", "Li", NOW, None)
    return database


def test_alerts_are_ranked_filtered_and_counted(store: Database) -> None:
    views = AlertViews(store)

    def names(**asked: object) -> list[str]:
        found = views.alerts("a", AlertFilter(**asked), NOW, TITLES, ())  # type: ignore[arg-type]
        assert found.found == len(found.rows)
        return [line.alert.alert for line in found.rows]

    assert names() == ["late", "pressing", "first"]
    assert names(state="taken") == ["first"]
    assert names(state="ended") == ["over"]
    assert names(overdue=True) == ["late"]
    assert names(owner="Li") == ["first"]
    assert names(owner=NOBODY) == ["late", "pressing"]
    assert names(tier="core", cause="too_hard", course="c1") == ["late"]
    assert names(search="o'hara") == ["late"]
    assert names(search="100%_") == ["first"]
    assert names(search="%") == ["first"]
    found = views.alerts("a", AlertFilter(page=2, per_page=2), NOW, TITLES, ())
    assert ([line.alert.alert for line in found.rows], found.found, found.pages) == (["first"], 3, 2)
    assert found.by_state == {"open": 2, "taken": 1, "done": 1}
    assert (found.by_cause, found.overdue, found.owners) == ((("too_hard", 2), ("price", 1)), 1, ("Li",))
    assert found.rows[0].course_title == "Course One"


def test_one_alert_has_the_journey_and_the_task_that_it_began(store: Database) -> None:
    _walk(store)
    story = AlertViews(store).alert("a", "late", TITLES)
    assert [(one.playbook, one.kind, one.title) for one in story.journeys] == [("help", "wait", TITLES["help"])]
    assert [(one.script, one.state) for one in story.tasks] == [("too_hard", "open")]
    assert set(AlertViews(store).standing("a", ["l1", "l2", "l4"], TITLES)) == {("l1", "too_hard"), ("l2", "too_hard")}
    with pytest.raises(NotFound):
        AlertViews(store).alert("c", "late", TITLES)


def test_the_queue_is_ranked_and_the_months_minutes_are_counted(store: Database) -> None:
    _walk(store)
    views = AdvisorViews(store)

    def asked(**more: object) -> list[str]:
        found = views.tasks("a", TaskFilter(**more), NOW + 5 * HOUR, TITLES, month="2026-03", bound=100)  # type: ignore[arg-type]
        assert (found.minutes_used, found.minutes_bound) == (15, 100)
        return [line.learner for line in found.rows]

    assert asked() == asked(overdue=True) == asked(search="ann") == ["l1"]
    assert asked(state="withheld") == asked(search="zzz") == asked(owner="Li") == []
    task = views.tasks("a", TaskFilter(), NOW, TITLES, month="2026-03", bound=100).rows[0]
    TaskBook(store).finish("a", task.task, "Li", "reason_told", "price", NOW)
    assert asked(state="done", owner="Li") == ["l1"]
    assert views.task("a", task.task, TITLES).told == "price"
    with pytest.raises(NotFound):
        views.task("b", task.task, TITLES)


def test_messages_are_filtered_and_held_ones_counted_by_the_tenants_day(store: Database) -> None:
    outbox = Outbox(store)
    put = _put(outbox)
    put("k1", "l1", created=datetime(2026, 3, 1, 18, 29, tzinfo=UTC), state="withheld", reason="stale")
    put("k2", "l1", created=datetime(2026, 3, 1, 18, 31, tzinfo=UTC), state="withheld", reason="stale")
    put("k3", "l2", created=NOW, state="pending", reason="quiet_hours", playbook="help")
    put("k4", "l2", created=NOW - timedelta(days=20), state="withheld", reason="stale")
    put("k5", "l2", created=NOW, state="sent", reason="", channel="mail")
    views = DeliveryViews(store)

    def keys(**asked: object) -> list[str]:
        found = views.messages("a", DeliveryFilter(**asked), NOW, KOLKATA, TITLES)  # type: ignore[arg-type]
        assert found.found == len(found.rows)
        return [line.key for line in found.rows]

    assert keys() == ["k5", "k3", "k2", "k1", "k4"]
    assert keys(state="withheld", reason="stale", learner="O'Hara") == ["k2", "k1"]
    assert keys(channel="mail") == ["k5"]
    assert keys(playbook="help") == ["k3"]
    found = views.messages("a", DeliveryFilter(), NOW, KOLKATA, TITLES)
    assert found.held == (
        (date(2026, 3, 1), "stale", 1), (date(2026, 3, 2), "quiet_hours", 1), (date(2026, 3, 2), "stale", 1),
    )  # fmt: skip
    assert found.playbooks == (("help", TITLES["help"]),)
    assert (found.by_state["withheld"], found.channels) == (3, ("mail",))
    assert views.row("a", "k1")["name"] == "Ann O'Hara"
    with pytest.raises(NotFound):
        views.row("b", "k1")


def test_one_learner_has_everything_newest_first_and_bounded(store: Database) -> None:
    _walk(store)
    people, audit = PeopleBook(store), AuditLog(store)
    people.put_address("a", "l1", "email", "ann@example.org", NOW)
    for hour in range(3):
        at = NOW + hour * HOUR
        people.put_consent("a", "l1", "*", "*", hour == 1, source="console", said=str(hour), at=at)
        audit.record("a", "Li", f"act{hour}", at=at, learner="l1")
        TaskBook(store).note("a", "l1", "late", "Li", f"note {hour}", at)
    views = ContactViews(store)
    assert [one.granted for one in views.consents("a", "l1", 2)] == [False, True]
    assert [one.action for one in views.audit("a", "l1", 2)] == ["act2", "act1"]
    assert [one.text for one in views.notes("a", "l1", 9)] == ["note 2", "note 1", "note 0"]
    assert [one.target for one in views.addresses("a", "l1")] == ["ann@example.org"]
    assert [one.state for one in views.journeys("a", "l1", TITLES, 9)] == ["active"]
    assert len(views.tasks("a", "l1", TITLES, 9)) == 1
    assert views.messages("a", "l1", TITLES, 9) == ()
    assert views.consents("b", "l1", 9) == ()
    assert views.audit("b", "l1", 9) == ()


def _walk(database: Database) -> None:
    """Let the first alert's learner enter the playbook and take its first step."""
    journeys = JourneyBook(database)
    journeys.install("a", POLICY, nodes_of(POLICY), NOW)
    entry = Entry("l1", "c1", "help", "alert:late", "core", alert="late", cause="too_hard")
    journeys.enter("a", [(entry, Draw("l1", "help", "core", "treated", 0.1))], POLICY, NOW)
    journeys.advance("a", NOW)
    TaskBook(database).open_asked("a", POLICY, "2026-03")


def _put(outbox: Outbox) -> Callable[..., None]:
    def put(key: str, learner: str, **more: object) -> None:
        row = {
            "key": key, "learner": learner, "course": "c1", "purpose": "care", "template": "welcome",
            "details": {"channels": ["mail"]}, "due": NOW, "created": NOW,
        }  # fmt: skip
        outbox.put("a", row | more)

    return put

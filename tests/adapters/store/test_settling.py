"""Which alerts wait for an answer: none that a message or a task has answered, none held out; on both databases."""

from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest
from old_stores import unmigrated, upgrade

from staycourse.adapters.store import Database, Store
from staycourse.adapters.store.care import AlertBook, JourneyBook, Outbox, TaskBook
from staycourse.adapters.store.care.outbox import Delivery
from staycourse.adapters.store.views import AlertViews, WeeklyViews
from staycourse.care import Alert, AlertPlan, Draw, Entry, Verdict, nodes_of
from staycourse.desk import AlertFilter
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER, DAY = NOW + timedelta(days=1), date(2026, 3, 1)
POLICY = load_policy(
    """
[care.budgets]
advisor_minutes_per_month = 30
[playbooks.write]
title = { en = "Write", zh_CN = "写信" }
enter = { causes = ["too_hard"] }
steps = [{ id = "hello", do = "send", template = "tutoring_offer" }, { id = "wait", do = "wait", days = 7 }]
[playbooks.tell]
title = { en = "Tell", zh_CN = "告知" }
enter = { causes = ["too_hard"] }
steps = [{ id = "hook", do = "webhook", channel = "crm" }, { id = "wait", do = "wait", days = 7 }]
[playbooks.call]
title = { en = "Call", zh_CN = "致电" }
enter = { causes = ["too_hard"] }
steps = [
  { id = "call", do = "task", script = "too_hard", minutes = 15, within_hours = 48 },
  { id = "wait", do = "wait", days = 7 },
]
""",
    signals=SIGNALS_BY_NAME,
    version=1,
)


def alert(name: str, *, event_id: str = "") -> Alert:
    """Return the alert of the learner of that name, due within four hours."""
    return Alert(
        alert=name + event_id, learner=name, course="c", cause="too_hard", tier="regular",
        trigger="event" if event_id else "rule", state="open", risk=0.5, priority=0.4, suggestion="", rules=(),
        reasons=(), opened=NOW, as_of=DAY, due=NOW + timedelta(hours=4), seen_on=DAY, policy_version=1,
        horizon_days=14, event_id=event_id,
    )  # fmt: skip


class Desk:
    """One tenant's care, and the lists of its alerts a day later."""

    def __init__(self, database: Database) -> None:
        Store(database).ensure_tenant("main", "UTC", NOW)
        self.alerts, self.journeys = AlertBook(database), JourneyBook(database)
        self.outbox, self.tasks = Outbox(database), TaskBook(database)
        self.views, self.weekly = AlertViews(database), WeeklyViews(database)
        self.journeys.install("main", POLICY, nodes_of(POLICY), NOW)

    def begin(self, learner: str, playbook: str, arm: str = "treated") -> list[int]:
        """Open an alert and let its playbook begin; return the journey."""
        self.alerts.follow("main", AlertPlan(opened=(alert(learner),)), NOW)
        entry = Entry(learner, "c", playbook, f"alert:{learner}", "regular", learner, "too_hard")
        self.journeys.enter("main", [(entry, Draw(learner, playbook, "regular", arm, 0.1))], POLICY, NOW)  # type: ignore[arg-type]
        held = "held_out" if arm == "held_out" else ""
        self.alerts.decide("main", [(learner, playbook, arm, held, "bandit")])
        self.journeys.advance("main", NOW)
        return [one.journey for one in self.journeys.active("main", [learner])]

    def send(self, error: str = "") -> None:
        claimed, _ = self.outbox.claim(
            "main", "w", POLICY, NOW, lambda *_: Verdict("send", channel="mail"), limit=10, today=NOW.date()
        )
        assert claimed
        told = [Delivery(one.key, error=error, permanent=bool(error)) for one in claimed]
        self.outbox.settle("main", "w", told, NOW)

    def ask(self) -> None:
        self.tasks.open_asked("main", POLICY, "2026-03")

    def listed(self, state: str = "") -> list[str]:
        found = self.views.alerts("main", AlertFilter(state), LATER, {}, ())
        assert found.found == len(found.rows)
        return [line.alert.learner for line in found.rows]

    def overdue(self) -> int:
        """Return how many are overdue: the page and the week agree."""
        page = self.views.alerts("main", AlertFilter(), LATER, {}, ())
        assert len(self.views.alerts("main", AlertFilter(overdue=True), LATER, {}, ()).rows) == page.overdue
        assert self.weekly.seen("main", DAY, DAY, NOW - timedelta(days=6), LATER).overdue == page.overdue
        return page.overdue


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_an_alert_is_answered_once_a_message_of_its_playbook_was_sent(desk: Desk) -> None:
    desk.begin("ada", "write")
    assert (desk.listed(), desk.overdue(), desk.listed("answered")) == (["ada"], 1, [])
    desk.send()
    assert (desk.listed(), desk.listed("open"), desk.overdue(), desk.listed("answered")) == ([], [], 0, ["ada"])
    assert desk.views.alerts("main", AlertFilter(), LATER, {}, ()).by_state == {"answered": 1}


@pytest.mark.parametrize(("playbook", "error"), [("write", "no such address"), ("tell", "")])
def test_what_reached_nobody_answers_nothing(desk: Desk, playbook: str, error: str) -> None:
    desk.begin("ada", playbook)
    desk.send(error)
    assert (desk.listed(), desk.overdue()) == (["ada"], 1)


def test_the_held_out_are_shown_apart_and_wait_for_nobody(desk: Desk) -> None:
    desk.begin("ada", "write", "held_out")
    assert (desk.listed(), desk.overdue(), desk.listed("held_out")) == ([], 0, ["ada"])
    desk.alerts.change("main", "ada", "take", "lin", NOW, None)
    assert (desk.listed(), desk.listed("held_out"), desk.listed("taken")) == ([], [], ["ada"])


def test_a_task_answers_as_far_as_the_months_minutes_go(desk: Desk) -> None:
    for learner in ("ada", "bob", "cid"):
        desk.begin(learner, "call")
    assert desk.overdue() == 3, "asked for, but nobody has it yet"
    desk.ask()
    assert (desk.listed(), desk.listed("answered")) == (["cid"], ["ada", "bob"])
    task = desk.tasks.queue("main")[0]["task"]
    desk.tasks.claim("main", task, "lin", NOW)
    desk.tasks.finish("main", task, "lin", "reached", "", NOW)
    assert desk.listed() == ["cid"]


def test_where_the_task_is_closed_and_nothing_was_sent_it_waits_again(desk: Desk) -> None:
    left = [*desk.begin("ada", "call"), *desk.begin("bob", "call")]
    desk.ask()
    task = next(one["task"] for one in desk.tasks.queue("main") if one["learner"] == "bob")
    desk.tasks.claim("main", task, "lin", NOW)
    desk.journeys.leave("main", left, "outranked", LATER)
    assert (desk.listed(), desk.listed("answered")) == (["ada"], ["bob"]), "bob's advisor may be calling just now"
    desk.tasks.release("main", task, LATER)
    assert desk.listed() == ["ada", "bob"]


def test_what_was_sent_before_is_no_answer_to_a_complaint(desk: Desk) -> None:
    desk.begin("ada", "write")
    desk.send()
    desk.begin("bob", "call")
    desk.ask()
    desk.begin("cid", "write", "held_out")
    assert desk.listed() == []
    for learner in ("ada", "bob", "cid"):
        desk.alerts.follow("main", AlertPlan(opened=(alert(learner, event_id="e"),)), NOW)
    assert (desk.listed(), desk.listed("answered")) == (["ada", "cid"], ["bob"]), "bob is in a person's hands"


def test_why_a_playbook_was_chosen_stands_with_the_alert(desk: Desk) -> None:
    desk.begin("ada", "write")
    assert desk.views.alert("main", "ada", {}).line.basis == "bandit"


BEFORE = (
    "INSERT INTO tenants (tenant, zone, created) VALUES ('main', 'UTC', '2026-03-02 10:00:00')",
    *(
        "INSERT INTO alerts (tenant, alert, learner, course, cause, tier, trigger, state, risk, priority, suggestion,"
        " rules, reasons, opened, as_of, due, arm, seen_on, policy_version, horizon_days) VALUES ('main',"
        f" '{name}', '{name}', 'c', 'x', 'core', 'rule', 'open', 1, 1, '', '[]', '[]', 1, '2026-03-01', 1, '{arm}',"
        " '2026-03-01', 1, 14)"
        for name, arm in (("held", "held_out"), ("sent", "treated"), ("called", "treated"), ("none", "treated"))
    ),
    *(
        "INSERT INTO journeys (journey, tenant, learner, course, playbook, entry, alert, cause, tier, priority, arm,"
        f" exclusive, state, version, entered) VALUES ({place}, 'main', '{name}', 'c', 'p', 'e', '{name}', 'x', 'core',"
        " 1, 'treated', TRUE, 'active', 1, 1)"
        for place, name in ((1, "sent"), (2, "none"))
    ),
    *(
        "INSERT INTO messages (tenant, key, learner, course, journey, playbook, purpose, template, details, state, due,"
        f" created) VALUES ('main', '{place}', 'x', 'c', {place}, 'p', 'care', 'welcome', '{{}}', '{state}', 1, 1)"
        for place, state in ((1, "sent"), (2, "failed"))
    ),
    "INSERT INTO tasks (tenant, task, learner, course, alert, playbook, cause, tier, script, minutes, state, created,"
    " due) VALUES ('main', 't', 'called', 'c', 'called', 'p', 'x', 'core', 's', 1, 'claimed', 1, 1)",
)


def test_a_store_of_before_is_told_what_is_answered(empty_store: Path | str) -> None:
    with unmigrated(empty_store) as database:
        upgrade(database, "0017")
        with database.writing() as connection:
            for statement in BEFORE:
                connection.exec_driver_sql(statement)
        upgrade(database, "0018")
        with database.reading() as connection:
            found = {row[0]: row[1] for row in connection.exec_driver_sql("SELECT alert, settled FROM alerts")}
    assert found == {"held": "held_out", "sent": "answered", "called": "answered", "none": ""}

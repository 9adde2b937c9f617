"""Tasks whose ground is gone leave the advisors' queue with the reason, the same on both databases."""

from datetime import UTC, date, datetime, timedelta

import pytest
from journey_books import installed

from staycourse.adapters.store import Database, LawBook
from staycourse.adapters.store.care import AlertBook, JourneyBook, TaskBook
from staycourse.adapters.store.views import AdvisorViews
from staycourse.care import Alert, AlertPlan, Draw, Entry
from staycourse.desk import TaskFilter
from staycourse.kernel import BadInput
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
LATER = NOW + timedelta(hours=5)
MONTH = "2026-03"
PLAYBOOKS = """
[care.budgets]
advisor_minutes_per_month = 30
[playbooks.stays]
title = { en = "Call, then wait", zh_CN = "致电后等待" }
enter = { causes = ["too_hard"] }
steps = [
  { id = "call", do = "task", script = "too_hard", minutes = 15, within_hours = 48 },
  { id = "week", do = "wait", days = 7 },
]
[playbooks.ends]
title = { en = "Call", zh_CN = "致电" }
enter = { causes = ["too_hard"] }
steps = [{ id = "call", do = "task", script = "too_hard", minutes = 15, within_hours = 48 }]
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


def begin(journeys: JourneyBook, policy: Policy, learner: str, playbook: str = "stays", alert: str = "") -> list[int]:
    """Let a learner come to the step that hands to a person; return the journeys they are on then."""
    entry = Entry(learner, "c", playbook, f"alert:{alert}", "regular", alert, "too_hard")
    journeys.enter("main", [(entry, Draw(learner, playbook, "regular", "treated", 0.1))], policy, NOW)
    journeys.advance("main", NOW)
    return [one.journey for one in journeys.active("main", [learner])]


def minutes(database: Database, policy: Policy) -> int:
    bound = policy.care.budgets.advisor_minutes_per_month
    return AdvisorViews(database).tasks("main", TaskFilter(), NOW, {}, month=MONTH, bound=bound).minutes_used


def test_an_open_task_goes_with_its_journey_and_gives_its_minutes_back(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, database: Database
) -> None:
    left, _ = begin(journeys, policy, "a"), begin(journeys, policy, "b")
    tasks.open_asked("main", policy, MONTH)
    assert minutes(database, policy) == 30
    journeys.leave("main", left, "return", LATER)
    assert [task["learner"] for task in tasks.queue("main")] == ["b"]
    (closed,) = tasks.queue("main", ("dropped",))
    assert (closed["learner"], closed["reason"], closed["finished"]) == ("a", "return", LATER)
    assert minutes(database, policy) == 15
    journeys.leave("main", left, "reply", LATER + timedelta(hours=1))
    assert tasks.queue("main", ("dropped",)) == [closed], "said twice, done once"
    assert minutes(database, policy) == 15


def test_a_task_that_was_only_asked_for_never_opens(journeys: JourneyBook, tasks: TaskBook, policy: Policy) -> None:
    journeys.leave("main", begin(journeys, policy, "a"), "unsubscribe", LATER)
    tasks.open_asked("main", policy, MONTH)
    assert [(task["state"], task["reason"]) for task in tasks.queue("main", ("open", "dropped"))] == [
        ("dropped", "unsubscribe")
    ]


def test_who_has_claimed_a_task_keeps_it_and_gives_it_back_closed(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, database: Database
) -> None:
    """They may be on the telephone just now: what the learner says then must not be lost."""
    left = [*begin(journeys, policy, "a"), *begin(journeys, policy, "b")]
    tasks.open_asked("main", policy, MONTH)
    talked, returned = (task["task"] for task in sorted(tasks.queue("main"), key=lambda task: str(task["learner"])))
    for task in (talked, returned):
        tasks.claim("main", task, "lin", NOW)
    journeys.leave("main", left, "return", LATER)
    assert {(task["state"], task["reason"]) for task in tasks.queue("main")} == {("claimed", "return")}
    tasks.finish("main", talked, "lin", "reached", "", LATER)
    tasks.release("main", returned, LATER)
    assert not tasks.queue("main")
    assert [task["task"] for task in tasks.queue("main", ("dropped",))] == [returned]
    assert [task["task"] for task in tasks.queue("main", ("done",))] == [talked]
    assert minutes(database, policy) == 15
    with pytest.raises(BadInput, match="dropped already"):
        tasks.claim("main", returned, "lin", LATER)


@pytest.mark.parametrize("why", ["return", "gone"])
def test_a_task_outlives_its_journey_but_not_the_alert_that_asked_for_it(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, database: Database, why: str
) -> None:
    alerts = AlertBook(database)
    opened = [_alert("a1", "a"), _alert("b1", "b")]
    alerts.follow("main", AlertPlan(opened=tuple(opened)), NOW)
    assert [*begin(journeys, policy, "a", "ends", "a1"), *begin(journeys, policy, "b", "ends", "b1")] == []
    tasks.open_asked("main", policy, MONTH)
    if why == "return":
        alerts.close_returned("main", {"a": LATER}, LATER)
    else:
        alerts.follow("main", AlertPlan(closed=(("a1", why),)), LATER)
    assert [task["learner"] for task in tasks.queue("main")] == ["b"]
    assert [task["reason"] for task in tasks.queue("main", ("dropped",))] == [why]
    assert minutes(database, policy) == 15


def test_a_task_stays_while_its_journey_goes_on_although_the_alert_has_calmed(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, database: Database
) -> None:
    alerts = AlertBook(database)
    alerts.follow("main", AlertPlan(opened=(_alert("a1", "a"),)), NOW)
    begin(journeys, policy, "a", alert="a1")
    tasks.open_asked("main", policy, MONTH)
    alerts.close_returned("main", {"a": LATER}, LATER)
    assert len(tasks.queue("main")) == 1


def test_nobody_is_asked_to_call_a_learner_who_is_being_erased(
    journeys: JourneyBook, tasks: TaskBook, policy: Policy, database: Database
) -> None:
    begin(journeys, policy, "a", "ends")
    tasks.open_asked("main", policy, MONTH)
    LawBook(database).begin("main", "a", LATER)
    assert not tasks.queue("main")


def _alert(name: str, learner: str) -> Alert:
    return Alert(
        alert=name, learner=learner, course="c", cause="too_hard", tier="regular", trigger="risk", state="open",
        risk=0.5, priority=0.4, suggestion="", rules=(), reasons=(), opened=NOW - timedelta(days=1),
        as_of=date(2026, 3, 1), due=NOW, seen_on=date(2026, 3, 1), policy_version=1, horizon_days=14,
    )  # fmt: skip

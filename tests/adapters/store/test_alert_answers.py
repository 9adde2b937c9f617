"""Alerts that get no answer at first: asked again another night, and as urgent as what was said last."""

from datetime import UTC, date, datetime, timedelta

import pytest

from staycourse.adapters.store import Database, Store
from staycourse.adapters.store.care import AlertBook
from staycourse.care import Alert, AlertPlan

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
DAY = date(2026, 3, 1)


def alert(name: str, *, event_id: str = "", hours: int = 48, rules: tuple[str, ...] = ("absent",)) -> Alert:
    return Alert(
        alert=name, learner="anna", course="c", cause="unhappy", tier="core", trigger="event" if event_id else "rule",
        state="open", risk=0.5, priority=1.0 if event_id else 0.4, suggestion="", rules=rules, reasons=(), opened=NOW,
        as_of=DAY, due=NOW + timedelta(hours=hours), seen_on=DAY, policy_version=1, horizon_days=14, event_id=event_id,
    )  # fmt: skip


@pytest.fixture
def alerts(database: Database) -> AlertBook:
    Store(database).ensure_tenant("main", "UTC", NOW)
    return AlertBook(database)


@pytest.mark.parametrize(("why", "again"), [("busy", True), ("recent", True), ("held_out", False)])
def test_a_night_that_finds_it_again_asks_again_where_that_may_change(alerts: AlertBook, why: str, again: bool) -> None:
    alerts.follow("main", AlertPlan(opened=(alert("a"),)), NOW)
    alerts.decide("main", [("a", "camp", "", why, "")])
    assert not alerts.undecided("main", 10)
    alerts.follow("main", AlertPlan(seen=(alert("a"),)), NOW)
    assert bool(alerts.undecided("main", 10)) is again


def test_a_complaint_makes_the_open_alert_as_urgent_and_is_never_held_out_with_it(alerts: AlertBook) -> None:
    alerts.follow("main", AlertPlan(opened=(alert("a"),)), NOW)
    alerts.decide("main", [("a", "*", "held_out", "held_out", "")])
    said = alert("b", event_id="e1", hours=4, rules=("complained",))
    assert alerts.follow("main", AlertPlan(opened=(said,)), NOW) == 0
    (found,) = alerts.undecided("main", 10)
    assert (found.alert, found.trigger, found.rules) == ("a", "event", ("absent", "complained"))
    assert found.due == NOW + timedelta(hours=4)
    alerts.decide("main", [("a", "person_answers", "exempt", "", "only")])
    assert alerts.follow("main", AlertPlan(opened=(said,)), NOW) == 0
    assert not alerts.undecided("main", 10)


def test_what_an_event_opened_is_not_merged_with_itself(alerts: AlertBook) -> None:
    said = alert("b", event_id="e1", hours=4, rules=("complained",))
    assert alerts.follow("main", AlertPlan(opened=(said,)), NOW) == 1
    alerts.decide("main", [("b", "person_answers", "exempt", "", "only")])
    assert alerts.follow("main", AlertPlan(opened=(said,)), NOW) == 0
    assert not alerts.undecided("main", 10)

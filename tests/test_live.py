"""What a live risk means for alerts: the planner of the nights, asked about the day in progress, over fakes."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pyarrow as pa
import pytest

from staycourse.care import Alert, AlertPlan
from staycourse.live import LastNight, LiveParts, live, live_plan
from staycourse.policy import load_policy
from staycourse.risk import RISKS_SCHEMA, KnownTiers, Scorecard
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TODAY = NOW.date()
ZONE = ZoneInfo("UTC")
POLICY = load_policy("[alerts]\nbudget_per_day = 2\n", signals=SIGNALS_BY_NAME)


def risks(*rows: tuple[str, float, int]) -> pa.Table:
    """Risks of (learner, risk, days absent), all of course c, for the cause too_hard."""
    return pa.Table.from_pylist(
        [
            {
                "learner": learner, "course": "c", "as_of": TODAY, "risk": risk, "learner_risk": risk,
                "tier": "regular", "value": 0.5, "paid_minor": None, "currency": None, "absent_days": absent,
                "days_in": 30, "cause": "too_hard", "rules": [], "reasons": [], "categories": [], "basis": "scorecard",
                "model": "", "policy_version": 0,
            }
            for learner, risk, absent in rows
        ],
        schema=RISKS_SCHEMA,
    )  # fmt: skip


def alert(learner: str, **more: object) -> Alert:
    known = Alert(
        alert=f"alert of {learner}", learner=learner, course="c", cause="too_hard", tier="regular", trigger="risk",
        state="open", risk=0.7, priority=0.5, suggestion="", rules=(), reasons=(), opened=NOW - timedelta(hours=8),
        as_of=TODAY - timedelta(days=1), due=NOW, seen_on=TODAY - timedelta(days=1), policy_version=0, horizon_days=14,
    )  # fmt: skip
    return replace(known, **more)  # type: ignore[arg-type]


@dataclass
class Alerts:
    open: list[Alert] = field(default_factory=list)
    closed: list[Alert] = field(default_factory=list)
    opened_today: int = 0
    followed: list[AlertPlan] = field(default_factory=list)

    def standing(self, tenant: str, learners: Sequence[str], closed_since: datetime) -> tuple[list[Alert], list[Alert]]:
        return [one for one in self.open if one.learner in learners], self.closed

    def opened_since(self, tenant: str, since: datetime) -> int:
        assert since == datetime(2026, 3, 2, tzinfo=UTC)
        return self.opened_today

    def follow(self, tenant: str, plan: AlertPlan, now: datetime) -> int:
        self.followed.append(plan)
        return len(plan.opened)


def planned(alerts: Alerts, *rows: tuple[str, float, int]) -> AlertPlan:
    return live_plan(alerts, "main", POLICY, [row[0] for row in rows], risks(*rows), now=NOW, zone=ZONE)


def test_who_crosses_the_threshold_is_alerted_within_what_the_day_has_left() -> None:
    rows = [("ann", 0.97, 3), ("ben", 0.96, 3), ("cy", 0.98, 3), ("dan", 0.1, 3)]
    assert {one.learner for one in planned(Alerts(), *rows).opened} == {"cy", "ann"}
    assert {one.learner for one in planned(Alerts(opened_today=1), *rows).opened} == {"cy"}
    assert planned(Alerts(opened_today=9), *rows).opened == ()


def test_an_open_alert_is_refreshed_when_that_tells_something_and_never_opened_twice() -> None:
    assert planned(Alerts([alert("ann", risk=0.97)]), ("ann", 0.971, 3)) == AlertPlan()
    (seen,) = planned(Alerts([alert("ann", risk=0.9)]), ("ann", 0.97, 3)).seen
    assert (seen.risk, seen.seen_on) == (0.97, TODAY)
    assert planned(Alerts([alert("ann", risk=0.9, trigger="event")]), ("ann", 0.97, 3)) == AlertPlan()


def test_a_return_ends_an_alert_and_a_calm_day_does_not() -> None:
    assert planned(Alerts([alert("ann")]), ("ann", 0.1, 0)).closed == (("alert of ann", "return"),)
    calm = Alerts([alert("ann", calm_nights=50)])
    assert planned(calm, ("ann", 0.1, 3)) == AlertPlan()
    today = alert("ann", as_of=TODAY, seen_on=TODAY)
    assert planned(Alerts([today]), ("ann", 0.1, 0)) == AlertPlan()


def test_an_enrolment_that_is_gone_ends_its_alert_and_nobody_elses() -> None:
    plan = live_plan(Alerts([alert("ann"), alert("ben")]), "main", POLICY, ["ann"], risks(), now=NOW, zone=ZONE)
    assert plan.closed == (("alert of ann", "gone"),)


@dataclass
class House:
    """Every part of the live path but the alerts; remembers in which order it was asked."""

    waiting: list[str]
    calls: list[str] = field(default_factory=list)
    dies: str = ""

    def heard(self, tenant: str) -> Sequence[str]:
        return self.waiting

    def done(self, tenant: str, learners: Sequence[str]) -> None:
        self.calls.append("done")
        self.waiting = []

    def signals(self, tenant: str, learners: Sequence[str], as_of: date, asked: Collection[str]) -> pa.Table:
        assert as_of == TODAY
        columns: dict[str, pa.Array] = {
            "learner": pa.array(learners), "course": pa.array(["c"] * len(learners)),
            "enrolled_on": pa.array([TODAY - timedelta(days=30)] * len(learners)),
            "course_day": pa.array([30] * len(learners), pa.int32()),
        }  # fmt: skip
        return pa.table(columns | {name: pa.nulls(len(learners), pa.float64()) for name in asked})

    def keep(self, tenant: str, learners: Sequence[str], found: pa.Table, now: datetime) -> None:
        if self.dies == "keep":
            raise RuntimeError("killed")
        self.calls.append("keep")
        assert found["learner"].to_pylist() == list(learners)
        assert found["tier"].to_pylist() == ["core", "regular"]


KNOWN = KnownTiers.of(pa.table({
    "learner": ["ann"], "value": [0.9], "tier": ["core"], "paid_minor": pa.array([5], pa.int64()), "currency": ["CNY"],
}))  # fmt: skip
NIGHT = LastNight(TODAY - timedelta(days=1), KNOWN, Scorecard.from_policy(POLICY), "")


def test_what_was_heard_is_done_only_after_the_risks_are_kept_and_the_alerts_followed() -> None:
    house = House(["ann", "newcomer"])
    done = live(LiveParts(house, house, house, Alerts()), "main", POLICY, NIGHT, now=NOW, zone=ZONE)
    assert (done.learners, done.enrolments, house.calls) == (2, 2, ["keep", "done"])
    assert live(LiveParts(house, house, house, Alerts()), "main", POLICY, NIGHT, now=NOW, zone=ZONE).learners == 0
    house = House(["ann", "newcomer"], dies="keep")
    with pytest.raises(RuntimeError):
        live(LiveParts(house, house, house, Alerts()), "main", POLICY, NIGHT, now=NOW, zone=ZONE)
    assert house.waiting == ["ann", "newcomer"]

"""Of each risk the desk says what is suggested, or that the learner counts as gone already: silent past the horizon."""

from __future__ import annotations

from datetime import date
from types import SimpleNamespace
from typing import Any
from zoneinfo import ZoneInfo

import pyarrow as pa
from msgspec.structs import replace

from staycourse.desk import HomeDesk
from staycourse.policy import default_policy_text, load_policy
from staycourse.risk import RISKS_SCHEMA
from staycourse.signals import SIGNALS_BY_NAME

AS_OF = date(2026, 11, 21)
POLICY = load_policy(default_policy_text(), signals=set(SIGNALS_BY_NAME))


def _row(learner: str, absent: int, risk: float, *rules: str) -> dict[str, Any]:
    return {
        "learner": learner, "course": "c1", "as_of": AS_OF, "risk": risk, "learner_risk": risk, "tier": "regular",
        "value": 0.5, "paid_minor": None, "currency": None, "absent_days": absent, "days_in": 60, "cause": "no_time",
        "rules": list(rules), "reasons": [], "categories": [], "basis": "scorecard", "model": "", "policy_version": 1,
    }  # fmt: skip


ROWS = [
    _row("away", 8, 0.7, "absent"),
    _row("calm", 0, 0.02),
    _row("left", 2, 0.3),
    _row("gone", 50, 0.94, "absent"),
    _row("refund", 50, 0.9, "absent", "refund_asked"),
]


class Shelf:
    def risks(self, tenant: str, as_of: date) -> pa.Table:
        return pa.Table.from_pylist(ROWS, schema=RISKS_SCHEMA)

    def learner_risks(self, tenant: str, learner: str) -> pa.Table:
        rows = [row for row in ROWS if row["learner"] == learner]
        earlier = [{**row, "as_of": date(2026, 11, 1), "absent_days": 1} for row in rows]
        return pa.Table.from_pylist(earlier + ([] if learner == "left" else rows), schema=RISKS_SCHEMA)


class Nothing:
    """A store of one run, and an engine and a lake that know of nobody."""

    def runs(self, tenant: str, **_: Any) -> list[Any]:
        return [SimpleNamespace(as_of=AS_OF)]

    def courses(self, tenant: str) -> list[Any]:
        return []

    def learner(self, tenant: str, learner: str) -> None:
        return None

    def activity(self, *_: Any) -> pa.Table:
        names = ("enrolments", "withdrawals", "completions", "activity", "quality_samples", "round_trip_samples",
                 "loss_samples", "rejoins")  # fmt: skip
        day = {"event_day": AS_OF, "course": "c1", **dict.fromkeys(names, 0)}
        return pa.Table.from_pylist([day])

    def events_of(self, *_: Any, **__: Any) -> pa.Table:
        return pa.table({})


def _desk(policy: Any = POLICY) -> HomeDesk:
    nothing: Any = Nothing()
    return HomeDesk(
        nothing, Shelf(), nothing, nothing, policy_of=lambda _: policy, zone_of=lambda _: ZoneInfo("UTC")
    )  # fmt: skip


def test_who_needs_care_is_told_with_the_answer_and_who_is_gone_as_gone() -> None:
    told = {risk.learner: (risk.suggestion != "", risk.gone) for risk in _desk().risks("main", None, 10)}
    assert told == {
        "away": (True, False),
        "calm": (False, False),
        "left": (False, False),
        "gone": (False, True),
        "refund": (True, False),
    }


def test_a_learners_page_says_the_same_of_the_newest_night() -> None:
    for learner, suggested, gone in (("away", True, False), ("gone", False, True), ("calm", False, False)):
        (story,) = _desk().learner("main", learner).enrolments
        assert story.now is not None
        assert (story.now.suggestion != "", story.now.gone) == (suggested, gone)
        assert len(story.history) == 2


def test_of_an_enrolment_that_the_newest_night_did_not_judge_nothing_is_suggested() -> None:
    (story,) = _desk().learner("main", "left").enrolments
    assert story.now is None and len(story.history) == 1


def test_the_horizon_in_force_says_who_is_gone() -> None:
    patient = replace(POLICY, churn=replace(POLICY.churn, horizon_days=60))
    assert not any(risk.gone for risk in _desk(patient).risks("main", None, 10))

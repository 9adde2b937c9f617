"""Judging over a real home: by what the lake knew on the judging day, once."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

from small_platform import NOW, Run

from staycourse.adapters.store import JudgingBook
from staycourse.app import Care, open_home
from staycourse.app.judging import judge_due
from staycourse.care import Alert, AlertPlan
from staycourse.kernel import read_settings


def _alert(learner: str, course: str, as_of: date, horizon: int) -> Alert:
    opened = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    return Alert(
        alert=f"of {learner}"[:32], learner=learner, course=course, cause="price", tier="regular", trigger="rule",
        state="open", risk=0.5, priority=0.5, suggestion="", rules=(), reasons=(), opened=opened, as_of=as_of,
        due=opened, seen_on=as_of, policy_version=0, horizon_days=horizon,
    )  # fmt: skip


def test_alerts_are_judged_once_and_not_past_what_the_lake_knows(run: Run, events_file: Path, tmp_path: Path) -> None:
    run("import", "events", events_file)
    run("nightly")
    with open_home(read_settings(os.environ, home=tmp_path / "home"), writing=False) as home:
        span = home.engine.span(home.tenant)
        assert span is not None
        last = span.last_event_day
        care = Care(home)
        plan = AlertPlan(opened=(
            _alert("learner-04", "english", last - timedelta(days=10), 9),
            _alert("learner-05", "maths", last - timedelta(days=10), 9),
            _alert("learner-08", "english", last - timedelta(days=10), 10),
        ))  # fmt: skip
        care.alerts.follow(home.tenant, plan, datetime.fromisoformat(NOW))
        far = last + timedelta(days=100)
        assert judge_due(care, last - timedelta(days=1)) == 0
        assert judge_due(care, far) == 2
        assert judge_due(care, far) == 0
        ended = {one.facts.learner: one for one in JudgingBook(home.database).endings(home.tenant)}
        assert {who: one.why for who, one in ended.items()} == {
            "learner-04": "silent", "learner-05": "came_back_by_itself",
        }  # fmt: skip
        assert {one.judged_on for one in ended.values()} == {last}

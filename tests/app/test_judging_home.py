"""Judging over a real home: by what the lake knew on the judging day, once."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from small_platform import NOW, Run

from staycourse.adapters.store.care import EntryBook, JudgingBook
from staycourse.app.care import Care
from staycourse.app.care import judging as judging_module
from staycourse.app.care.judging import judge_due, judge_entries_due
from staycourse.app.desks.evidence_desk import HomeEvidence
from staycourse.app.homes import open_home
from staycourse.care import Alert, AlertPlan, Draw, Entry
from staycourse.kernel import read_settings
from staycourse.policy import Policy


def _alert(learner: str, course: str, as_of: date, horizon: int) -> Alert:
    opened = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC)
    return Alert(
        alert=f"of {learner}"[:32], learner=learner, course=course, cause="price", tier="regular", trigger="rule",
        state="open", risk=0.5, priority=0.5, suggestion="", rules=(), reasons=(), opened=opened, as_of=as_of,
        due=opened, seen_on=as_of, policy_version=0, horizon_days=horizon,
    )  # fmt: skip


def test_alerts_are_judged_once_and_not_past_what_the_lake_knows(run: Run, night_home: Path) -> None:
    with open_home(read_settings(os.environ, home=night_home), writing=False) as home:
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


def _enter(care: Care, policy: Policy, as_of: date, arms: dict[str, Any], playbook: str = "habit") -> None:
    entries = [
        (Entry(learner, "", playbook, f"stage:{as_of}", "regular", as_of=as_of),
         Draw(learner, playbook, "regular", arm, 0.5))
        for learner, arm in arms.items()
    ]  # fmt: skip
    care.install(care.home.tenant, policy)
    care.journeys.enter(care.home.tenant, entries, policy, datetime.fromisoformat(NOW))


def test_entries_are_judged_once_over_all_courses_and_killed_in_the_middle_it_goes_on(
    run: Run, night_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """learner-04 and learner-05 learn within the horizon; of `nobody` nothing is known."""
    with open_home(read_settings(os.environ, home=night_home), writing=False) as home:
        span = home.engine.span(home.tenant)
        assert span is not None
        last, care = span.last_event_day, Care(home)
        policy = home.policy(home.tenant)
        as_of = last - timedelta(days=policy.churn.horizon_days + 1)
        arms = {"learner-04": "treated", "learner-05": "held_out", "nobody": "treated", "learner-08": "treated"}
        _enter(care, policy, as_of, arms)
        _enter(care, policy, as_of, {"learner-05": "treated"}, "win_back")
        _enter(care, policy, as_of + timedelta(days=1), {"learner-06": "treated"})
        book, tenant = EntryBook(home.database), home.tenant
        assert judge_entries_due(care, last - timedelta(days=1)) == 0
        monkeypatch.setattr(judging_module, "AT_ONCE", 2)
        keep, kept = EntryBook.keep, []

        def killed(self: EntryBook, *arguments: object) -> int:
            kept.append(1)
            if len(kept) == 2:
                raise KeyboardInterrupt
            return keep(self, *arguments)  # type: ignore[arg-type]

        with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
            patched.setattr(EntryBook, "keep", killed)
            judge_entries_due(care, last + timedelta(days=100))
        assert len(list(book.endings(tenant))) == 2
        assert judge_entries_due(care, last + timedelta(days=100)) == 3
        assert judge_entries_due(care, last + timedelta(days=100)) == 0
        ended = {(one.facts.learner, one.facts.playbook): one for one in book.endings(tenant)}
        assert {who: one.why for who, one in ended.items()} == {
            ("learner-04", "habit"): "stayed", ("learner-05", "habit"): "stayed", ("nobody", "habit"): "silent",
            ("learner-08", "habit"): ended["learner-08", "habit"].why, ("learner-05", "win_back"): "came_back",
        }  # fmt: skip
        assert {one.judged_on for one in ended.values()} == {last}
        sheet = HomeEvidence(care).evidence(tenant)
        assert (sheet.entries, sheet.entries_waiting) == (5, 1)
        (habit,) = (line for line in sheet.rows if line.playbook == "habit")
        assert (habit.evidence.treated.n, habit.evidence.held.n, habit.evidence.held.successes) == (3, 1, 1)
        assert habit.evidence.because == "too_few_outcomes"
        assert [name for name, _ in sheet.unmeasured] == ["class_reminder", "reply_answered", "birthday"]

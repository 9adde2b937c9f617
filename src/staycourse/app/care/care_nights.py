"""What a night means for care: alerts, stages, facts to fork on, who enters. Nothing is sent before the next tick."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from staycourse.app.care.care import Care
from staycourse.app.care.judging import judge_due, judge_entries_due
from staycourse.app.care.leavers import note_leavers
from staycourse.care import (
    PAID_UNTIL,
    RENEWING_DAYS,
    entries_of_night,
    heed_returns,
    plan_alerts,
    signals_asked,
    stages,
)
from staycourse.kernel import day_start, local_day
from staycourse.loop import Found
from staycourse.policy import BranchStep, Policy
from staycourse.tick import Tick, enter

MORNING = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class CareNight:
    """Implements loop.Care over one home's books."""

    care: Care

    def already(self, tenant: str) -> set[tuple[str, str]]:
        """Return the learner and cause of every open alert."""
        standing, _ = self.care.alerts.standing(tenant, self.care.home.settings.clock.now())
        return {(alert.learner, alert.cause) for alert in standing}

    def asks(self, policy: Policy) -> frozenset[str]:
        """Return the signals that stages, segments and branches ask."""
        return signals_asked(policy)

    def night(self, tenant: str, as_of: date, policy: Policy, found: Found) -> None:
        """Open, close and judge alerts, end journeys, keep stages and facts, let those enter whom the night names."""
        care, now = self.care, self._instant(as_of)
        care.install(tenant, policy)
        at_risk = self._alerts(tenant, as_of, policy, found, now)
        self._returns(tenant, as_of, policy, found, now)
        core = _core(found.risks)
        care.facts.put_core(tenant, core, now)
        care.facts.note(tenant, _forks(found.signals, policy), now)
        before = care.facts.stages(tenant)
        renewing = care.facts.within(tenant, PAID_UNTIL, as_of.toordinal(), as_of.toordinal() + RENEWING_DAYS)
        stages_now = stages(found.signals, policy, before=before, renewing=renewing, at_risk=at_risk)
        birthdays, tiers = care.home.store.birthdays(tenant), dict.fromkeys(core, "core")
        entries = entries_of_night(found.signals, before, stages_now, birthdays, policy, as_of, tiers=tiers)
        enter(care.parts(), tenant, policy, entries, now, Tick(now))
        care.facts.put_stages(tenant, stages_now, before, as_of)
        judge_due(care, as_of)
        judge_entries_due(care, as_of)
        note_leavers(care, as_of)

    def _alerts(self, tenant: str, as_of: date, policy: Policy, found: Found, now: datetime) -> set[str]:
        """Open and close alerts; return the learners who have one."""
        alerts = self.care.alerts
        standing, closed = alerts.standing(tenant, now - timedelta(days=max(1, policy.care.alerts.reopen_days)))
        absent = _absent(found.risks)
        plan = plan_alerts(found.candidates, standing, closed, policy, as_of=as_of, now=now, absent=absent)
        alerts.follow(tenant, plan, now)
        ended = {alert for alert, _ in plan.closed}
        return {alert.learner for alert in (*standing, *plan.opened) if alert.alert not in ended}

    def _returns(self, tenant: str, as_of: date, policy: Policy, found: Found, now: datetime) -> None:
        """End and wake the journeys of who learned again, where no tick could see it: events that come by the day."""
        journeys, zone = self.care.journeys, self.care.home.zone
        learned: dict[str, datetime] = {}
        for (learner, _), absent in _absent(found.risks).items():
            end_of_day = day_start(as_of - timedelta(days=absent - 1), zone)
            learned[learner] = max(end_of_day, learned.get(learner, end_of_day))
        heeding = heed_returns(learned, journeys.active(tenant), policy)
        for reason, numbers in heeding.leaves.items():
            journeys.leave(tenant, numbers, reason, now)
        for verb, numbers in heeding.wakes.items():
            journeys.wake(tenant, numbers, verb, now)

    def _instant(self, as_of: date) -> datetime:
        """The instant that the night stands for: now on the day after it; that day's morning for a night run late."""
        now, zone = self.care.home.settings.clock.now(), self.care.home.zone
        day = as_of + timedelta(days=1)
        return now if local_day(now, zone) <= day else day_start(day, zone) + MORNING


def _absent(risks: pa.Table) -> Mapping[tuple[str, str], int]:
    pairs = zip(risks["learner"].to_pylist(), risks["course"].to_pylist(), strict=True)
    return dict(zip(pairs, risks["absent_days"].to_pylist(), strict=True))


def _core(risks: pa.Table) -> list[str]:
    return sorted(set(risks.filter(pc.equal(risks["tier"], "core"))["learner"].to_pylist()))


def _forks(signals: pa.Table, policy: Policy) -> Iterator[tuple[str, str, float | None, str]]:
    """Yield each learner's value of every signal that a branch asks; of several enrolments the highest."""
    asked = {
        step.name
        for playbook in policy.playbooks.values()
        if playbook.enabled
        for step in playbook.steps
        if isinstance(step, BranchStep) and step.on == "signal"
    }
    learners = signals["learner"].to_pylist()
    for name in sorted(asked):
        highest: dict[str, float] = {}
        for learner, value in zip(learners, signals[name].to_pylist(), strict=True):
            if value is not None and not math.isnan(value):
                highest[learner] = max(float(value), highest.get(learner, -math.inf))
        yield from ((learner, f"signal:{name}", value, "") for learner, value in highest.items())

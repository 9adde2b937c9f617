"""What a night means for care: alerts, stages, facts to fork on, who enters. Nothing is sent before the next tick."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pyarrow as pa
import pyarrow.compute as pc

from staycourse.app.care import Care, run_heeding
from staycourse.care import PAID_UNTIL, entries_of_night, plan_alerts, stages
from staycourse.kernel import day_start, local_day
from staycourse.loop import Found
from staycourse.policy import BranchStep, Policy
from staycourse.tick import Tick, enter

RENEWING_DAYS = 14
"""How many days before what was paid for ends a learner is in the renewal window."""

MORNING = timedelta(hours=6)


@dataclass(frozen=True, slots=True)
class CareNight:
    """Implements loop.Care over one home's books."""

    care: Care

    def before(self, tenant: str, policy: Policy) -> None:
        """Take in what happened since the last tick: the log is about to be compacted."""
        run_heeding(self.care, tenant, policy)

    def already(self, tenant: str) -> set[tuple[str, str]]:
        """Return the learner and cause of every open alert."""
        standing, _ = self.care.alerts.standing(tenant, self.care.home.settings.clock.now())
        return {(alert.learner, alert.cause) for alert in standing}

    def night(self, tenant: str, as_of: date, policy: Policy, found: Found) -> None:
        """Open and close alerts, keep stages and facts, and let those enter whom the night names."""
        care, now = self.care, self._instant(as_of)
        since = now - timedelta(days=max(1, policy.care.alerts.reopen_days))
        standing, closed = care.alerts.standing(tenant, since)
        plan = plan_alerts(
            found.candidates, standing, closed, policy, as_of=as_of, now=now, absent=_absent(found.risks)
        )
        care.alerts.follow(tenant, plan, now)
        core = _core(found.risks)
        care.facts.put_core(tenant, core, now)
        care.facts.note(tenant, _forks(found.signals, policy), now)
        before = care.facts.stages(tenant)
        at_risk = {alert.learner for alert in (*standing, *plan.opened)}
        renewing = care.facts.within(tenant, PAID_UNTIL, as_of.toordinal(), as_of.toordinal() + RENEWING_DAYS)
        stages_now = stages(found.signals, policy, before=before, renewing=renewing, at_risk=at_risk)
        entries = entries_of_night(
            found.signals,
            before,
            stages_now,
            care.home.store.birthdays(tenant),
            policy,
            as_of,
            tiers=dict.fromkeys(core, "core"),
        )
        parts = care.parts()
        care.install(tenant, policy)
        enter(parts, tenant, policy, entries, now, Tick(now))
        care.facts.put_stages(tenant, stages_now, before, as_of)

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

"""Alerts as they would have been opened on past days, and the leavings that they did or did not come before.

One alert is open at a time per learner and cause. It stays open while the nights still find its risk, closes after the
policy's calm nights without, and does not open again within its days after that (an immediate one does). Days are
looked at in order; between two of them nothing is known, so all the nights between count as the later day did.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from staycourse.care import needing_care, within_budget
from staycourse.policy import Policy
from staycourse.review.past import LEFT, UNKNOWN, Outcomes, Past, PastDay

ALONE = "risk_alone"
"""Stands where no rule fired: the risk alone alerted."""


@dataclass(frozen=True, slots=True)
class OpenedAlert:
    """One alert that would have been opened. `outcome` is of the enrolment that opened it, over the horizon after."""

    opened: date
    learner: str
    course: str
    cause: str
    tier: str
    trigger: str
    rules: tuple[str, ...]
    outcome: int


@dataclass(slots=True)
class Leaving:
    """One learner leaving one course, while an alert could still come in time. `on` is the day of leaving: of the
    silence reaching the horizon, or (withdrawal) the last day that still saw the learner enrolled. `rules` are of the
    alerts open before it, `warned` the day on which the first of them was opened; None if there was none.
    """

    learner: str
    tier: str
    on: date
    warned: date | None = None
    rules: frozenset[str] = frozenset()


@dataclass(slots=True)
class _Open:
    opened: date
    seen: date
    rules: tuple[str, ...]


@dataclass(slots=True)
class Replay:
    """A policy on past days, `every_days` apart: what it opened, and who left, from `counts_from` to before `until`."""

    policy: Policy
    counts_from: date
    until: date
    every_days: int
    opened: list[OpenedAlert] = field(default_factory=list)
    leavings: dict[tuple[object, ...], Leaving] = field(default_factory=dict)
    withheld: int = 0
    _open: dict[str, dict[str, _Open]] = field(default_factory=dict)
    _closed: dict[tuple[str, str], date] = field(default_factory=dict)

    def add(self, day: PastDay, risks: pa.Table) -> None:
        """Take in one more day with its `risks`, row for row as `day.outcome`."""
        if not risks.num_rows:
            return
        everyone = needing_care(risks, self.policy)
        self._close(day.as_of, everyone)
        found = self._fresh(day.as_of, everyone)
        chosen = within_budget(found, self.policy.alerts.budget_per_day, days=self.every_days)
        if day.as_of >= self.counts_from:
            self.withheld += found.num_rows - chosen.num_rows
        self._take(day, risks, chosen)
        if day.as_of >= self.counts_from:
            self._leave(day, risks)

    def left(self) -> list[Leaving]:
        """Return the leavings that were complete before `until`: of the others an alert might still have told."""
        return [leaving for leaving in self.leavings.values() if leaving.on < self.until]

    def _close(self, as_of: date, found: pa.Table) -> None:
        """Note who is still at risk, and close what has been calm for long enough."""
        for learner, cause in zip(found["learner"].to_pylist(), found["cause"].to_pylist(), strict=True):
            alert = self._open.get(learner, {}).get(cause)
            if alert:
                alert.seen = as_of
        calm = timedelta(days=self.policy.care.alerts.calm_nights)
        for learner in list(self._open):
            alerts = self._open[learner]
            for cause in [cause for cause, alert in alerts.items() if as_of - alert.seen >= calm]:
                del alerts[cause]
                self._closed[learner, cause] = as_of
            if not alerts:
                del self._open[learner]

    def _fresh(self, as_of: date, found: pa.Table) -> pa.Table:
        """Return the candidates, most pressing first, that would open an alert: one per learner and cause."""
        again = timedelta(days=self.policy.care.alerts.reopen_days)
        taken: set[tuple[str, str]] = set()
        kept = []
        columns = (found[name].to_pylist() for name in ("learner", "cause", "trigger"))
        for place, (learner, cause, trigger) in enumerate(zip(*columns, strict=True)):
            closed = self._closed.get((learner, cause))
            rests = closed is not None and as_of - closed < again and trigger != "immediate"
            if not rests and cause not in self._open.get(learner, {}) and (learner, cause) not in taken:
                taken.add((learner, cause))
                kept.append(place)
        return found.take(pa.array(kept, pa.int64()))

    def _take(self, day: PastDay, risks: pa.Table, chosen: pa.Table) -> None:
        outcome = _outcomes(risks, day.outcome, self.policy.churn.horizon_days)
        names = ("learner", "course", "cause", "tier", "trigger", "rules")
        for learner, course, cause, tier, trigger, rules in zip(
            *(chosen[name].to_pylist() for name in names), strict=True
        ):
            why = tuple(rules) or (ALONE,)
            self._open.setdefault(learner, {})[cause] = _Open(day.as_of, day.as_of, why)
            if day.as_of >= self.counts_from:
                became = outcome[learner, course]
                self.opened.append(OpenedAlert(day.as_of, learner, course, cause, tier, trigger, why, became))

    def _leave(self, day: PastDay, risks: pa.Table) -> None:
        """Note who is leaving from today on, and whether an alert is open that says so."""
        horizon = self.policy.churn.horizon_days
        absent = np.asarray(risks["absent_days"].to_numpy(), dtype=np.int64)
        going = np.flatnonzero((day.outcome == LEFT) & (absent <= horizon))
        rows = risks.select(["learner", "course", "tier", "absent_days"]).take(pa.array(going))
        for learner, course, tier, away in zip(*(column.to_pylist() for column in rows.columns), strict=True):
            silent = self.policy.churn.label == "silence"
            last = day.as_of - timedelta(days=away)
            key = (learner, course, last) if silent else (learner, course)
            found = self.leavings.get(key)
            if found is None:
                found = self.leavings[key] = Leaving(learner, tier, day.as_of)
            found.on = last + timedelta(days=horizon) if silent else day.as_of
            alerts = self._open.get(learner, {}).values()
            found.rules |= {rule for alert in alerts for rule in alert.rules}
            if alerts:
                first = min(alert.opened for alert in alerts)
                found.warned = first if found.warned is None else min(first, found.warned)


def replay(past: Past, policy: Policy, *, counts_from: date, last: date | None = None) -> Replay:
    """Return what `policy` would have done on the past's days up to `last`; the days before `counts_from` only say
    which alerts were open already.
    """
    every, last = past.every_days, last or past.days[-1]
    past.replayed()
    # The last look stands for the days up to the next one.
    run = Replay(policy, counts_from, last + timedelta(days=every), every)
    for day in past.seen(policy):
        if day.as_of <= last:
            run.add(day, past.risks(policy, day))
    return run


def learners_of(runs: Iterable[Replay]) -> tuple[str, ...]:
    """Return everyone who was alerted on, or left, in any of `runs`."""
    named: set[str] = set()
    for run in runs:
        named |= {alert.learner for alert in run.opened} | {leaving.learner for leaving in run.left()}
    return tuple(sorted(named))


def _outcomes(risks: pa.Table, outcome: Outcomes, horizon_days: int) -> dict[tuple[str, str], int]:
    """Return what became of each enrolment; who had left already cannot be judged by leaving."""
    gone = np.asarray(pc.greater(risks["absent_days"], horizon_days), dtype=np.bool_)
    told = np.where(gone, UNKNOWN, outcome).tolist()
    return dict(zip(zip(risks["learner"].to_pylist(), risks["course"].to_pylist(), strict=True), told, strict=True))

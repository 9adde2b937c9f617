"""The path of what happens right now on one page: facts → signals of whom they are about → risks with reasons → alerts.

It goes by the day in progress, as if the night of that day came now: the same signals, the same model, the same
planner of alerts. What must be known of everybody comes from the last night: the peers, how many left each course, and
who is worth how much.
Calm nights are counted by the nights alone. Doing it twice changes nothing more.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

import pyarrow as pa

from staycourse.care import Alert, AlertPlan, needing_care, plan_alerts, within_budget
from staycourse.kernel import day_start, local_day
from staycourse.policy import Policy
from staycourse.risk import KnownTiers, Scorer, assess_with, signals_read, tiers_known

TELLS = 0.01
"""An open alert is written anew if its risk has moved by so much, or its rules are others: not with every event."""


class News(Protocol):
    """Whom new facts are about. One worker at a time hears it; what was heard is done when that worker says so."""

    def heard(self, tenant: str) -> Sequence[str]:
        """Return learners of whom something new is known, not too many at once; nobody while another worker hears."""
        ...

    def done(self, tenant: str, learners: Sequence[str]) -> None: ...


class NowSignals(Protocol):
    """The signals of some learners, as SignalEngine gives them, with all that has arrived by now; those `asked` for."""

    def signals(self, tenant: str, learners: Sequence[str], as_of: date, asked: Collection[str]) -> pa.Table: ...


class LiveRisks(Protocol):
    """Where live risks are kept: whole for each learner, so that of enrolments that are open no more none is left."""

    def keep(self, tenant: str, learners: Sequence[str], risks: pa.Table, now: datetime) -> None: ...


class LiveAlerts(Protocol):
    """What of the alerts a live risk needs."""

    def standing(
        self, tenant: str, learners: Sequence[str], closed_since: datetime
    ) -> tuple[list[Alert], list[Alert]]: ...

    def opened_since(self, tenant: str, since: datetime) -> int: ...

    def follow(self, tenant: str, plan: AlertPlan, now: datetime) -> int: ...


@dataclass(frozen=True, slots=True)
class LastNight:
    """What the newest night knew of everybody, and what scored it."""

    as_of: date
    known: KnownTiers
    scorer: Scorer
    model: str


@dataclass(frozen=True, slots=True)
class LiveParts:
    """The parts of the house that the live path uses."""

    news: News
    signals: NowSignals
    risks: LiveRisks
    alerts: LiveAlerts


@dataclass(slots=True)
class Live:
    """What one round did. `opened` and `closed` are alerts."""

    at: datetime
    learners: int = 0
    enrolments: int = 0
    opened: int = 0
    closed: int = 0


def live(parts: LiveParts, tenant: str, policy: Policy, night: LastNight, *, now: datetime, zone: ZoneInfo) -> Live:
    """Run one round of `tenant` at the instant `now`; `zone` is the tenant's. It says what is done only at its end."""
    done, today = Live(now), local_day(now, zone)
    learners = parts.news.heard(tenant)
    if not learners:
        return done
    signals = parts.signals.signals(tenant, learners, today, signals_read(night.scorer, policy))
    tiers = tiers_known(signals, night.known)
    risks = assess_with(signals, night.scorer, policy, [], today, model=night.model, tiers=tiers)
    parts.risks.keep(tenant, learners, risks, now)
    plan = live_plan(parts.alerts, tenant, policy, learners, risks, now=now, zone=zone)
    done.opened = parts.alerts.follow(tenant, plan, now) if plan != AlertPlan() else 0
    parts.news.done(tenant, learners)
    done.learners, done.enrolments, done.closed = len(learners), risks.num_rows, len(plan.closed)
    return done


def live_plan(
    alerts: LiveAlerts,
    tenant: str,
    policy: Policy,
    learners: Sequence[str],
    risks: pa.Table,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> AlertPlan:
    """Return what the `risks` of all open enrolments of `learners` mean for their alerts, by the planner of the nights.

    New alerts share the day's alert budget with the night's. An alert that an event opened is left as it is: who has
    just said something waits for an answer, whatever the risk.
    """
    today = local_day(now, zone)
    since = now - timedelta(days=max(1, policy.care.alerts.reopen_days))
    standing, closed = alerts.standing(tenant, learners, since)
    found = needing_care(risks, policy)
    if found.num_rows and policy.alerts.budget_per_day != "unlimited":
        already = {(alert.learner, alert.cause) for alert in standing}
        room = policy.alerts.budget_per_day - alerts.opened_since(tenant, day_start(today, zone))
        found = within_budget(found, max(0, room), already=already)
    plan = plan_alerts(found.to_pylist(), standing, closed, policy, as_of=today, now=now, absent=_absent(risks))
    before = {alert.alert: alert for alert in standing}
    return replace(
        plan,
        seen=tuple(alert for alert in plan.seen if _tells(alert, before[alert.alert])),
        calmer=(),
        closed=tuple((alert, why) for alert, why in plan.closed if why != "calm"),
    )


def _tells(fresh: Alert, before: Alert) -> bool:
    if fresh.trigger == "event":
        return False
    return fresh.rules != before.rules or fresh.state != before.state or abs(fresh.risk - before.risk) >= TELLS


def _absent(risks: pa.Table) -> Mapping[tuple[str, str], int]:
    pairs = zip(risks["learner"].to_pylist(), risks["course"].to_pylist(), strict=True)
    return dict(zip(pairs, risks["absent_days"].to_pylist(), strict=True))

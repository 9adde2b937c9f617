"""What a night means for the alerts: which open, which go on, which grow calmer, and which end.

There is one open alert per learner and cause, about the most pressing course. Nobody flaps: an alert stays open through
nights without its risk until there were `calm_nights` in a row, and does not open again within `reopen_days`. Learning
again ends it, found or not, as that ends the help that it began: who leaves again is answered anew.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any

from staycourse.care.records import Alert, AlertPlan
from staycourse.kernel import natural_id
from staycourse.policy import Policy

Row = Mapping[str, Any]
Pair = tuple[str, str]

ANSWERED_BY_PEOPLE = ("immediate", "event")
"""Triggers whose alerts learning again does not end: who complained and is back has still not been answered."""


def plan_alerts(
    found: Sequence[Row],
    open_alerts: Sequence[Alert],
    closed_lately: Sequence[Alert],
    policy: Policy,
    *,
    as_of: date,
    now: datetime,
    absent: Mapping[Pair, int],
) -> AlertPlan:
    """Return what the night of `as_of` means for `open_alerts`, given those whom it `found` to need care.

    `found` are rows of CANDIDATES_SCHEMA. `closed_lately` are the alerts closed within the policy's reopen_days.
    `absent` maps (learner, course) of every open enrolment to the days without learning as of `as_of`: an enrolment
    that it lacks is gone; as_of less those days is the day last learned on, and one later than the alert's own as_of
    means that the learner came back. The answer depends on nothing else, in no order; doing what it says and asking
    again about the same night changes nothing more. (After nights left out, that holds once as many were asked about.)
    """
    night = _Night(policy, as_of, now, absent, _most_pressing(found))
    standing = {(alert.learner, alert.cause) for alert in open_alerts}
    before = _newest_closed(closed_lately)
    opened, seen, calmer, closed = [], [], [], []
    for pair, rows in sorted(night.found.items()):
        if pair not in standing and night.opens(rows[0], before.get(pair)):
            opened.append(night.new(rows[0]))
    for alert in sorted(open_alerts, key=lambda one: one.alert):
        rows = night.found.get((alert.learner, alert.cause), [])
        if rows and not night.came_back(alert, rows):
            seen.append(night.fresh(alert, rows))
        elif why := night.ends(alert):
            closed.append((alert.alert, why))
        elif night.counts(alert):
            calmer.append(alert.alert)
    return AlertPlan(tuple(opened), tuple(seen), tuple(calmer), tuple(closed))


@dataclass(frozen=True, slots=True)
class _Night:
    policy: Policy
    as_of: date
    now: datetime
    absent: Mapping[Pair, int]
    found: Mapping[Pair, list[Row]]

    def opens(self, row: Row, before: Alert | None) -> bool:
        """Say whether `row` opens an alert though `before` was closed lately.

        What alerts immediately does, unless it is the very thing that was closed: a complaint is in the signals for a
        month, and who has been answered has been answered.
        """
        if before is None or before.closed is None:
            return True
        calm_days = self.policy.care.alerts.reopen_days
        if before.closed_by == "return":  # it may still be found the night that ended it: that is no new one
            calm_days = max(1, calm_days)
        if self.now - before.closed >= timedelta(days=calm_days):
            return True
        return row["trigger"] == "immediate" and bool(self._immediate(row["rules"]) - set(before.rules))

    def new(self, row: Row) -> Alert:
        return Alert(
            alert=natural_id(row["learner"], row["course"], row["cause"], self.as_of),
            learner=row["learner"], course=row["course"], cause=row["cause"], tier=row["tier"], trigger=row["trigger"],
            state="open", risk=row["risk"], priority=row["priority"], suggestion=row["suggestion"],
            rules=tuple(row["rules"]), reasons=_reasons(row), opened=self.now, as_of=self.as_of,
            due=self.now + timedelta(hours=row["due_hours"]), seen_on=self.as_of,
            policy_version=row["policy_version"], horizon_days=self.policy.churn.horizon_days,
        )  # fmt: skip

    def fresh(self, alert: Alert, rows: Sequence[Row]) -> Alert:
        """Return `alert` with what the night says: of its own course if that was found, else of the most pressing.

        A night older than the newest that found it says nothing new. A snooze that has run out ends.
        """
        if self.as_of >= alert.seen_on:
            row = next((one for one in rows if one["course"] == alert.course), rows[0])
            alert = replace(
                alert, risk=row["risk"], priority=row["priority"], rules=tuple(row["rules"]), reasons=_reasons(row),
                seen_on=self.as_of, calm_nights=0,
            )  # fmt: skip
        if alert.state == "snoozed" and alert.snoozed_until is not None and alert.snoozed_until <= self.now:
            alert = replace(alert, state="open", snoozed_until=None)
        return alert

    def ends(self, alert: Alert) -> str:
        """Return why `alert`, which was not found or came back, ends: gone, return or calm; "" if it goes on."""
        if self.as_of <= alert.seen_on:
            return ""
        enrolment = (alert.learner, alert.course)
        if alert.course and enrolment not in self.absent:
            return "gone"
        if self._learned_since(alert, alert.course) and alert.trigger not in ANSWERED_BY_PEOPLE:
            return "return"
        calm = alert.calm_nights + self.counts(alert)
        return "calm" if calm >= self.policy.care.alerts.calm_nights else ""

    def came_back(self, alert: Alert, rows: Sequence[Row]) -> bool:
        """Say whether the learner of an `alert` that was found (`rows`) learned again: in its course and in every one
        that was found, and nothing waits for a person's answer.
        """
        courses = {alert.course, *(row["course"] for row in rows)}
        triggers = {alert.trigger, *(row["trigger"] for row in rows)}
        return (
            self.as_of > alert.seen_on
            and triggers.isdisjoint(ANSWERED_BY_PEOPLE)
            and all(self._learned_since(alert, course) for course in courses)
        )

    def counts(self, alert: Alert) -> bool:
        """Say whether this is one more calm night: no more are counted than days passed since it was seen."""
        return alert.calm_nights < (self.as_of - alert.seen_on).days

    def _learned_since(self, alert: Alert, course: str) -> bool:
        days = self.absent.get((alert.learner, course))
        return days is not None and self.as_of - timedelta(days=days) > alert.as_of

    def _immediate(self, rules: Iterable[str]) -> set[str]:
        named = ((name, self.policy.rule(name)) for name in rules)
        return {name for name, rule in named if rule is not None and rule.immediate}


def _most_pressing(found: Sequence[Row]) -> dict[Pair, list[Row]]:
    """Return the rows of each learner and cause: immediate ones first, then by falling priority, then by course."""
    grouped: dict[Pair, list[Row]] = {}
    for row in sorted(found, key=lambda one: (one["trigger"] != "immediate", -one["priority"], one["course"])):
        grouped.setdefault((row["learner"], row["cause"]), []).append(row)
    return grouped


def _newest_closed(closed: Sequence[Alert]) -> dict[Pair, Alert]:
    dated = ((alert.closed or alert.opened, alert) for alert in closed)
    ordered = sorted(dated, key=lambda one: (one[0], one[1].alert))
    return {(alert.learner, alert.cause): replace(alert, closed=at) for at, alert in ordered}


def _reasons(row: Row) -> tuple[dict[str, Any], ...]:
    return tuple(dict(reason) for reason in row["reasons"])

"""Alerts in the store: opened once per learner and cause, taken, snoozed, done, closed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, fields
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, and_, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK
from staycourse.adapters.store.care.firsts import settle_answered, settle_firsts
from staycourse.adapters.store.care.settling import ANSWERED, in_hand
from staycourse.adapters.store.care.task_endings import end_tasks, of_alerts
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import insert_new
from staycourse.care import OPEN_STATES, Alert, AlertPlan
from staycourse.kernel import BadInput, NotFound, local_day, worded, zone

ALERT_FIELDS = tuple(field.name for field in fields(Alert))


PASSING = ("busy", "recent", "no_playbook")
"""Why an alert got no playbook, where that may be another way on another night."""

ENDING_TASKS = ("return", "gone")
"""How an alert is closed where nobody needs to call any more: the learner is back, or not enrolled."""


class AlertBook:
    """The alerts of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def standing(self, tenant: str, closed_since: datetime) -> tuple[list[Alert], list[Alert]]:
        """Return the open alerts, and those closed since an instant."""
        table = schema.alerts
        with self.database.reading() as connection:
            opened = select(table).where(table.c.tenant == tenant, table.c.state.in_(OPEN_STATES))
            closed = select(table).where(table.c.tenant == tenant, table.c.closed >= closed_since)
            return (
                [alert_of(row) for row in connection.execute(opened).mappings()],
                [alert_of(row) for row in connection.execute(closed).mappings()],
            )

    def follow(self, tenant: str, plan: AlertPlan, now: datetime) -> int:
        """Do what a plan says, in one transaction; return how many alerts opened. Doing it twice changes nothing."""
        return self.database.write(lambda connection: self._follow(connection, tenant, plan, now))

    def _follow(self, connection: Connection, tenant: str, plan: AlertPlan, now: datetime) -> int:
        table = schema.alerts
        for ended, why in plan.closed:
            here = and_(table.c.tenant == tenant, table.c.alert == ended, table.c.state.in_(OPEN_STATES))
            connection.execute(update(table).where(here).values(state="closed", closed=now, closed_by=why))
        for why in ENDING_TASKS:
            self._end_tasks(connection, tenant, [ended for ended, how in plan.closed if how == why], why, now)
        for alert in plan.seen:
            here = and_(table.c.tenant == tenant, table.c.alert == alert.alert, table.c.state.in_(OPEN_STATES))
            fresh = {
                name: getattr(alert, name)
                for name in ("risk", "priority", "rules", "reasons", "seen_on", "state", "snoozed_until")
            }
            connection.execute(update(table).where(here).values(**fresh, calm_nights=0))
        for start in range(0, len(plan.calmer), CHUNK):
            some = plan.calmer[start : start + CHUNK]
            here = and_(table.c.tenant == tenant, table.c.alert.in_(some), table.c.state.in_(OPEN_STATES))
            connection.execute(update(table).where(here).values(calm_nights=table.c.calm_nights + 1))
        again = _ask_again(connection, tenant, plan)
        opened = insert_new(connection, table, (_row(tenant, alert) for alert in plan.opened))
        for alert in plan.opened:
            if alert.event_id:
                again += _merge(connection, tenant, alert)
        settle_firsts(self.database, connection, tenant, again)
        return opened

    def watched(self, tenant: str, learners: Sequence[str] | None, *, but: Sequence[str] = ()) -> set[str]:
        """Return which of `learners` (None: of everyone) have an open alert of another trigger than `but`."""
        table = schema.alerts
        of_tenant = table.c.tenant == tenant
        with self.database.reading() as connection:
            if learners is None:
                open_now = and_(of_tenant, table.c.state.in_(OPEN_STATES), table.c.trigger.not_in(but))
                return set(connection.scalars(select(table.c.learner).where(open_now)))
            asked = select(table.c.learner, table.c.state, table.c.trigger).where(of_tenant)
            return {  # by the learners' own index: asked for their state too, SQLite would go through all open alerts
                row.learner
                for start in range(0, len(learners), CHUNK)
                for row in connection.execute(asked.where(table.c.learner.in_(learners[start : start + CHUNK])))
                if row.state in OPEN_STATES and row.trigger not in but
            }

    def undecided(self, tenant: str, limit: int) -> list[Alert]:
        """Return open alerts for which no playbook has been chosen yet, most pressing first."""
        table = schema.alerts
        with self.database.reading() as connection:
            asked = select(table).where(
                table.c.tenant == tenant, table.c.state == "open", table.c.playbook == "", table.c.withheld == ""
            )
            rows = connection.execute(asked.order_by(table.c.priority.desc()).limit(limit)).mappings()
            return [alert_of(row) for row in rows]

    def decide(self, tenant: str, decisions: Iterable[tuple[str, str, str, str, str]]) -> None:
        """Note of each alert its playbook, arm, why it was withheld, and why that playbook (`basis`), in this order.

        What is held out waits no more; what was answered meanwhile stays so.
        """
        table = schema.alerts

        def work(connection: Connection) -> None:
            for alert, playbook, arm, withheld, basis in decided:
                here = and_(table.c.tenant == tenant, table.c.alert == alert)
                fresh = {"playbook": playbook, "arm": arm, "withheld": withheld, "basis": basis}
                left_alone = {"settled": arm} if arm == "held_out" else {}
                connection.execute(update(table).where(here).values(fresh | left_alone))
            settle_answered(self.database, connection, tenant, [alert for alert, *_ in decided])

        decided = list(decisions)
        self.database.write(work)

    def close_returned(self, tenant: str, learners: Mapping[str, datetime], now: datetime) -> int:
        """Close the open alerts of learners who learned again after the alert opened; return how many.

        An alert that opened in the middle of the day it is about stays open that day: what a learner does is what
        opened it. (A night's alert is about a day before.)
        """
        table, tenants = schema.alerts, schema.tenants

        def work(connection: Connection) -> int:
            closed = 0
            here_zone = zone(connection.scalar(select(tenants.c.zone).where(tenants.c.tenant == tenant)) or "UTC")
            for start in range(0, len(names), CHUNK):
                some = names[start : start + CHUNK]
                # By the learners' own index: asked for their state too, SQLite would go through all open alerts.
                asked = select(
                    table.c.alert, table.c.learner, table.c.opened, table.c.as_of, table.c.state, table.c.trigger
                ).where(table.c.tenant == tenant, table.c.learner.in_(some))
                back = [
                    row.alert
                    for row in connection.execute(asked)
                    if row.state in OPEN_STATES
                    and row.trigger not in ("immediate", "event")
                    and (learned := learners[row.learner]) > row.opened
                    and local_day(learned, here_zone) > row.as_of
                ]
                if not back:
                    continue
                here = and_(table.c.tenant == tenant, table.c.alert.in_(back), table.c.state.in_(OPEN_STATES))
                closed += connection.execute(
                    update(table).where(here).values(state="closed", closed=now, closed_by="return")
                ).rowcount
                self._end_tasks(connection, tenant, back, "return", now)
            return closed

        names = sorted(learners)
        return self.database.write(work)

    def _end_tasks(
        self, connection: Connection, tenant: str, alerts: Sequence[str], reason: str, now: datetime
    ) -> None:
        for start in range(0, len(alerts), CHUNK):
            these = of_alerts(tenant, alerts[start : start + CHUNK])
            end_tasks(self.database, connection, tenant, these, reason, now)

    def change(self, tenant: str, alert: str, action: str, who: str, now: datetime, until: datetime | None) -> None:
        """Take, snooze, finish or give back an alert; BadInput where its state does not allow it."""
        table = schema.alerts
        fresh: dict[str, Any]
        match action:
            case "take":
                fresh = {"state": "taken", "owner": who, "taken": now}
            case "snooze":
                if until is None or until <= now:
                    raise BadInput("an alert is snoozed until a later time", where="until", mend="give a later time")
                fresh = {"state": "snoozed", "snoozed_until": until}
            case "done":
                fresh = {"state": "done", "owner": who, "closed": now, "closed_by": "person"}
            case "release":
                fresh = {"state": "open", "owner": "", "taken": None, "snoozed_until": None}
            case _:
                raise BadInput(
                    worded("there is no action {action!r}", action=action[:40]),
                    where="action",
                    mend="take, snooze, done, release",
                )
        here = and_(table.c.tenant == tenant, table.c.alert == alert)

        def work(connection: Connection) -> None:
            if connection.execute(update(table).where(_still_open(here)).values(fresh)).rowcount:
                return
            if connection.scalar(select(table.c.alert).where(here)) is None:
                raise NotFound(
                    worded("there is no alert {alert!r}", alert=alert[:60]),
                    where="alert",
                    mend="look at the list again",
                )
            raise BadInput("this alert is closed already", where="alert", mend="look at the list again")

        self.database.write(work)


def _ask_again(connection: Connection, tenant: str, plan: AlertPlan) -> list[str]:
    """Let an alert that a night found again be answered, where something that passes stood in the way before.

    Return the learners of those that are judged.
    """
    table = schema.alerts
    judged = []
    names = [alert.alert for alert in plan.seen]
    for start in range(0, len(names), CHUNK):
        passing = and_(
            table.c.tenant == tenant,
            table.c.alert.in_(names[start : start + CHUNK]),
            table.c.state == "open",
            table.c.withheld.in_(PASSING),
        )
        asked = update(table).where(passing).values(withheld="", playbook="", basis="")
        found = connection.execute(asked.returning(table.c.learner, table.c.judged_on))
        judged += [row.learner for row in found if row.judged_on is not None]
    return judged


def _merge(connection: Connection, tenant: str, alert: Alert) -> list[str]:
    """Let an event make the open alert of its learner and cause as urgent as it is; saying it twice changes nothing.

    What was held out is answered anew: the event may be one that is never held out. What was sent before is no
    answer to it: it waits again, but where a person has it in hand. Return the learner of one that is judged.
    """
    table = schema.alerts
    there = and_(
        table.c.tenant == tenant,
        table.c.learner == alert.learner,
        table.c.cause == alert.cause,
        table.c.state.in_(OPEN_STATES),
        table.c.alert != alert.alert,
        table.c.event_id != alert.event_id,
    )
    row = connection.execute(select(table).where(there).with_for_update()).mappings().first()
    if row is None:
        return []
    fresh: dict[str, Any] = {
        "event_id": alert.event_id,
        "trigger": alert.trigger,
        "priority": max(alert.priority, row["priority"]),
        "due": min(alert.due, row["due"]),
        "rules": [*row["rules"], *(rule for rule in alert.rules if rule not in row["rules"])],
        "settled": ANSWERED if row["alert"] in in_hand(connection, tenant, [alert.learner]) else "",
    }
    if row["withheld"]:
        fresh |= {"withheld": "", "playbook": "", "arm": "", "basis": ""}
    connection.execute(update(table).where(table.c.tenant == tenant, table.c.alert == row["alert"]).values(fresh))
    return [alert.learner] if row["judged_on"] is not None else []


def _still_open(here: ColumnElement[bool]) -> ColumnElement[bool]:
    return and_(here, schema.alerts.c.state.in_(OPEN_STATES))


def alert_of(row: RowMapping) -> Alert:
    """Return a row as the record that care decides on."""
    values = {name: row[name] for name in ALERT_FIELDS}
    return Alert(**values | {"rules": tuple(values["rules"]), "reasons": tuple(values["reasons"])})


def _row(tenant: str, alert: Alert) -> dict[str, Any]:
    return asdict(alert) | {"tenant": tenant, "rules": list(alert.rules), "reasons": list(alert.reasons)}

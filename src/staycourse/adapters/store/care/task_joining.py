"""One task where two would ask for the same conversation: a reply that opened an alert is answered in the alert's task.

The reply's own task is closed and keeps the name of the alert, so that the other one tells both reasons. Where the
other one is closed unheard, the reply's is asked for anew: somebody has still written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, and_, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import chunked
from staycourse.kernel import natural_id

JOINED = "joined"
REPLY = "contact_replied"


def join_replies(connection: Connection, tenant: str, opened: Sequence[str]) -> list[int]:
    """Close the tasks of replies that opened an alert of which one of the tasks `opened` speaks.

    Returns the minutes of those that were open: they are free again. What somebody has claimed stays theirs.
    """
    tasks, alerts = schema.tasks, schema.alerts
    freed: list[int] = []
    for some in chunked(opened):
        asked = (
            select(tasks.c.task, tasks.c.learner, tasks.c.created, tasks.c.alert, alerts.c.event_id)
            .join_from(tasks, alerts, and_(alerts.c.tenant == tasks.c.tenant, alerts.c.alert == tasks.c.alert))
            .where(tasks.c.tenant == tenant, tasks.c.task.in_(some), alerts.c.event_id != "")
        )
        for row in connection.execute(asked).all():
            freed += _join(connection, tenant, row)
    return freed


def _join(connection: Connection, tenant: str, row: Row[*tuple[Any, ...]]) -> list[int]:
    """Close the tasks of the reply that opened the alert of the task `row`; the minutes of those that were open."""
    tasks, journeys, freed = schema.tasks, schema.journeys, []
    entry = f"event:{REPLY}:{natural_id(row.event_id)}"
    same = (
        select(tasks.c.task, tasks.c.minutes, tasks.c.state, tasks.c.due)
        .join_from(tasks, journeys, journeys.c.journey == tasks.c.journey)
        .where(tasks.c.tenant == tenant, tasks.c.learner == row.learner, tasks.c.alert == "",
               tasks.c.state.in_(("asked", "open")), journeys.c.tenant == tenant, journeys.c.entry == entry)
    )  # fmt: skip
    for reply in connection.execute(same).all():
        here = and_(tasks.c.tenant == tenant, tasks.c.task == reply.task)
        closed = {"state": "dropped", "reason": JOINED, "alert": row.alert, "finished": row.created}
        connection.execute(update(tasks).where(here).values(closed))
        kept = and_(tasks.c.tenant == tenant, tasks.c.task == row.task, tasks.c.due > reply.due)
        connection.execute(update(tasks).where(kept).values(due=reply.due))
        freed += [reply.minutes] if reply.state == "open" else []
    return freed


def part_replies(connection: Connection, tenant: str, alerts: Iterable[str]) -> None:
    """Ask anew for the tasks of replies that were to be answered in a task of these alerts, which is closed unheard."""
    table, of = schema.tasks, schema.alerts
    fresh = {"state": "asked", "reason": "", "alert": "", "finished": None}
    for some in chunked(alert for alert in alerts if alert):
        learners = select(of.c.learner).where(of.c.tenant == tenant, of.c.alert.in_(some))
        here = and_(
            table.c.tenant == tenant, table.c.alert.in_(some), table.c.learner.in_(learners), table.c.reason == JOINED
        )
        connection.execute(update(table).where(here).values(fresh))


def joined(connection: Connection, tenant: str, alert: str) -> list[tuple[str, int | None]]:
    """Return script and journey of the tasks that are closed since the task of `alert` answers them too."""
    if not alert:
        return []
    table = schema.tasks
    here = and_(table.c.tenant == tenant, table.c.alert == alert, table.c.reason == JOINED)
    asked = select(table.c.script, table.c.journey).where(here, table.c.learner == _learner_of(tenant, alert))
    return [(row.script, row.journey) for row in connection.execute(asked)]


def _learner_of(tenant: str, alert: str) -> ScalarSelect[str]:
    """Return whose an alert is: tasks are found by their learners' index."""
    table = schema.alerts
    return select(table.c.learner).where(table.c.tenant == tenant, table.c.alert == alert).scalar_subquery()

"""One task where two would ask for the same conversation: a reply that opened an alert is answered in the alert's task.

The reply's own task is closed and keeps the name of the alert, so that the other one tells both reasons. Where somebody
has claimed the reply's already, it is the alert's that is closed, and the claimed one takes the alert's name: nobody
calls twice. Where the one that stays is closed unheard, the other is asked for anew: somebody has still written.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, ScalarSelect, and_, case, exists, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import chunked
from staycourse.kernel import natural_id

JOINED = "joined"
REPLY = "contact_replied"


def join_replies(connection: Connection, tenant: str, opened: Sequence[str]) -> list[int]:
    """Close the tasks of replies that opened an alert of which one of the tasks `opened` speaks.

    Of a reply that somebody is answering already it is the alert's own task that is closed. Returns the minutes of
    those closed that were open: they are free again.
    """
    tasks, alerts = schema.tasks, schema.alerts
    freed: list[int] = []
    for some in chunked(opened):
        asked = (
            select(tasks, alerts.c.event_id)
            .join_from(tasks, alerts, and_(alerts.c.tenant == tasks.c.tenant, alerts.c.alert == tasks.c.alert))
            .where(tasks.c.tenant == tenant, tasks.c.task.in_(some), alerts.c.event_id != "")
        )
        for row in connection.execute(asked).all():
            freed += _join(connection, tenant, row)
    return freed


def _join(connection: Connection, tenant: str, row: Row[*tuple[Any, ...]]) -> list[int]:
    """Close the tasks of the reply that opened the alert of the task `row`, or, where one of those is claimed, the task
    `row`; return the minutes of those that were open."""
    table = schema.tasks
    replies = _of_reply(connection, tenant, row)
    stays = next((reply for reply in replies if reply.state == "claimed"), row)
    others = [one for one in replies if one.task != stays.task] + ([row] if stays is not row else [])
    if not others:
        return []
    closed = {"state": "dropped", "reason": JOINED, "alert": row.alert, "finished": row.created}
    named = table.c.task.in_([one.task for one in others])
    connection.execute(update(table).where(table.c.tenant == tenant, named).values(closed))
    told = {"alert": row.alert, "due": min(one.due for one in (stays, *others))}
    connection.execute(update(table).where(table.c.tenant == tenant, table.c.task == stays.task).values(told))
    return [one.minutes for one in others if one.state == "open"]


def _of_reply(connection: Connection, tenant: str, row: Row[*tuple[Any, ...]]) -> Sequence[Row[*tuple[Any, ...]]]:
    """Return the tasks of the reply that opened the alert of the task `row` which wait or are being done."""
    tasks, journeys = schema.tasks, schema.journeys
    entry = f"event:{REPLY}:{natural_id(row.event_id)}"
    same = (
        select(tasks.c.task, tasks.c.minutes, tasks.c.state, tasks.c.due)
        .join_from(tasks, journeys, journeys.c.journey == tasks.c.journey)
        .where(tasks.c.tenant == tenant, tasks.c.learner == row.learner, tasks.c.alert == "", tasks.c.reason == "",
               tasks.c.state.in_(("asked", "open", "claimed")), journeys.c.tenant == tenant,
               journeys.c.entry == entry)
        .with_for_update(of=tasks)  # who claims one just now comes before or after
    )  # fmt: skip
    return connection.execute(same).all()


def part_replies(connection: Connection, tenant: str, alerts: Iterable[str]) -> None:
    """Ask anew for the tasks that were to be answered in a task of these alerts, which is closed unheard.

    That of a reply speaks of no alert again, that of an alert still of its own.
    """
    table, of, journeys = schema.tasks, schema.alerts, schema.journeys
    of_reply = exists().where(
        journeys.c.tenant == tenant, journeys.c.journey == table.c.journey,
        journeys.c.entry.startswith(f"event:{REPLY}:", autoescape=True),
    )  # fmt: skip
    fresh = {"state": "asked", "reason": "", "alert": case((of_reply, ""), else_=table.c.alert), "finished": None}
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

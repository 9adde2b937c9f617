"""Tasks whose ground is gone: closed with the reason, in the transaction that takes the ground away."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, Connection, and_, case, exists, literal, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.budgets import month_of, put_back
from staycourse.adapters.store.care.settling import wait_again
from staycourse.adapters.store.care.task_joining import part_replies
from staycourse.adapters.store.database import Database

UNCLAIMED = ("asked", "open")
ERASED = "erased"
"""The reason of tasks whose learner is being erased: nothing of theirs is asked for anew."""


def end_tasks(
    database: Database, connection: Connection, tenant: str, these: ColumnElement[bool], reason: str, now: datetime
) -> int:
    """Close those of a tenant's waiting tasks that are `these`; return how many. Done twice, the first reason stays.

    What an advisor has claimed stays with them, with the reason: they may be talking just now, and what the learner
    says then counts. Given back, it is closed. The minutes of what was open are there again for other learners.
    """
    table = schema.tasks
    waiting = and_(table.c.tenant == tenant, table.c.state.in_((*UNCLAIMED, "claimed")), table.c.reason == "", these)
    if connection.execute(select(table.c.task).where(waiting).limit(1)).first() is None:
        return 0
    # After the journeys' turn, never before it; and budgets and tasks are changed by one transaction at a time.
    database.alone(connection, "tasks", tenant)
    opened = select(table.c.task, table.c.minutes, table.c.created).where(waiting, table.c.state == "open")
    drawn = {row.task: row for row in connection.execute(opened)}
    closing = and_(waiting, table.c.state.in_(UNCLAIMED))
    closed = {"state": "dropped", "reason": reason, "finished": now}
    gone = connection.execute(update(table).where(closing).values(closed).returning(table.c.task, table.c.alert)).all()
    spent = [drawn[row.task] for row in gone if row.task in drawn]
    _give_minutes_back(connection, tenant, [(row.created, row.minutes) for row in spent])
    wait_again(connection, tenant, (row.alert for row in gone))
    if reason != ERASED:
        part_replies(connection, tenant, (row.alert for row in gone))
    connection.execute(update(table).where(waiting, table.c.state == "claimed").values(reason=reason))
    return len(gone)


def release_task(connection: Connection, tenant: str, task: str, now: datetime) -> bool:
    """Take a claimed task from who has it: back into the queue, or closed if its ground is gone; False if none was."""
    table = schema.tasks
    ended = table.c.reason != ""
    fresh = {
        "owner": "", "claimed": None, "state": case((ended, "dropped"), else_="open"),
        "finished": case((ended, literal(now, table.c.finished.type)), else_=None),
    }  # fmt: skip
    here = and_(table.c.tenant == tenant, table.c.task == task, table.c.state == "claimed")
    given = (
        update(table)
        .where(here)
        .values(fresh)
        .returning(table.c.state, table.c.created, table.c.minutes, table.c.alert)
    )
    row = connection.execute(given).first()
    if row is not None and row.state == "dropped":
        _give_minutes_back(connection, tenant, [(row.created, row.minutes)])
        wait_again(connection, tenant, [row.alert])
        part_replies(connection, tenant, [row.alert])
    return row is not None


def of_alerts(tenant: str, alerts: Sequence[str]) -> ColumnElement[bool]:
    """Return what is true of the tasks that these alerts asked for, where no journey under way speaks for them."""
    table, journeys = schema.tasks, schema.journeys
    going_on = exists().where(
        journeys.c.tenant == tenant, journeys.c.journey == table.c.journey, journeys.c.state == "active"
    )
    return and_(table.c.alert.in_(alerts), ~going_on)


def _give_minutes_back(connection: Connection, tenant: str, drawn: Sequence[tuple[datetime, int]]) -> None:
    minutes: Counter[str] = Counter()
    for created, spent in drawn:
        minutes[month_of(connection, tenant, created)] += spent
    for month, spent in sorted(minutes.items()):
        put_back(connection, tenant, month, "advisor_minutes", spent)

"""The advisors' queue as people look at it: filtered, ranked, paged and counted. Nothing is written here."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Select, func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.task_joining import JOINED
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.lines import Titles, searched, task_line, with_names
from staycourse.adapters.store.views.contact_views import read_lines
from staycourse.desk import IN_QUEUE, NOBODY, TaskFilter, TaskLine, TaskQueue
from staycourse.kernel import NotFound, worded
from staycourse.policy import Count


class AdvisorViews:
    """The tasks of one store, to be looked at."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def tasks(
        self, tenant: str, asked: TaskFilter, now: datetime, titles: Titles, *, month: str, bound: Count
    ) -> TaskQueue:
        """Return one page of tasks; `month` (YYYY-MM) and `bound` are the budget's of advisor minutes."""
        table, budget = schema.tasks, schema.budgets
        with self.database.reading() as connection:
            matching = _matching(with_names(table).where(table.c.tenant == tenant), asked, now)
            if asked.search:
                matching = matching.where(searched(connection, tenant, table, asked.search))
            found = int(connection.scalar(select(func.count()).select_from(matching.subquery())) or 0)
            page = _ranked(matching, asked).limit(asked.per_page).offset((asked.page - 1) * asked.per_page)
            states = select(table.c.state, func.count()).where(table.c.tenant == tenant).group_by(table.c.state)
            late = select(func.count()).where(table.c.tenant == tenant, table.c.state.in_(IN_QUEUE), table.c.due < now)
            used = select(budget.c.used).where(
                budget.c.tenant == tenant, budget.c.month == month, budget.c.kind == "advisor_minutes"
            )
            return TaskQueue(
                rows=_with_joined(connection, tenant, read_lines(connection, page, lambda row: task_line(row, titles))),
                found=found,
                page=asked.page,
                pages=max(1, -(-found // asked.per_page)),
                by_state={str(state): int(count) for state, count in connection.execute(states)},
                overdue=int(connection.scalar(late) or 0),
                minutes_used=int(connection.scalar(used) or 0),
                minutes_bound=bound,
            )

    def task(self, tenant: str, task: str, titles: Titles) -> TaskLine:
        """Return one task; NotFound if there is none."""
        table = schema.tasks
        with self.database.reading() as connection:
            asked = with_names(table).where(table.c.tenant == tenant, table.c.task == task)
            row = connection.execute(asked).mappings().first()
            if row is None:
                raise NotFound(
                    worded("there is no task {task!r}", task=task[:60]), where="task", mend="look at the queue again"
                )
            return _with_joined(connection, tenant, [task_line(row, titles)])[0]


def _with_joined(connection: Connection, tenant: str, lines: Sequence[TaskLine]) -> tuple[TaskLine, ...]:
    """Return the tasks with what each of them answers too: replies whose own tasks were joined with it."""
    table = schema.tasks
    of_alerts = [line for line in lines if line.alert and line.reason != JOINED]
    asked = select(table.c.alert, table.c.script).where(
        table.c.tenant == tenant, table.c.learner.in_({line.learner for line in of_alerts}),
        table.c.alert.in_({line.alert for line in of_alerts}), table.c.reason == JOINED,
    )  # fmt: skip
    found: dict[str, set[str]] = {}
    for row in connection.execute(asked) if of_alerts else ():
        found.setdefault(row.alert, set()).add(row.script)
    return tuple(
        replace(line, also=tuple(sorted(found.get(line.alert, ())))) if line in of_alerts else line for line in lines
    )


def _matching(query: Select[Any], asked: TaskFilter, now: datetime) -> Select[Any]:
    table = schema.tasks
    query = query.where(table.c.state.in_(asked.states))
    if asked.owner:
        query = query.where(table.c.owner == ("" if asked.owner == NOBODY else asked.owner))
    if asked.overdue:
        query = query.where(table.c.due < now)
    return query


def _ranked(query: Select[Any], asked: TaskFilter) -> Select[Any]:
    table = schema.tasks
    if asked.state in ("done", "dropped", "withheld"):
        return query.order_by(func.coalesce(table.c.finished, table.c.created).desc(), table.c.task)
    return query.order_by(table.c.due, table.c.task)

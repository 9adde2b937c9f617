"""The advisors' queue: tasks claimed by one person, notes, outcomes; and the record of who saw and did what."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NoReturn

from sqlalchemy import Connection, Row, and_, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.budgets import decide_tasks
from staycourse.adapters.store.care.task_endings import release_task
from staycourse.adapters.store.care.task_joining import joined
from staycourse.adapters.store.care.waking import wake_standing
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.kernel import BadInput, NotFound, fresh_id, worded
from staycourse.policy import TASK, TASK_OUTCOMES, Policy


class TaskBook:
    """Human tasks of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def open_asked(self, tenant: str, policy: Policy, month: str) -> None:
        """Open the tasks that journeys asked for, as far as the month's budget of minutes goes; record the rest."""

        def work(connection: Connection) -> None:
            self.database.alone(connection, "tasks", tenant)
            decide_tasks(connection, tenant, policy, month)

        self.database.write(work)

    def queue(self, tenant: str, states: tuple[str, ...] = ("open", "claimed")) -> list[Mapping[str, Any]]:
        """Return the tasks in `states`, the first due first."""
        table = schema.tasks
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant, table.c.state.in_(states))
            return [dict(row) for row in connection.execute(asked.order_by(table.c.due, table.c.task)).mappings()]

    def claim(self, tenant: str, task: str, who: str, now: datetime) -> None:
        """Take an open task for `who`; BadInput if somebody else was first."""
        fresh = {"state": "claimed", "owner": who, "claimed": now}
        self.database.write(lambda connection: self._change(connection, tenant, task, ("open",), fresh))

    def release(self, tenant: str, task: str, now: datetime) -> None:
        """Give a claimed task back. One whose journey was left meanwhile is closed then."""

        def work(connection: Connection) -> None:
            self.database.alone(connection, "tasks", tenant)
            if not release_task(connection, tenant, task, now):
                _refuse(connection, tenant, task)

        self.database.write(work)

    def finish(self, tenant: str, task: str, who: str, outcome: str, told: str, now: datetime) -> None:
        """End a task with its outcome: reached, no_answer, reason_told (then `told` is the cause) or promised.

        In the same transaction the outcome becomes what the learner's journeys may ask, and the journey that handed the
        task over goes on if it waits for it.
        """
        if outcome not in TASK_OUTCOMES:
            raise BadInput(
                worded("there is no outcome {outcome!r}", outcome=outcome[:40]),
                where="outcome",
                mend=worded("one of {choices}", choices=", ".join(TASK_OUTCOMES)),
            )
        fresh = {"state": "done", "owner": who, "outcome": outcome, "told": told[:32], "finished": now}

        def work(connection: Connection) -> None:
            self.database.alone(connection, "journeys", tenant)
            ended = self._change(connection, tenant, task, ("open", "claimed"), fresh)
            at = max(now, ended.created)  # of this journey, even where the clock of whoever asked for it goes before
            heard = [(ended.script, ended.journey), *joined(connection, tenant, ended.alert)]
            facts = [
                {"tenant": tenant, "at": at, "learner": ended.learner, "fact": f"task:{script}", "number": None,
                 "words": outcome} for script in sorted({script for script, _ in heard})
            ]  # fmt: skip
            upsert(connection, schema.facts, facts)
            if journeys := [journey for _, journey in heard if journey is not None]:
                wake_standing(connection, tenant, journeys, TASK, now)

        self.database.write(work)

    def note(
        self, tenant: str, learner: str, about: str, author: str, text: str, now: datetime, *, said: str = ""
    ) -> None:
        """Write a note about a task, an alert or a message; `said` names the saying: twice it is written once."""
        words = text.strip()
        if not words or len(words) > 4000:
            raise BadInput("a note has 1 to 4,000 characters", where="text", mend="write something shorter")
        row = {
            "tenant": tenant, "note": said or fresh_id(), "learner": learner, "about": about, "author": author,
            "at": now, "text": words,
        }  # fmt: skip
        self.database.write(lambda connection: insert_new(connection, schema.notes, [row]))

    def notes(self, tenant: str, about: str) -> list[Mapping[str, Any]]:
        """Return the notes about a task or alert, oldest first."""
        table = schema.notes
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant, table.c.about == about).order_by(table.c.at)
            return [dict(row) for row in connection.execute(asked).mappings()]

    def _change(
        self, connection: Connection, tenant: str, task: str, states: tuple[str, ...], fresh: Mapping[str, Any]
    ) -> Row[Any]:
        table = schema.tasks
        here = and_(table.c.tenant == tenant, table.c.task == task, table.c.state.in_(states))
        told = (table.c.learner, table.c.script, table.c.journey, table.c.created, table.c.alert)
        return connection.execute(update(table).where(here).values(fresh).returning(*told)).first() or _refuse(
            connection, tenant, task
        )


def _refuse(connection: Connection, tenant: str, task: str) -> NoReturn:
    """Say why nothing was changed: there is no such task, or its state does not allow it."""
    table = schema.tasks
    state = connection.scalar(select(table.c.state).where(table.c.tenant == tenant, table.c.task == task))
    if state is None:
        raise NotFound(
            worded("there is no task {task!r}", task=task[:60]), where="task", mend="look at the queue again"
        )
    raise BadInput(worded("this task is {state} already", state=state), where="task", mend="look at the queue again")


class AuditLog:
    """Who saw and did what."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def record(self, tenant: str, actor: str, action: str, *, at: datetime, learner: str = "", **details: Any) -> None:
        """Write one line."""
        row = {"tenant": tenant, "at": at, "actor": actor, "action": action, "learner": learner, "details": details}
        self.database.write(lambda connection: connection.execute(schema.audit.insert(), [row]))

    def read(self, tenant: str, *, learner: str = "", limit: int = 200) -> list[Mapping[str, Any]]:
        """Return the newest lines, about one learner or all."""
        table = schema.audit
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant)
            asked = asked.where(table.c.learner == learner) if learner else asked
            return [
                dict(row) for row in connection.execute(asked.order_by(table.c.entry.desc()).limit(limit)).mappings()
            ]

"""What happened between two instants, counted for the weekly review."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.views.alert_views import waits_for_an_answer
from staycourse.desk import WeekDone, WeekSeen

Counts = tuple[tuple[str, int], ...]


class WeeklyViews:
    """Counts of one store; nothing is written here. A span begins with its first instant and ends before its last."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def seen(self, tenant: str, first: date, last: date, start: datetime, end: datetime) -> WeekSeen:
        """Count the nights from `first` to `last`, and the alerts opened from `start` to `end`."""
        alerts, runs = schema.alerts, schema.runs
        opened = and_(alerts.c.tenant == tenant, _within(alerts.c.opened, start, end))
        before = and_(alerts.c.tenant == tenant, _within(alerts.c.opened, start - (end - start), start))
        nights = and_(runs.c.tenant == tenant, runs.c.as_of >= first, runs.c.as_of <= last)
        newest = select(runs.c.enrolments).where(nights).order_by(runs.c.as_of.desc()).limit(1)
        late = and_(alerts.c.tenant == tenant, waits_for_an_answer(), alerts.c.due < end)
        enrolments = self._rows(newest)
        return WeekSeen(
            nights=self._count(nights, runs),
            enrolments=enrolments[0][0] if enrolments else None,
            alerts=self._count(opened, alerts),
            alerts_before=self._count(before, alerts),
            by_cause=self._by(alerts.c.cause, opened),
            by_tier=self._by(alerts.c.tier, opened),
            overdue=self._count(late, alerts),
        )

    def done(self, tenant: str, start: datetime, end: datetime) -> WeekDone:
        """Count what was done from `start` to `end`."""
        journeys, sent, tasks = schema.journeys, schema.messages, schema.tasks
        entered = and_(journeys.c.tenant == tenant, _within(journeys.c.entered, start, end))
        made = and_(sent.c.tenant == tenant, _within(sent.c.created, start, end))
        finished = and_(tasks.c.tenant == tenant, _within(tasks.c.finished, start, end), tasks.c.state == "done")
        asked = and_(tasks.c.tenant == tenant, _within(tasks.c.created, start, end))
        late = and_(tasks.c.tenant == tenant, tasks.c.state.in_(("open", "claimed")), tasks.c.due < end)
        begun = dict(self._by(journeys.c.state, entered))
        minutes = self._rows(select(func.sum(tasks.c.minutes)).where(finished))
        return WeekDone(
            journeys=sum(begun.values()) - begun.get("held_out", 0),
            held_out=begun.get("held_out", 0),
            messages=self._by(
                sent.c.channel,
                and_(sent.c.tenant == tenant, sent.c.state == "sent", _within(sent.c.sent, start, end)),
            ),
            kept_back=self._by(sent.c.reason, and_(made, sent.c.state.in_(("withheld", "dropped")))),
            failed=self._count(and_(made, sent.c.state == "failed"), sent),
            tasks_asked=self._count(asked, tasks),
            tasks_done=self._by(tasks.c.outcome, finished),
            minutes=int(minutes[0][0] or 0),
            tasks_late=self._count(late, tasks),
        )

    def _by(self, column: Any, where: ColumnElement[bool]) -> Counts:
        rows = self._rows(select(column, func.count()).where(where).group_by(column))
        return tuple(sorted(((str(name), int(count)) for name, count in rows), key=lambda pair: (-pair[1], pair[0])))

    def _count(self, where: ColumnElement[bool], table: Any) -> int:
        return int(self._rows(select(func.count()).select_from(table).where(where))[0][0])

    def _rows(self, asked: Select[Any]) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.execute(asked))


def _within(column: Any, start: datetime, end: datetime) -> ColumnElement[bool]:
    return and_(column >= start, column < end)

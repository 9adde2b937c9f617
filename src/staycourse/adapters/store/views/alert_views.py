"""Alerts as people look at them: filtered, ranked, paged and counted. Nothing is written here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, RowMapping, Select, func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK
from staycourse.adapters.store.care.alerts import alert_of
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.lines import (
    Titles,
    course_title,
    journey_line,
    journeys_asked,
    note_line,
    searched,
    task_line,
    with_names,
)
from staycourse.care import OPEN_STATES
from staycourse.desk import NOBODY, TO_ANSWER, AlertFilter, AlertLine, AlertList, AlertStory
from staycourse.events import Course
from staycourse.kernel import NotFound, worded


class AlertViews:
    """The alerts of one store, to be looked at. `titles` are the names of the playbooks."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def alerts(
        self, tenant: str, asked: AlertFilter, now: datetime, titles: Titles, courses: tuple[Course, ...]
    ) -> AlertList:
        """Return one page of alerts with the counts beside it."""
        table = schema.alerts
        with self.database.reading() as connection:
            matching = _matching(with_names(table).where(table.c.tenant == tenant), asked, now)
            found = connection.scalar(select(func.count()).select_from(matching.subquery())) or 0
            page = _ranked(matching, asked).limit(asked.per_page).offset((asked.page - 1) * asked.per_page)
            rows = connection.execute(page).mappings().all()
            by_state = _counts(connection, tenant, "state", None, asked.within)
            late = select(func.count()).where(table.c.tenant == tenant, table.c.state.in_(TO_ANSWER), table.c.due < now)
            late = _within(late, asked.within)
            return AlertList(
                rows=tuple(_line(row, titles) for row in rows),
                found=int(found),
                page=asked.page,
                pages=max(1, -(-int(found) // asked.per_page)),
                by_state=dict(by_state),
                by_cause=_counts(connection, tenant, "cause", asked),
                by_tier=_counts(connection, tenant, "tier", asked),
                overdue=int(connection.scalar(late) or 0),
                owners=tuple(name for name, _ in _counts(connection, tenant, "owner", asked) if name),
                courses=courses,
            )

    def alert(self, tenant: str, alert: str, titles: Titles) -> AlertStory:
        """Return one alert with what it began; NotFound if there is none."""
        table, journeys, tasks, notes = schema.alerts, schema.journeys, schema.tasks, schema.notes
        with self.database.reading() as connection:
            asked = with_names(table).where(table.c.tenant == tenant, table.c.alert == alert)
            row = connection.execute(asked).mappings().first()
            if row is None:
                raise NotFound(
                    worded("there is no alert {alert!r}", alert=alert[:60]),
                    where="alert",
                    mend="look at the list again",
                )
            learner = row["learner"]
            ways = journeys_asked().where(
                journeys.c.tenant == tenant, journeys.c.learner == learner, journeys.c.alert == alert
            )
            calls = with_names(tasks).where(
                tasks.c.tenant == tenant, tasks.c.learner == learner, tasks.c.alert == alert
            )
            said = select(notes).where(notes.c.tenant == tenant, notes.c.about == alert).order_by(notes.c.at)
            return AlertStory(
                line=_line(row, titles),
                journeys=tuple(journey_line(one, titles) for one in connection.execute(ways).mappings()),
                tasks=tuple(task_line(one, titles) for one in connection.execute(calls.order_by("due")).mappings()),
                notes=tuple(note_line(one) for one in connection.execute(said).mappings()),
            )

    def standing(self, tenant: str, learners: Collection[str], titles: Titles) -> dict[tuple[str, str], AlertLine]:
        """Return the open, taken and snoozed alerts of `learners` by learner and cause."""
        return {
            (line.alert.learner, line.alert.cause): line
            for line in self._of_learners(tenant, learners, OPEN_STATES, titles)
        }

    def of_learner(self, tenant: str, learner: str, titles: Titles, limit: int) -> tuple[AlertLine, ...]:
        """Return one learner's newest alerts, whatever their state."""
        table = schema.alerts
        with self.database.reading() as connection:
            asked = with_names(table).where(table.c.tenant == tenant, table.c.learner == learner)
            rows = connection.execute(asked.order_by(table.c.opened.desc(), table.c.alert).limit(limit)).mappings()
            return tuple(_line(row, titles) for row in rows)

    def _of_learners(
        self, tenant: str, learners: Collection[str], states: Collection[str], titles: Titles
    ) -> list[AlertLine]:
        table, names = schema.alerts, sorted(set(learners))
        found: list[AlertLine] = []
        with self.database.reading() as connection:
            for start in range(0, len(names), CHUNK):
                asked = with_names(table).where(
                    table.c.tenant == tenant,
                    table.c.learner.in_(names[start : start + CHUNK]),
                    table.c.state.in_(states),
                )
                found.extend(_line(row, titles) for row in connection.execute(asked).mappings())
        return found


def _matching(query: Select[Any], asked: AlertFilter, now: datetime) -> Select[Any]:
    table = schema.alerts
    query = _within(query.where(table.c.state.in_(asked.states)), asked.within)
    wanted = ((table.c.tier, asked.tier), (table.c.cause, asked.cause), (table.c.course, asked.course))
    for column, value in wanted:
        if value:
            query = query.where(column == value)
    if asked.owner:
        query = query.where(table.c.owner == ("" if asked.owner == NOBODY else asked.owner))
    if asked.overdue:
        query = query.where(table.c.due < now)
    return query.where(searched(table, asked.search)) if asked.search else query


def _ranked(query: Select[Any], asked: AlertFilter) -> Select[Any]:
    """Order by the day's due time and how pressing it is; what has ended, the newest first."""
    table = schema.alerts
    if asked.state == "ended":
        return query.order_by(table.c.closed.desc().nulls_last(), table.c.alert)
    return query.order_by(table.c.due, table.c.priority.desc(), table.c.alert)


def _within(query: Select[Any], courses: tuple[str, ...] | None) -> Select[Any]:
    """Leave the alerts of those courses; all for None."""
    return query if courses is None else query.where(schema.alerts.c.course.in_(courses))


def _counts(
    connection: Connection, tenant: str, column: str, asked: AlertFilter | None, within: tuple[str, ...] | None = None
) -> tuple[tuple[str, int], ...]:
    """Count the tenant's alerts by `column`, most first: all of them, or those of the states asked for."""
    table = schema.alerts
    chosen = table.c[column]
    query = select(chosen, func.count()).where(table.c.tenant == tenant)
    query = _within(query, asked.within if asked is not None else within)
    if asked is not None:
        query = query.where(table.c.state.in_(asked.states))
    rows = connection.execute(query.group_by(chosen).order_by(func.count().desc(), chosen))
    return tuple((str(name), int(count)) for name, count in rows)


def _line(row: RowMapping, titles: Titles) -> AlertLine:
    return AlertLine(
        alert=alert_of(row),
        name=row["name"],
        course_title=course_title(row),
        owner=row["owner"],
        taken=row["taken"],
        arm=row["arm"],
        playbook=row["playbook"],
        title=titles.get(row["playbook"]),
        withheld=row["withheld"],
        outcome=row["outcome"],
        judged=row["judged"],
        lead_days=row["lead_days"],
    )

"""Alerts as people look at them: filtered, ranked, paged and counted. Nothing is written here."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, and_, func, literal_column, select

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
from staycourse.adapters.store.views.listing import Listing, most_first, stated
from staycourse.care import OPEN_STATES
from staycourse.desk import NOBODY, TO_ANSWER, AlertFilter, AlertLine, AlertList, AlertStory
from staycourse.events import Course
from staycourse.kernel import NotFound, worded

WALKED = ("", "open", "ended")
"""The lists that have an index of their own, in their order."""


class AlertViews:
    """The alerts of one store, to be looked at. `titles` are the names of the playbooks."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def alerts(
        self, tenant: str, asked: AlertFilter, now: datetime, titles: Titles, courses: tuple[Course, ...]
    ) -> AlertList:
        """Return one page of alerts with the counts beside it."""
        table = schema.alerts
        late = select(func.count()).where(table.c.tenant == tenant, waits_for_an_answer(), table.c.due < now)
        with self.database.reading() as connection:
            wanted = _wanted(connection, tenant, asked, now)
            listed = Listing(tenant, table.c.alert, wanted, _order(asked))
            found = listed.count(connection)
            told = connection.execute(_tallies(tenant, asked.within)).all()
            chosen = [row for row in told if row.state in asked.states and asked.settled in (None, row.settled)]
            return AlertList(
                rows=tuple(_line(row, titles) for row in listed.page(connection, asked.page, asked.per_page)),
                found=found,
                page=asked.page,
                pages=max(1, -(-found // asked.per_page)),
                by_state=dict(most_first((AlertFilter.list_of(row.state, row.settled), row.n) for row in told)),
                by_cause=most_first((row.cause, row.n) for row in chosen),
                by_tier=most_first((row.tier, row.n) for row in chosen),
                overdue=int(connection.scalar(late.where(*_within(asked.within))) or 0),
                owners=tuple(name for name, _ in most_first((row.owner, row.n) for row in chosen) if name),
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


def _wanted(connection: Connection, tenant: str, asked: AlertFilter, now: datetime) -> list[ColumnElement[bool]]:
    table = schema.alerts
    wanted = [*_listed(asked), *_within(asked.within)]
    fields = ((table.c.tier, asked.tier), (table.c.cause, asked.cause), (table.c.course, asked.course))
    wanted += [column == value for column, value in fields if value]
    if asked.owner:
        wanted.append(table.c.owner == ("" if asked.owner == NOBODY else asked.owner))
    if asked.overdue:
        wanted += [table.c.due < now, table.c.settled == ""]
    return [*wanted, searched(connection, tenant, table, asked.search)] if asked.search else wanted


def waits_for_an_answer() -> ColumnElement[bool]:
    """Return what is true of alerts whose learners nobody has reached or leaves alone, as their index says."""
    table = schema.alerts
    return and_(stated(table.c.state, TO_ANSWER), table.c.settled == literal_column("''"))


def _listed(asked: AlertFilter) -> tuple[ColumnElement[bool], ...]:
    """Return what makes an alert stand in the list asked for, in the words of that list's index."""
    table = schema.alerts
    if asked.settled:
        open_but_settled = (table.c.state == literal_column("'open'"), table.c.settled != literal_column("''"))
        return (*open_but_settled, table.c.settled == asked.settled)
    if asked.settled is not None:
        return (waits_for_an_answer(), *([table.c.state == asked.state] if asked.state else []))
    return (stated(table.c.state, asked.states) if asked.state in WALKED else table.c.state.in_(asked.states),)


def _order(asked: AlertFilter) -> tuple[ColumnElement[Any], ...]:
    """Order by the day's due time and how pressing it is; what has ended, the newest first."""
    table = schema.alerts
    if asked.state == "ended":
        return table.c.closed.desc(), table.c.alert.desc()
    return table.c.due, table.c.priority.desc(), table.c.alert


def _within(courses: tuple[str, ...] | None) -> tuple[ColumnElement[bool], ...]:
    """Return what leaves the alerts of those courses; nothing for None."""
    return () if courses is None else (schema.alerts.c.course.in_(courses),)


def _tallies(tenant: str, within: tuple[str, ...] | None) -> Select[Any]:
    """Select how many alerts there are of each list, cause, tier and owner: `ix_alerts_told` holds all of it."""
    table = schema.alerts
    names = (table.c.state, table.c.settled, table.c.cause, table.c.tier, table.c.owner)
    return select(*names, func.count().label("n")).where(table.c.tenant == tenant, *_within(within)).group_by(*names)


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
        settled=row["settled"],
        basis=row["basis"],
        outcome=row["outcome"],
        judged=row["judged"],
        lead_days=row["lead_days"],
    )

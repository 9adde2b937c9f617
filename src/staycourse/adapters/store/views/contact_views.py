"""What was done for one learner, as people look at it: newest first, bounded. Nothing is written here."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Connection, RowMapping, Select, Table, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.lines import (
    Titles,
    address_line,
    audit_line,
    consent_line,
    journey_line,
    journeys_asked,
    message_line,
    note_line,
    task_line,
    with_names,
)
from staycourse.desk import AddressLine, AuditLine, ConsentLine, JourneyLine, MessageLine, NoteLine, TaskLine

Line = TypeVar("Line")


class ContactViews:
    """One store's learners, one at a time. `limit` bounds each answer."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def journeys(self, tenant: str, learner: str, titles: Titles, limit: int) -> tuple[JourneyLine, ...]:
        """Return the learner's journeys."""
        table = schema.journeys
        asked = journeys_asked().where(*_about(table, tenant, learner)).order_by(table.c.journey.desc())
        return self._lines(asked.limit(limit), lambda row: journey_line(row, titles))

    def messages(self, tenant: str, learner: str, titles: Titles, limit: int) -> tuple[MessageLine, ...]:
        """Return the learner's messages."""
        table = schema.messages
        asked = with_names(table).where(*_about(table, tenant, learner)).order_by(table.c.created.desc(), table.c.key)
        return self._lines(asked.limit(limit), lambda row: message_line(row, titles))

    def tasks(self, tenant: str, learner: str, titles: Titles, limit: int) -> tuple[TaskLine, ...]:
        """Return the advisors' tasks about the learner."""
        table = schema.tasks
        asked = with_names(table).where(*_about(table, tenant, learner)).order_by(table.c.created.desc(), table.c.task)
        return self._lines(asked.limit(limit), lambda row: task_line(row, titles))

    def notes(self, tenant: str, learner: str, limit: int) -> tuple[NoteLine, ...]:
        """Return the notes about the learner's alerts and tasks."""
        table = schema.notes
        asked = select(table).where(*_about(table, tenant, learner)).order_by(table.c.at.desc(), table.c.note)
        return self._lines(asked.limit(limit), note_line)

    def addresses(self, tenant: str, learner: str) -> tuple[AddressLine, ...]:
        """Return the learner's addresses."""
        table = schema.addresses
        asked = select(table).where(*_about(table, tenant, learner)).order_by(table.c.kind, table.c.address)
        return self._lines(asked, address_line)

    def consents(self, tenant: str, learner: str, limit: int) -> tuple[ConsentLine, ...]:
        """Return the learner's entries of the consent ledger."""
        table = schema.consents
        asked = select(table).where(*_about(table, tenant, learner)).order_by(table.c.at.desc(), table.c.entry.desc())
        return self._lines(asked.limit(limit), consent_line)

    def audit(self, tenant: str, learner: str, limit: int) -> tuple[AuditLine, ...]:
        """Return who saw or did what about the learner."""
        table = schema.audit
        asked = select(table).where(*_about(table, tenant, learner)).order_by(table.c.entry.desc())
        return self._lines(asked.limit(limit), audit_line)

    def _lines(self, asked: Select[Any], line: Callable[[RowMapping], Line]) -> tuple[Line, ...]:
        with self.database.reading() as connection:
            return read_lines(connection, asked, line)


def read_lines(connection: Connection, asked: Select[Any], line: Callable[[RowMapping], Line]) -> tuple[Line, ...]:
    """Return each row of an answer as a line."""
    return tuple(line(row) for row in connection.execute(asked).mappings())


def _about(table: Table, tenant: str, learner: str) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    return table.c.tenant == tenant, table.c.learner == learner

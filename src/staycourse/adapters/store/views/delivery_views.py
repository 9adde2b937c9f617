"""Messages as people look at them: filtered, paged, and counted by why they were held. Nothing is written here."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, ColumnElement, Connection, RowMapping, Select, func, select, type_coerce

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.lines import Titles, message_line, searched, with_names
from staycourse.adapters.store.views.listing import Listing, most_first
from staycourse.desk import HELD_DAYS, DeliveryFilter, DeliveryList
from staycourse.kernel import NotFound, instant_at, worded

QUARTER = timedelta(minutes=15)
"""Every zone's days begin on a whole quarter of an hour: counts by quarters can be put together to its days."""

_NOT_SENT = ("pending", "withheld", "dropped", "failed")


class DeliveryViews:
    """The messages of one store, to be looked at."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def messages(
        self, tenant: str, asked: DeliveryFilter, now: datetime, zone: ZoneInfo, titles: Titles
    ) -> DeliveryList:
        """Return one page of messages with the counts beside it; days are those of `zone`."""
        table = schema.messages
        order = (table.c.created.desc(), table.c.key.desc())
        with self.database.reading() as connection:
            listed = Listing(tenant, table.c.key, _wanted(connection, tenant, asked), order)
            found = listed.count(connection)
            told = connection.execute(_tallies(tenant)).all()
            reasons, channels, playbooks = (
                [name for name, _ in most_first((row[at], row.n) for row in told) if name] for at in (1, 2, 3)
            )
            rows = listed.page(connection, asked.page, asked.per_page)
            return DeliveryList(
                rows=tuple(message_line(row, titles) for row in rows),
                found=found,
                page=asked.page,
                pages=max(1, -(-found // asked.per_page)),
                by_state=dict(most_first((row.state, row.n) for row in told)),
                reasons=tuple(reasons),
                channels=tuple(sorted(channels)),
                playbooks=tuple((name, titles.get(name)) for name in playbooks),
                held=_held(connection, tenant, now, zone),
            )

    def row(self, tenant: str, key: str) -> RowMapping:
        """Return one message whole, with the learner's name and the course's title; NotFound if there is none."""
        table = schema.messages
        with self.database.reading() as connection:
            asked = with_names(table).where(table.c.tenant == tenant, table.c.key == key)
            row = connection.execute(asked).mappings().first()
            if row is None:
                raise NotFound(
                    worded("there is no message {key!r}", key=key[:60]), where="message", mend="look at the list again"
                )
            return row


def _wanted(connection: Connection, tenant: str, asked: DeliveryFilter) -> list[ColumnElement[bool]]:
    table = schema.messages
    fields = (
        (table.c.state, asked.state), (table.c.channel, asked.channel), (table.c.playbook, asked.playbook),
        (table.c.reason, asked.reason),
    )  # fmt: skip
    wanted = [column == value for column, value in fields if value]
    return [*wanted, searched(connection, tenant, table, asked.learner)] if asked.learner else wanted


def _tallies(tenant: str) -> Select[Any]:
    """Select how many messages there are of each state, reason, channel and playbook: `ix_messages_told` holds it."""
    table = schema.messages
    names = (table.c.state, table.c.reason, table.c.channel, table.c.playbook)
    return select(*names, func.count().label("n")).where(table.c.tenant == tenant).group_by(*names)


def _held(connection: Connection, tenant: str, now: datetime, zone: ZoneInfo) -> tuple[tuple[date, str, int], ...]:
    """Count what waits or was not sent by the local day it was made and why."""
    table = schema.messages
    quarter = (type_coerce(table.c.created, BigInteger) // (QUARTER // timedelta(microseconds=1))).label("quarter")
    asked = (
        select(quarter, table.c.reason, func.count())
        .where(
            table.c.tenant == tenant,
            table.c.created >= now - timedelta(days=HELD_DAYS),
            table.c.state.in_(_NOT_SENT),
            table.c.reason != "",
        )
        .group_by("quarter", table.c.reason)
    )
    found: Counter[tuple[date, str]] = Counter()
    for at, reason, count in connection.execute(asked):
        found[(instant_at(0) + int(at) * QUARTER).astimezone(zone).date(), str(reason)] += int(count)
    return tuple((day, reason, count) for (day, reason), count in sorted(found.items()))

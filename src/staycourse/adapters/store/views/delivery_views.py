"""Messages as people look at them: filtered, paged, and counted by why they were held. Nothing is written here."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, Connection, RowMapping, Select, func, select, type_coerce

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.lines import Titles, message_line, searched, with_names
from staycourse.adapters.store.views.contact_views import read_lines
from staycourse.desk import HELD_DAYS, DeliveryFilter, DeliveryList
from staycourse.kernel import NotFound, worded

QUARTER = timedelta(minutes=15)
"""Every zone's days begin on a whole quarter of an hour: counts by quarters can be put together to its days."""

_EPOCH = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
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
        with self.database.reading() as connection:
            matching = _matching(with_names(table).where(table.c.tenant == tenant), asked)
            found = int(connection.scalar(select(func.count()).select_from(matching.subquery())) or 0)
            page = matching.order_by(table.c.created.desc(), table.c.key).limit(asked.per_page)
            page = page.offset((asked.page - 1) * asked.per_page)
            states = dict(_counts(connection, tenant, "state"))
            return DeliveryList(
                rows=read_lines(connection, page, lambda row: message_line(row, titles)),
                found=found,
                page=asked.page,
                pages=max(1, -(-found // asked.per_page)),
                by_state=states,
                reasons=tuple(name for name, _ in _counts(connection, tenant, "reason") if name),
                channels=tuple(sorted(name for name, _ in _counts(connection, tenant, "channel") if name)),
                playbooks=tuple(
                    (name, titles.get(name)) for name, _ in _counts(connection, tenant, "playbook") if name
                ),
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


def _matching(query: Select[Any], asked: DeliveryFilter) -> Select[Any]:
    table = schema.messages
    wanted = (
        (table.c.state, asked.state), (table.c.channel, asked.channel), (table.c.playbook, asked.playbook),
        (table.c.reason, asked.reason),
    )  # fmt: skip
    for column, value in wanted:
        if value:
            query = query.where(column == value)
    return query.where(searched(table, asked.learner)) if asked.learner else query


def _counts(connection: Connection, tenant: str, column: str) -> list[tuple[str, int]]:
    table = schema.messages
    chosen = table.c[column]
    asked = select(chosen, func.count()).where(table.c.tenant == tenant).group_by(chosen)
    rows = connection.execute(asked.order_by(func.count().desc(), chosen))
    return [(str(name), int(count)) for name, count in rows]


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
        found[(_EPOCH + int(at) * QUARTER).astimezone(zone).date(), str(reason)] += int(count)
    return tuple((day, reason, count) for (day, reason), count in sorted(found.items()))

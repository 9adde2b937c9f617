"""Alerts, journeys and messages page by page, the newest first: each page goes on from the last row of the one before.

What is added meanwhile comes before the first page, so that nothing is seen twice and nothing is left out, and page one
thousand costs what page one does. Each order has an index of its own, tenant first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, RowMapping, Select, Table, and_, or_, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.lines import journeys_asked, with_names


@dataclass(frozen=True, slots=True)
class PageWish:
    """What was asked to be seen; empty texts mean all. `since` bounds the instant that orders the rows, `settled` says
    whether something settled an alert."""

    states: tuple[str, ...] = ()
    learner: str = ""
    course: str = ""
    cause: str = ""
    playbook: str = ""
    channel: str = ""
    since: datetime | None = None
    settled: bool | None = None


class PageViews:
    """The pages of one store. Nothing is written here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def alerts(
        self, tenant: str, wish: PageWish, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[RowMapping]:
        """Return alerts, the newest opened first, after the one opened then and called so."""
        table = schema.alerts
        asked = _wished(with_names(table), table, tenant, wish, table.c.opened)
        if wish.settled is not None:
            asked = asked.where(table.c.settled != "" if wish.settled else table.c.settled == "")
        return self._page(asked, (table.c.opened, table.c.alert), after, limit)

    def journeys(self, tenant: str, wish: PageWish, after: tuple[int] | None, limit: int) -> Sequence[RowMapping]:
        """Return journeys, the newest first (later numbers were entered later), after the one of that number."""
        table = schema.journeys
        asked = _wished(journeys_asked(), table, tenant, wish, table.c.entered)
        return self._page(asked, (table.c.journey,), after, limit)

    def messages(
        self, tenant: str, wish: PageWish, after: tuple[datetime, str] | None, limit: int
    ) -> Sequence[RowMapping]:
        """Return messages, the newest first, after the one made then and called so."""
        table = schema.messages
        asked = _wished(with_names(table), table, tenant, wish, table.c.created)
        return self._page(asked, (table.c.created, table.c.key), after, limit)

    def learners(self, tenant: str, after: tuple[str] | None, limit: int) -> Sequence[RowMapping]:
        """Return learners as they were told, by id."""
        return self._by_key(schema.learners, tenant, (schema.learners.c.learner,), after, limit)

    def endings(self, tenant: str, after: tuple[str, str] | None, limit: int) -> Sequence[RowMapping]:
        """Return how entries into playbooks that no alert begins ended, by learner and playbook."""
        table = schema.journey_endings
        return self._by_key(table, tenant, (table.c.learner, table.c.playbook), after, limit)

    def _by_key(
        self, table: Table, tenant: str, keys: Sequence[ColumnElement[Any]], after: tuple[Any, ...] | None, limit: int
    ) -> Sequence[RowMapping]:
        asked = select(table).where(table.c.tenant == tenant)
        if after is not None:
            asked = asked.where(_beyond(keys, after, forward=True))
        with self.database.reading() as connection:
            return connection.execute(asked.order_by(*keys).limit(limit)).mappings().all()

    def _page(
        self, asked: Select[Any], keys: Sequence[ColumnElement[Any]], after: tuple[Any, ...] | None, limit: int
    ) -> Sequence[RowMapping]:
        if after is not None:
            asked = asked.where(_beyond(keys, after, forward=False))
        with self.database.reading() as connection:
            rows = connection.execute(asked.order_by(*(key.desc() for key in keys)).limit(limit))
            return rows.mappings().all()


def _wished(query: Select[Any], table: Table, tenant: str, wish: PageWish, at: ColumnElement[Any]) -> Select[Any]:
    query = query.where(table.c.tenant == tenant)
    if wish.states:
        query = query.where(table.c.state.in_(wish.states))
    for name in ("learner", "course", "cause", "playbook", "channel"):
        if value := getattr(wish, name):
            query = query.where(table.c[name] == value)
    return query.where(at >= wish.since) if wish.since is not None else query


def _beyond(keys: Sequence[ColumnElement[Any]], after: tuple[Any, ...], *, forward: bool) -> ColumnElement[bool]:
    """Return the rows beyond `after` in the order of `keys`; the first key's bound stands alone, for the index."""
    first, value = keys[0], after[0]
    if len(keys) == 1:
        return and_(first > value if forward else first < value)
    second = keys[1] > after[1] if forward else keys[1] < after[1]
    if forward:
        return and_(first >= value, or_(first > value, second))
    return and_(first <= value, or_(first < value, second))

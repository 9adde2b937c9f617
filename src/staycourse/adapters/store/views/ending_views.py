"""How alerts ended, counted by the database: by what evidence and tallies ask, never alert by alert."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable
from datetime import date, datetime
from typing import Any, Literal
from zoneinfo import ZoneInfo

import msgspec
from sqlalchemy import ColumnElement, Row, Select, Text, and_, case, cast, func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.care import named
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import days_after
from staycourse.adapters.store.views.evidence_views import unjudged
from staycourse.kernel import local_day
from staycourse.review import EndingCount, First, LeaverCount, UnwantedCount

_BETWEEN = "\n"
"""Stands between what is joined of several alerts: neither a cause nor rules in JSON have a line's end in them."""


class EndingViews:
    """Counts of one store's judged alerts; nothing is written here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def counts(self, tenant: str, *, first: date | None = None, last: date | None = None) -> list[EndingCount]:
        """Count the endings that were found on the days from `first` to `last`."""
        table = schema.alerts
        bounds: list[ColumnElement[bool]] = [table.c.tenant == tenant, table.c.judged_on.is_not(None)]
        bounds += [table.c.judged_on >= first] if first else []
        bounds += [table.c.judged_on <= last] if last else []
        # In the order of the index, which SQLite counts through as it stands.
        alike = (
            table.c.playbook, table.c.cause, table.c.tier, table.c.evidence_arm, table.c.channel, table.c.rules,
            table.c.outcome, table.c.lead_days, table.c.currency, table.c.first_in,
        )  # fmt: skip
        contacted = func.sum(case((table.c.contacted_on.is_not(None), 1), else_=0))
        asked = select(
            *alike, func.count().label("n"), contacted.label("contacted"), func.sum(table.c.cost_minor).label("cost"),
            func.min(table.c.as_of).label("opened"), func.max(table.c.judged_on).label("judged"),
        )  # fmt: skip
        return [_count(row) for row in self._rows(asked.where(*bounds).group_by(*alike))]

    def leavers(self, tenant: str) -> list[LeaverCount]:
        """Count the enrolments that were lost and of which all alerts before that are judged."""
        left, table = schema.leavers, schema.alerts
        waiting = select(func.min(table.c.as_of)).where(table.c.tenant == tenant, unjudged())
        first = self._rows(waiting)[0][0] or date.max
        due = days_after(self.database.dialect, table.c.as_of, table.c.horizon_days)
        before = and_(
            table.c.tenant == left.c.tenant, table.c.learner == left.c.learner, table.c.course == left.c.course,
            table.c.judged_on.is_not(None), table.c.as_of < left.c.left_on, left.c.left_on <= due,
        )  # fmt: skip
        each = (
            select(
                left.c.tier,
                func.aggregate_strings(table.c.cause, _BETWEEN).label("causes"),
                func.aggregate_strings(cast(table.c.rules, Text), _BETWEEN).label("rules"),
            )
            .join_from(left, table, before, isouter=True)
            .where(left.c.tenant == tenant, left.c.left_on <= first)
            .group_by(left.c.learner, left.c.course, left.c.tier)
            .subquery("each")
        )
        asked = select(*each.c, func.count().label("n")).group_by(*each.c)
        return [
            LeaverCount(row.tier, row.causes is not None, _causes(row.causes), _rules(row.rules), int(row.n))
            for row in self._rows(asked)
        ]

    def unwanted(self, tenant: str, complaints: Collection[str], zone: ZoneInfo) -> list[UnwantedCount]:
        """Count the alerts that are compared and within whose horizon the learner unsubscribed or complained.

        `complaints` are the triggers whose alerts tell of a complaint. `zone`: where the days of a horizon begin.
        """
        said, told = schema.consents, schema.alerts.alias("told")
        refused = _compared(said, said.c.at).where(said.c.tenant == tenant, said.c.granted.is_(False))
        events = _compared(told, told.c.opened, told.c.rules).where(told.c.tenant == tenant, told.c.trigger == "event")
        complained = (row for row in self._rows(events) if not set(complaints).isdisjoint(row.rules))
        return [
            *_met("unsubscribe", self._rows(refused), zone),
            *_met("complaint", complained, zone),
        ]

    def _rows(self, asked: Select[Any]) -> list[Row[Any]]:
        with self.database.reading() as connection:
            return list(connection.execute(asked).all())


def _count(row: Row[Any]) -> EndingCount:
    return EndingCount(
        rules=tuple(row.rules), cause=row.cause, tier=row.tier, playbook=named(row.playbook),
        channel=row.channel or None, arm=row.evidence_arm, ending=row.outcome, lead_days=row.lead_days,
        first=First(row.first_in), currency=row.currency or None, n=int(row.n), contacted=int(row.contacted),
        cost_minor=int(row.cost), opened=row.opened, judged=row.judged,
    )  # fmt: skip


def _compared(source: Any, at: ColumnElement[datetime], *more: ColumnElement[Any]) -> Select[Any]:
    """Select the alerts that are compared of the learners in `source`, with the instant `at` in it.

    An outer join, so that SQLite begins with the few who met something, whatever it knows of the tables' sizes.
    """
    table = schema.alerts
    mine = and_(table.c.tenant == source.c.tenant, table.c.learner == source.c.learner, table.c.first_in > 0)
    return select(
        table.c.alert, table.c.as_of, table.c.horizon_days, table.c.tier, table.c.playbook, table.c.evidence_arm,
        table.c.first_in, at.label("at"), *more,
    ).join_from(source, table, mine, isouter=True)  # fmt: skip


def _met(
    what: Literal["unsubscribe", "complaint"], rows: Iterable[Row[Any]], zone: ZoneInfo
) -> Iterable[UnwantedCount]:
    """Count the alerts once each within whose horizon it happened."""
    met = {
        row.alert: (row.tier, row.playbook, row.evidence_arm, row.first_in)
        for row in rows
        if row.alert is not None and 0 < (local_day(row.at, zone) - row.as_of).days <= row.horizon_days
    }
    for (tier, playbook, arm, first), n in sorted(Counter(met.values()).items()):
        yield UnwantedCount(what, tier, named(playbook), arm, First(first), n)


def _causes(joined: str | None) -> frozenset[str]:
    return frozenset(joined.split(_BETWEEN) if joined is not None else ())


def _rules(joined: str | None) -> frozenset[str]:
    lists = joined.split(_BETWEEN) if joined is not None else ()
    return frozenset(rule for one in lists for rule in msgspec.json.decode(one, type=list[str]))

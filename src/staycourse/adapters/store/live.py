"""Risks between the nights in the store: the newest of each enrolment, until a night knows as much."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import pyarrow as pa
from sqlalchemy import Connection, delete, func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK
from staycourse.adapters.store.care.alerts import alert_of
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import upsert
from staycourse.care import OPEN_STATES, Alert

_PLAIN = ("learner", "course", "as_of", "risk", "learner_risk", "tier", "cause", "absent_days", "basis", "model",
          "policy_version")  # fmt: skip
_written = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class LiveRisk:
    """The risk of one enrolment as of `at`, on the day in progress (`as_of`); see RISKS_SCHEMA."""

    learner: str
    course: str
    as_of: date
    at: datetime
    risk: float
    learner_risk: float
    tier: str
    cause: str
    absent_days: int
    rules: tuple[str, ...]
    reasons: tuple[Mapping[str, Any], ...]
    basis: str
    model: str
    policy_version: int


class LiveBook:
    """The live risks of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def keep(self, tenant: str, learners: Sequence[str], risks: pa.Table, now: datetime) -> None:
        """Keep `risks` (RISKS_SCHEMA) of all open enrolments of `learners` as of `now`, in one transaction.

        Those kept before are replaced, or forgotten where the enrolment is open no more.
        """
        columns: list[list[Any]] = [risks[name].to_pylist() for name in _PLAIN]
        told = [
            [_written(one).decode() for one in rows]
            for rows in (risks["rules"].to_pylist(), _reasons(risks["reasons"]))
        ]
        names = ("tenant", "at", *_PLAIN, "rules", "reasons")
        rows = [dict(zip(names, (tenant, now, *row), strict=True)) for row in zip(*columns, *told, strict=True)]
        still = {(row["learner"], row["course"]) for row in rows}

        def work(connection: Connection) -> None:
            upsert(connection, schema.live_risks, rows)
            for learner, course in _kept_of(connection, tenant, learners) - still:
                table = schema.live_risks
                here = (table.c.tenant == tenant) & (table.c.learner == learner) & (table.c.course == course)
                connection.execute(delete(table).where(here))

        self.database.write(work)

    def of(self, tenant: str, learner: str) -> list[LiveRisk]:
        """Return the live risks of one learner's enrolments, by course."""
        table = schema.live_risks
        columns = [column for column in table.c if column.name != "tenant"]
        asked = select(*columns).where(table.c.tenant == tenant, table.c.learner == learner).order_by(table.c.course)
        with self.database.reading() as connection:
            return [
                LiveRisk(**{
                    **row, "rules": tuple(msgspec.json.decode(row["rules"])),
                    "reasons": tuple(msgspec.json.decode(row["reasons"])),
                })
                for row in connection.execute(asked).mappings()
            ]  # fmt: skip

    def drop_before(self, tenant: str, day: date) -> int:
        """Forget the risks of days before `day`: a night knows better."""
        table = schema.live_risks
        here = (table.c.tenant == tenant) & (table.c.as_of < day)
        return self.database.write(lambda connection: connection.execute(delete(table).where(here)).rowcount)

    def standing(self, tenant: str, learners: Sequence[str], closed_since: datetime) -> tuple[list[Alert], list[Alert]]:
        """Return the open alerts of `learners`, and those of theirs closed since an instant."""
        table = schema.alerts
        opened: list[Alert] = []
        closed: list[Alert] = []
        with self.database.reading() as connection:
            for start in range(0, len(learners), CHUNK):
                here = (table.c.tenant == tenant) & table.c.learner.in_(learners[start : start + CHUNK])
                asked = select(table).where(here, table.c.state.in_(OPEN_STATES) | (table.c.closed >= closed_since))
                for row in connection.execute(asked).mappings():
                    (opened if row["state"] in OPEN_STATES else closed).append(alert_of(row))
        return opened, closed

    def opened_since(self, tenant: str, since: datetime) -> int:
        """Count the alerts that were opened since an instant, but for those of single events."""
        table = schema.alerts
        here = (table.c.tenant == tenant) & (table.c.opened >= since) & (table.c.trigger != "event")
        with self.database.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(table).where(here)) or 0)


def _reasons(column: pa.ChunkedArray) -> list[list[dict[str, Any]]]:
    """Return each row's reasons as plain values, field by field: value by value it takes several times as long."""
    found: list[list[dict[str, Any]]] = []
    for chunk in column.chunks:
        offsets, flat = chunk.offsets.to_pylist(), chunk.values
        names = [field.name for field in flat.type]
        values = zip(*(flat.field(name).to_pylist() for name in names), strict=True)
        plain = [dict(zip(names, row, strict=True)) for row in values]
        found += [plain[start:stop] for start, stop in itertools.pairwise(offsets)]
    return found


def _kept_of(connection: Connection, tenant: str, learners: Sequence[str]) -> set[tuple[str, str]]:
    table = schema.live_risks
    found: set[tuple[str, str]] = set()
    for start in range(0, len(learners), CHUNK):
        here = (table.c.tenant == tenant) & table.c.learner.in_(learners[start : start + CHUNK])
        found.update(
            (row.learner, row.course) for row in connection.execute(select(table.c.learner, table.c.course).where(here))
        )
    return found

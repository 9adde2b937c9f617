"""Risks between the nights in the store: the newest of each enrolment, until a night knows as much."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.compute as pc
from sqlalchemy import Connection, bindparam, delete, func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.alerts import alert_of
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import among, listed, put_columns
from staycourse.care import OPEN_STATES, Alert

_PLAIN = ("learner", "course", "risk", "learner_risk", "tier", "cause", "absent_days", "basis", "model",
          "policy_version")  # fmt: skip


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
        kept, alerts = schema.live_risks, schema.alerts
        learners = among(database.dialect, "learners")
        # Built once: to put a statement together takes as long as to run it.
        self._stale = delete(kept).where(
            kept.c.tenant == bindparam("of_tenant"), kept.c.learner.in_(learners), kept.c.at != bindparam("now")
        )
        self._standing = select(alerts).where(
            alerts.c.tenant == bindparam("of_tenant"), alerts.c.learner.in_(learners),
            alerts.c.state.in_(OPEN_STATES) | (alerts.c.closed >= bindparam("since")),
        )  # fmt: skip

    def keep(self, tenant: str, learners: Sequence[str], risks: pa.Table, now: datetime) -> None:
        """Keep `risks` (RISKS_SCHEMA) of all open enrolments of `learners` as of `now`, in one transaction.

        Those kept before (at another instant) are replaced, or forgotten where the enrolment is open no more. They can
        be made again: what was kept in the last moments may go with the power, but never with the process.
        """
        count = risks.num_rows
        columns: dict[str, Sequence[Any]] = {"tenant": [tenant] * count, "at": [now] * count}
        columns |= {name: risks[name].to_pylist() for name in _PLAIN}
        columns["as_of"] = risks["as_of"].to_numpy().tolist()  # Arrow makes days thirty times as slowly
        columns["rules"] = _rules(risks["rules"].combine_chunks()).to_pylist()
        columns["reasons"] = _reasons(risks["reasons"].combine_chunks()).to_pylist()
        table = schema.live_risks

        def work(connection: Connection) -> None:
            put_columns(connection, table, columns)
            connection.execute(self._stale, {"of_tenant": tenant, "learners": listed(learners), "now": now})

        self.database.write(work, lightly=True)

    def among(self, tenant: str, learners: Collection[str]) -> dict[tuple[str, str], tuple[date, datetime, float]]:
        """Return of which day, as of when and how high the live risks of some learners are, by learner and course."""
        table = schema.live_risks
        columns = (table.c.learner, table.c.course, table.c.as_of, table.c.at, table.c.risk)
        asked = select(*columns).where(table.c.tenant == tenant, table.c.learner.in_(sorted(learners)))
        with self.database.reading() as connection:
            return {(row.learner, row.course): (row.as_of, row.at, row.risk) for row in connection.execute(asked)}

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
        opened: list[Alert] = []
        closed: list[Alert] = []
        asked = {"of_tenant": tenant, "learners": listed(learners), "since": closed_since}
        with self.database.reading() as connection:
            for row in connection.execute(self._standing, asked).mappings():
                (opened if row["state"] in OPEN_STATES else closed).append(alert_of(row))
        return opened, closed

    def opened_since(self, tenant: str, since: datetime) -> int:
        """Count the alerts that were opened since an instant, but for those of single events."""
        table = schema.alerts
        here = (table.c.tenant == tenant) & (table.c.opened >= since) & (table.c.trigger != "event")
        with self.database.reading() as connection:
            return int(connection.scalar(select(func.count()).select_from(table).where(here)) or 0)


def _rules(column: pa.ListArray) -> pa.StringArray:
    """Return each row's rules as JSON."""
    return _listed(column.offsets, _quoted(column.values))


def _reasons(column: pa.ListArray) -> pa.StringArray:
    """Return each row's reasons as JSON: of all rows at once, piece by piece."""
    flat = column.values
    pieces: list[Any] = []
    for field in flat.type:
        values = flat.field(field.name)
        told = _quoted(values) if pa.types.is_string(field.type) else pc.fill_null(pc.cast(values, pa.string()), "null")
        pieces += [f'{"," if pieces else "{"}"{field.name}":', told]
    return _listed(column.offsets, pc.binary_join_element_wise(*pieces, "}", ""))


def _listed(offsets: pa.Array, values: pa.StringArray) -> pa.StringArray:
    """Return a JSON list for each stretch of JSON values."""
    joined = pc.binary_join(pa.ListArray.from_arrays(offsets, values), ",")
    return pc.binary_join_element_wise("[", joined, "]", "")


def _quoted(values: pa.StringArray) -> pa.StringArray:
    """Return texts as JSON; there are a few that repeat."""
    coded = values.dictionary_encode()
    told = pa.array([msgspec.json.encode(text).decode() for text in coded.dictionary.to_pylist()], pa.string())
    return told.take(coded.indices)

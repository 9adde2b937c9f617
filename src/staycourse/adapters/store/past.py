"""What became of earlier answers: what the choice between playbooks learns from."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from sqlalchemy import case, func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK
from staycourse.adapters.store.database import Database
from staycourse.care import PlaybookRecord

DAY = timedelta(days=1)
JUDGED = ("churned", "saved", "false_alarm")


class PastBook:
    """Outcomes of answered alerts, and what each learner had lately."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def records(self, tenant: str) -> list[PlaybookRecord]:
        """Return how often each playbook kept learners, by cause and tier; only who was treated and judged counts."""
        table = schema.alerts
        kept = func.sum(case((table.c.outcome != "churned", 1), else_=0))
        asked = (
            select(table.c.playbook, table.c.cause, table.c.tier, kept.label("kept"), func.count().label("judged"))
            .where(
                table.c.tenant == tenant,
                table.c.arm == "treated",
                table.c.outcome.in_(JUDGED),
                table.c.judged_on.is_not(None),
            )  # which has an index that holds all of it
            .group_by(table.c.playbook, table.c.cause, table.c.tier)
        )
        with self.database.reading() as connection:
            return [
                PlaybookRecord(row.playbook, row.cause, row.tier, int(row.kept), int(row.judged))
                for row in connection.execute(asked)
            ]

    def history(self, tenant: str, learners: Iterable[str], now: datetime) -> dict[str, list[tuple[str, float]]]:
        """Return for each of `learners` the playbooks they had and how many days ago they entered them last."""
        table, names = schema.journeys, sorted(set(learners))
        found: dict[str, list[tuple[str, float]]] = {}
        newest = func.max(table.c.entered, type_=schema.Moment())
        with self.database.reading() as connection:
            for start in range(0, len(names), CHUNK):
                asked = (
                    select(table.c.learner, table.c.playbook, newest.label("entered"))
                    .where(
                        table.c.tenant == tenant,
                        table.c.state != "held_out",
                        table.c.learner.in_(names[start : start + CHUNK]),
                    )
                    .group_by(table.c.learner, table.c.playbook)
                )
                for row in connection.execute(asked):
                    found.setdefault(row.learner, []).append((row.playbook, (now - row.entered) / DAY))
        return found

"""What the evidence needs beside the endings: shares drawn, what learners did not want, who still waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import func, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import among, listed


class EvidenceViews:
    """Reads of one store for the evidence; nothing is written here."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def shares(self, tenant: str) -> Mapping[str, Mapping[str, float]]:
        """Return for each playbook and tier the share that was to be held out, on the average of those drawn."""
        table = schema.draws
        asked = select(table.c.playbook, table.c.tier, func.avg(table.c.share)).where(
            table.c.tenant == tenant, table.c.arm.in_(("treated", "held_out"))
        )
        found: dict[str, dict[str, float]] = {}
        for playbook, tier, share in self._rows(asked.group_by(table.c.playbook, table.c.tier)):
            found.setdefault(playbook, {})[tier] = float(share)
        return found

    def unwanted(
        self, tenant: str, complaints: Collection[str], learners: Sequence[str] | None = None
    ) -> Mapping[str, Mapping[str, list[datetime]]]:
        """Return when learners unsubscribed and complained: by name of the guard rail, then by learner.

        `complaints` are the triggers whose alerts tell of a complaint. `learners` asks for these alone.
        """
        said, told = schema.consents, schema.alerts
        refused = select(said.c.learner, said.c.at).where(said.c.tenant == tenant, said.c.granted.is_(False))
        events = select(told.c.learner, told.c.opened, told.c.rules).where(
            told.c.tenant == tenant, told.c.trigger == "event"
        )
        found: dict[str, dict[str, list[datetime]]] = {"unsubscribe": {}, "complaint": {}}
        names = {}
        if learners is not None:
            some, names = among(self.database.dialect, "some"), {"some": listed(learners)}
            refused, events = refused.where(said.c.learner.in_(some)), events.where(told.c.learner.in_(some))
        with self.database.reading() as connection:
            for learner, at in connection.execute(refused, names):
                found["unsubscribe"].setdefault(learner, []).append(at)
            for learner, at, rules in connection.execute(events, names):
                if not set(complaints).isdisjoint(rules):
                    found["complaint"].setdefault(learner, []).append(at)
        return found

    def waiting(self, tenant: str) -> int:
        """Count the alerts that have no ending yet."""
        table = schema.alerts
        return int(self._rows(select(func.count()).where(table.c.tenant == tenant, table.c.outcome == ""))[0][0])

    def alerted(self, tenant: str) -> Mapping[str, int]:
        """Count the learners who had an alert, by its cause."""
        table = schema.alerts
        asked = select(table.c.cause, func.count(table.c.learner.distinct())).where(table.c.tenant == tenant)
        return {str(cause): int(count) for cause, count in self._rows(asked.group_by(table.c.cause))}

    def _rows(self, asked: Any) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.execute(asked))

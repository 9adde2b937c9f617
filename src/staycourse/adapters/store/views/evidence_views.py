"""What the evidence needs beside the endings: shares drawn, what learners did not want, who still waits."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from math import fsum
from typing import Any

from sqlalchemy import ColumnElement, and_, func, literal_column, select

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
        alike = (table.c.playbook, table.c.tier, table.c.share)
        asked = select(*alike, func.count()).where(table.c.tenant == tenant, table.c.arm.in_(("treated", "held_out")))
        found: dict[str, dict[str, list[tuple[float, int]]]] = {}
        for playbook, tier, share, drawn in self._rows(asked.group_by(*alike)):
            found.setdefault(playbook, {}).setdefault(tier, []).append((share, drawn))
        return {
            playbook: {
                tier: fsum(share * drawn for share, drawn in some) / sum(drawn for _, drawn in some)
                for tier, some in by_tier.items()
            }
            for playbook, by_tier in found.items()
        }

    def unwanted(
        self, tenant: str, complaints: Collection[str], learners: Sequence[str]
    ) -> Mapping[str, Mapping[str, list[datetime]]]:
        """Return when `learners` unsubscribed and complained: by name of the guard rail, then by learner.

        `complaints` are the triggers whose alerts tell of a complaint.
        """
        said, told = schema.consents, schema.alerts
        some, names = among(self.database.dialect, "some"), {"some": listed(learners)}
        refused = select(said.c.learner, said.c.at).where(
            said.c.tenant == tenant, said.c.granted.is_(False), said.c.learner.in_(some)
        )
        events = select(told.c.learner, told.c.opened, told.c.rules).where(
            told.c.tenant == tenant, told.c.trigger == "event", told.c.learner.in_(some)
        )
        found: dict[str, dict[str, list[datetime]]] = {"unsubscribe": {}, "complaint": {}}
        with self.database.reading() as connection:
            for learner, at in connection.execute(refused, names):
                found["unsubscribe"].setdefault(learner, []).append(at)
            for learner, at, rules in connection.execute(events, names):
                if not set(complaints).isdisjoint(rules):
                    found["complaint"].setdefault(learner, []).append(at)
        return found

    def sent(self, tenant: str, *, but: Collection[str] = ()) -> bool:
        """Say whether any message has been sent, by another channel than `but`."""
        table = schema.messages
        some = select(table.c.key).where(
            table.c.tenant == tenant, table.c.state == "sent", table.c.channel.not_in(sorted(but))
        )
        return bool(self._rows(some.limit(1)))

    def waiting(self, tenant: str) -> int:
        """Count the alerts that have no ending yet."""
        table = schema.alerts
        return int(self._rows(select(func.count()).where(table.c.tenant == tenant, unjudged()))[0][0])

    def alerted(self, tenant: str) -> Mapping[str, int]:
        """Count the learners who had an alert, by its cause."""
        table = schema.alerts
        asked = select(table.c.cause, func.count(table.c.learner.distinct())).where(table.c.tenant == tenant)
        return {str(cause): int(count) for cause, count in self._rows(asked.group_by(table.c.cause))}

    def _rows(self, asked: Any) -> list[Any]:
        with self.database.reading() as connection:
            return list(connection.execute(asked))


def unjudged() -> ColumnElement[bool]:
    """Return what is true of alerts without an ending, in the words of their index: SQLite counts by it alone."""
    table = schema.alerts
    return and_(table.c.outcome == literal_column("''"), table.c.horizon_days > 0)  # which every horizon is

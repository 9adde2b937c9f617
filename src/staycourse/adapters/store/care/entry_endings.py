"""How entries into playbooks that no alert begins ended, in the store: who waits to be judged, and what was found."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from sqlalchemy import Connection, and_, case, func, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import among, listed
from staycourse.care import Entry, judged_after
from staycourse.policy import Policy
from staycourse.review import EntryCount, EntryEnded, EntryFacts


def entry_row(tenant: str, entry: Entry, arm: str, policy: Policy, now: datetime) -> dict[str, Any]:
    """Return the row of an entry that was drawn for the first time; it waits to be judged."""
    playbook = policy.playbooks[entry.playbook]
    as_of = entry.as_of or now.date()
    return {
        "tenant": tenant, "learner": entry.learner, "playbook": entry.playbook, "tier": entry.tier, "arm": arm,
        "as_of": as_of, "due_on": as_of + timedelta(days=judged_after(playbook, policy)), "judged_by": playbook.judged,
    }  # fmt: skip


class EntryBook:
    """The endings of one store's entries: one of each learner and playbook."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def due(self, tenant: str, until: date, limit: int) -> list[EntryFacts]:
        """Return entries without an ending whose horizon's last day is not after `until`, the oldest first."""
        table = schema.journey_endings
        waiting = and_(table.c.tenant == tenant, table.c.outcome == "", table.c.due_on <= until)
        asked = select(*_FACTS).where(waiting).order_by(table.c.due_on, table.c.playbook, table.c.learner)
        with self.database.reading() as connection:
            return [EntryFacts(*row) for row in connection.execute(asked.limit(limit)).all()]

    def keep(self, tenant: str, ended: Iterable[EntryEnded], now: datetime) -> int:
        """Keep endings; an entry that has one keeps it, and one that is gone (erased) stays gone. Return how many.

        Most of a batch ended alike: one statement writes what they share for all of them.
        """
        alike: dict[tuple[Any, ...], list[str]] = {}
        for one in ended:
            alike.setdefault((one.facts.playbook, *_ending(one)), []).append(one.facts.learner)

        def work(connection: Connection) -> int:
            return sum(_keep(connection, tenant, told, learners, now) for told, learners in alike.items())

        return self.database.write(work) if alike else 0

    def waiting(self, tenant: str) -> int:
        """Count the entries that have no ending yet."""
        table = schema.journey_endings
        asked = select(func.count()).select_from(table).where(table.c.tenant == tenant, table.c.outcome == "")
        with self.database.reading() as connection:
            return int(connection.scalar(asked) or 0)

    def counts(self, tenant: str) -> list[EntryCount]:
        """Count the judged entries of each playbook by what they are judged by, tier, arm and currency."""
        table = schema.journey_endings
        keys = (table.c.playbook, table.c.judged_by, table.c.tier, table.c.arm, table.c.currency)
        asked = (
            select(
                *keys,
                func.count().label("n"),
                _true(table.c.outcome == "kept").label("kept"),
                _true(table.c.unsubscribed).label("unsubscribed"),
                _true(table.c.complained).label("complained"),
                func.sum(table.c.cost_minor).label("cost_minor"),
            )
            .where(table.c.tenant == tenant, table.c.outcome != "")
            .group_by(*keys)
            .order_by(*keys)
        )
        numbers = ("n", "kept", "unsubscribed", "complained", "cost_minor")
        with self.database.reading() as connection:
            rows = connection.execute(asked).mappings()
            return [EntryCount(**{**row, **{name: int(row[name]) for name in numbers}}) for row in rows]

    def endings(self, tenant: str) -> Iterable[EntryEnded]:
        """Yield every ending, oldest entry first; what was seen in the horizon is not kept beside it."""
        table = schema.journey_endings
        judged = and_(table.c.tenant == tenant, table.c.outcome != "")
        asked = select(*_FACTS, table.c.unsubscribed, table.c.complained, table.c.cost_minor, table.c.currency,
                       table.c.outcome, table.c.why, table.c.judged_on).where(judged)  # fmt: skip
        with self.database.reading() as connection:
            for row in connection.execute(asked.order_by(table.c.as_of, table.c.learner, table.c.playbook)).mappings():
                facts = dict(row)
                kept, why, on = facts.pop("outcome") == "kept", facts.pop("why"), facts.pop("judged_on")
                yield EntryEnded(EntryFacts(**facts), kept, why, on)


_FACTS = [
    schema.journey_endings.c[name] for name in ("learner", "playbook", "tier", "arm", "as_of", "due_on", "judged_by")
]
"""In the order of the fields of EntryFacts."""

_ENDING = ("outcome", "why", "judged_on", "unsubscribed", "complained", "cost_minor", "currency")


def _ending(one: EntryEnded) -> tuple[Any, ...]:
    facts = one.facts
    return ("kept" if one.kept else "lost", one.why, one.judged_on, facts.unsubscribed, facts.complained,
            facts.cost_minor, facts.currency)  # fmt: skip


def _keep(connection: Connection, tenant: str, told: tuple[Any, ...], learners: Sequence[str], now: datetime) -> int:
    table, (playbook, *ending) = schema.journey_endings, told
    here = and_(table.c.tenant == tenant, table.c.playbook == playbook, table.c.outcome == "",
                table.c.learner.in_(among(connection.dialect.name, "some")))  # fmt: skip
    fresh = dict(zip(_ENDING, ending, strict=True)) | {"judged": now}
    return connection.execute(update(table).where(here).values(fresh), {"some": listed(learners)}).rowcount


def _true(column: Any) -> Any:
    return func.sum(case((column, 1), else_=0))

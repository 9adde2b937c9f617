"""What learners answered, and which message of ours a mail is about."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, select

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import upsert
from staycourse.kernel import natural_id

MOST_ANSWERS = 2
"""An answer may be changed once."""


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer as it stands: `times` it was given; `fresh` if it was given, or changed, just now."""

    value: int
    times: int
    fresh: bool = False

    @property
    def open(self) -> bool:
        """Whether it may still be changed."""
        return self.times < MOST_ANSWERS


@dataclass(frozen=True, slots=True)
class Addressed:
    """A message that was sent: to whom, over which channel, to which address (its id)."""

    key: str
    learner: str
    channel: str
    address: str


class HeardBook:
    """Answers and messages of one store."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def answer(self, tenant: str, learner: str, key: str, value: int, now: datetime) -> Answer:
        """Keep the answer to the survey in message `key`; changed once, it stays as it is."""

        def work(connection: Connection) -> Answer:
            self.database.alone(connection, "survey", tenant, learner)
            known = _answered(connection, tenant, learner, key)
            if known is not None and (known.value == value or not known.open):
                return known
            given = Answer(value, known.times + 1 if known else 1, fresh=True)
            row = {
                "tenant": tenant, "learner": learner, "fact": _fact(key), "number": float(value),
                "words": str(given.times), "at": now,
            }  # fmt: skip
            upsert(connection, schema.facts, [row])
            return given

        return self.database.write(work)

    def answered(self, tenant: str, learner: str, key: str) -> Answer | None:
        """Return the answer to the survey in message `key`, None before the first."""
        with self.database.reading() as connection:
            return _answered(connection, tenant, learner, key)

    def message(self, tenant: str, key: str, provider_id: str) -> Addressed | None:
        """Return the message of that key, else of that provider's id; None if there is none."""
        table = schema.messages
        for column, wanted in ((table.c.key, key), (table.c.provider_id, provider_id)):
            if wanted:
                with self.database.reading() as connection:
                    asked = select(table.c.key, table.c.learner, table.c.channel, table.c.address)
                    row = connection.execute(asked.where(table.c.tenant == tenant, column == wanted)).first()
                if row is not None:
                    return Addressed(row.key, row.learner, row.channel, row.address)
        return None

    def reached_at(self, tenant: str, kind: str, target: str) -> list[tuple[str, str]]:
        """Return who is reached at an address: (learner, the address's id) of each, in any case of its letters."""
        table = schema.addresses
        with self.database.reading() as connection:
            asked = select(table.c.learner, table.c.address).where(
                table.c.tenant == tenant, table.c.kind == kind, table.c.target.icontains(target, autoescape=True)
            )
            asked = asked.add_columns(table.c.target)
            rows = connection.execute(asked.order_by(table.c.address)).all()
        return [(row.learner, row.address) for row in rows if row.target.casefold() == target.casefold()]


def _answered(connection: Connection, tenant: str, learner: str, key: str) -> Answer | None:
    table = schema.facts
    here = (table.c.tenant == tenant) & (table.c.learner == learner) & (table.c.fact == _fact(key))
    row = connection.execute(select(table.c.number, table.c.words).where(here)).first()
    return Answer(int(row.number), int(row.words)) if row else None


def _fact(key: str) -> str:
    return f"survey:{natural_id(key)}"

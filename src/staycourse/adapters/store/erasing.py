"""One learner in the store: everything that is held of them, and its erasure.

Which tables that concerns is read from the schema itself: a table with a column `learner` holds learners' rows, one
that points at such a row goes with it, and any other stands in WITHOUT_LEARNERS. A test holds all three against the
schema, so that no new table is forgotten.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Table, and_, delete, func, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.task_endings import ERASED, end_tasks
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import insert_new

WITHOUT_LEARNERS = frozenset({
    "tenants", "courses", "imports", "policies", "models", "erasures", "runs", "nodes", "budgets", "templates",
    "cursors", "leases", "channels", "api_keys", "xapi_terms", "xapi_references",
    "xapi_activities", "members", "sign_ins", "tries", "platforms", "contexts", "launches",
    "webhooks", "webhook_kinds", "unmapped_names", "arrivals", "rejections", "trials",
})  # fmt: skip
"""The tables that hold no learner's rows: sums, settings, and what the operator wrote."""

MENTIONING = (
    ("imports", "name"), ("channels", "last_error"), ("unmapped_names", "name"), ("unmapped_names", "reason"),
    ("rejections", "field"), ("rejections", "what"),
)  # fmt: skip
"""Texts of those tables in which a learner may be named all the same: a file's name, a server's complaint, a value
that fits no verb."""

KEPT = frozenset({"audit"})
"""Tables whose rows about the learner stay, without the learner: that something was done must remain provable."""


def learner_tables() -> list[Table]:
    """Return every table that holds learners' rows, by name."""
    return sorted((table for table in schema.metadata.tables.values() if "learner" in table.c), key=lambda t: t.name)


def following_tables() -> list[Table]:
    """Return the tables whose rows go with a learner's row that they point at (ON DELETE CASCADE), by name."""
    owners = set(learner_tables())
    return sorted(
        (
            table
            for table in schema.metadata.tables.values()
            if table not in owners
            and any(key.column.table in owners and key.ondelete == "CASCADE" for key in table.foreign_keys)
        ),
        key=lambda table: table.name,
    )


def mentions(names: Collection[str]) -> Callable[[str], bool]:
    """Return what says whether a text names one of `names`: the whole word or address, in any case."""
    wanted = sorted((name for name in names if name.strip()), key=len, reverse=True)
    if not wanted:
        return lambda _: False
    found = re.compile(rf"(?<![\w@.-])(?:{'|'.join(map(re.escape, wanted))})(?![\w@-])", re.IGNORECASE)
    return lambda text: found.search(text) is not None


@dataclass(frozen=True, slots=True)
class Marks:
    """The salted hashes by which a tenant's erased learners are known again; nothing else is kept of them."""

    salt: str
    every: frozenset[str]

    def of(self, learners: Iterable[str]) -> set[str]:
        """Return those of `learners` who were erased."""
        if not self.every:
            return set()
        return {learner for learner in set(learners) if _mark(learner, self.salt) in self.every}


class LawBook:
    """What the store holds of one learner, and who was erased."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def held(self, tenant: str, learner: str) -> dict[str, list[dict[str, Any]]]:
        """Return every row about `learner`, by table; tables without any are left out."""
        found: dict[str, list[dict[str, Any]]] = {}
        with self.database.reading() as connection:
            for table in learner_tables():
                asked = select(table).where(_here(table, tenant, learner)).order_by(*table.primary_key)
                rows = [_without(row, "tenant", "learner") for row in connection.execute(asked).mappings()]
                if rows:
                    found[table.name] = rows
        return found

    def names(self, tenant: str, learner: str) -> set[str]:
        """Return what names the learner: id, name, addresses, a guardian's too."""
        people, addresses = schema.learners, schema.addresses
        with self.database.reading() as connection:
            columns = (people.c.name, people.c.guardian, people.c.email, people.c.phone)
            known = connection.execute(select(*columns).where(_here(people, tenant, learner))).all()
            targets = connection.execute(select(addresses.c.target).where(_here(addresses, tenant, learner))).all()
        return {learner, *(str(value) for row in (*known, *targets) for value in row if value)}

    def sending(self, tenant: str, learner: str, now: datetime) -> bool:
        """Say whether a worker is sending the learner a message just now."""
        table = schema.messages
        with self.database.reading() as connection:
            claimed = and_(_here(table, tenant, learner), table.c.state == "claimed", table.c.claimed_until > now)
            return connection.execute(select(table.c.key).where(claimed).limit(1)).first() is not None

    def begin(self, tenant: str, learner: str, now: datetime) -> tuple[str, bool]:
        """Note that `learner` is being erased, drop what waits to be sent or done.

        Returns the mark and whether it was there.
        """

        def work(connection: Connection) -> tuple[str, bool]:
            self.database.alone(connection, "erasures", tenant)
            table = schema.erasures
            salt = _salt(connection, tenant) or secrets.token_hex(16)
            mark = _mark(learner, salt)
            row = {"tenant": tenant, "mark": mark, "salt": salt, "asked": now}
            fresh = insert_new(connection, table, [row])
            if not fresh:
                connection.execute(
                    update(table).where(table.c.tenant == tenant, table.c.mark == mark).values(finished=None)
                )
            waiting = and_(_here(schema.messages, tenant, learner), schema.messages.c.state == "pending")
            connection.execute(update(schema.messages).where(waiting).values(state="dropped", reason=ERASED))
            end_tasks(self.database, connection, tenant, schema.tasks.c.learner == learner, ERASED, now)
            return mark, not fresh

        return self.database.write(work)

    def erase(self, tenant: str, learner: str, names: Collection[str]) -> dict[str, int]:
        """Delete every row about `learner` and return how many, by table. The audit's lines stay, without the learner.

        One transaction: wholly, or not at all.
        """

        def work(connection: Connection) -> dict[str, int]:
            gone: dict[str, int] = {}
            for table in learner_tables():
                here = _here(table, tenant, learner)
                change = update(table).values(learner="", details={}) if table.name in KEPT else delete(table)
                gone[table.name] = connection.execute(change.where(here)).rowcount
            _scrub(connection, tenant, names)
            return {name: count for name, count in gone.items() if count}

        return self.database.write(work)

    def finish(self, tenant: str, mark: str, now: datetime) -> None:
        """Note that the erasure is done, and write the tables anew so that no page keeps what was deleted."""
        touched = {table.name for table in (*learner_tables(), *following_tables())} | {name for name, _ in MENTIONING}
        self.database.vacuum(touched)
        table = schema.erasures
        here = and_(table.c.tenant == tenant, table.c.mark == mark)
        self.database.write(lambda connection: connection.execute(update(table).where(here).values(finished=now)))

    def remaining(self, tenant: str, learner: str) -> dict[str, int]:
        """Count the rows about `learner` that are still there, by table."""
        with self.database.reading() as connection:
            counted = {
                table.name: connection.scalar(
                    select(func.count()).select_from(table).where(_here(table, tenant, learner))
                )
                or 0
                for table in learner_tables()
            }
        return {name: count for name, count in counted.items() if count}

    def erased(self, tenant: str, learners: Iterable[str]) -> set[str]:
        """Return those of `learners` who were erased, or are being erased."""
        return self.marks(tenant).of(learners)

    def marks(self, tenant: str) -> Marks:
        """Return the marks of everyone who was erased, or is being erased."""
        table = schema.erasures
        with self.database.reading() as connection:
            rows = connection.execute(select(table.c.mark, table.c.salt).where(table.c.tenant == tenant)).all()
        return Marks(rows[0].salt, frozenset(row.mark for row in rows)) if rows else Marks("", frozenset())

    def withdraw_models(self, tenant: str, now: datetime) -> list[str]:
        """Give up every model that is in use, and return the ids of all that were ever given up."""
        table = schema.models

        def work(connection: Connection) -> list[str]:
            here = table.c.tenant == tenant
            connection.execute(update(table).where(here, table.c.withdrawn.is_(None)).values(withdrawn=now))
            return [row.model for row in connection.execute(select(table.c.model).where(here))]

        return self.database.write(work)

    def coupons(self, tenant: str) -> list[dict[str, Any]]:
        """Return who was given what by which campaign, the newest first."""
        table = schema.coupons
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant).order_by(table.c.given.desc(), table.c.key)
            return [_without(row, "tenant") for row in connection.execute(asked).mappings()]


def _scrub(connection: Connection, tenant: str, names: Collection[str]) -> None:
    """Empty the texts elsewhere that name the learner."""
    named = mentions(names)
    for name, column in MENTIONING:
        table = schema.metadata.tables[name]
        for row in connection.execute(select(table).where(table.c.tenant == tenant)).mappings():
            if named(row[column]):
                here = and_(*(key == row[key.name] for key in table.primary_key))
                connection.execute(update(table).where(here).values({column: ""}))


def _salt(connection: Connection, tenant: str) -> str | None:
    table = schema.erasures
    return connection.scalar(select(table.c.salt).where(table.c.tenant == tenant).limit(1))


def _mark(learner: str, salt: str) -> str:
    """Return the keyed hash by which an erased learner is known again (RFC 7693, keyed; 128 bits)."""
    told = learner.encode("utf-8", "surrogatepass")
    return hashlib.blake2b(told, key=bytes.fromhex(salt), digest_size=16).hexdigest()


def _here(table: Table, tenant: str, learner: str) -> Any:
    return and_(table.c.tenant == tenant, table.c.learner == learner)


def _without(row: Mapping[Any, Any], *names: str) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in names}

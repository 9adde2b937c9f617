"""Who can be reached and how: addresses, consents, and what was sent lately."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, RowMapping, func, or_, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.care import EVERYTHING, Address, Consent, Person, Sent
from staycourse.events import Event, Learner
from staycourse.kernel import natural_id

CHANNEL_NAME = re.compile(r"[a-z][a-z0-9_-]{0,31}")
PURPOSES = ("care", "marketing")
COUNTED_BACK = timedelta(days=9)
"""How far back messages are read for the caps: a week, and a day for the zones."""


class PeopleBook:
    """Addresses and consents of one store's learners."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def put_address(
        self, tenant: str, learner: str, kind: str, target: str, now: datetime, *, guardian: bool = False
    ) -> str:
        """Keep an address and return its id; one that is there already is usable again."""
        row = _address_row(tenant, learner, kind, target, now, guardian)
        fresh = row | {"disabled": None, "reason": ""}
        self.database.write(lambda connection: upsert(connection, schema.addresses, [fresh]))
        return str(row["address"])

    def take_learners(self, tenant: str, learners: Iterable[Learner], now: datetime) -> None:
        """Keep the addresses that learners' attributes name; one that was disabled stays so."""
        rows = [row for learner in learners for row in _addresses_of(tenant, learner, now)]
        self.database.write(lambda connection: insert_new(connection, schema.addresses, rows))

    def disable_address(self, tenant: str, address: str, reason: str, now: datetime) -> None:
        """Never use an address again, until it is given anew."""
        table = schema.addresses

        def work(connection: Connection) -> None:
            here = (table.c.tenant == tenant) & (table.c.address == address) & table.c.disabled.is_(None)
            connection.execute(update(table).where(here).values(disabled=now, reason=reason[:200]))

        self.database.write(work)

    def address(self, tenant: str, address: str) -> Address | None:
        """Return one address, None if there is none."""
        table = schema.addresses
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant, table.c.address == address)
            row = connection.execute(asked).mappings().first()
            return _address(row) if row else None

    def put_consent(
        self,
        tenant: str,
        learner: str,
        channel: str,
        purpose: str,
        granted: bool,
        *,
        source: str,
        said: str,
        at: datetime,
    ) -> None:
        """Write what a learner said into the ledger; `said` names the saying, so that it is kept once."""
        row = {
            "tenant": tenant, "learner": learner, "channel": channel, "purpose": purpose, "granted": granted,
            "at": at, "source": source, "event_id": natural_id(learner, channel, purpose, granted, said),
        }  # fmt: skip
        self.database.write(lambda connection: insert_new(connection, schema.consents, [row]))

    def unsubscribe(self, tenant: str, events: Iterable[Event]) -> None:
        """Write the unsubscriptions that the platform told of into the ledger: of a purpose, of a channel, or of all.

        What names neither a purpose nor a thing that can be a channel's name is taken for all: rather too much.
        """
        for event in events:
            named = event.object if CHANNEL_NAME.fullmatch(event.object) else EVERYTHING
            channel, purpose = (EVERYTHING, named) if named in PURPOSES else (named, EVERYTHING)
            self.put_consent(
                tenant, event.learner, channel, purpose, False, source="event", said=event.event_id, at=event.time
            )

    def person(self, tenant: str, learner: str, now: datetime) -> Person:
        """Return what the guard knows of one learner."""
        with self.database.reading() as connection:
            return persons(connection, tenant, [learner], now)[learner]

    def consents(self, tenant: str, learner: str) -> list[Mapping[str, Any]]:
        """Return the ledger of one learner, oldest first."""
        table = schema.consents
        with self.database.reading() as connection:
            asked = select(table).where(table.c.tenant == tenant, table.c.learner == learner)
            return [dict(row) for row in connection.execute(asked.order_by(table.c.at, table.c.entry)).mappings()]


def persons(connection: Connection, tenant: str, learners: Sequence[str], now: datetime) -> dict[str, Person]:
    """Return what the guard needs to know of `learners`, read in the transaction that will claim."""
    addresses = _grouped(connection, schema.addresses, tenant, learners, schema.addresses.c.address)
    consents = _grouped(connection, schema.consents, tenant, learners, schema.consents.c.entry)
    known = _grouped(connection, schema.learners, tenant, learners, schema.learners.c.learner)
    sent = _sent(connection, tenant, learners, now - COUNTED_BACK)
    return {
        learner: Person(
            learner=learner,
            zone=known[learner][0]["zone"] if learner in known else None,
            birth_year=known[learner][0]["birth_year"] if learner in known else None,
            consent=known[learner][0]["consent"] if learner in known else None,
            addresses=tuple(_address(row) for row in addresses.get(learner, ())),
            consents=tuple(
                Consent(row["channel"], row["purpose"], row["granted"], row["at"]) for row in consents.get(learner, ())
            ),
            sent=tuple(sent.get(learner, ())),
        )
        for learner in learners
    }


def _grouped(
    connection: Connection, table: Any, tenant: str, learners: Sequence[str], order: Any
) -> dict[str, list[RowMapping]]:
    found: dict[str, list[RowMapping]] = {}
    asked = select(table).where(table.c.tenant == tenant, table.c.learner.in_(learners)).order_by(order)
    for row in connection.execute(asked).mappings():
        found.setdefault(row["learner"], []).append(row)
    return found


def _sent(connection: Connection, tenant: str, learners: Sequence[str], since: datetime) -> dict[str, list[Sent]]:
    """Read what was or may have been sent: a claim counts from the moment it is made, whatever became of it, unless
    the provider refused it."""
    table = schema.messages
    when = func.coalesce(table.c.sent, table.c.claimed, type_=schema.Moment())
    asked = select(table.c.learner, when.label("when"), table.c.channel, table.c.purpose).where(
        table.c.tenant == tenant,
        table.c.learner.in_(learners),
        or_(table.c.state != "failed", table.c.reason != "refused"),
        when >= since,
    )
    found: dict[str, list[Sent]] = {}
    for row in connection.execute(asked):
        found.setdefault(row.learner, []).append(Sent(row.when, row.channel, row.purpose))
    return found


def _addresses_of(tenant: str, learner: Learner, now: datetime) -> list[dict[str, Any]]:
    told = (("email", learner.email, False), ("phone", learner.phone, False), ("email", learner.guardian, True))
    return [
        _address_row(tenant, learner.learner, kind, target, now, guardian) for kind, target, guardian in told if target
    ]


def _address_row(tenant: str, learner: str, kind: str, target: str, now: datetime, guardian: bool) -> dict[str, Any]:
    return {
        "tenant": tenant, "address": natural_id(learner, kind, target), "learner": learner, "kind": kind,
        "target": target, "guardian": guardian, "added": now,
    }  # fmt: skip


def _address(row: RowMapping) -> Address:
    return Address(row["address"], row["kind"], row["target"], row["guardian"], row["disabled"] is not None)

"""After a clock that was ahead: what it wrote down is laid where it is true by a right one.

One rule: what was noted later than now is taken to have happened now, and what was to follow it so long after follows
now so long after. Never earlier than it was, so that caps, cool-downs and delays hold at least as long as they should.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from typing import Any, Final

from sqlalchemy import BigInteger, Column, Connection, Table, case, delete, func, or_, select, type_coerce, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.machines import NEWEST, hold_by
from staycourse.adapters.store.database import Database
from staycourse.kernel import microseconds

Instants = Mapping[Table, tuple[str, ...]]

HAPPENED: Final[Instants] = {
    schema.alerts: ("opened", "taken", "closed", "judged"),
    schema.api_keys: ("created", "revoked", "last_used"),
    schema.channels: ("last_sent", "last_failed"),
    schema.contacts: ("last_contact",),
    schema.coupons: ("given",),
    schema.draws: ("drawn",),
    schema.facts: ("at",),
    schema.journeys: ("entered", "left_at"),
    schema.messages: ("created", "claimed", "sent"),
    schema.outward: ("at",),
    schema.sign_ins: ("begun", "seen"),
    schema.tasks: ("created", "claimed", "finished"),
    schema.tellings: ("at", "settled"),
    schema.webhooks: ("created", "stopped", "last_delivered", "last_failed"),
}

SINCE: Final[Mapping[Table, Mapping[str, str]]] = {
    schema.alerts: {"due": "opened"},
    schema.api_keys: {"expires": "created"},
    schema.messages: {"stale": "created", "claimed_until": "claimed"},
    schema.sign_ins: {"until": "begun"},
    schema.tasks: {"due": "created"},
}
"""What lies so long after another instant of its row."""

AT_MOST: Final[Mapping[Table, Mapping[str, timedelta]]] = {
    schema.alerts: {"snoozed_until": timedelta(days=7)},
    schema.api_keys: {"former_until": timedelta(days=90)},
    schema.leases: {"until": timedelta()},
    schema.tellings: {"due": timedelta(), "claimed_until": timedelta(minutes=5)},
    schema.trials: {"until": timedelta(minutes=5)},
    schema.tries: {"until": timedelta()},
    schema.webhooks: {"rests_until": timedelta(), "former_until": timedelta(days=90)},
}
"""What nothing in its row says the beginning of: it is over so long after now."""


def set_clock_right(database: Database, tenant: str, now: datetime, today: date, name: str) -> None:
    """Let the clock `name` hold for `tenant` from `now` on.

    What one that was ahead wrote down is laid where it is true, all in one transaction. Nights of days that are not
    over are forgotten, with what was scored by them: they can be run again when it is time.
    """

    def work(connection: Connection) -> None:
        database.alone(connection, tenant, NEWEST)
        hold_by(connection, tenant, name, now)
        _lay_all(connection, tenant, now, today)

    database.write(work, amply=True)


def lay_right(database: Database, tenant: str, now: datetime, today: date) -> None:
    """Lay all that a clock which was ahead wrote down for `tenant` where it is true at `now`; one transaction."""
    database.write(lambda connection: _lay_all(connection, tenant, now, today), amply=True)


def _lay_all(connection: Connection, tenant: str, now: datetime, today: date) -> None:
    _lay_consents(connection, tenant, now)
    _lay_standing(connection, tenant, now)  # before the journeys: it asks when they were entered
    for table in sorted({*HAPPENED, *SINCE, *AT_MOST}, key=lambda table: table.name):
        _lay(connection, table, tenant, now)
    for made in (schema.runs, schema.candidates):
        connection.execute(delete(made).where(made.c.tenant == tenant, made.c.as_of >= today))
    live = schema.live_risks
    connection.execute(delete(live).where(live.c.tenant == tenant, live.c.as_of > today))


def _lay(connection: Connection, table: Table, tenant: str, now: datetime) -> None:
    fresh: dict[str, Any] = {name: _not_after(table.c[name], now) for name in HAPPENED.get(table, ())}
    fresh |= {name: _anew(table.c[name], table.c[since], now) for name, since in SINCE.get(table, {}).items()}
    fresh |= {name: _not_after(table.c[name], now + most) for name, most in AT_MOST.get(table, {}).items()}
    if table is schema.messages:
        # What the guard held is asked about anew: it holds it again, until it may go by this clock.
        held = (table.c.due > now) & (table.c.reason != "")
        fresh["due"] = case((held, microseconds(now)), else_=_anew(table.c.due, table.c.created, now))
    later = or_(*(table.c[name] > now for name in fresh))
    connection.execute(update(table).where(table.c.tenant == tenant, later).values(fresh))


def _lay_standing(connection: Connection, tenant: str, now: datetime) -> None:
    """Let who waits wait as long as the step says, from now; who came before stays as they are."""
    place, nodes, journeys = schema.standing, schema.nodes, schema.journeys
    delay = select(nodes.c.delay).where(nodes.c.node == place.c.node).scalar_subquery()
    entered = select(type_coerce(journeys.c.entered, BigInteger)).where(journeys.c.journey == place.c.journey)
    came = type_coerce(place.c.due, BigInteger) - func.coalesce(delay, 0)
    since = case((place.c.visit == 0, entered.scalar_subquery()), else_=came)
    here = (place.c.tenant == tenant) & (place.c.due > now) & (since > microseconds(now))
    fresh = type_coerce(place.c.due, BigInteger) - since + microseconds(now)
    connection.execute(update(place).where(here).values(due=fresh))


def _lay_consents(connection: Connection, tenant: str, now: datetime) -> None:
    """Lay each saying just after the newest one before it: the order in which things were said is the ledger's.

    So a yes of then does not outlast a no that was said since.
    """
    table = schema.consents
    asked = select(table.c.entry, table.c.learner).where(table.c.tenant == tenant, table.c.at > now)
    for row in connection.execute(asked.order_by(table.c.entry)).all():
        theirs = (table.c.tenant == tenant) & (table.c.learner == row.learner)
        before = connection.scalar(select(func.max(table.c.at)).where(theirs, table.c.entry < row.entry))
        after = connection.scalar(select(func.min(table.c.at)).where(theirs, table.c.at <= now))
        instant = timedelta(microseconds=1)  # of two at the same one the no counts
        at = min(before + instant, now) if before else after - instant if after else now
        connection.execute(update(table).where(table.c.entry == row.entry).values(at=at))


def _not_after(column: Column[Any], bound: datetime) -> Any:
    return case((column > bound, microseconds(bound)), else_=type_coerce(column, BigInteger))


def _anew(column: Column[Any], since: Column[Any], now: datetime) -> Any:
    """Return the instant as long after now as it was after `since`, where that lies ahead."""
    plain = type_coerce(column, BigInteger)
    return case((since > now, plain - type_coerce(since, BigInteger) + microseconds(now)), else_=plain)

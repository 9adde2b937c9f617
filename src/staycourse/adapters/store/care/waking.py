"""What ends the wait of a journey early: an event, or what an advisor wrote down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.care.admission import CHUNK
from staycourse.adapters.store.statements import statements
from staycourse.kernel import microseconds


def wake_standing(connection: Connection, tenant: str, journeys: Sequence[int], verb: str, now: datetime) -> int:
    """End the waits of `journeys` that await `verb`: they go where the event leads, now; return how many.

    Whoever calls this holds the tenant's journeys.
    """
    place, woken = schema.standing, 0
    for start in range(0, len(journeys), CHUNK):
        for row in connection.execute(_awaiting(tenant, journeys[start : start + CHUNK], verb)).mappings():
            ends = row["node"] is None or row["kind"] == "end"
            fresh = {
                "node": None if ends else row["node"], "visit": place.c.visit + 1,
                "due": now + timedelta(microseconds=row["delay"] or 0), "awaits": row["awaits"] or "",
            }  # fmt: skip
            here = place.c.journey == row["journey"]
            woken += connection.execute(update(place).where(here).values(fresh)).rowcount
    values = {"tenant": tenant, "now": microseconds(now)}
    connection.execute(statements("journeys")["finish"], values)
    connection.execute(statements("journeys")["clear"], {"tenant": tenant})
    return woken


def _awaiting(tenant: str, journeys: Sequence[int], verb: str) -> Any:
    """Select the journeys that wait for `verb`, each with the node the event leads to."""
    place, here, there = schema.standing, schema.nodes.alias("here"), schema.nodes.alias("there")
    return (
        select(place.c.journey, there.c.node, there.c.kind, there.c.delay, there.c.awaits)
        .join_from(place, here, here.c.node == place.c.node)
        .join(there, there.c.node == here.c.event_node, isouter=True)
        .where(place.c.tenant == tenant, place.c.awaits == verb, place.c.journey.in_(journeys))
    )

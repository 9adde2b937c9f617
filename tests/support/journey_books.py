"""Journeys of a tenant whose playbooks are installed, for tests of the store."""

from __future__ import annotations

from datetime import datetime

from staycourse.adapters.store import Database, Store
from staycourse.adapters.store.care import JourneyBook
from staycourse.care import nodes_of
from staycourse.policy import Policy


def installed(database: Database, policy: Policy, now: datetime) -> JourneyBook:
    """Return the journeys of a new tenant `main`, with the playbooks of `policy`."""
    Store(database).ensure_tenant("main", "UTC", now)
    book = JourneyBook(database)
    book.install("main", policy, nodes_of(policy), now)
    return book

"""The pages that the head of every page leads to, in their order."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Entry:
    """One page: what its template calls itself (`here`), its address, the key of its name."""

    here: str
    address: str
    key: str


NAVIGATION = (
    Entry("today", "/", "console.today.title"),
    Entry("alerts", "/alerts", "alerts.title"),
    Entry("desk", "/desk", "advisors.title"),
    Entry("deliveries", "/deliveries", "deliveries.title"),
    Entry("templates", "/templates", "templates.title"),
    Entry("playbooks", "/playbooks", "playbooks.title"),
    Entry("evidence", "/evidence", "evidence.title"),
    Entry("policy", "/policy", "policies.title"),
    Entry("review", "/review", "weekly.title"),
    Entry("churn", "/churn", "console.churn.title"),
    Entry("connections", "/connections", "connections.title"),
)
"""A page that a console does not have (it has no such route) is left out."""


def navigation(paths: Collection[str]) -> tuple[Entry, ...]:
    """Return the entries whose addresses are among the routes' `paths`."""
    return tuple(entry for entry in NAVIGATION if entry.address in paths)

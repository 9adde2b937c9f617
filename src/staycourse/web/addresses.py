"""The addresses of the console's pages."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote, urlencode


def learner_address(learner: str, before: date | None = None) -> str:
    """Return the address of a learner's page, whatever the id is made of."""
    return _of_learner("/learners/", learner, before)


def timeline_address(learner: str, before: date) -> str:
    """Return the address of the part of a learner's timeline that ends before `before`."""
    return _of_learner("/timelines/", learner, before)


def today_address(**asked: str | int) -> str:
    """Return the address of the first page with what is asked; empty texts and page 1 are left out."""
    kept = {name: value for name, value in asked.items() if value not in ("", 1)}
    return "/?" + urlencode(kept) if kept else "/"


def _of_learner(stem: str, learner: str, before: date | None) -> str:
    query = {"before": before.isoformat()} if before else {}
    # Browsers fold the path segments "." and ".." away, even percent-encoded; servers may end a path at a line break.
    if learner in (".", "..") or not learner.isprintable():
        return stem + "?" + urlencode({"id": learner} | query, errors="replace")
    return stem + quote(learner, safe="", errors="replace") + ("?" + urlencode(query) if query else "")

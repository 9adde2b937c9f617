"""Live risks in the store: whole, exact to the bit, and none left of enrolments that are open no more."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any

import pyarrow as pa
import pytest

from staycourse.adapters.store import Database, LiveBook, Store
from staycourse.risk import RISKS_SCHEMA

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
EXACT = (0.1 + 0.2, 1e-300, 5e-324, 1.7976931348623157e308, 12345678.9, 3.0, -1.5e-7)


def risks(*rows: tuple[str, str, list[str], list[dict[str, Any]]]) -> pa.Table:
    """Risks of (learner, course, rules, reasons)."""
    return pa.Table.from_pylist(
        [
            {
                "learner": learner, "course": course, "as_of": NOW.date(), "risk": 0.1 + 0.2, "learner_risk": 0.25,
                "tier": "regular", "value": 0.5, "paid_minor": None, "currency": None, "absent_days": 3,
                "days_in": 30, "cause": "too_hard", "rules": rules, "reasons": reasons, "categories": [],
                "basis": "model", "model": "m", "policy_version": 4,
            }
            for learner, course, rules, reasons in rows
        ],
        schema=RISKS_SCHEMA,
    )  # fmt: skip


def reason(contribution: float, value: float | None, signal: str = "days_absent") -> dict[str, Any]:
    return {"signal": signal, "category": "attendance", "contribution": contribution, "value": value}


@pytest.fixture
def book(database: Database) -> LiveBook:
    for tenant in ("main", "other"):
        Store(database).ensure_tenant(tenant, "UTC", NOW)
    return LiveBook(database)


def test_what_was_kept_is_told_to_the_last_bit(book: LiveBook) -> None:
    reasons = [reason(share, None if number % 2 else share, f'odd "{number}"') for number, share in enumerate(EXACT)]
    book.keep("main", ["anna", "ben"], risks(("anna", "c", ["r1", 'r "2"'], reasons), ("ben", "d", [], [])), NOW)
    (anna,) = book.of("main", "anna")
    assert anna.reasons == tuple(reasons)
    assert (anna.rules, anna.risk, anna.learner_risk) == (("r1", 'r "2"'), 0.1 + 0.2, 0.25)
    assert (anna.course, anna.as_of, anna.at, anna.model) == ("c", date(2026, 3, 2), NOW, "m")
    assert (anna.absent_days, anna.cause, anna.tier, anna.policy_version) == (3, "too_hard", "regular", 4)
    (ben,) = book.of("main", "ben")
    assert (ben.rules, ben.reasons) == ((), ())


def test_of_a_learner_scored_anew_nothing_older_is_left_and_others_stay(book: LiveBook) -> None:
    first = risks(("anna", "c", [], []), ("anna", "d", [], []), ("ben", "c", ["r"], []))
    book.keep("main", ["anna", "ben"], first, NOW)
    book.keep("other", ["anna"], risks(("anna", "c", [], [])), NOW)
    later = NOW + timedelta(seconds=1)
    book.keep("main", ["anna"], risks(("anna", "d", ["r"], [reason(1.0, 2.0)])), later)
    assert [(one.course, one.at, one.rules) for one in book.of("main", "anna")] == [("d", later, ("r",))]
    assert [one.at for one in book.of("main", "ben")] == [NOW]
    assert [one.course for one in book.of("other", "anna")] == ["c"]
    book.keep("main", ["anna"], risks(), later + timedelta(microseconds=1))
    assert book.of("main", "anna") == []
    assert book.drop_before("main", date(2026, 3, 3)) == 1
    assert book.of("main", "ben") == []


def test_a_light_commit_is_followed_by_ones_that_wait_for_the_disk(database: Database) -> None:
    def synchronous(*, lightly: bool) -> str:
        with database.writing(lightly=lightly) as connection:
            if database.dialect == "sqlite":
                return str(connection.exec_driver_sql("PRAGMA synchronous").scalar())
            return {True: "1", False: "2"}[lightly]

    assert [synchronous(lightly=lightly) for lightly in (False, True, True, False, True, False)] == list("211212")

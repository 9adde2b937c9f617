"""What ticks remember: facts as of their own times, one worker at the tail, a cursor that never goes back."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select

from staycourse.adapters.store import Database, Store, schema
from staycourse.adapters.store.care import FactBook

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HALF = timedelta(seconds=30)


@pytest.fixture
def facts(database: Database) -> FactBook:
    Store(database).ensure_tenant("main", "UTC", NOW)
    return FactBook(database)


def number_of(database: Database) -> float | None:
    with database.reading() as connection:
        found: float | None = connection.scalar(select(schema.facts.c.number))
        return found


def test_an_older_fact_does_not_replace_a_newer_one(facts: FactBook, database: Database) -> None:
    facts.happened("main", [("ann", "answer:how", 9, "", NOW), ("ann", "answer:how", 2, "", NOW - HALF)])
    assert number_of(database) == 9
    facts.happened("main", [("ann", "answer:how", 3, "", NOW - HALF)])
    assert number_of(database) == 9
    facts.happened("main", [("ann", "answer:how", 4, "", NOW + HALF)])
    assert number_of(database) == 4


def test_one_worker_at_a_time_until_it_is_done_or_its_time_is_over(facts: FactBook) -> None:
    assert facts.lease("main", "tail", "a", NOW, HALF)
    assert not facts.lease("main", "tail", "b", NOW, HALF)
    assert facts.finish("main", "tail", "a", "1:0:x", NOW)
    assert facts.lease("main", "tail", "b", NOW, HALF)
    assert facts.lease("main", "tail", "c", NOW + HALF, HALF)


def test_the_lease_of_one_that_has_ended_is_free_at_once(facts: FactBook) -> None:
    assert facts.lease("main", "tail", "killed", NOW, HALF)
    assert not facts.lease("main", "tail", "b", NOW, HALF, {"another"}.__contains__)
    assert facts.lease("main", "tail", "b", NOW, HALF, {"killed"}.__contains__)
    assert not facts.finish("main", "tail", "killed", "1:0:x", NOW)
    assert not facts.lease("main", "tail", "c", NOW, HALF, {"killed"}.__contains__), "it is b's now"


def test_a_lease_by_a_clock_that_was_ahead_holds_nobody_up(facts: FactBook) -> None:
    """Its holder may have died on another machine: nobody would go on for as long as the clock was ahead."""
    assert facts.lease("main", "live", "ahead", NOW + timedelta(days=365), HALF)
    assert facts.lease("main", "live", "right", NOW, HALF)
    assert not facts.lease("main", "live", "a little behind", NOW - timedelta(minutes=5), HALF)


def test_who_lost_the_lease_does_not_move_the_cursor_back(facts: FactBook) -> None:
    facts.lease("main", "tail", "slow", NOW, HALF)
    facts.lease("main", "tail", "quick", NOW + HALF, HALF)
    assert facts.finish("main", "tail", "quick", "2:0:x", NOW + HALF)
    assert not facts.finish("main", "tail", "slow", "1:0:x", NOW + HALF)
    assert facts.cursor("main", "tail") == "2:0:x"


def test_who_is_core_changes_with_the_night(facts: FactBook) -> None:
    facts.put_core("main", ["ann", "bob"], NOW)
    facts.put_core("main", ["bob", "cy"], NOW)
    assert facts.tiers("main", ["ann", "bob", "cy", "dan"]) == {
        "ann": "regular", "bob": "core", "cy": "core", "dan": "regular",
    }  # fmt: skip

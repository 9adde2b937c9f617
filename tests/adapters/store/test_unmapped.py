"""What is mapped to nothing, and what came in: counted right, and bounded, on both databases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from staycourse.adapters.store import Database, Store, schema
from staycourse.adapters.store.doors import ArrivalBook, Unmapped, UnmappedBook, hour_of
from staycourse.adapters.store.doors import unmapped as bounds
from staycourse.kernel import natural_id

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)


@pytest.fixture
def book(database: Database, monkeypatch: pytest.MonkeyPatch) -> UnmappedBook:
    for tenant in ("main", "other"):
        Store(database).ensure_tenant(tenant, "UTC", NOW)
    for name, value in (("MOST_OF_A_NAME", 20), ("MOST_KEPT", 50), ("MOST_NAMES", 4), ("TIDIED_EVERY", 5)):
        monkeypatch.setattr(bounds, name, value)
    return UnmappedBook(database)


def message(number: int, name: str = "Badge Earned", reason: str = "", learner: str = "ada") -> Unmapped:
    record = natural_id("segment", number)
    return Unmapped(record, learner, "segment", name, reason, NOW + number * MINUTE, f'{{"n":{number}}}')


def kept(book: UnmappedBook, tenant: str = "main") -> int:
    with book.database.reading() as connection:
        asked = select(func.count()).select_from(schema.unmapped).where(schema.unmapped.c.tenant == tenant)
        return connection.scalar(asked) or 0


def test_of_a_name_the_newest_are_kept_and_all_are_counted(book: UnmappedBook) -> None:
    for start in range(0, 300, 3):
        book.keep("main", [message(number) for number in range(start, start + 3)])
    (row,) = book.names("main")
    assert (row.count, row.first, row.last) == (300, NOW, NOW + 299 * MINUTE)
    assert row.sample == '{"n":299}'
    assert 20 <= row.kept == kept(book) <= 20 + 5 + 3
    assert kept(book, "other") == 0 and book.names("other") == []


def test_a_batch_that_came_at_one_instant_is_bounded_too(book: UnmappedBook) -> None:
    one = message(0)
    many = [Unmapped(natural_id("x", n), *[getattr(one, name) for name in Unmapped.__slots__[1:]]) for n in range(200)]
    book.keep("main", many)
    assert (kept(book), book.names("main")[0].count) == (20, 200)


def test_a_name_that_floods_lets_go_of_its_own(book: UnmappedBook) -> None:
    book.keep("main", [message(1, "Rare")])
    book.keep("main", [message(number) for number in range(2, 202)])
    assert {row.name: (row.count, row.kept) for row in book.names("main")} == {
        "Badge Earned": (200, 20),
        "Rare": (1, 1),
    }


def test_a_tenant_is_bounded_and_so_are_the_names_that_are_told_apart(book: UnmappedBook) -> None:
    for number in range(400):
        book.keep("main", [message(number, f"Name {number % 40}")])
    assert 50 <= kept(book) <= 55
    rows = book.names("main")
    assert sum(row.count for row in rows) == 400
    assert len(rows) == 5 and rows[0].name == "" and rows[0].count == 360, "further names are counted together"


def test_what_comes_twice_counts_once_and_what_became_an_event_counts_no_more(book: UnmappedBook) -> None:
    for _ in range(3):
        book.keep("main", [message(1), message(2), message(3, reason="value: it is no number")])
    assert [(row.reason, row.count) for row in book.names("main")] == [("", 2), ("value: it is no number", 1)]
    book.drop("main", [message(1).record, message(3).record])
    assert [(row.reason, row.count, row.kept) for row in book.names("main")] == [("", 1, 1)]


def test_a_name_that_is_mapped_is_shown_no_more_though_some_of_it_was_let_go(book: UnmappedBook) -> None:
    book.keep("main", [message(number) for number in range(100)])
    records = [one.record for one in book.read("main", ["Badge Earned"])]
    book.drop("main", records)
    assert [row.count for row in book.names("main")] == [80]
    book.settle("main", ["Badge Earned"])
    assert book.names("main") == []


def test_what_came_in_is_counted_by_the_hour_and_the_last_is_remembered(book: UnmappedBook) -> None:
    arrivals = ArrivalBook(book.database)
    for ago, count in ((9 * DAY, 1), (6 * DAY, 10), (23 * HOUR, 100), (timedelta(0), 1_000), (timedelta(0), 1_000)):
        at = NOW - ago
        arrivals.add("main", {("native", hour_of(at)): (count, at)})
    arrivals.add("main", {("lti", hour_of(NOW - 30 * DAY)): (1, NOW - 30 * DAY)})
    found = arrivals.seen("main", NOW)
    assert (found["native"].last, found["native"].day, found["native"].week) == (NOW, 2_100, 2_110)
    assert (found["lti"].last, found["lti"].day, found["lti"].week) == (NOW - 30 * DAY, 0, 0)
    assert arrivals.seen("other", NOW) == {}
    with book.database.reading() as connection:
        assert connection.scalar(
            select(func.min(schema.arrivals.c.hour)).where(schema.arrivals.c.door == "native")
        ) == (hour_of(NOW - 6 * DAY))

"""What the doors did not take, in the store: counted by reason, of its tenant, bounded, and gone after some days."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from staycourse.adapters.store import Database, Store
from staycourse.adapters.store.doors import Reason, RejectionBook, Tally
from staycourse.adapters.store.doors.rejections import KEPT, MOST_REASONS
from staycourse.adapters.store.erasing import LawBook

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
REASON = Reason("native", "k1", "/verb", "there is no verb 'juggled'", "see docs/events.md for the verbs")


def book_of(database: Database) -> RejectionBook:
    for tenant in ("main", "other"):
        Store(database).ensure_tenant(tenant, "UTC", NOW)
    return RejectionBook(database)


def test_a_reason_is_counted_and_said_of_its_own_tenant_alone(database: Database) -> None:
    book = book_of(database)
    book.add("main", {REASON: Tally(3, NOW, 17), REASON._replace(door="caliper"): Tally(1, NOW, -1)})
    book.add("main", {REASON: Tally(2, NOW + timedelta(hours=1), 4)})
    book.add("other", {REASON: Tally(1, NOW, 0)})
    first, second = book.seen("main", NOW + timedelta(hours=2))
    assert (first.count, first.place, first.first, first.last) == (5, 4, NOW, NOW + timedelta(hours=1))
    assert (first.door, first.key, first.field, first.what, first.mend) == REASON
    assert (second.door, second.place) == ("caliper", -1)
    assert book.seen("main", NOW, "caliper") == [second] and book.doors("main", NOW) == {"native": 1, "caliper": 1}
    assert [one.count for one in book.seen("other", NOW)] == [1]


def test_reasons_are_bounded_and_forgotten(database: Database) -> None:
    book = book_of(database)
    many = {REASON._replace(what=f"there is no verb 'v{n}'"): Tally(1, NOW, n) for n in range(MOST_REASONS + 50)}
    book.add("main", many)
    found = book.seen("main", NOW, limit=10_000)
    (further,) = [one for one in found if not one.what]
    assert len(found) == MOST_REASONS + 1 and (further.count, further.door, further.field) == (50, "native", "")
    later = NOW + KEPT + timedelta(seconds=1)
    book.add("main", {REASON: Tally(1, later, 0)})
    assert [one.what for one in book.seen("main", later)] == [REASON.what]
    book.add("other", many)
    assert book.tidy(later) == MOST_REASONS + 1 and book.tidy(later) == 0


def test_a_learner_who_is_named_in_a_reason_is_erased_from_it(database: Database) -> None:
    book = book_of(database)
    book.add("main", {REASON._replace(what="'ann@x.org' is no time"): Tally(1, NOW, 0), REASON: Tally(1, NOW, 0)})
    LawBook(database).erase("main", "ann", {"ann", "ann@x.org"})
    assert sorted(one.what for one in book.seen("main", NOW)) == ["", REASON.what]

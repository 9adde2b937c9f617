"""Which ids are in the store: the same as the store says, whatever happened to its rows meanwhile."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from uuid import UUID

import pytest
from api_site import NOW
from sqlalchemy import insert

from staycourse.adapters.store import Database, open_database, schema
from staycourse.adapters.store.doors import StatementBatch, StatementBook, StatementIds, StatementRow, xapi_ids

SEEN = 100
"""Ids that are asked for at once."""


class Asked(StatementBook):
    """A book that notes how many ids it was asked for."""

    count = 0

    def bodies(self, tenant: str, statements: Sequence[str]) -> dict[str, str]:
        self.count += len(statements)
        return super().bodies(tenant, statements)


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    opened = open_database(tmp_path / "store.db")
    with opened.writing() as connection:
        told = [{"tenant": tenant, "zone": "UTC", "created": NOW} for tenant in ("main", "other")]
        connection.execute(insert(schema.tenants), told)
    yield opened
    opened.close()


@pytest.fixture
def book(database: Database) -> Asked:
    return Asked(database, lambda _: ((), ""))


Named = Callable[[int], list[str]]


@pytest.fixture
def named() -> Named:
    chosen = random.Random(7)
    return lambda count: [str(UUID(int=chosen.getrandbits(128), version=4)) for _ in range(count)]


def write(book: StatementBook, ids: Sequence[str], first: int, tenant: str = "main") -> None:
    rows = [StatementRow(first + 256 * n, one, "ada", f'"{one}"', ()) for n, one in enumerate(ids)]
    book.write(tenant, StatementBatch(statements=rows), NOW)


def learned(database: Database, book: StatementBook) -> StatementIds:
    ids = StatementIds(database, book)
    while ids.learning:
        ids.follow()
    return ids


def test_new_ids_are_not_asked_for_and_those_that_are_there_are_found(
    database: Database, book: Asked, named: Named
) -> None:
    there, fresh = named(3_000), named(SEEN)
    write(book, there[:1_000], 256)
    ids = learned(database, book)
    assert ids.bodies("main", fresh) == {} and book.count < SEEN // 5
    write(book, there[1_000:], 1 << 30)
    ids.follow()
    assert ids.bodies("main", [*fresh, *there]) == {one: f'"{one}"' for one in there}
    book.count = 0
    assert ids.bodies("other", there) == {} and book.count < len(there) // 10, "another tenant's are not theirs"


def test_what_another_process_wrote_just_now_is_found_before_it_is_learned(
    database: Database, book: Asked, named: Named
) -> None:
    ids, there = learned(database, book), named(SEEN)
    write(book, there, 256)
    assert len(ids.bodies("main", there)) == SEEN


@pytest.mark.parametrize("looked", [True, False])
def test_numbers_of_rows_that_are_given_again_hide_no_id(
    database: Database, book: Asked, named: Named, looked: bool
) -> None:
    write(book, named(SEEN), 256)
    ids, again = learned(database, book), named(SEEN + 1)
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM xapi_statements WHERE place > 2560")
    if looked:
        ids.follow()
    write(book, again, 1 << 30)
    for _ in range(3):
        assert len(ids.bodies("main", again)) == SEEN + 1
        ids.follow()
    assert not ids.learning


def test_a_store_written_anew_hides_no_id(database: Database, book: Asked, named: Named) -> None:
    write(book, named(SEEN), 256)
    ids, more = learned(database, book), named(SEEN)
    with database.writing() as connection:
        connection.exec_driver_sql("DELETE FROM xapi_statements WHERE place < 2560")
    database.vacuum(["xapi_statements"])
    write(book, more, 1 << 30)
    for _ in range(3):
        assert len(ids.bodies("main", more)) == SEEN
        ids.follow()


def test_much_is_learned_in_steps_and_too_much_not_at_all(
    database: Database, book: Asked, named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xapi_ids, "STEP", 64)
    there, theirs = named(300), named(300)
    write(book, there, 256)
    write(book, theirs, 1 << 30, "other")
    ids = learned(database, book)
    assert len(ids.bodies("main", there)) == len(ids.bodies("other", theirs)) == 300
    later = named(300)
    write(book, later, 1 << 40)
    for _ in range(5):
        ids.follow()
        assert len(ids.bodies("main", later)) == 300
    monkeypatch.setattr(xapi_ids, "MOST_IDS", 1_000)
    write(book, named(300), 1 << 50)
    for _ in range(5):
        ids.follow()
    assert not ids.learning and len(ids.bodies("main", [*there, *later])) == 600


def test_a_table_that_is_full_is_followed_by_a_larger_one(
    database: Database, book: Asked, named: Named, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(xapi_ids, "_FIRST_WORDS", 16)
    there, fresh = named(1_000), named(SEEN)
    write(book, there, 256)
    ids = learned(database, book)
    book.count = 0
    assert ids.bodies("main", fresh) == {} and book.count < SEEN // 5
    assert len(ids.bodies("main", there)) == 1_000


def test_ids_of_another_form_are_asked_for_each_time(database: Database, book: Asked, named: Named) -> None:
    write(book, ["not a uuid", *named(3)], 256)
    ids = learned(database, book)
    assert ids.bodies("main", ["not a uuid", *named(SEEN)]) == {"not a uuid": '"not a uuid"'}

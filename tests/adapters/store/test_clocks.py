"""What a clock that was ahead wrote down, laid where it is true by a right one: on each database."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from sqlalchemy import insert, select

from staycourse.adapters.store import Database, schema
from staycourse.adapters.store.care import FactBook, PeopleBook, set_clock_right
from staycourse.adapters.store.care.clocks import AT_MOST, HAPPENED, SINCE
from staycourse.adapters.store.schema.base import Moment

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
AHEAD = NOW + timedelta(days=365)
DAY = timedelta(days=1)


def put(database: Database, table: Any, *rows: dict[str, Any]) -> None:
    with database.writing() as connection:
        connection.execute(insert(table), [{"tenant": "main"} | row for row in rows])


def read(database: Database, column: Any, *order: Any) -> list[Any]:
    with database.reading() as connection:
        return list(connection.scalars(select(column).order_by(*order or (column,))))


@pytest.fixture
def store(database: Database) -> Database:
    with database.writing() as connection:
        connection.execute(insert(schema.tenants), [{"tenant": "main", "zone": "UTC", "created": NOW}])
    return database


def message(key: str, created: datetime, due: datetime, **more: Any) -> dict[str, Any]:
    return {
        "key": key, "learner": "anna", "course": "", "journey": None, "node": None, "playbook": "", "purpose": "care",
        "template": "t", "details": {}, "state": "pending", "due": due, "stale": None, "created": created,
        "claimed": None, "claimed_until": None, "sent": None, "reason": "",
    } | more  # fmt: skip


def test_messages_count_from_now_and_those_held_are_asked_about_anew(store: Database) -> None:
    put(
        store, schema.messages,
        message("a", NOW - DAY, NOW + 2 * DAY),  # meant for then by whoever put it there
        message("b", NOW - DAY, AHEAD + DAY, reason="cap_day"),
        message("c", AHEAD, AHEAD + 3 * DAY, stale=AHEAD + 5 * DAY),
        message("d", AHEAD, AHEAD, state="claimed", claimed=AHEAD, claimed_until=AHEAD + timedelta(minutes=10)),
        message("e", NOW - 3 * DAY, NOW - 3 * DAY, state="sent", claimed=AHEAD, sent=AHEAD),
    )  # fmt: skip
    set_clock_right(store, "main", NOW, NOW.date(), "here")
    table = schema.messages
    assert read(store, table.c.due, table.c.key) == [NOW + 2 * DAY, NOW, NOW + 3 * DAY, NOW, NOW - 3 * DAY]
    assert read(store, table.c.stale, table.c.key)[2] == NOW + 5 * DAY
    assert read(store, table.c.claimed_until, table.c.key)[3] == NOW + timedelta(minutes=10)
    assert read(store, table.c.sent, table.c.key)[4] == NOW, "it counts for the caps of today"


def test_a_no_said_since_holds_against_a_yes_that_was_said_when_the_clock_was_ahead(store: Database) -> None:
    people = PeopleBook(store)

    def said(learner: str, granted: bool, at: datetime) -> None:
        people.put_consent("main", learner, "*", "*", granted, source="console", said=f"{granted}{at}", at=at)

    said("anna", True, AHEAD)
    said("anna", False, NOW - timedelta(hours=1))
    said("ben", False, NOW - DAY)
    said("ben", True, AHEAD)
    said("cleo", False, AHEAD)
    set_clock_right(store, "main", NOW, NOW.date(), "here")
    told = {
        name: [entry["granted"] for entry in people.consents("main", name)] for name in ("anna", "ben", "cleo")
    }  # fmt: skip
    assert told == {"anna": [True, False], "ben": [False, True], "cleo": [False]}
    assert max(read(store, schema.consents.c.at)) <= NOW


def test_keys_sessions_leases_and_tries_end_when_they_should(store: Database) -> None:
    put(store, schema.members, {"member": "m", "login": "ann", "role": "owner", "courses": [], "settled": True,
                                "added": NOW})  # fmt: skip
    put(store, schema.sign_ins, {"mark": "x", "member": "m", "courses": {}, "begun": AHEAD, "seen": AHEAD,
                                 "until": AHEAD + timedelta(hours=12)})  # fmt: skip
    put(store, schema.api_keys, {"key": "k", "name": "k", "scopes": [], "hash": "", "events_per_second": 1,
                                 "requests_per_second": 1, "created": AHEAD, "expires": AHEAD + 30 * DAY})  # fmt: skip
    put(store, schema.tries, {"subject": "s", "count": 11, "until": AHEAD})
    put(store, schema.leases, {"name": "live", "holder": "away:1:x", "until": AHEAD})
    set_clock_right(store, "main", NOW, NOW.date(), "here")
    assert read(store, schema.sign_ins.c.until) == [NOW + timedelta(hours=12)]
    assert read(store, schema.api_keys.c.expires) == [NOW + 30 * DAY]
    assert read(store, schema.tries.c.until) == read(store, schema.leases.c.until) == [NOW]


def test_a_clock_that_was_right_is_changed_nothing_by(store: Database) -> None:
    put(store, schema.messages, message("a", NOW - DAY, NOW + 2 * DAY, stale=NOW + 3 * DAY))
    put(store, schema.facts, {"learner": "anna", "fact": "x", "at": NOW - DAY})
    columns = [column for table in HAPPENED for column in table.c if isinstance(column.type, Moment)]
    before = [read(store, column) for column in columns]
    set_clock_right(store, "main", NOW, NOW.date(), "here")
    assert [read(store, column) for column in columns] == before


def test_a_fact_is_known_anew_although_the_clock_was_ahead(store: Database) -> None:
    facts = FactBook(store)
    facts.note("main", [("anna", "event:x", None, "old")], AHEAD)
    set_clock_right(store, "main", NOW, NOW.date(), "here")
    facts.happened("main", [("anna", "event:x", None, "new", NOW + timedelta(minutes=1))])
    assert read(store, schema.facts.c.words) == ["new"]


def test_every_instant_that_ends_something_is_spoken_of() -> None:
    """A new table with a `due` or an `until` has to be placed: else it would wait for a year."""
    spoken = {
        (table.name, name) for places in (HAPPENED, SINCE, AT_MOST) for table, names in places.items() for name in names
    } | {("messages", "due"), ("standing", "due")}
    lasting = {("launches", "until")}  # one that was used is remembered for longer
    ends = ("due", "until", "stale", "expires")
    kept = {
        (table.name, column.name)
        for table in schema.metadata.sorted_tables
        for column in table.columns
        if isinstance(column.type, Moment) and column.name.endswith(ends)
    }
    assert kept - spoken == lasting

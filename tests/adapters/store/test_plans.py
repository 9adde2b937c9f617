"""What the tick and the lists of care ask all day goes by an index, among a million rows too: SQLite's own plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from staycourse.adapters.store import Database, Store, open_database
from staycourse.adapters.store.care import AlertBook, EntryBook, Outbox
from staycourse.adapters.store.past import PastBook
from staycourse.adapters.store.views import AlertViews, DeliveryViews
from staycourse.care import Verdict
from staycourse.desk import AlertFilter, DeliveryFilter
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def database(tmp_path: Any) -> Iterator[Database]:
    found = open_database(tmp_path / "store.db")
    Store(found).ensure_tenant("main", "UTC", NOW)
    yield found
    found.close()


@contextmanager
def plans(database: Database) -> Iterator[list[str]]:
    """Note the plan of every statement that is run meanwhile."""
    found: list[str] = []

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, _context: Any, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE")) and not many:
            own = connection.connection.driver_connection.cursor()
            found.extend(row[3] for row in own.execute(f"EXPLAIN QUERY PLAN {statement}", values))
            own.close()

    event.listen(database._readers, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(database._readers, "before_cursor_execute", explain)


def _claims(database: Database) -> None:
    Outbox(database).claim(
        "main",
        "w",
        load_policy("", signals=SIGNALS_BY_NAME),
        NOW,
        lambda *_: Verdict("send", channel="inbox"),
        limit=100,
        today=NOW.date(),
    )


ASKED: dict[str, tuple[Callable[[Database], object], str]] = {
    "is anything due": (lambda store: Outbox(store).waiting("main", NOW), "messages USING INDEX ix_messages_due"),
    "a claim": (_claims, "messages USING INDEX ix_messages_due"),
    "entries to judge": (
        lambda store: EntryBook(store).due("main", date(2026, 3, 2), 10),
        "journey_endings USING INDEX ix_journey_endings_due",
    ),
}


@pytest.mark.parametrize("what", ASKED)
def test_what_is_asked_all_day_goes_by_its_index(database: Database, what: str) -> None:
    ask, index = ASKED[what]
    with plans(database) as found:
        ask(database)
    assert any(index in line for line in found), found
    assert not any(line.startswith("SCAN ") and "CONSTANT" not in line for line in found), found
    assert not any("TEMP B-TREE" in line for line in found), found


def _alerts(state: str) -> Callable[[Database], object]:
    return lambda store: AlertViews(store).alerts("main", AlertFilter(state, page=3), NOW, {}, ())


def _messages(store: Database) -> object:
    return DeliveryViews(store).messages("main", DeliveryFilter(page=3), NOW, ZoneInfo("UTC"), {})


LISTED: dict[str, tuple[Callable[[Database], object], list[str]]] = {
    "alerts that wait for an answer": (
        _alerts(""),
        ["alerts USING COVERING INDEX ix_alerts_to_answer", "alerts USING COVERING INDEX ix_alerts_told"],
    ),
    "alerts that have ended": (
        _alerts("ended"),
        ["alerts USING COVERING INDEX ix_alerts_ended", "alerts USING COVERING INDEX ix_alerts_told"],
    ),
    "messages": (
        _messages,
        ["messages USING COVERING INDEX ix_messages_newest", "messages USING COVERING INDEX ix_messages_told"],
    ),
}


@pytest.mark.parametrize("what", LISTED)
def test_a_list_is_paged_and_counted_without_reading_its_rows(database: Database, what: str) -> None:
    """What is sorted is at most the page itself, once it is whole."""
    ask, indexes = LISTED[what]
    with plans(database) as found:
        ask(database)
    for index in indexes:
        assert any(index in line for line in found), found
    assert not any(line.startswith("SCAN ") for line in found), found
    assert sum("FOR ORDER BY" in line for line in found) <= 1, found


def test_what_a_tick_asks_of_learners_goes_by_their_own_index(database: Database) -> None:
    alerts = AlertBook(database)
    with plans(database) as found:
        alerts.watched("main", ["ada", "bob"])
        alerts.close_returned("main", {"ada": NOW, "bob": NOW}, NOW)
    own = [plan for plan in found if "alerts" in plan]
    assert own[:2] == ["SEARCH alerts USING INDEX ix_alerts_tenant_learner (tenant=? AND learner=?)"] * 2
    assert not any("ix_alerts_told" in plan for plan in own)


def test_what_has_worked_is_asked_of_judged_alerts_alone(database: Database) -> None:
    with plans(database) as found:
        PastBook(database).records("main")
    assert "ix_alerts_judged" in found[0]

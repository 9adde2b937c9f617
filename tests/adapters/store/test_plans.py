"""What the tick and the lists of care ask all day goes by an index, among a million rows too: SQLite's own plans."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from staycourse.adapters.store import Database, Store, open_database
from staycourse.adapters.store.care import AlertBook, EntryBook, Outbox
from staycourse.adapters.store.care.firsts import settle_drawn, settle_firsts
from staycourse.adapters.store.care.settling import settle_sent, wait_again
from staycourse.adapters.store.past import PastBook
from staycourse.adapters.store.views import AlertViews, DeliveryViews, EndingViews, EvidenceViews, WeeklyViews
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
    "alerts that nobody has taken": (
        _alerts("open"),
        ["alerts USING COVERING INDEX ix_alerts_to_answer", "alerts USING COVERING INDEX ix_alerts_told"],
    ),
    "alerts that are answered": (
        _alerts("answered"),
        ["alerts USING COVERING INDEX ix_alerts_settled", "alerts USING COVERING INDEX ix_alerts_told"],
    ),
    "alerts that are left alone": (
        _alerts("held_out"),
        ["alerts USING COVERING INDEX ix_alerts_settled", "alerts USING COVERING INDEX ix_alerts_told"],
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


COUNTED: dict[str, tuple[Callable[[Database], object], list[str]]] = {
    "how alerts ended": (
        lambda store: EndingViews(store).counts("main"), ["alerts USING COVERING INDEX ix_alerts_counted"],
    ),
    "how a week's alerts ended": (
        lambda store: EndingViews(store).counts("main", first=NOW.date(), last=NOW.date()),
        ["alerts USING COVERING INDEX ix_alerts_counted"],
    ),
    "what had been found of who left": (
        lambda store: EndingViews(store).leavers("main"),
        ["alerts USING INDEX ix_alerts_unjudged",
         "alerts USING COVERING INDEX ix_alerts_recalled (tenant=? AND learner=? AND course=? AND as_of<?)"],
    ),
    "what nobody wanted": (
        lambda store: EndingViews(store).unwanted("main", ["complained"], ZoneInfo("UTC")),
        ["USING INDEX ix_consents_refused", "told USING INDEX ix_alerts_events",
         "alerts USING INDEX ix_alerts_tenant_learner (tenant=? AND learner=?)"],
    ),
    "the shares drawn": (
        lambda store: EvidenceViews(store).shares("main"),
        ["draws USING COVERING INDEX ix_draws_tenant_playbook_tier_share_arm"],
    ),
    "who waits for an ending": (
        lambda store: EvidenceViews(store).waiting("main"), ["alerts USING INDEX ix_alerts_unjudged"],
    ),
    "who had an alert": (
        lambda store: EvidenceViews(store).alerted("main"),
        ["alerts USING COVERING INDEX ix_alerts_tenant_cause_learner"],
    ),
    "what waits past its time in a week": (
        lambda store: WeeklyViews(store).seen("main", NOW.date(), NOW.date(), NOW - timedelta(days=7), NOW),
        ["alerts USING COVERING INDEX ix_alerts_to_answer (tenant=? AND due<?)",
         "alerts USING COVERING INDEX ix_alerts_newest"],
    ),
    "what was done in a week": (
        lambda store: WeeklyViews(store).done("main", NOW - timedelta(days=7), NOW),
        ["journeys USING INDEX ix_journeys_tenant_entered (tenant=? AND entered>? AND entered<?)",
         "messages USING COVERING INDEX ix_messages_told", "messages USING INDEX ix_messages_newest"],
    ),
    "what has worked": (
        lambda store: PastBook(store).records("main"), ["alerts USING COVERING INDEX ix_alerts_counted"],
    ),
}  # fmt: skip


@pytest.mark.parametrize("what", COUNTED)
def test_the_evidence_is_counted_by_indexes_in_their_order(database: Database, what: str) -> None:
    """Of a million alerts none is read itself but those of learners who met what nobody wanted."""
    ask, indexes = COUNTED[what]
    with plans(database) as found:
        ask(database)
    for index in indexes:
        assert any(index in line for line in found), found
    assert not any(line.startswith("SCAN ") and line != "SCAN each" for line in found), found
    if what in ("how alerts ended", "the shares drawn", "what has worked"):
        assert not any("TEMP B-TREE" in line for line in found), found


def test_what_the_evidence_compares_is_settled_by_the_learners_own_index(database: Database) -> None:
    with plans(database) as found, database.reading() as connection:
        settle_firsts(database, connection, "main", ["ada", "bob"])
        settle_drawn(database, connection, "main", ["ada", "bob"])
    own = [plan for plan in found if "alerts" in plan]
    assert own == ["SEARCH alerts USING INDEX ix_alerts_tenant_learner (tenant=? AND learner=?)"] * 2


def test_which_alerts_wait_is_settled_by_what_is_their_learners_own(database: Database) -> None:
    with plans(database) as found, database.writing() as connection:
        settle_sent(connection, "main", [1, 2])
        wait_again(connection, "main", ["a", "b"])
    own = [plan for plan in found if " USING INDEX " in plan]
    assert own == [
        "SEARCH alerts USING INDEX sqlite_autoindex_alerts_1 (tenant=? AND alert=?)",
        "SEARCH messages USING INDEX ix_messages_learner (tenant=? AND learner=?)",
        "SEARCH tasks USING INDEX ix_tasks_tenant_learner (tenant=? AND learner=?)",
        "SEARCH alerts USING INDEX sqlite_autoindex_alerts_1 (tenant=? AND alert=?)",
    ]

"""Who is looked for by a part of the name or id is found alike, few or many, on both databases."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import event

from staycourse.adapters.store import Database, Store, lines
from staycourse.adapters.store.care import AlertBook, Outbox
from staycourse.adapters.store.views import AlertViews, DeliveryViews
from staycourse.care import Alert, AlertPlan
from staycourse.desk import AlertFilter, DeliveryFilter
from staycourse.events import Learner

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TOLD = (("ann", "Ann O'Hara"), ("bo", "100%_Bo"), ("cleo", "Hannah"), ("dan", ""))
UNTOLD = "Anneke"  # of whom there is an alert and a message, and no record


@pytest.fixture
def store(database: Database) -> Database:
    book, day = Store(database), date(2026, 3, 1)
    for tenant in ("main", "other"):
        book.ensure_tenant(tenant, "UTC", NOW)
        book.put_learners(tenant, [Learner(learner=learner, name=name) for learner, name in TOLD])
        made = [
            Alert(
                alert=learner, learner=learner, course="c", cause="too_hard", tier="regular", trigger="risk",
                state="open", risk=0.5, priority=0.5, suggestion="", rules=(), reasons=(), opened=NOW, as_of=day,
                due=NOW + timedelta(hours=place), seen_on=day, policy_version=1, horizon_days=14,
            )
            for place, learner in enumerate([*(learner for learner, _ in TOLD), UNTOLD])
        ]  # fmt: skip
        AlertBook(database).follow(tenant, AlertPlan(opened=tuple(made)), NOW)
        for one in made:
            message = {
                "key": f"own:{one.learner}", "learner": one.learner, "course": "c", "purpose": "care",
                "template": "welcome", "details": {"channels": ["inbox"]}, "due": NOW, "created": one.due,
            }  # fmt: skip
            Outbox(database).put(tenant, message)
    return database


@pytest.mark.parametrize("few", [2_000, 1, 0])
@pytest.mark.parametrize(
    ("text", "found"),
    [("ANN", ["ann", "cleo", UNTOLD]), ("nek", [UNTOLD]), ("%", ["bo"]), ("o'h", ["ann"]), ("nobody", [])],
)
def test_part_of_a_name_or_id_finds_who_has_a_record_and_who_has_none(
    store: Database, monkeypatch: pytest.MonkeyPatch, few: int, text: str, found: list[str]
) -> None:
    monkeypatch.setattr(lines, "FEW", few)
    alerts = AlertViews(store).alerts("main", AlertFilter(search=text), NOW, {}, ())
    assert [line.alert.learner for line in alerts.rows] == found
    sent = DeliveryViews(store).messages("main", DeliveryFilter(learner=text), NOW, ZoneInfo("UTC"), {})
    assert [line.learner for line in sent.rows] == found[::-1]
    assert alerts.found == sent.found == len(found)


def test_rows_of_a_few_are_found_by_the_learners_own_index(store: Database) -> None:
    if store.dialect != "sqlite":
        pytest.skip("SQLite's own plans")
    plans: list[str] = []

    def explain(connection: object, _cursor: object, statement: str, values: object, *_more: object) -> None:
        own = connection.connection.driver_connection.cursor()  # type: ignore[attr-defined]
        plans.extend(row[3] for row in own.execute(f"EXPLAIN QUERY PLAN {statement}", values))

    event.listen(store._readers, "before_cursor_execute", explain)
    DeliveryViews(store).messages("main", DeliveryFilter(learner="ann"), NOW, ZoneInfo("UTC"), {})
    event.remove(store._readers, "before_cursor_execute", explain)
    assert "SEARCH messages USING COVERING INDEX ix_messages_learner (tenant=?)" in plans
    assert any("ix_messages_learner (tenant=? AND learner=?)" in plan for plan in plans), plans
    assert not any(plan.startswith("SCAN messages") for plan in plans), plans

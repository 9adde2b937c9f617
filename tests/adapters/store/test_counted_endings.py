"""Counted in SQL the endings come to what they come to one by one, whatever was judged, answered or erased when."""

from __future__ import annotations

import importlib
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from alembic import command
from alembic.config import Config
from single_endings import GROUPS, seen, tallies
from sqlalchemy import Connection, select, text

from staycourse.adapters.store import Database, LawBook, Store, open_database, schema
from staycourse.adapters.store.address import FileAddress, read_address
from staycourse.adapters.store.care import AlertBook, JourneyBook, JudgingBook, PeopleBook
from staycourse.adapters.store.database import _file_engine, _migrations
from staycourse.adapters.store.server import server_engine
from staycourse.adapters.store.views import EndingViews, EvidenceViews
from staycourse.care import EVERYTHING, Alert, AlertPlan, Draw, Entry, nodes_of
from staycourse.kernel import BadInput
from staycourse.policy import load_policy
from staycourse.review import (
    AlertFacts,
    Ended,
    First,
    Leaver,
    guard_rails,
    seen_of_alerts,
    strata_by_tier,
    tally_endings,
)
from staycourse.signals import SIGNALS_BY_NAME

DAY = date(2026, 1, 5)
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
ZONE = ZoneInfo("Asia/Shanghai")
CAUSES = ("too_hard", "no_time")
RULES = (("absent",), ("absent", "falling"), ("falling", "risk"), ())
ANSWERS = (
    ("", "", "no_playbook"), (EVERYTHING, "held_out", "held_out"), ("help", "treated", ""),
    ("help", "held_out", "held_out"), ("help", "", "busy"), ("help", "exempt", ""), ("camp", "treated", ""),
    ("camp", "", "recent"),
)  # fmt: skip
"""Playbook, arm and why not, as alerts are answered."""
POLICY = load_policy(
    """
[playbooks.help]
title = { en = "Help", zh_CN = "帮助" }
enter = { causes = ["too_hard"] }
steps = [{ id = "hello", do = "send", template = "tutoring_offer" }]
""",
    signals=SIGNALS_BY_NAME,
    version=1,
)


def day(after: int) -> date:
    return DAY + timedelta(days=after)


def an_alert(dice: Random, number: int) -> Alert:
    learner, trigger = f"L{dice.randrange(15)}", dice.choice(("rule", "rule", "event"))
    as_of = day(dice.randrange(25))
    opened = datetime.combine(as_of, time(dice.randrange(24)), UTC)
    return Alert(
        alert=f"{dice.randrange(999):03}-{number}", learner=learner, course=dice.choice("xy"),
        cause=dice.choice(CAUSES), tier=dice.choice(("core", "regular")), trigger=trigger,
        state="open", risk=0.5, priority=0.4, suggestion="", opened=opened, as_of=as_of, due=opened, seen_on=as_of,
        rules=("complained",) if trigger == "event" and dice.random() < 0.5 else dice.choice(RULES), reasons=(),
        policy_version=1, horizon_days=dice.choice((7, 14)),
    )  # fmt: skip


def an_ending(dice: Random, alert: Alert) -> Ended:
    ending = dice.choice(("churned", "churned", "saved", "false_alarm", "not_judged"))
    facts = AlertFacts(
        alert=alert.alert, learner=alert.learner, course=alert.course, as_of=alert.as_of,
        horizon_days=alert.horizon_days, tier=alert.tier, cause=alert.cause,
        channel=dice.choice((None, "email", "sms")), contacted_on=dice.choice((None, alert.as_of)),
        ends_on=dice.choice((None, None, alert.as_of + timedelta(days=dice.randrange(20)))),
        cost_minor=dice.choice((0, 300, 1501)), currency="CNY",
    )  # fmt: skip
    lead = dice.randrange(-3, 9) if ending == "churned" else None
    return Ended(facts, ending, "silent", day(40 + dice.randrange(5)), lead)  # type: ignore[arg-type]


@pytest.fixture(params=range(3))
def lived(database: Database, request: pytest.FixtureRequest) -> Database:
    """Alerts opened, answered, judged, answered again, found again and erased, in no order."""
    dice = Random(request.param)
    for tenant in ("main", "other"):
        Store(database).ensure_tenant(tenant, "Asia/Shanghai", NOW)
        live_through(database, tenant, dice)
    return database


class Life:
    """What may happen to the alerts of one tenant."""

    def __init__(self, database: Database, tenant: str, dice: Random) -> None:
        self.database, self.tenant, self.dice = database, tenant, dice
        self.book, self.judging, self.people = AlertBook(database), JudgingBook(database), PeopleBook(database)
        self.alerts: dict[str, Alert] = {}
        JourneyBook(database).install(tenant, POLICY, nodes_of(POLICY), NOW)

    def some(self, part: int) -> list[str]:
        return self.dice.sample(sorted(self.alerts), len(self.alerts) // part)

    def open_one(self) -> None:
        alert = an_alert(self.dice, len(self.alerts))
        if self.book.follow(self.tenant, AlertPlan(opened=(alert,)), NOW):
            self.alerts[alert.alert] = alert

    def answer(self) -> None:
        self.book.decide(self.tenant, [(name, *self.dice.choice(ANSWERS), "") for name in self.some(4)])

    def judge(self) -> None:
        self.judging.keep(self.tenant, [an_ending(self.dice, self.alerts[name]) for name in self.some(4)], NOW)

    def find_again(self) -> None:
        standing, _ = self.book.standing(self.tenant, NOW)
        seen_again = tuple(self.dice.sample(standing, len(standing) // 2))
        self.book.follow(self.tenant, AlertPlan(seen=seen_again), NOW)

    def close(self) -> None:
        for name in self.some(3):
            with suppress(BadInput):  # which is closed already
                self.book.change(self.tenant, name, "done", "Li", NOW, None)

    def refuse(self) -> None:
        at = datetime.combine(day(self.dice.randrange(40)), time(self.dice.choice((3, 15, 16, 23))), UTC)
        self.people.put_consent(self.tenant, f"L{self.dice.randrange(15)}", "*", "*", self.dice.random() < 0.2,
                                source="test", said=f"{self.dice.random()}", at=at)  # fmt: skip

    def draw(self) -> None:
        arm = self.dice.choice(("treated", "held_out"))
        enter(self.database, self.tenant, f"L{self.dice.randrange(15)}", arm, self.dice)

    def lose(self) -> None:
        self.judging.put_leavers(self.tenant, [
            Leaver(f"L{n}", course, self.dice.choice(("core", "regular")), day(self.dice.randrange(40)))
            for n in range(15) for course in "xy" if self.dice.random() < 0.6
        ])  # fmt: skip

    def erase(self) -> None:
        LawBook(self.database).erase(self.tenant, f"L{self.dice.randrange(15)}", [])


def live_through(database: Database, tenant: str, dice: Random) -> None:
    life = Life(database, tenant, dice)
    steps = [
        *[life.open_one] * 80, *[life.answer] * 12, *[life.judge] * 8, *[life.find_again] * 5, *[life.close] * 14,
        *[life.refuse] * 12, *[life.draw] * 12,
    ]  # fmt: skip
    dice.shuffle(steps)
    for step in [*[life.open_one] * 8, *steps, life.lose, life.erase]:
        step()


def enter(database: Database, tenant: str, learner: str, arm: Any, dice: Random) -> None:
    entry = Entry(learner, "x", "help", f"stage:{dice.random()}", "regular", as_of=DAY)
    JourneyBook(database).enter(tenant, [(entry, Draw(learner, "help", "regular", arm, 0.5))], POLICY, NOW)


def told_leavers(database: Database, tenant: str) -> list[Leaver]:
    """Return those of whom all alerts before are judged."""
    left, alerts = schema.leavers, schema.alerts
    with database.reading() as connection:
        rows = connection.execute(select(left).where(left.c.tenant == tenant)).all()
        waiting = [row.as_of for row in connection.execute(
            select(alerts.c.as_of).where(alerts.c.tenant == tenant, alerts.c.outcome == "")
        )]  # fmt: skip
    first = min(waiting, default=date.max)
    return [Leaver(row.learner, row.course, row.tier, row.left_on) for row in rows if row.left_on <= first]


def test_tallies_are_those_of_the_single_endings(lived: Database) -> None:
    with lived.writing() as connection:  # of whom some left before the first alert that waits
        connection.execute(text("DELETE FROM alerts WHERE outcome = '' AND as_of < '2026-01-25'"))
    for tenant in ("main", "other"):
        ended, leavers = JudgingBook(lived).endings(tenant), told_leavers(lived, tenant)
        views = EndingViews(lived)
        assert len(ended) > 15
        assert len(leavers) > 3
        for by in GROUPS:
            found = tally_endings(views.counts(tenant), by, leavers=views.leavers(tenant))  # type: ignore[arg-type]
            assert found == tallies(ended, by, leavers)
        bounds = {"first": day(41), "last": day(42)}
        week = [one for one in ended if day(41) <= one.judged_on <= day(42)]
        for by in GROUPS:
            assert tally_endings(views.counts(tenant, **bounds), by) == tallies(week, by, [])  # type: ignore[arg-type]
        counts = views.counts(tenant)
        assert min(one.opened for one in counts) == min(one.facts.as_of for one in ended)
        assert max(one.judged for one in counts) == max(one.judged_on for one in ended)


def test_who_is_compared_is_each_learner_once_and_so_are_the_guard_rails(lived: Database) -> None:
    names, rails = ["complained"], ("unsubscribe", "complaint")
    compared = 0
    for tenant in ("main", "other"):
        ended = JudgingBook(lived).endings(tenant)
        when = EvidenceViews(lived).unwanted(tenant, names, [f"L{n}" for n in range(15)])
        views = EndingViews(lived)
        counts, unwanted = views.counts(tenant), views.unwanted(tenant, names, ZONE)
        for playbook in (None, "help", "camp"):
            found = seen_of_alerts(counts, playbook, unwanted)
            single = [one for some in seen(ended, playbook, when, ZONE).values() for one in some]
            compared += len(single)
            assert strata_by_tier(found, 0.2) == strata_by_tier(single, 0.2)
            assert guard_rails(found, rails) == guard_rails(single, rails)
            for what in rails:
                assert strata_by_tier(found, 0.2, what) == strata_by_tier(single, 0.2, what)
    assert compared > 30


def settled(connection: Connection) -> list[Any]:
    table = schema.alerts
    columns = (table.c.tenant, table.c.alert, table.c.evidence_arm, table.c.first_in)
    return list(connection.execute(select(*columns).order_by(table.c.tenant, table.c.alert)).all())


def test_the_migration_settles_what_judging_and_answering_settle(lived: Database) -> None:
    script = importlib.import_module("staycourse.adapters.store.migrations.versions.0013_counted_endings")
    with lived.writing() as connection:
        before = settled(connection)
        connection.execute(text("UPDATE alerts SET evidence_arm = '', first_in = 0"))
        for statement in script.statements(lived.dialect):
            connection.execute(text(statement))
        assert settled(connection) == before
    assert {row.first_in for row in before} == {0, 1, 2, 3}
    assert {row.evidence_arm for row in before} == {"", "treated", "held_out", "global_hold_out", "exempt"}


OLD = """
INSERT INTO alerts (tenant, alert, learner, course, cause, tier, trigger, state, risk, priority, suggestion, rules,
                    reasons, opened, as_of, due, seen_on, arm, playbook, policy_version, horizon_days, outcome,
                    judged_on)
VALUES ('main', :alert, 'ann', 'x', 'too_hard', 'core', 'rule', 'closed', 0.5, 0.5, '', '["absent", "falling"]', '[]',
        0, :as_of, 0, :as_of, 'treated', 'help', 1, 14, :outcome, :judged_on)
"""


def test_a_store_of_before_is_brought_up_with_its_endings(empty_store: Path | str) -> None:
    place = read_address(empty_store)
    engine = _file_engine(place) if isinstance(place, FileAddress) else server_engine(place)
    opened, before = Database(engine, place.shown), Config()
    before.set_main_option("script_location", str(_migrations()))
    with opened.writing() as connection:
        before.attributes["connection"] = connection
        command.upgrade(before, "0012")
        connection.execute(
            text("INSERT INTO tenants (tenant, zone, created) VALUES ('main', 'UTC', :now)"), {"now": NOW}
        )
        for alert, outcome, after in (("b", "churned", 1), ("a", "saved", 0), ("c", "", 2)):
            connection.execute(text(OLD), {
                "alert": alert, "outcome": outcome, "as_of": day(after), "judged_on": day(30) if outcome else None,
            })  # fmt: skip
    opened.close()
    newest = open_database(empty_store)
    with newest.reading() as connection:
        assert [tuple(row)[1:] for row in settled(connection)] == [
            ("a", "treated", 3),
            ("b", "treated", 0),
            ("c", "", 0),
        ]
    assert {(one.first, one.n, one.rules) for one in EndingViews(newest).counts("main")} == {
        (First.OF_ALL | First.OF_PLAYBOOK, 1, ("absent", "falling")), (First.OF_NOTHING, 1, ("absent", "falling")),
    }  # fmt: skip
    newest.close()


@pytest.fixture
def judged(database: Database) -> Alert:
    """An alert that stays open; what it was answered with is put to it by the tests, and then it is judged."""
    Store(database).ensure_tenant("main", "UTC", NOW)
    JourneyBook(database).install("main", POLICY, nodes_of(POLICY), NOW)
    alert = replace(an_alert(Random(1), 1), trigger="rule")
    AlertBook(database).follow("main", AlertPlan(opened=(alert,)), NOW)
    return alert


def answered_and_judged(database: Database, alert: Alert, playbook: str, arm: str, why: str) -> None:
    AlertBook(database).decide("main", [(alert.alert, playbook, arm, why, "")])
    JudgingBook(database).keep("main", [an_ending(Random(1), alert)], NOW)


def arms(database: Database) -> list[str]:
    return [one.arm for one in EndingViews(database).counts("main")]


def test_who_is_drawn_later_changes_arm_in_what_was_judged(database: Database, judged: Alert) -> None:
    """An alert of which nothing was drawn, but that had a playbook, takes the arm of its learner's draw."""
    answered_and_judged(database, judged, "help", "", "busy")
    assert arms(database) == ["treated"]
    enter(database, "main", judged.learner, "held_out", Random(1))
    assert arms(database) == ["held_out"]


def test_what_is_judged_and_then_answered_anew_changes_arm(database: Database, judged: Alert) -> None:
    book = AlertBook(database)
    answered_and_judged(database, judged, "help", "", "busy")
    book.follow("main", AlertPlan(seen=(replace(judged, risk=0.9),)), NOW)
    assert arms(database) == ["exempt"]
    book.decide("main", [(judged.alert, EVERYTHING, "held_out", "held_out", "")])
    assert arms(database) == ["global_hold_out"]
    event = replace(judged, alert="event", trigger="event", event_id="e1")
    book.follow("main", AlertPlan(opened=(event,)), NOW)
    assert arms(database) == ["exempt"]

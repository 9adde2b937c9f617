"""A simulation through the full product: the promises are kept, the truth is exact, the home is marked."""

from __future__ import annotations

from collections import Counter
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from simulated_homes import Simulated
from sqlalchemy import func, select

from staycourse.adapters.store import schema
from staycourse.app.homes import Home
from staycourse.care import EVERYTHING
from staycourse.simulate import MARK, broken_promises

pytestmark = pytest.mark.xdist_group("simulated")  # one process lives through the weeks once


def test_every_promise_was_kept_though_there_was_much_to_say(simulated: Simulated, home: Home) -> None:
    assert simulated.report.broken == ()
    with home.database.reading() as connection:
        reasons = Counter(connection.scalars(select(schema.messages.c.reason)))
        states = Counter(connection.scalars(select(schema.messages.c.state)))
    assert states["sent"] > 150  # it was not by silence
    assert reasons["stale"] + reasons["cap_day"] + reasons["cap_week"] > 50  # the caps stood in the way of many
    assert reasons["no_guardian"] > 0
    assert reasons["no_consent"] > 0


def test_some_learner_was_written_to_as_often_as_the_caps_allow_and_across_a_change_of_clocks(home: Home) -> None:
    messages, people = schema.messages, schema.learners
    with home.database.reading() as connection:
        rows = connection.execute(
            select(messages.c.learner, messages.c.sent, people.c.zone)
            .join_from(messages, people, messages.c.learner == people.c.learner)
            .where(messages.c.sent.is_not(None))
        ).all()
    weeks = Counter((row.learner, row.sent.astimezone(ZoneInfo(row.zone)).isocalendar()[:2]) for row in rows)
    days = Counter((row.learner, row.sent.astimezone(ZoneInfo(row.zone)).date()) for row in rows)
    assert (max(days.values()), max(weeks.values())) == (1, 3)  # the default policy's caps
    offsets: dict[str, set[Any]] = {}
    for row in rows:
        offsets.setdefault(row.zone, set()).add(row.sent.astimezone(ZoneInfo(row.zone)).utcoffset())
    assert len(offsets) >= 10
    assert sum(len(seen) > 1 for seen in offsets.values()) >= 3


def test_the_held_out_got_nothing_and_there_are_some(home: Home) -> None:
    draws, messages, tasks = schema.draws, schema.messages, schema.tasks
    with home.database.reading() as connection:
        out = set(
            connection.scalars(select(draws.c.learner).where(draws.c.arm == "held_out", draws.c.playbook == EVERYTHING))
        )
        written = set(connection.scalars(select(messages.c.learner)))
        called = set(connection.scalars(select(tasks.c.learner)))
    assert out
    assert not out & written
    assert not out & called


def test_who_unsubscribed_was_known_and_not_written_to_again(home: Home) -> None:
    consents, messages = schema.consents, schema.messages
    with home.database.reading() as connection:
        said = {row.learner: row.at for row in connection.execute(select(consents.c.learner, consents.c.at))}
        newest = {
            row.learner: row[1]
            for row in connection.execute(
                select(messages.c.learner, func.max(messages.c.sent, type_=messages.c.sent.type))
                .where(messages.c.sent.is_not(None))
                .group_by(messages.c.learner)
            )
        }
    assert said
    assert all(newest[learner] <= at for learner, at in said.items())


def test_judged_by_the_product_an_untreated_alert_ends_as_the_model_says_it_does(simulated: Simulated) -> None:
    alerts = simulated.truth["alerts"]
    untreated = [one for one in alerts if one["arm"] in ("held_out", "global_hold_out")]
    assert len(untreated) > 5
    assert all(one["stayed"] == one["alone"] and one["effect"] == 0 for one in untreated)
    assert any(one["alone"] for one in alerts)
    assert not all(one["alone"] for one in alerts)


def test_entries_that_no_alert_began_are_judged_and_end_as_the_model_says_they_do(simulated: Simulated) -> None:
    """No answer here drives anybody away, so whoever would have learned by themselves is kept, whatever was sent."""
    entries = simulated.truth["entries"]
    assert {"chatty", "habit", "welcome_back"} <= {one["playbook"] for one in entries}
    assert {one["arm"] for one in entries} == {"treated", "held_out"}
    assert all(one["kept"] for one in entries if one["alone"])
    assert len({(one["learner"], one["playbook"]) for one in entries}) == len(entries)
    assert {"habit", "chatty"} <= {one.playbook for one in simulated.report.playbooks}


def test_the_home_and_every_file_say_that_they_are_simulated(simulated: Simulated, home: Home) -> None:
    with home.database.reading() as connection:
        mark = connection.scalar(select(schema.cursors.c.position).where(schema.cursors.c.name == MARK))
        titles = set(connection.scalars(select(schema.courses.c.title)))
    assert str(mark).startswith("seed 1, day 2015-")
    assert titles
    assert all(title.endswith("(simulated)") for title in titles)
    assert simulated.report.simulated
    assert simulated.truth["simulated"]
    assert simulated.truth["assumptions"]["effects"]["no_time"]["short_pieces"] == 2.2


@pytest.mark.parametrize("promise", ["cap_day", "cap_week", "quiet_hours", "held_out", "unsubscribed", "minor"])
def test_the_checks_see_a_broken_promise(home: Home, promise: str) -> None:
    """Each check is shown a message that should never have gone out, in a transaction that is taken back."""
    policy = home.policy(home.tenant)
    with home.database.writing() as connection:
        _break(connection, home, promise)
        seen = {one.promise for one in broken_promises(_Seen(home, connection), policy)}  # type: ignore[arg-type]
        connection.rollback()
    assert promise in seen


class _Seen:
    """A home as one transaction sees it."""

    def __init__(self, home: Home, connection: Any) -> None:
        self.tenant, self.zone, self.database = home.tenant, home.zone, self
        self._connection = connection

    def reading(self) -> _Seen:
        return self

    def __enter__(self) -> Any:
        return self._connection

    def __exit__(self, *_: object) -> None:
        return None


def _break(connection: Any, home: Home, promise: str) -> None:
    messages, draws, consents, people = schema.messages, schema.draws, schema.consents, schema.learners
    sent = connection.execute(select(messages).where(messages.c.sent.is_not(None)).limit(1)).mappings().first()
    if promise == "held_out":
        out = select(draws).where(draws.c.arm == "held_out", draws.c.playbook == EVERYTHING).limit(1)
        row = connection.execute(out).mappings().first()
        _insert(connection, sent, row["learner"], [row["drawn"] + timedelta(days=1)])
    elif promise == "unsubscribed":
        row = connection.execute(select(consents).limit(1)).mappings().first()
        _insert(connection, sent, row["learner"], [row["at"] + timedelta(minutes=1)])
    elif promise == "minor":
        young = connection.scalar(select(people.c.learner).where(people.c.birth_year > 2000).limit(1))
        _insert(connection, sent, young, [sent["sent"]])
    elif promise == "quiet_hours":
        zone = connection.scalar(select(people.c.zone).where(people.c.learner == sent["learner"]))
        night = sent["sent"].astimezone(ZoneInfo(zone)).replace(hour=23)
        _insert(connection, sent, sent["learner"], [night])
    else:
        step = timedelta(minutes=1) if promise == "cap_day" else timedelta(hours=17)
        _insert(connection, sent, sent["learner"], [sent["sent"] + number * step for number in range(1, 12)])


def _insert(connection: Any, like: Any, learner: str, times: list[datetime]) -> None:
    rows = [
        {**like, "key": f"broken:{number}", "learner": learner, "sent": at, "created": at, "address": "nobody"}
        for number, at in enumerate(times)
    ]
    connection.execute(schema.messages.insert(), rows)

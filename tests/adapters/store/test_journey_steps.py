"""A release that changes what ships: who enters from then on takes the new steps; who is under way keeps theirs."""

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import func, select

from staycourse.adapters.store import Database, Store, schema
from staycourse.adapters.store.care import JourneyBook, TaskBook
from staycourse.care import Draw, Entry, nodes_of
from staycourse.policy import Policy, load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
RELEASE = """
[playbooks.help]
title = {{ en = "Help", zh_CN = "帮助" }}
enter = {{ causes = ["too_hard"] }}
steps = [
  {{ id = "pause", do = "wait", days = {days} }},
  {{ id = "call", do = "task", script = "{script}", minutes = 15, within_hours = 48 }},
]
"""


def shipped(days: int, script: str, version: int = 0) -> Policy:
    """Return the default policy of a release: the same version whatever it says."""
    return load_policy(RELEASE.format(days=days, script=script), signals=SIGNALS_BY_NAME, version=version)


OLD, NEW = shipped(3, "too_hard"), shipped(1, "price")


@pytest.fixture
def journeys(database: Database) -> JourneyBook:
    Store(database).ensure_tenant("main", "UTC", NOW)
    return JourneyBook(database)


def install(journeys: JourneyBook, policy: Policy) -> None:
    journeys.install("main", policy, nodes_of(policy), NOW)


def begin(journeys: JourneyBook, policy: Policy, learner: str) -> None:
    entry = Entry(learner, "c", "help", "alert:1", "regular", "a", "too_hard")
    (admitted,) = journeys.enter("main", [(entry, Draw(learner, "help", "regular", "treated", 0.1))], policy, NOW)
    assert admitted.state == "active"


def handed(journeys: JourneyBook, database: Database, day: int) -> dict[str, str]:
    """Let a day pass; return each learner's script who was handed to a person by then."""
    journeys.advance("main", NOW + timedelta(days=day))
    return {task["learner"]: task["script"] for task in TaskBook(database).queue("main", ("asked",))}


@pytest.mark.parametrize("version", [0, 4], ids=["the default", "a version that leaves steps to the default"])
def test_a_release_renews_the_steps_for_who_enters_from_then_on(
    journeys: JourneyBook, database: Database, version: int
) -> None:
    old, new = shipped(3, "too_hard", version), shipped(1, "price", version)
    install(journeys, old)
    begin(journeys, old, "before")
    install(journeys, new)
    begin(journeys, new, "after")
    assert handed(journeys, database, 1) == {"after": "price"}
    assert handed(journeys, database, 3) == {"after": "price", "before": "too_hard"}


def test_two_releases_side_by_side_do_not_fight_over_the_steps(journeys: JourneyBook, database: Database) -> None:
    for policy in (OLD, NEW, OLD, NEW):
        install(journeys, policy)
    begin(journeys, OLD, "old")
    begin(journeys, NEW, "new")
    assert handed(journeys, database, 1) == {"new": "price"}
    with database.reading() as connection:
        steps = select(func.count()).where(schema.nodes.c.playbook == "help")
        assert connection.scalar(steps) == 4


def test_a_release_without_a_playbook_ends_its_journeys(journeys: JourneyBook) -> None:
    install(journeys, OLD)
    begin(journeys, OLD, "a")
    install(journeys, NEW)
    assert len(journeys.active("main", ["a"])) == 1
    install(
        journeys, load_policy(RELEASE.format(days=3, script="price") + "enabled = false\n", signals=SIGNALS_BY_NAME)
    )
    assert journeys.counts("main") == [("help", "left", 1)]

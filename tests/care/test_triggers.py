"""Which events alert at once, by when somebody answers, and who is never held out."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import msgspec
import pytest
from guarded import default_policy

from staycourse.care.triggers import exempt, exempt_event, triggered
from staycourse.events import TEXT_VERBS, Event
from staycourse.policy import Policy

NOW = datetime(2026, 3, 10, 20, 0, 1, tzinfo=UTC)
POLICY = default_policy()


def event(verb: str, event_id: str = "e1", **more: Any) -> Event:
    known: dict[str, Any] = {"learner": "ann", "course": "c", "time": datetime(2026, 3, 10, 20, tzinfo=UTC)}
    return Event(event_id=event_id, verb=verb, **(known | more))


@pytest.mark.parametrize(
    ("happened", "feeling", "cause"),
    [
        (event("refund_asked"), None, "price"),
        (event("complained"), 2, "unhappy"),
        (event("rated", value=299), None, "unhappy"),
        (event("rated", value=300), None, None),
        (event("rated"), 0, None),
        (event("rated", value=500), -1, "unhappy"),
        (event("posted"), -1, "unhappy"),
        (event("posted"), 0, None),
        (event("posted"), None, None),
        (event("commented"), 0, None),
        (event("live_asked"), -1, "unhappy"),
        (event("refund_asked", backfill=True), None, None),
    ],
)
def test_events_alert_as_the_policy_says(happened: Event, feeling: int | None, cause: str | None) -> None:
    assert [one.cause for one in triggered([(happened, feeling)], POLICY, {}, now=NOW)] == ([cause] if cause else [])


@pytest.mark.parametrize("verb", TEXT_VERBS)
def test_negative_words_alert_within_seconds_wherever_they_are_written(verb: str) -> None:
    value = 500 if verb == "rated" else None
    assert triggered([(event(verb, value=value), -1)], POLICY, {}, now=NOW), verb


def test_a_trigger_acts_on_one_event_and_on_several() -> None:
    policy = with_trigger(verb="posted", verbs=("commented", "posted"), below=None)
    assert policy.triggers["low_rating"].heard == ("posted", "commented")
    told = [(event(verb, verb, learner=verb), None) for verb in ("posted", "commented", "rated")]
    assert sorted(one.learner for one in triggered(told, policy, {}, now=NOW)) == ["commented", "posted"]


def with_trigger(**changed: Any) -> Policy:
    trigger = msgspec.structs.replace(POLICY.triggers["low_rating"], **changed)
    return msgspec.structs.replace(POLICY, triggers={"low_rating": trigger})


def test_above_and_below_bound_the_value_together() -> None:
    policy = with_trigger(below=400, above=200)
    rated = [(event("rated", f"e{value}", learner=str(value), value=value), None) for value in (200, 201, 399, 400)]
    assert sorted(one.learner for one in triggered(rated, policy, {}, now=NOW)) == ["201", "399"]


def test_the_alert_says_who_what_and_by_when() -> None:
    [alert] = triggered([(event("complained"), None)], POLICY, {"ann": "core"}, now=NOW, zone=ZoneInfo("Asia/Tokyo"))
    assert (alert.learner, alert.course, alert.tier, alert.trigger, alert.state) == (
        "ann",
        "c",
        "core",
        "event",
        "open",
    )
    assert (alert.event_id, alert.rules, alert.suggestion) == ("e1", ("complained",), "person_answers")
    assert (alert.opened, alert.as_of, alert.seen_on) == (NOW, date(2026, 3, 11), date(2026, 3, 11))
    assert alert.due - NOW == timedelta(hours=4)
    [again] = triggered([(event("complained"), None)], POLICY, {}, now=NOW + timedelta(days=1))
    assert again.alert == alert.alert, "the same event, the same alert"


def test_a_triggers_own_hours_come_before_the_tiers() -> None:
    policy = with_trigger(due_hours=1)
    [alert] = triggered([(event("rated", value=100), None)], policy, {}, now=NOW)
    assert alert.due - NOW == timedelta(hours=1)


def test_several_words_about_one_cause_make_one_alert_that_names_the_most_urgent() -> None:
    words = [(event("rated", "e1", value=100), None), (event("complained", "e2"), None), (event("posted", "e3"), -2)]
    for order in (words, words[::-1]):
        [alert] = triggered(order, POLICY, {"ann": "core"}, now=NOW)
        assert (alert.event_id, alert.rules) == ("e2", ("complained", "low_rating", "negative_post"))
    both = triggered([*words, (event("refund_asked", "e4"), None)], POLICY, {}, now=NOW)
    assert sorted(one.cause for one in both) == ["price", "unhappy"]


@pytest.mark.parametrize(
    ("verb", "tier", "never"),
    [
        ("refund_asked", "core", True),
        ("refund_asked", "regular", True),
        ("complained", "core", True),
        ("complained", "regular", False),
        ("rated", "core", False),
    ],
)
def test_core_complaints_and_refund_enquiries_are_never_held_out(verb: str, tier: str, never: bool) -> None:
    happened = event(verb, value=100)
    [alert] = triggered([(happened, None)], POLICY, {"ann": tier}, now=NOW)
    assert exempt(alert, POLICY) is never
    assert exempt_event(happened, tier, POLICY) is never
    assert not exempt_event(msgspec.structs.replace(happened, backfill=True), tier, POLICY)


def test_what_only_the_night_heard_is_never_held_out_either() -> None:
    [alert] = triggered([(event("rated", value=100), None)], POLICY, {"ann": "core"}, now=NOW)
    night = replace(alert, trigger="rule", rules=("absent", "complained"))
    assert exempt(night, POLICY)
    assert not exempt(replace(night, rules=("absent",)), POLICY)
    assert exempt(replace(night, rules=("my_own_rule",), trigger="immediate"), POLICY)
    assert not exempt(replace(night, rules=("my_own_rule",), trigger="immediate", cause="alone"), POLICY)

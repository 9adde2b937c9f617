"""What events mean for journeys under way: leave, wake, remember; the same events again mean nothing more."""

from datetime import UTC, datetime, timedelta

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.care import Underfoot, heed, heeded_verbs, plain_verbs, that_matter
from staycourse.events import Event
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)
POLICY = load_policy("", signals=SIGNALS_BY_NAME)


def on(playbook: str, awaits: str = "", *, since: datetime = NOW) -> Underfoot:
    return Underfoot(1, "ann", playbook, awaits, NOW, since)


def event(verb: str, at: datetime = NOW + HOUR, **more: object) -> Event:
    return Event(event_id="e", learner="ann", verb=verb, time=at, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("verb", "playbook", "reason"),
    [
        ("lesson_completed", "tutoring", "return"), ("contact_replied", "tutoring", "reply"),
        ("unsubscribed", "person_answers", "unsubscribe"), ("lesson_completed", "welcome", "goal"),
        ("unsubscribed", "removed_since", "gone"), ("lesson_completed", "person_answers", None),
    ],
)  # fmt: skip
def test_a_journey_is_left_for_what_its_playbook_names(verb: str, playbook: str, reason: str | None) -> None:
    assert heed([event(verb)], [on(playbook)], POLICY).leaves == ({reason: {1}} if reason else {})


def test_what_happened_before_the_journey_means_nothing_to_it() -> None:
    found = heed([event("lesson_completed", NOW)], [on("tutoring")], POLICY)
    assert not found.leaves
    assert not found.wakes


def test_who_unsubscribes_at_the_instant_of_the_beginning_leaves_all_the_same() -> None:
    assert heed([event("unsubscribed", NOW)], [on("welcome")], POLICY).leaves == {"unsubscribe": {1}}
    assert not heed([event("unsubscribed", NOW - HOUR)], [on("welcome")], POLICY).leaves


def test_a_wait_ends_by_what_happens_after_it_began_and_not_by_the_same_again() -> None:
    waits = on("fitting_package", "renewed", since=NOW + HOUR)
    assert not heed([event("renewed", NOW + HOUR)], [waits], POLICY).wakes
    assert heed([event("renewed", NOW + 2 * HOUR)], [waits], POLICY).wakes == {"renewed": {1}}


def test_who_leaves_is_not_woken() -> None:
    found = heed([event("lesson_completed")], [on("onboarding", "return")], POLICY)
    assert found.leaves == {"return": {1}}
    assert not found.wakes


def test_answers_and_payments_are_remembered_as_of_their_own_time() -> None:
    paid = event("paid", attributes={"until": "2026-04-01T00:00"})
    odd = event("paid", attributes={"until": "for ever"})
    found = heed([event("survey_answered", object="how", value=7), paid, odd], [], POLICY)
    assert [(fact, number, at) for _, fact, number, _, at in found.facts] == [
        ("answer:how", 7, NOW + HOUR), ("attribute:paid_until", 739707.0, NOW + HOUR),
    ]  # fmt: skip


def test_every_verb_that_means_something_is_heeded() -> None:
    verbs = heeded_verbs(POLICY)
    assert {"refund_asked", "enrolled", "renewed", "unsubscribed", "survey_answered", "lesson_completed"} <= verbs
    assert not {"", "return"} & verbs


NAMES, HEARD = ("anna", "ben", "cy"), ("content_viewed", "lesson_completed", "contact_replied", "complained", "paid")


@given(
    st.lists(st.tuples(st.sampled_from(NAMES), st.sampled_from(HEARD), st.integers(0, 5)), max_size=12),
    st.sets(st.sampled_from(NAMES)),
    st.sets(st.sampled_from(NAMES)),
)
def test_what_is_dropped_before_it_is_heeded_would_have_done_nothing(
    happened: list[tuple[str, str, int]], travelling: set[str], alerted: set[str]
) -> None:
    events = [
        Event(event_id=str(place), learner=learner, verb=verb, time=NOW + timedelta(hours=hour))
        for place, (learner, verb, hour) in enumerate(happened)
    ]
    table = pa.table({
        "learner": pa.array([event.learner for event in events], pa.string()),
        "verb": pa.array([event.verb for event in events], pa.string()),
        "time": pa.array([event.time for event in events], pa.timestamp("us", "UTC")),
        "place": pa.array(range(len(events)), pa.int64()),
    })  # fmt: skip
    kept = that_matter(table, plain_verbs(POLICY), lambda _: (travelling, alerted))
    left = [events[place] for place in kept["place"].to_pylist()]
    journeys = [
        Underfoot(number, learner, "tutoring", "", NOW + timedelta(hours=1), NOW + timedelta(hours=1))
        for number, learner in enumerate(sorted(travelling))
    ]
    whole, part = heed(events, journeys, POLICY), heed(left, journeys, POLICY)
    assert (part.leaves, part.wakes, part.facts) == (whole.leaves, whole.wakes, whole.facts)
    assert {name: at for name, at in part.returned.items() if name in alerted} == {
        name: at for name, at in whole.returned.items() if name in alerted
    }
    telling = [event for event in events if event.verb in ("complained", "paid")]
    assert [event for event in left if event in telling] == telling

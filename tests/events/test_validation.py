"""The vocabulary and its validation: useful errors that name the field, nothing hostile gets through."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.events import COUNTERS, FAMILIES, VERBS, VERBS_BY_NAME, Event, event_of
from staycourse.kernel import BadEvent

NOW = datetime(2024, 6, 1, tzinfo=UTC)
GOOD: dict[str, Any] = {
    "event_id": "e1", "learner": "l1", "course": "c1", "verb": "video_watched", "object": "v1", "value": 60,
    "time": "2024-05-31T10:00:00+08:00",
}  # fmt: skip


def test_a_good_event_is_kept_in_utc_terms() -> None:
    event = event_of(GOOD, NOW)
    assert event.time == datetime(2024, 5, 31, 2, tzinfo=UTC) and event.value == 60


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"verb": "flew"}, "verb"),
        ({"verb": ""}, "verb"),
        ({"course": ""}, "course"),
        ({"value": None}, "value"),
        ({"value": -1}, "value"),
        ({"value": 86_401}, "value"),
        ({"value": 1.5}, "value"),
        ({"value": "60"}, "value"),
        ({"value": 2**70}, "value"),
        ({"verb": "logged_in"}, "value"),
        ({"event_id": ""}, "event_id"),
        ({"learner": "x" * 10_000}, "learner"),
        ({"learner": 5}, "learner"),
        ({"learner": " "}, "learner"),
        ({"learner": "\u3000"}, "learner"),
        ({"learner": "ann\x00"}, "learner"),
        ({"event_id": "\t"}, "event_id"),
        ({"course": "c\x001"}, "course"),
        ({"object": "\n"}, "object"),
        ({"time": "2024-05-31T10:00:00"}, "time"),
        ({"time": "yesterday"}, "time"),
        ({"time": "2024-06-01T00:11:00Z"}, "time"),
        ({"time": "1970-01-20T00:00:00Z"}, "time"),
        ({"attributes": {"text": "x" * 10_001}}, "attributes"),
        ({"attributes": {"a": 1}}, "attributes"),
        ({"attributes": {str(number): "" for number in range(51)}}, "attributes"),
        ({"unheard": 1}, "unheard"),
    ],
)
def test_a_bad_event_names_its_field(change: dict[str, Any], field: str) -> None:
    with pytest.raises(BadEvent) as caught:
        event_of(GOOD | change, NOW)
    assert field in f"{caught.value.where} {caught.value.what}"


@pytest.mark.parametrize("missing", ["event_id", "learner", "verb", "time"])
def test_a_missing_field_is_named(missing: str) -> None:
    with pytest.raises(BadEvent, match=missing):
        event_of({name: value for name, value in GOOD.items() if name != missing}, NOW)


def test_senders_clocks_may_run_a_little_ahead() -> None:
    ahead = (NOW + timedelta(minutes=9)).isoformat()
    assert event_of(GOOD | {"time": ahead}, NOW).time > NOW


def test_texts_are_read_as_numbers_only_where_asked() -> None:
    assert event_of(GOOD | {"value": "60"}, NOW, texts=True).value == 60


PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.datetimes() | st.binary(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)


@given(st.dictionaries(st.sampled_from([*Event.__struct_fields__, "x"]), PLAIN), st.booleans())
def test_no_input_gets_past_as_another_error(fields: dict[str, Any], texts: bool) -> None:
    try:
        event_of(GOOD | fields, NOW, texts=texts)
    except BadEvent as error:
        assert "\n" not in str(error)


def test_events_survive_the_round_trip_to_json() -> None:
    event = event_of(GOOD | {"attributes": {"text": "你好\x00"}}, NOW)
    assert msgspec.json.decode(msgspec.json.encode(event), type=Event) == event


def test_the_vocabulary_is_sound() -> None:
    assert len(VERBS_BY_NAME) == len(VERBS) and {verb.family for verb in VERBS} == set(FAMILIES)
    for verb in VERBS:
        assert verb.unit or not verb.needs_value, verb.name
        assert verb.presence or not verb.learning, verb.name


def test_every_counter_counts_verbs_that_exist_and_sums_only_values() -> None:
    assert len({counter.name for counter in COUNTERS}) == len(COUNTERS)
    for counter in COUNTERS:
        for name in counter.verbs:
            assert name in VERBS_BY_NAME, (counter.name, name)
            if counter.measure == "sum" or counter.value_from is not None or counter.value_below is not None:
                assert VERBS_BY_NAME[name].unit, (counter.name, name)


def test_the_vocabulary_covers_every_indicator_of_the_domain() -> None:
    """Each line of the indicator table has a counter that it can be measured by."""
    counted = {counter.name for counter in COUNTERS}
    needed = {
        "logins", "presence", "lessons_completed", "assignments_due", "assignments_submitted", "quizzes_passed",
        "quizzes_failed", "interactions", "renewal_enquiries", "refund_enquiries", "refund_policy_views", "coupons",
        "ratings", "low_ratings", "negative_texts", "complaints", "quality_samples", "freeze_sum", "round_trip_sum",
        "loss_sum", "rejoins",
    }  # fmt: skip
    assert needed <= counted

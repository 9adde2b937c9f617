"""What is written down is read back, whatever it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycourse.adapters.segments import decode_events, encode_events
from staycourse.events import Event
from staycourse.kernel import BadEvent

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
texts = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=12)
zones = st.sampled_from(
    [UTC, timezone(timedelta(hours=5, minutes=30)), ZoneInfo("Europe/London"), ZoneInfo("Asia/Shanghai")]
)
instants = st.datetimes(datetime(1970, 1, 2), datetime(2199, 12, 30), timezones=zones)
events = st.builds(
    Event,
    event_id=texts.filter(bool),
    learner=texts.filter(bool),
    verb=texts,
    time=instants,
    course=texts,
    object=texts,
    value=st.none() | st.integers(-(2**53), 2**53),
    received=st.none() | instants,
    source=texts,
    attributes=st.dictionaries(texts, texts, max_size=2),
    backfill=st.booleans(),
)


def read(*batches: list[Event]) -> list[dict[str, object]]:
    table = decode_events([(memoryview(encode_events(batch)), len(batch)) for batch in batches])
    rows: list[dict[str, object]] = table.to_pylist()
    return rows


@given(st.lists(st.lists(events, min_size=1, max_size=5), min_size=1, max_size=4))
@settings(deadline=None, max_examples=120)
def test_every_event_comes_back_as_it_was(batches: list[list[Event]]) -> None:
    rows = read(*batches)
    for event, row in zip([event for batch in batches for event in batch], rows, strict=True):
        attributes = json.loads(str(row.pop("attributes") or "{}"))
        assert attributes == event.attributes
        assert row == {name: in_utc(getattr(event, name)) for name in row}


def in_utc(value: object) -> object:
    """Return an instant in UTC: Python calls a time within a change of the clocks unequal to itself in another zone."""
    return value.astimezone(UTC) if isinstance(value, datetime) else value


def test_a_nul_within_a_text_is_kept_as_the_replacement_character() -> None:
    odd = Event(event_id="a\0b", learner="\0", verb="posted", time=NOON, attributes={"text": "x\0y"})
    plain = Event(event_id="c", learner="d", verb="posted", time=NOON)
    first, second = read([odd, plain])
    assert (first["event_id"], first["learner"]) == ("a\ufffdb", "\ufffd")
    assert json.loads(str(first["attributes"])) == {"text": "x\0y"}  # JSON escapes it
    assert second["event_id"] == "c"


@pytest.mark.parametrize(
    "changed",
    [
        {"time": datetime(1969, 12, 31, 23, 59, 59, tzinfo=UTC)},
        {"time": datetime(1, 1, 1, tzinfo=UTC)},
        {"received": datetime(2200, 1, 1, tzinfo=UTC)},
        {"time": datetime(2026, 3, 1)},
        {"time": NOON, "received": datetime(2026, 3, 1)},
        {"event_id": "\ud800"},
        {"event_id": 7},
        {"value": 2**64},
        {"value": 1.5},
    ],
    ids="-".join,
)
def test_what_cannot_be_kept_is_refused_before_it_is_acknowledged(changed: dict[str, object]) -> None:
    fields: dict[str, object] = {"event_id": "a", "learner": "b", "verb": "posted", "time": NOON}
    with pytest.raises(BadEvent):
        encode_events([Event(**(fields | changed)), Event(**fields)])  # type: ignore[arg-type]

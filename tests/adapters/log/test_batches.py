"""What is written down is read back, whatever it is."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from staycourse.adapters.segments import decode_events, encode_events
from staycourse.events import Event
from staycourse.kernel import BadEvent, StorageFault

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
OLD = (
    "0R#X500sa601yBG00IC2009610096101W^D05AXm02KfL01yBG00IC20AT=PVqtD>0Ag=&Z*z2IWB_b$XJ=((UukY*0001cB6MYV"
    "bRs$;cp`lOGB7eWEif}JFfmjyGCD9YIxsL=05UK#HZ3qSEif@uF)}(ZFgh?WE-)}KFfcV*05UK#HZ3qSEif@uF)}(ZFgh?WTKoV1"
    "|NsC0{{R3000000fB*p"
)
"""Two events as version 1 wrote them."""
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


@given(st.lists(st.lists(events, min_size=1, max_size=4), min_size=1, max_size=4))
@settings(deadline=None, max_examples=60)
def test_some_columns_and_dictionaries_say_the_same(batches: list[list[Event]]) -> None:
    written = [(memoryview(encode_events(batch)), len(batch)) for batch in batches]
    whole, names = decode_events(written), ["time", "verb", "event_id", "attributes"]
    assert decode_events(written, names).to_pylist() == whole.select(names).to_pylist()
    encoded = decode_events(written, encoded=True)
    assert encoded.to_pylist() == whole.to_pylist()
    assert {str(encoded.schema.field(name).type)[:10] for name in ("verb", "attributes")} == {"dictionary"}


@given(st.lists(st.sampled_from(["", "a", "é", "x" * 255, "x" * 256, "课" * 90]), min_size=1, max_size=5))
@settings(deadline=None, max_examples=60)
def test_texts_of_any_width_come_back(courses: list[str]) -> None:
    batch = [
        Event(event_id=f"{n}", learner=c or "-", verb="posted", time=NOON, course=c) for n, c in enumerate(courses)
    ]
    rows = read(batch, batch[:1], batch)
    assert [row["course"] for row in rows] == [*courses, courses[0], *courses]


@pytest.mark.parametrize("shares", [(0,), (0, 0), (5,), (5, 5), (0, 5, 0), (120_000, 0, 5)], ids=str)
@pytest.mark.parametrize("year", [1970, 1999, 2000, 2199])
@pytest.mark.parametrize("ahead", [0, 8])
def test_instants_of_one_width_and_of_two_come_back(shares: tuple[int, ...], year: int, ahead: int) -> None:
    zone = timezone(timedelta(hours=ahead)) if ahead else UTC
    times = [datetime(year, 3, 1, 12, 0, 7, share, zone) for share in shares]
    rows = read([Event(event_id="a", learner="b", verb="posted", time=time) for time in times])
    assert [row["time"] for row in rows] == times


def test_what_is_alike_is_written_once_but_never_ids() -> None:
    def length(count: int, **more: object) -> int:
        fields: dict[str, object] = {"event_id": "id", "learner": "ann", "verb": "posted", "time": NOON, **more}
        return len(encode_events([Event(**fields)] * count))  # type: ignore[arg-type]

    assert length(1001) - length(1000) == len("id") + len('"2026-03-01T12:00:00Z",'), (
        "else a batch of little holds much"
    )
    assert length(1001, course="x" * 300) - length(1000, course="x" * 300) > 300


def test_batches_of_the_version_before_are_read() -> None:
    old = base64.b85decode(OLD)
    ann, bo = decode_events([(memoryview(old), 2)]).to_pylist()
    assert (ann["event_id"], ann["learner"], ann["verb"], ann["course"], ann["value"]) == (
        "a",
        "ann",
        "posted",
        "c",
        -5,
    )
    assert (ann["time"], ann["received"], ann["attributes"]) == (NOON, None, '{"text":"x"}')
    assert (bo["event_id"], bo["course"], bo["value"], bo["backfill"]) == ("bb", "", None, True)
    assert (bo["time"], bo["received"]) == (NOON + timedelta(microseconds=5), NOON)


@pytest.mark.parametrize("change", ["version", "form", "short"])
def test_what_nobody_wrote_is_a_fault(change: str) -> None:
    written = bytearray(encode_events([Event(event_id="ab", learner=name, verb="posted", time=NOON) for name in "xy"]))
    if change == "version":
        written[0] = 9
    elif change == "form":
        written[1] = 77
    else:
        written[2] -= 1
    with pytest.raises(StorageFault):
        decode_events([(memoryview(bytes(written)), 2)])


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

"""What the lake's columns say of an event."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from lake_home import Home, event

from staycourse.adapters.lake import EVENT_SCHEMA
from staycourse.adapters.lake.repeats import event_hashes


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def by_id(home: Home) -> dict[str, dict[str, Any]]:
    return {row["event_id"]: row for row in home.rows()}


def mixed(name: bytes) -> int:
    """Return the hash of an id, counted by hand."""
    found = len(name)
    for start in range(0, len(name), 8):
        found = (found ^ int.from_bytes(name[start : start + 8], "little")) * 0x9E3779B97F4A7C15 % 2**64
        found ^= found >> 32
    return found


@given(st.lists(st.text(max_size=40), min_size=1, max_size=20))
def test_a_hash_is_of_the_id_alone(names: list[str]) -> None:
    expected = [mixed(name.encode()) for name in names]
    assert event_hashes(pa.chunked_array([pa.array(names, pa.string())])).tolist() == expected
    assert event_hashes(pa.chunked_array([pa.array(["x", *names], pa.string())[1:]])).tolist() == expected


def test_all_columns_have_their_types_and_values(home: Home) -> None:
    sent = datetime(2026, 3, 1, 23, 30, 15, 123456, tzinfo=UTC)
    home.send(
        event("a", time=sent, value=-5, object="page/1", source="web", attributes={"device": "phone"}),
        event("b", course="", verb="logged_in"),
        arrival=datetime(2026, 3, 2, 1, tzinfo=UTC),
    )
    home.compact()
    (file,) = home.lake().files("main")
    assert pq.read_schema(file.path).equals(EVENT_SCHEMA)
    row = by_id(home)["a"]
    assert row == {
        "event_id": "a",
        "event_hash": mixed(b"a"),
        "learner": "ann",
        "course": "c",
        "verb": "content_viewed",
        "object": "page/1",
        "value": -5,
        "time": sent,
        "received": datetime(2026, 3, 2, 1, tzinfo=UTC),
        "source": "web",
        "backfill": False,
        "attributes": '{"device":"phone"}',
        "event_day": date(2026, 3, 1),
        "event_hour": 23,
        "feeling": None,
        "ingest_day": date(2026, 3, 2),
    }
    plain = by_id(home)["b"]
    assert (plain["course"], plain["value"], plain["source"], plain["attributes"]) == ("", None, "", "{}")


def test_days_and_hours_are_the_tenants(home: Home) -> None:
    home.zone = "Asia/Shanghai"
    home.send(event("a", time=datetime(2026, 3, 1, 16, tzinfo=UTC)), arrival=datetime(2026, 3, 1, 15, 59, tzinfo=UTC))
    home.compact()
    (row,) = home.rows()
    assert (row["event_day"], row["event_hour"], row["ingest_day"]) == (date(2026, 3, 2), 0, date(2026, 3, 1))


def test_days_follow_the_clocks_when_they_change(home: Home) -> None:
    home.zone = "Europe/London"
    home.send(
        event("winter", time=datetime(2026, 3, 28, 23, 30, tzinfo=UTC)),
        event("summer", time=datetime(2026, 3, 29, 23, 30, tzinfo=UTC)),
        event("skip", time=datetime(2026, 3, 29, 1, 0, tzinfo=UTC)),
    )
    home.compact()
    found = {name: (row["event_day"].day, row["event_hour"]) for name, row in by_id(home).items()}
    assert found == {"winter": (28, 23), "summer": (30, 0), "skip": (29, 2)}


def test_arrival_is_given_or_of_the_batch_or_for_backfills_the_events_own(home: Home) -> None:
    own, given, arrival = (datetime(2026, 1, day, tzinfo=UTC) for day in (1, 2, 3))
    home.send(
        event("plain", time=own),
        event("given", time=own, received=given),
        event("backfill", time=own, backfill=True),
        event("backfill given", time=own, received=given, backfill=True),
        arrival=arrival,
    )
    home.compact()
    found = {name: (row["received"], row["ingest_day"].day) for name, row in by_id(home).items()}
    assert found == {"plain": (arrival, 3), "given": (given, 2), "backfill": (own, 1), "backfill given": (given, 2)}
    assert by_id(home)["backfill"]["backfill"] is True


def test_feeling_is_asked_only_of_the_learners_own_words(home: Home) -> None:
    home.send(
        event("bad", verb="posted", attributes={"text": "a bad day"}),
        event("good", verb="rated", value=500, attributes={"text": "good"}),
        event("silent", verb="rated", value=500),
        event("blank", verb="posted", attributes={"text": "  "}),
        event("other", verb="posted", attributes={"lang": 'the "text" is elsewhere'}),
        event("no words", verb="content_viewed", attributes={"text": "bad"}),
    )
    home.compact()
    assert {name: row["feeling"] for name, row in by_id(home).items()} == {
        "bad": -1, "good": 1, "silent": None, "blank": None, "other": None, "no words": None,
    }  # fmt: skip
    assert sorted(home.felt) == ["a bad day", "good"]


def test_files_are_sorted_by_learner_course_and_day(home: Home) -> None:
    start = datetime(2026, 2, 1, tzinfo=UTC)
    events = [
        event(f"{n}", learner=f"l{n * 7 % 5}", course=f"c{n * 3 % 4}", time=start + timedelta(hours=n * 31 % 97))
        for n in range(60)
    ]
    home.send(*events)
    home.compact()
    keys = [(row["learner"], row["course"], row["event_day"]) for row in home.rows()]
    assert keys == sorted(keys)
    assert len(keys) == 60

"""Signals between the nights: bit for bit what a night as of that moment would say, however the events came in."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pytest
from plain_definitions import Happening
from small_school import AS_OF, FIRST, Lake, courses, day, happenings

from staycourse.adapters.engines import DuckDBEngine
from staycourse.adapters.engines.duckdb import LiveEngine, standings_of
from staycourse.signals import CATALOGUE, is_plain

PLAIN = [signal.name for signal in CATALOGUE if is_plain(signal)]
PEERS = [signal.name for signal in CATALOGUE if not is_plain(signal)]
"""What needs others: the night tells it."""


def events_of(happened: Sequence[Happening]) -> pa.Table:
    """Events as the live path hands them over: some columns as dictionaries, as the lake's columns are."""
    days = {name: pa.array([getattr(h, name) for h in happened], pa.int32()).cast(pa.date32())
            for name in ("arrived", "day")}  # fmt: skip
    return pa.table({
        "ingest_day": days["arrived"],
        "learner": pa.array([h.learner for h in happened]).dictionary_encode(),
        "course": pa.array([h.course for h in happened]).dictionary_encode(),
        "verb": pa.array([h.verb for h in happened]).dictionary_encode(),
        "value": pa.array([h.value for h in happened], pa.int64()),
        "event_day": days["day"],
        "event_hour": pa.array([h.hour for h in happened], pa.int8()),
        "feeling": pa.array([h.feeling for h in happened], pa.int8()),
    })  # fmt: skip


def by_enrolment(table: pa.Table, names: Sequence[str]) -> dict[tuple[str, str], dict[str, object]]:
    wanted = table.select(["learner", "course", "enrolled_on", "course_day", *names]).to_pylist()
    return {(row["learner"], row["course"]): row for row in wanted}


def night(folder: Path, happened: Sequence[Happening], as_of: date) -> pa.Table:
    folder.mkdir()
    lake = Lake(folder)
    lake.add(happened)
    engine = DuckDBEngine(folder, lake.files, threads=1, memory_gigabytes=1)
    engine.roll_up("school")
    return engine.signals("school", as_of, courses())


@pytest.mark.parametrize(("seed", "as_of", "rolled"), [(11, AS_OF, 0.5), (12, FIRST + 20, 0.9), (13, AS_OF, 0.0)])
def test_every_signal_without_peers_is_what_a_night_would_say(
    tmp_path: Path, seed: int, as_of: int, rolled: float
) -> None:
    dice = random.Random(seed)
    happened = sorted(happenings(seed, count=2500), key=lambda h: h.arrived)
    first, then, last = (int(len(happened) * share) for share in (rolled, rolled + 0.05, rolled + 0.08))
    lake = Lake(tmp_path / "home")
    lake.home.mkdir()
    lake.add(happened[:first], "rolled")
    engine = DuckDBEngine(lake.home, lake.files, threads=1, memory_gigabytes=1)
    engine.roll_up("school")
    lake.add(happened[first:then], "compacted, not rolled up")
    live = LiveEngine(lake.home / "tenants" / "school" / "rollup", lake.files("school"))
    if dice.random() < 0.5:  # some are met before, some after, their newest events are taken
        live.signals(sorted({h.learner for h in happened[:then]})[:4], day(as_of), courses())
    fresh = happened[then:last]
    while fresh:
        batch, fresh = fresh[: (some := dice.randint(1, 40))], fresh[some:]
        assert live.take(events_of(batch)) == sorted({h.learner for h in batch}, key=live._names.code)
    known = happened[:last]
    learners = sorted({h.learner for h in known})
    found = live.signals(learners, day(as_of), courses())
    expected = night(tmp_path / "night", known, day(as_of))
    assert expected.num_rows > 8
    assert by_enrolment(found, PLAIN) == by_enrolment(expected, PLAIN)
    assert found.column_names == expected.column_names
    assert found.schema.types == expected.schema.types
    some_learners = learners[::2]
    alone = by_enrolment(live.signals(some_learners, day(as_of), courses()), PLAIN)
    assert alone == {key: row for key, row in by_enrolment(expected, PLAIN).items() if key[0] in some_learners}
    live.close()


def test_peers_are_those_of_the_night_that_was_told(tmp_path: Path) -> None:
    happened = [h for h in happenings(14, learners=30, count=4000) if h.arrived <= AS_OF]
    expected = night(tmp_path / "home", happened, day(AS_OF))
    live = LiveEngine(tmp_path / "none", [])
    live.take(events_of(happened))
    learners = sorted(set(expected["learner"].to_pylist()))
    blind = live.signals(learners, day(AS_OF), courses())
    assert {blind[name].null_count for name in PEERS} == {blind.num_rows}
    live.compare_with(day(AS_OF), standings_of(expected))
    found = live.signals(learners, day(AS_OF), courses())
    assert by_enrolment(found, PEERS) == by_enrolment(expected, PEERS)
    live.close()


def test_what_is_asked_for_alone_is_what_it_is_among_all(tmp_path: Path) -> None:
    happened = [h for h in happenings(15, learners=20, count=3000) if h.arrived <= AS_OF]
    live = LiveEngine(tmp_path / "none", [])
    live.take(events_of(happened))
    live.compare_with(day(AS_OF), standings_of(night(tmp_path / "home", happened, day(AS_OF))))
    learners = sorted({h.learner for h in happened})
    whole = live.signals(learners, day(AS_OF), courses())
    for seed in range(8):
        asked = random.Random(seed).sample([signal.name for signal in CATALOGUE], 3 * seed)
        some = live.signals(learners, day(AS_OF), courses(), asked)
        assert some.equals(whole.select(some.column_names))
        assert set(some.column_names) == {"learner", "course", "enrolled_on", "course_day", *asked}
    live.close()


def test_a_learner_moves_among_the_peers_of_last_night(tmp_path: Path) -> None:
    """Of five who enrolled together and looked at 1 to 5 pages, the third looks at three more: between 5 and none."""
    happened = [
        Happening(f"learner {number}", "art", "content_viewed", 1, FIRST, 9, None, FIRST)
        for number in range(1, 6)
        for _ in range(number)
    ]
    before = night(tmp_path / "home", happened, day(FIRST + 1))
    live = LiveEngine(tmp_path / "none", [])
    live.take(events_of(happened))
    live.compare_with(day(FIRST + 1), standings_of(before))
    live.take(events_of([Happening("learner 3", "art", "content_viewed", 1, FIRST + 2, 9, None, FIRST + 2)] * 3))
    (row,) = live.signals(["learner 3"], day(FIRST + 2), courses()).to_pylist()
    assert row["content_views_total"] == 6
    assert row["content_views_total_rank"] == 1.0
    assert row["activity_vs_median_7d"] == 6 / 3
    (first,) = live.signals(["learner 1"], day(FIRST + 2), courses()).to_pylist()
    assert first["content_views_total_rank"] == 0.1
    assert first["enrolled_on"] == day(FIRST)
    assert day(FIRST + 2) - first["enrolled_on"] == timedelta(days=2)
    live.close()


def test_how_many_left_the_course_is_as_the_last_night_knew_it(tmp_path: Path) -> None:
    """Five in art, of whom two left on two days; one was of the day on which most did. By day a third leaves."""
    happened = [Happening(f"learner {number}", "art", "enrolled", 1, FIRST, 9, None, FIRST) for number in range(1, 6)]
    happened += [
        Happening(f"learner {number}", "art", "withdrawn", 1, FIRST + number, 9, None, FIRST + number)
        for number in (1, 2)
    ]
    before = night(tmp_path / "home", happened, day(FIRST + 3))
    live = LiveEngine(tmp_path / "none", [])
    live.take(events_of(happened))
    live.compare_with(day(FIRST + 3), standings_of(before))
    live.take(events_of([Happening("learner 3", "art", "withdrawn", 1, FIRST + 4, 9, None, FIRST + 4)]))
    found = live.signals(["learner 3", "learner 4"], day(FIRST + 4), courses())
    assert found.select(["learner", "course_left_28d"]).to_pylist() == [
        {"learner": "learner 4", "course_left_28d": 1 / 5}
    ]
    live.close()

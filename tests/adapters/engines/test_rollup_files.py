"""The rollup as it is kept: grown file by file it equals one made from scratch, and late or future events leak
nowhere.
"""

from __future__ import annotations

import shutil
from collections import Counter as Multiset
from collections.abc import Callable
from pathlib import Path

import duckdb
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from kinds import ONE_OF_EACH, engine_at
from plain_definitions import Happening, counts
from small_school import AS_OF, Lake, courses, day, happenings

from staycourse.adapters.engines.arrays import rolling
from staycourse.events import COUNTERS
from staycourse.kernel import StorageFault
from staycourse.signals import ROLLUP_COLUMNS, Span

NAMES = ("learners", "courses")
EXAMPLES = {"duckdb": 8, "clickhouse": 2}
"""ClickHouse is asked once for every day of arrival, seconds an example. What makes a rollup grow file by file is one
code for all engines: DuckDB tries it often, ClickHouse its own statements over it."""


def _hypothesis(kind: str) -> settings:
    return settings(max_examples=EXAMPLES[kind], deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.fixture(params=["duckdb", "clickhouse"])
def embedded(request: pytest.FixtureRequest) -> str:
    """Name each engine that is quick enough to be made many times."""
    return str(request.param)


def _home(folder: Path) -> Path:
    home = folder / str(len(list(folder.iterdir())))
    home.mkdir()
    return home


def _rows(home: Path) -> Multiset[tuple[object, ...]]:
    """Return every rollup row with names in place of numbers, and how often it is there."""
    folder = home / "tenants" / "school" / "rollup"
    counters = ", ".join(counter.name for counter in COUNTERS)
    source = f"read_parquet('{folder}/ingest_day=*/*.parquet', hive_partitioning = false)"
    query = f"SELECT ingest_day, learner, course, day, {counters} FROM {source}"
    for table in NAMES:
        query += f" JOIN read_parquet('{folder}/names/{table}-*.parquet') USING ({table[:-1]}_no)"
    return Multiset(duckdb.connect().execute(query).fetchall())


def test_a_rollup_grown_step_by_step_equals_one_made_from_scratch(tmp_path: Path, embedded: str) -> None:
    @_hypothesis(embedded)
    @given(seed=st.integers(0, 10**6), cuts=st.lists(st.integers(0, 200), max_size=2))
    def grows(seed: int, cuts: list[int]) -> None:
        _grown_is_fresh(tmp_path, embedded, seed, cuts)

    grows()


def _grown_is_fresh(tmp_path: Path, embedded: str, seed: int, cuts: list[int]) -> None:
    events = happenings(seed, count=200, first=AS_OF - 6, days=6)
    grown, fresh = Lake(_home(tmp_path)), Lake(_home(tmp_path))
    for number, (start, end) in enumerate(zip([0, *sorted(cuts)], [*sorted(cuts), 200], strict=True)):
        grown.add(events[start:end], f"part-{number}")
        fresh.add(events[start:end], f"part-{number}")
        engine_at(embedded, grown).roll_up("school")
    engine_at(embedded, fresh).roll_up("school")
    assert _rows(grown.home) == _rows(fresh.home)
    by_name = [("learner", "ascending"), ("course", "ascending")]
    signals = [
        engine_at(embedded, lake, ONE_OF_EACH).signals("school", day(AS_OF), courses()).sort_by(by_name)
        for lake in (grown, fresh)
    ]
    assert signals[0] == signals[1]


def test_every_counter_of_every_row_is_the_plain_count(tmp_path: Path, embedded: str) -> None:
    events = happenings(11, count=400, days=15)
    lake = Lake(tmp_path)
    lake.add(events)
    engine_at(embedded, lake).roll_up("school")
    expected: dict[tuple[object, ...], list[int]] = {}
    for event in events:
        row = expected.setdefault((event.arrived, event.learner, event.course, event.day), [0] * len(COUNTERS))
        for place, counter in enumerate(COUNTERS):
            row[place] += counts(counter, event)
    assert _rows(tmp_path) == Multiset((*key, *(value or None for value in row)) for key, row in expected.items())


def test_a_day_that_is_rolled_up_in_parts_or_does_not_come_in_order_is_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake = Lake(tmp_path)
    lake.add(happenings(11, count=300, days=4))
    engine_at("duckdb", lake).roll_up("school")
    rows = _rows(tmp_path)
    shutil.rmtree(tmp_path / "tenants" / "school" / "rollup")
    for file in lake.live:
        events = pq.read_table(file.path, partitioning=None)
        pq.write_table(events.sort_by("event_hour"), file.path)
    monkeypatch.setattr(rolling, "EVENTS_AT_ONCE", 7)
    engine_at("duckdb", lake).roll_up("school")
    assert _rows(tmp_path) == rows


def test_nothing_that_comes_later_changes_what_was_known(tmp_path: Path, embedded: str) -> None:
    @_hypothesis(embedded)
    @given(seed=st.integers(0, 10**6), as_of=st.integers(AS_OF - 5, AS_OF))
    def stays(seed: int, as_of: int) -> None:
        _known_stays(tmp_path, embedded, seed, as_of)

    stays()


def _known_stays(tmp_path: Path, embedded: str, seed: int, as_of: int) -> None:
    events = happenings(seed, count=250, first=AS_OF - 6, days=6)
    lake = Lake(_home(tmp_path))
    lake.add(events)
    engine = engine_at(embedded, lake, ONE_OF_EACH)
    engine.roll_up("school")
    before = engine.signals("school", day(as_of), courses())
    late = [Happening(e.learner, e.course, e.verb, e.value, e.day - 9, e.hour, e.feeling, as_of + 1) for e in events]
    future = [Happening(e.learner, e.course, e.verb, e.value, as_of + 2, e.hour, e.feeling, as_of) for e in events]
    lake.add(late, "late")
    lake.add(future, "future")
    engine.roll_up("school")
    assert engine.signals("school", day(as_of), courses()) == before


def test_rolling_up_again_does_nothing_and_a_vanished_event_file_takes_its_rollup_along(
    tmp_path: Path, embedded: str
) -> None:
    lake = Lake(tmp_path)
    lake.add(happenings(3, count=100, days=9))
    engine = engine_at(embedded, lake)
    first = engine.roll_up("school")
    assert first.files_added == len(lake.live)
    assert engine.roll_up("school").files_added == 0
    lake.live.pop()
    assert (engine.roll_up("school").files_dropped, engine.roll_up("school").files_dropped) == (1, 0)


def test_what_a_crash_left_unfinished_is_not_read(tmp_path: Path, embedded: str) -> None:
    lake = Lake(tmp_path)
    lake.add(happenings(3, count=100, days=9))
    engine = engine_at(embedded, lake)
    engine.roll_up("school")
    rows = _rows(tmp_path)
    rollups = sorted((tmp_path / "tenants" / "school" / "rollup").glob("ingest_day=*/*.parquet"))
    rollups[0].with_suffix(".unfinished").write_bytes(b"half a file")
    rollups[1].unlink()
    assert engine.roll_up("school").files_added == 1
    assert _rows(tmp_path) == rows


def test_the_span_covers_all_events(tmp_path: Path, embedded: str) -> None:
    events = happenings(3, count=100, days=9)
    lake = Lake(tmp_path)
    lake.add(events)
    engine = engine_at(embedded, lake)
    report = engine.roll_up("school")
    days, arrivals = [e.day for e in events], [e.arrived for e in events]
    expected = Span(day(min(days)), day(max(days)), day(min(arrivals)), day(max(arrivals)), report.rows)
    assert engine.span("school") == expected
    later = happenings(4, count=10, first=max(arrivals))
    lake.add(later, "later")  # what was found of some files is not said of others
    rows = engine.roll_up("school").rows
    grown = engine.span("school")
    assert grown is not None
    assert (grown.last_event_day, grown.rows) == (day(max(e.day for e in later)), report.rows + rows)


def _pages_turned(file: bytes) -> bytes:
    half = len(file) // 2
    return file[:8] + bytes(255 - byte for byte in file[8:half]) + file[half:]


@pytest.mark.parametrize("spoilt", [lambda _: b"PAR1 but not really PAR1", _pages_turned], ids=["whole", "pages"])
def test_a_damaged_rollup_is_a_storage_fault(tmp_path: Path, embedded: str, spoilt: Callable[[bytes], bytes]) -> None:
    lake = Lake(tmp_path)
    lake.add(happenings(3, count=50, days=5))
    engine = engine_at(embedded, lake)
    engine.roll_up("school")
    for path in (tmp_path / "tenants" / "school" / "rollup").glob("ingest_day=*/*.parquet"):
        path.write_bytes(spoilt(path.read_bytes()))
    with pytest.raises(StorageFault):
        engine.signals("school", day(AS_OF), courses())


@pytest.mark.parametrize(("maker", "reader"), [("duckdb", "clickhouse"), ("clickhouse", "duckdb")])
def test_what_one_engine_rolled_up_another_reads_and_continues(tmp_path: Path, maker: str, reader: str) -> None:
    lake = Lake(tmp_path)
    lake.add(happenings(3, count=300, first=AS_OF - 20, days=12))
    engine_at(maker, lake).roll_up("school")
    lake.add(happenings(4, learners=14, count=200, first=AS_OF - 9, days=9), "later")
    files = engine_at(reader, lake).roll_up("school").files_added
    assert 0 < files < len(lake.live)
    by_maker, by_reader = (engine_at(kind, lake).signals("school", day(AS_OF), courses()) for kind in (maker, reader))
    assert by_maker == by_reader


def test_the_files_types_are_the_same_whoever_wrote_them(tmp_path: Path, embedded: str) -> None:
    lake = Lake(tmp_path)
    lake.add(happenings(3, count=60, days=3))
    engine_at(embedded, lake).roll_up("school")
    files = sorted((tmp_path / "tenants" / "school" / "rollup").glob("ingest_day=*/*.parquet"))
    found = {(field.name, str(field.type)) for path in files for field in pq.read_schema(path)}
    assert found == set(ROLLUP_COLUMNS.items())

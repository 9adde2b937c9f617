"""Rolling up on Spark: some jobs however many files there are, the files that the embedded engine writes, and a roll-up
that stopped in the middle is gone on with.
"""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from kinds import SMALL, engine_at
from small_school import AS_OF, File, Lake, happenings

from staycourse.adapters.engines.spark.rolling import EVENTS_A_SHARE, shared_files
from staycourse.adapters.engines.spark.starting import started
from staycourse.kernel import StorageFault

pytestmark = [
    pytest.mark.xdist_group("spark"),
    pytest.mark.skipif(shutil.which("java") is None, reason="Spark needs Java, and there is none"),
]


def _lake(home: Path, files_a_day: int) -> Lake:
    """Return the same events, cut into so many files for each day of their arrival."""
    home.mkdir()
    lake = Lake(home)
    events = happenings(5, count=240, first=AS_OF - 5, days=4)
    for number in range(files_a_day):
        lake.add(events[number::files_a_day], f"part-{number}")
    return lake


def _written(lake: Lake) -> Mapping[str, pa.Table]:
    folder = lake.home / "tenants" / "school" / "rollup"
    return {str(path.relative_to(folder)): pq.read_table(path, partitioning=None) for path in folder.rglob("*.parquet")}


def _jobs(lake: Lake) -> int:
    """Return how many jobs Spark ran to roll a lake up."""
    told = started("local[2]", SMALL).sparkContext.statusTracker()
    before = set(told.getJobIdsForGroup())
    engine_at("spark", lake).roll_up("school")
    return len(set(told.getJobIdsForGroup()) - before)


def test_as_many_jobs_roll_up_few_files_as_many_and_all_equal_the_embedded_engines(tmp_path: Path) -> None:
    few, many, same = (_lake(tmp_path / name, parts) for name, parts in (("few", 1), ("many", 6), ("same", 6)))
    assert len(many.live) > 4 * len(few.live)
    assert _jobs(few) == _jobs(many) > 0
    engine_at("duckdb", same).roll_up("school")
    ours, theirs = _written(many), _written(same)
    rollups = {name for name in theirs if name.startswith("ingest_day=")}
    assert {name for name in ours if name.startswith("ingest_day=")} == rollups
    # The embedded engine numbers by smaller batches, so that names are in other files; these few it takes at once.
    assert len(rollups) == len(many.live)
    assert _by_name(ours) == _by_name(theirs)
    assert _jobs(many) == 0, "nothing is left to do"


def _by_name(tables: Mapping[str, pa.Table]) -> Mapping[str, Sequence[object]]:
    """Return each rollup's rows with names in place of numbers, in the order of names."""
    kinds = ("learner", "course")
    names = {
        kind: pa.concat_tables(t for name, t in sorted(tables.items()) if name.startswith(f"names/{kind}s-"))
        for kind in kinds
    }
    found = {}
    for name, table in tables.items():
        if name.startswith("ingest_day="):
            rows = table
            for kind in kinds:
                rows = rows.join(names[kind], f"{kind}_no").drop_columns([f"{kind}_no"])
            found[name] = rows.sort_by([(key, "ascending") for key in ("learner", "course", "day")]).to_pylist()
    return found


def test_a_roll_up_that_stopped_in_the_middle_is_gone_on_with(tmp_path: Path) -> None:
    stopped, whole = _lake(tmp_path / "stopped", 2), _lake(tmp_path / "whole", 2)
    spoilt = stopped.live[-1].path
    kept = spoilt.read_bytes()
    pq.write_table(pq.read_table(spoilt, partitioning=None).drop_columns(["verb"]), spoilt)  # names can still be read
    with pytest.raises(StorageFault):
        engine_at("spark", stopped).roll_up("school")
    assert any(name.startswith("names/") for name in _written(stopped)), "it came as far as the second round"
    spoilt.write_bytes(kept)
    engine_at("spark", stopped).roll_up("school")
    engine_at("duckdb", whole).roll_up("school")
    assert _by_name(_written(stopped)) == _by_name(_written(whole))
    assert not list((stopped.home / "tenants" / "school" / "rollup" / "scratch").iterdir())


def test_an_event_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    lake = _lake(tmp_path / "spoilt", 1)
    lake.live[-1].path.write_bytes(b"no Parquet")
    with pytest.raises(StorageFault, match=str(lake.live[-1].path)):
        engine_at("spark", lake).roll_up("school")


@given(st.lists(st.integers(0, EVENTS_A_SHARE), min_size=1, max_size=60), st.integers(1, 9))
def test_every_file_is_in_one_share_and_none_is_much_too_large(rows: list[int], cores: int) -> None:
    days = [date(2026, 1, 1) + timedelta(days=number) for number in range(len(rows))]
    files = [(Path(f"{number}"), File(Path(f"f{number}"), days[number], count)) for number, count in enumerate(rows)]
    shares = shared_files(files, cores)
    assert [path for share in shares for path, _ in share] == [path for path, _ in files]
    for share in shares:
        counts = [file.rows for _, file in share]
        assert sum(counts) - max(counts) <= EVENTS_A_SHARE

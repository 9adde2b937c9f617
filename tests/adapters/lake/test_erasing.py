"""One learner out of the lake: the rows of others stay, in their order; killed anywhere, it goes on."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from staycourse.adapters.lake import Lake
from staycourse.adapters.lake import erasing as erasing_module
from staycourse.adapters.log import SegmentLog, waiting_events
from staycourse.events import Event
from staycourse.kernel import zone

START = datetime(2024, 1, 1, 9, tzinfo=UTC)


def event(learner: str, number: int) -> Event:
    return Event(
        event_id=f"{learner}:{number}", learner=learner, verb="logged_in", time=START + timedelta(days=number),
        backfill=True,
    )  # fmt: skip


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    log = SegmentLog(tmp_path / "log")
    log.append("t", [event(learner, day) for day in range(40) for learner in ("a", "b", "c")])
    log.append("t", [event("alone", 50)])
    assert len(waiting_events(tmp_path / "log", "t", "b")) == 40
    log.close()
    made = Lake(tmp_path, zone_of=lambda _: zone("UTC"), feel=lambda texts: [0] * len(texts))
    made.compact(tmp_path / "log")
    return made


def rows_of(lake: Lake) -> pa.Table:
    return pa.concat_tables([pq.ParquetFile(file.path).read() for file in lake.files("t")])


def test_the_rows_of_others_stay_in_their_order(lake: Lake) -> None:
    before = rows_of(lake)
    done = lake.erase("t", "b")
    assert (done.events, done.files) == (40, 40)
    assert rows_of(lake).equals(before.filter(pa.compute.not_equal(before["learner"], "b")))
    assert not lake.holds("t", "b") and lake.holds("t", "a")
    assert lake.erase("t", "b").files == 0 and not lake.verify().wrong


def test_a_file_of_which_nothing_is_left_goes(lake: Lake) -> None:
    files = len(lake.files("t"))
    assert lake.erase("t", "alone").files == 1 and len(lake.files("t")) == files - 1


def test_no_name_stays_in_a_dictionary_that_nothing_points_to(lake: Lake) -> None:
    lake.erase("t", "b")
    for file in lake.files("t"):
        learners = pq.ParquetFile(file.path, read_dictionary=["learner"]).read(["learner"])["learner"].combine_chunks()
        assert sorted(learners.dictionary.to_pylist()) == sorted(set(learners.to_pylist()))


def test_no_file_without_the_learner_is_touched(lake: Lake) -> None:
    before = {file.path for file in lake.files("t")}
    lake.erase("t", "alone")
    assert {file.path for file in lake.files("t")} < before


@pytest.mark.parametrize("step", ["publish_manifest", "remove_retired", "write_file"])
def test_killed_anywhere_it_goes_on(lake: Lake, tmp_path: Path, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    before = rows_of(lake)
    done = getattr(erasing_module, step)
    calls = []

    def dies(*arguments: object, **named: object) -> object:
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt
        return done(*arguments, **named)

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(erasing_module, step, dies)
        lake.erase("t", "b")
    lake.erase("t", "b")
    assert (
        rows_of(lake)
        .sort_by("event_id")
        .equals(before.filter(pa.compute.not_equal(before["learner"], "b")).sort_by("event_id"))
    )
    assert not [path for path in tmp_path.rglob("*.parquet") if b"b:1" in path.read_bytes()]
    assert len(list(tmp_path.rglob("*.parquet"))) == len(lake.files("t"))

"""Settled rows: whatever was put together, and up to which day, every signal is what the rollup's own files say."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from pathlib import Path

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from kinds import ONE_OF_EACH
from small_school import FIRST, Lake, courses, day, happenings

from staycourse.adapters.engines import DuckDBEngine
from staycourse.adapters.engines.arrays import stretches
from staycourse.adapters.engines.duckdb import settled
from staycourse.adapters.engines.duckdb.settled import Settled
from staycourse.adapters.engines.rollups import Rollups
from staycourse.signals import CATALOGUE, Signal

DAYS = 140
SOME_DAYS = (60, 99, 100, 120, 139, 150)


def engine_of(lake: Lake, catalogue: tuple[Signal, ...] = CATALOGUE) -> DuckDBEngine:
    return DuckDBEngine(lake.home, lake.files, threads=1, memory_gigabytes=1, catalogue=catalogue)


def rollups_of(lake: Lake) -> Rollups:
    return Rollups(lake.home / "tenants" / "school" / "rollup")


def told(lake: Lake, as_of: int, catalogue: tuple[Signal, ...] = CATALOGUE) -> pa.Table:
    return engine_of(lake, catalogue).signals("school", day(FIRST + as_of), courses())


def made_of(lake: Lake) -> list[Path]:
    """Return what is settled, each day's that was by itself included."""
    return sorted((rollups_of(lake).folder / "settled").glob("*"))


def settle(lake: Lake, *days: int, catalogue: tuple[Signal, ...] = CATALOGUE) -> None:
    """Settle what there is, first up to one day, then from there up to the next."""
    rollups = rollups_of(lake)
    newest = rollups.day_of(rollups.files()[-1])
    for until in days:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(settled, "UNSETTLED", newest - day(FIRST + until))
            patch.setattr(settled, "RENEWED_AFTER", 0)
            Settled(rollups, catalogue).renew()


@pytest.fixture
def lake(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lake:
    """A platform of months, rolled up and not settled."""
    return rolled_up(tmp_path, happenings(7, count=900, days=DAYS), monkeypatch)


def rolled_up(home: Path, events: Sequence[object], patch: pytest.MonkeyPatch) -> Lake:
    patch.setattr(settled, "RENEWED_AFTER", 10**6)
    lake = Lake(home)
    lake.add(events)  # type: ignore[arg-type]
    engine_of(lake).roll_up("school")
    rollups_of(lake).keep_settled(())
    return lake


@settings(max_examples=6, deadline=None)
@given(seed=st.integers(0, 10**6), first=st.integers(0, 110), more=st.integers(0, 50))
def test_every_signal_is_what_the_files_say(
    tmp_path_factory: pytest.TempPathFactory, seed: int, first: int, more: int
) -> None:
    with pytest.MonkeyPatch.context() as patch:
        lake = rolled_up(tmp_path_factory.mktemp("lake"), happenings(seed, count=400, days=DAYS), patch)
        wanted = [told(lake, as_of, ONE_OF_EACH) for as_of in SOME_DAYS]
        settle(lake, first, first + more, catalogue=ONE_OF_EACH)
        found = [told(lake, as_of, ONE_OF_EACH) for as_of in SOME_DAYS]
    for its, own in zip(found, wanted, strict=True):
        assert its.equals(own)


def test_the_whole_catalogue_is_what_the_files_say(lake: Lake) -> None:
    wanted = [told(lake, as_of) for as_of in SOME_DAYS]
    settle(lake, 100, 130)
    assert [told(lake, as_of) for as_of in SOME_DAYS] == wanted
    assert wanted[-1].num_rows > 5


@pytest.mark.parametrize("until", [70, 130])
def test_the_days_right_after_are_told_the_same(lake: Lake, until: int) -> None:
    days = range(until, until + 4)  # as of the first of these every window reaches as far as it ever will
    wanted = [told(lake, as_of) for as_of in days]
    settle(lake, until)
    assert made_of(lake)[0].stem.endswith(str(day(FIRST + until)))
    assert [told(lake, as_of) for as_of in days] == wanted


def test_a_share_of_the_learners_is_told_the_same(lake: Lake) -> None:
    asked = ("school", day(FIRST + 150), courses())
    shares = [range(1, 4), range(4, 9), range(9, 100)]
    wanted = [engine_of(lake).plain(*asked, share) for share in shares]
    settle(lake, 130)
    assert [engine_of(lake).plain(*asked, share) for share in shares] == wanted


def read_of(lake: Lake, as_of: int, patch: pytest.MonkeyPatch, catalogue: tuple[Signal, ...] = CATALOGUE) -> int:
    """Return how many of the rollup's own files are read to tell of a day."""
    asked: list[Path] = []

    def read(files: Sequence[Path], *more: object) -> object:
        asked.extend(files)
        return stretches(files, *more)  # type: ignore[arg-type]

    patch.setattr(settled, "stretches", read)
    Settled(rollups_of(lake), catalogue).rows(day(FIRST + as_of))
    return len(asked)


def test_the_files_it_stands_for_are_not_read(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    every = read_of(lake, 200, monkeypatch)
    settle(lake, 130)
    rollups = rollups_of(lake)
    assert read_of(lake, 200, monkeypatch) == 1 < every == len(rollups.files())
    assert read_of(lake, 150, monkeypatch) == 0
    assert read_of(lake, 129, monkeypatch) == len(rollups.files(day(FIRST + 129)))
    assert read_of(lake, 200, monkeypatch, ONE_OF_EACH) == every


def test_old_rows_become_few(lake: Lake) -> None:
    rollups = rollups_of(lake)
    settle(lake, 150)
    (rows,) = Settled(rollups, CATALOGUE).rows(day(FIRST + 150))
    old = rows.keys["day"] <= FIRST + 150 - 60
    enrolments = len(set(zip(rows.keys["learner_no"][old], rows.keys["course_no"][old], strict=True)))
    before = sum(len(one.keys["day"]) for one in stretches(rollups.files(), {}, 0))
    assert old.sum() < 12 * enrolments < before


def test_a_day_is_settled_when_it_is_over_and_all_together_when_they_are_many(
    lake: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = told(lake, 150)
    rollups, engine = rollups_of(lake), engine_of(lake)
    days = sorted({rollups.day_of(file) for file in rollups.files()})
    old = [one for one in days if one <= days[-1] - settled.UNSETTLED]
    monkeypatch.setattr(settled, "RENEWED_AFTER", len(old))
    engine.roll_up("school")
    alone = [rollups.settled_path(one, one) for one in days[:-1]]
    assert made_of(lake) == alone
    assert told(lake, 150).equals(wanted)
    monkeypatch.setattr(settled, "RENEWED_AFTER", len(old) - 1)
    engine.roll_up("school")
    together = [rollups.settled_path(old[0], old[-1]), *alone[len(old) :]]
    assert made_of(lake) == together
    written = [path.stat().st_mtime_ns for path in together]
    engine.roll_up("school")
    assert [path.stat().st_mtime_ns for path in made_of(lake)] == written
    assert told(lake, 150).equals(wanted)


def test_small_files_of_a_day_are_settled_as_one(lake: Lake) -> None:
    rollups = rollups_of(lake)
    lake.add(happenings(9, count=300, first=FIRST + 100, days=30), "second")
    engine_of(lake).roll_up("school")
    twice = [one for one in made_of(lake) if len(list((rollups.folder / f"ingest_day={one.stem[:10]}").iterdir())) > 1]
    assert len(twice) > 9
    wanted = told_afresh(lake)
    assert told(lake, 150).equals(wanted)


def told_afresh(lake: Lake) -> pa.Table:
    """Return what is told where nothing is settled."""
    rollups_of(lake).keep_settled(())
    return told(lake, 150)


def test_what_was_left_half_written_goes(lake: Lake) -> None:
    settle(lake, 100)
    made_of(lake)[0].with_suffix(".unfinished").write_bytes(b"half")
    settle(lake, 130)
    assert {path.suffix for path in made_of(lake)} == {".arrow"}
    assert made_of(lake)[0].stem.endswith(str(day(FIRST + 130)))


@pytest.mark.parametrize("spoil", ["cut", "empty", "other"])
def test_a_spoilt_one_is_not_heeded(lake: Lake, spoil: str) -> None:
    wanted = told(lake, 150)
    settle(lake, 130)
    made = made_of(lake)[0]
    whole = made.read_bytes()
    made.write_bytes({"cut": whole[: len(whole) // 2], "empty": b"", "other": b"no arrow" * 1000}[spoil])
    assert told(lake, 150).equals(wanted)
    settle(lake, 130)
    assert made.read_bytes() == whole


def test_who_leaves_the_lake_leaves_what_was_settled(lake: Lake) -> None:
    settle(lake, 130)
    gone = lake.live.pop(3)
    wanted = told_of(lake, gone.ingest_day)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Settled, "renew", lambda _: None)
        engine_of(lake).roll_up("school")
    assert made_of(lake) == []
    assert told(lake, 150).equals(wanted)


def told_of(lake: Lake, without: date) -> pa.Table:
    """Return what is told of a lake that never had the files of a day."""
    fresh = Lake(lake.home.with_name("fresh"))
    fresh.home.mkdir()
    fresh.live = [file for file in lake.live if file.ingest_day != without]
    (lake.home / "tenants" / "school" / "rollup" / "names").rename(fresh.home / "names")
    names = fresh.home / "tenants" / "school" / "rollup" / "names"
    names.parent.mkdir(parents=True)
    (fresh.home / "names").rename(names)
    engine_of(fresh).roll_up("school")
    found = told(fresh, 150)
    names.rename(lake.home / "tenants" / "school" / "rollup" / "names")
    return found


def test_rows_are_settled_once_more_after_an_older_file_came(lake: Lake, monkeypatch: pytest.MonkeyPatch) -> None:
    settle(lake, 130)
    lake.add(happenings(8, count=40, first=FIRST + 20, days=40), "late")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Settled, "renew", lambda _: None)
        engine_of(lake).roll_up("school")
    every = rollups_of(lake).files(day(FIRST + 130))
    assert read_of(lake, 130, monkeypatch) == len(every)
    settle(lake, 130)
    assert read_of(lake, 130, monkeypatch) == 0
    found = told(lake, 150)
    assert found.equals(told_afresh(lake))

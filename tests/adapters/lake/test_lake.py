"""From the log into the lake: once, whole, and nothing left lying about."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable, Sequence
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from lake_home import Home, event
from msgspec.structs import replace

from staycourse.adapters.lake import Lake, LakeCheck
from staycourse.adapters.lake.manifest import HASHING, Entry, load_manifest, publish_manifest
from staycourse.adapters.lake.merging import MERGED_ROWS, MOST_FILES, SMALL_ROWS, plan_merges
from staycourse.adapters.segments import Part, SegmentParts, alone_with
from staycourse.kernel import HomeInUse, StorageFault

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path)


def at(day: int) -> datetime:
    return NOON + timedelta(days=day)


def test_nothing_to_do_is_no_fault(home: Home) -> None:
    report = home.compact()
    assert (report.segments, report.events, report.rows, report.tenants) == (0, 0, 0, ())
    assert home.lake().tenants() == []
    assert home.lake().files("main") == []
    assert home.lake().health().files == 0


def test_every_tenant_gets_its_own(home: Home) -> None:
    home.send(event("a"), tenant="one")
    home.send(event("a"), event("b"), tenant="two")
    report = home.compact()
    assert (report.segments, report.events, report.rows, report.repeated, report.files) == (2, 3, 3, 0, 2)
    assert report.tenants == ("one", "two") == tuple(home.lake().tenants())
    assert (home.ids("one"), home.ids("two")) == (["a"], ["a", "b"])
    assert SegmentParts(home.path / "log").parts() == []
    assert home.compact().events == 0
    assert home.lake().health().rows == 3


def test_one_file_a_day_named_by_it(home: Home) -> None:
    home.send(*(event(f"{day}", time=at(day), backfill=True) for day in range(5)))
    home.compact()
    files = home.lake().files("main")
    assert [file.ingest_day for file in files] == [at(day).date() for day in range(5)]
    for file in files:
        folder = home.path / "tenants/main/events" / f"ingest_day={file.ingest_day}"
        assert file.path.parent == folder


def test_an_id_is_kept_once(home: Home) -> None:
    home.send(event("a", value=1), event("b"), event("a", value=2))
    home.send(event("b"))
    first = home.compact()
    home.send(event("a", value=3), event("c"))
    second = home.compact()
    assert (first.rows, first.repeated, second.rows, second.repeated) == (2, 2, 1, 1)
    assert home.ids() == ["a", "b", "c"]
    assert {row["event_id"]: row["value"] for row in home.rows()}["a"] == 1


@pytest.mark.parametrize(("days", "kept"), [(-36, 2), (-35, 1), (35, 1), (36, 2)])
def test_the_window_counts_days_of_arrival_both_ways(home: Home, days: int, kept: int) -> None:
    home.send(event("a"), arrival=at(0))
    home.compact()
    home.send(event("a"), arrival=at(days))
    home.compact()
    assert home.ids() == ["a"] * kept


def test_ids_of_one_hash_are_told_apart(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    import numpy as np

    from staycourse.adapters.lake import compaction

    monkeypatch.setattr(compaction, "event_hashes", lambda ids: np.full(len(ids), 7, np.uint64))
    home.send(event("a"), event("b"), event("a"))
    home.compact()
    home.send(event("b"), event("c"))
    home.compact()
    assert home.ids() == ["a", "b", "c"]


def test_files_whose_hashes_were_made_otherwise_are_asked_by_id(home: Home) -> None:
    home.send(event("a"), event("b"))
    home.compact()
    (file,) = home.lake().files("main")
    table = pq.ParquetFile(file.path).read()
    place = table.schema.get_field_index("event_hash")
    pq.write_table(table.set_column(place, "event_hash", pa.array([1, 2], pa.uint64())), file.path)
    folder = file.path.parent.parent
    manifest = load_manifest(folder)
    (entry,) = manifest.files
    older = replace(entry, hashing=1, bytes=file.path.stat().st_size)
    publish_manifest(folder, replace(manifest, files=(older,)))
    home.send(event("b"), event("c"))
    home.compact()
    assert home.ids() == ["a", "b", "c"]
    assert {one.hashing for one in load_manifest(folder).files} == {1, HASHING}
    for number in range(MOST_FILES):
        home.send(*(event(f"{name}-{number}") for name in "xyz"))  # more than the old file has: it is merged first
        home.compact()
    assert {one.hashing for one in load_manifest(folder).files} == {HASHING}, "merged, they are like all others"
    home.send(event("a"), event("c"))
    assert home.compact().rows == 0


@given(data=st.data())
@settings(deadline=None, max_examples=10, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_however_events_arrive_each_is_there_once(
    tmp_path_factory: pytest.TempPathFactory, home: Home, data: st.DataObject
) -> None:
    home.path = tmp_path_factory.mktemp("home")
    home.step_bytes = data.draw(st.sampled_from([1, 1_000, 1 << 20]))
    numbers = st.integers(0, 30)
    expected: set[int] = set()
    for sends in data.draw(st.lists(st.lists(st.lists(numbers, min_size=1, max_size=8), max_size=3), max_size=4)):
        for sent in sends:
            expected |= set(sent)
            home.send(*(event(str(n), time=at(n % 4), backfill=True, learner=str(n % 3)) for n in sent))
        home.compact()
    assert home.ids() == sorted(map(str, expected))


def test_killed_between_publishing_and_dropping_nothing_doubles_even_without_a_window(
    home: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.dedup_days = 0
    home.send(event("a"), tenant="one")
    home.send(event("b"), event("a"), tenant="two", arrival=at(3))
    with monkeypatch.context() as patch:
        patch.setattr(SegmentParts, "drop", _die)
        with pytest.raises(KeyboardInterrupt):
            home.compact()
    home.send(event("c"), tenant="one")
    report = home.compact()
    assert (report.rows, report.repeated) == (1, 0)
    assert (home.ids("one"), home.ids("two")) == (["a", "c"], ["a", "b"])


def test_a_log_begun_anew_is_not_taken_for_the_old_one(home: Home) -> None:
    for name in "abc":
        home.send(event(name))
        assert [part.name for part in SegmentParts(home.path / "log").parts()] == ["00000001.segment"]
        home.compact()
    assert home.ids() == ["a", "b", "c"]


def _die(*_: object) -> None:
    raise KeyboardInterrupt


def test_a_full_disk_loses_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    home.send(event("a"), event("b", time=at(1), backfill=True))
    real = os.replace

    def full(source: Path, target: Path) -> None:
        if str(target).endswith("manifest.json"):
            raise OSError(errno.ENOSPC, "No space left on device")
        real(source, target)

    with monkeypatch.context() as patch:
        patch.setattr(os, "replace", full)
        with pytest.raises(StorageFault, match="No space left"):
            home.compact()
    assert home.lake().files("main") == []
    assert home.compact().rows == 2
    assert len(list(home.path.glob("tenants/main/events/*/*.parquet"))) == 2


def test_damage_in_a_segment_is_told_and_kept_aside(home: Home) -> None:
    home.send(event("a"))
    home.send(event("b"))
    (first, _) = sorted((home.path / "log").glob("*.segment"))
    content = first.read_bytes()
    first.write_bytes(content[:-3])
    report = home.compact()
    assert home.ids() == ["b"]
    assert len(report.damage) == 1 and "damaged" in report.damage[0]
    (kept,) = (home.path / "log/damaged").iterdir()
    assert kept.read_bytes() == content[24:-3]


def test_many_small_files_of_a_day_become_few(home: Home) -> None:
    for number in range(2 * MOST_FILES + 2):
        home.send(event(f"{number}", learner=f"l{number % 3}"))
        home.compact()
        files = home.lake().files("main")
        assert len(files) <= MOST_FILES
        assert all(file.path.is_file() for file in files)
    rows = home.rows()
    assert len(rows) == 2 * MOST_FILES + 2
    assert home.lake().verify().wrong == ()
    keys = [row["learner"] for row in rows[: home.lake().files("main")[0].rows]]
    assert keys == sorted(keys)


def test_what_a_merge_replaced_stays_until_the_next_compaction(home: Home) -> None:
    for number in range(MOST_FILES):
        home.send(event(f"{number}"))
        home.compact()
    old = home.lake().files("main")
    home.send(event("last"))
    assert home.compact().merged == MOST_FILES - 1
    assert not {file.path for file in old} & {file.path for file in home.lake().files("main")}
    assert home.lake().verify().orphans_removed == 0
    assert all(file.path.exists() for file in old)
    home.compact()
    assert not any(file.path.exists() for file in old)
    assert len(home.ids()) == MOST_FILES + 1


def test_one_compaction_leaves_one_file_a_day(home: Home) -> None:
    home.step_bytes = 1
    for number in range(6):
        home.send(*(event(f"{number}.{day}", time=at(day), backfill=True) for day in range(3)))
    report = home.compact()
    assert (report.files, report.merged) == (18, 15)
    assert len(home.lake().files("main")) == 3
    assert len(home.ids()) == 18


def test_a_long_backlog_is_published_step_by_step(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who is killed every few seconds on a busy machine must have published something by then, not begin anew."""
    for number in range(6):
        home.send(*(event(f"{number}.{one}", attributes={"text": "x" * 8_000}) for one in range(150)))  # 1.2 MB
    sizes: list[int] = []
    real = SegmentParts.drop

    def dropped(log: SegmentParts, parts: Sequence[Part]) -> None:
        real(log, parts)
        sizes.append(len(parts))
        if len(sizes) == 1:
            raise StorageFault("the power went")

    monkeypatch.setattr(SegmentParts, "drop", dropped)
    lake = home.lake()
    with pytest.raises(StorageFault):
        lake.compact(home.path / "log")
    assert len(home.ids()) == 150 and len(SegmentParts(home.path / "log").parts()) == 5
    lake.compact(home.path / "log")
    assert sizes == [1, 1, 3, 1], "a step that was broken off is no reason for a larger one"
    assert len(home.ids()) == 900 == len(set(home.ids()))
    for number in range(6):
        home.send(*(event(f"again {number}.{one}", attributes={"text": "x" * 8_000}) for one in range(150)))
    lake.compact(home.path / "log")
    assert sizes[4:] == [6], "who lives takes as much at once as is cheap"


def test_merges_are_planned_by_size() -> None:
    day = date(2026, 3, 1)

    def entries(*rows: int) -> list[Entry]:
        return [Entry(f"{number}-{size}", day, size, size) for number, size in enumerate(rows)]

    assert plan_merges(entries(*[10] * MOST_FILES), ()) == []
    many = entries(*[10] * MOST_FILES, SMALL_ROWS * 2)
    assert [len(group) for group in plan_merges(many, ())] == [MOST_FILES]
    assert plan_merges(entries(*[MERGED_ROWS] * 30), ()) == []
    fresh = entries(5, 5, SMALL_ROWS, 5)
    assert plan_merges(fresh, fresh[:1]) == []
    assert plan_merges(fresh, fresh[:3]) == [fresh[:2]]
    grown = entries(*[SMALL_ROWS - 1] * 12)
    assert all(sum(entry.rows for entry in group) <= MERGED_ROWS for group in plan_merges(grown, grown))


def test_a_lost_manifest_is_told_and_nothing_removed(home: Home) -> None:
    home.send(event("a"))
    home.compact()
    (home.path / "tenants/main/events/manifest.json").unlink()
    home.send(event("b"))
    with pytest.raises(StorageFault, match="manifest of the lake is gone"):
        home.compact()
    assert len(list(home.path.glob("tenants/main/events/*/*.parquet"))) == 1


def test_verify_tells_what_is_wrong_and_removes_what_nobody_names(home: Home) -> None:
    home.send(event("a"), event("b", time=at(1), backfill=True), event("c", time=at(2), backfill=True))
    home.compact()
    one, two, three = (file.path for file in home.lake().files("main"))
    one.unlink()
    two.write_bytes(two.read_bytes()[:-1])
    (three.parent / "orphan.parquet").write_bytes(b"PAR1")
    (three.parent.parent / "manifest.json.tmp").write_bytes(b"{")
    check = home.lake().verify()
    assert check.orphans_removed == 2
    assert [("is missing" in words, "bytes, not" in words) for words in check.wrong] == [(True, False), (False, True)]
    assert home.lake().verify().orphans_removed == 0


@pytest.mark.parametrize("content", [b"", b"{", b'{"files": 3}', b'{"version": 99}'])
def test_a_damaged_manifest_is_told_and_nothing_touched(home: Home, content: bytes) -> None:
    home.send(event("a"))
    home.compact()
    home.send(event("b"))
    (home.path / "tenants/main/events/manifest.json").write_bytes(content)
    with pytest.raises(StorageFault, match="manifest"):
        home.compact()
    with pytest.raises(StorageFault, match="manifest"):
        home.lake().verify()
    assert len(list(home.path.glob("tenants/main/events/*/*.parquet"))) == 1
    assert len(SegmentParts(home.path / "log").parts()) == 1


def test_one_learners_events_newest_first(home: Home) -> None:
    for day in range(6):
        home.send(
            *(event(f"{day}.{hour}", time=at(day) + timedelta(hours=hour), backfill=True) for hour in range(2)),
            event(f"{day}.other", learner="ben", time=at(day), backfill=True),
        )
    home.compact()
    lake = home.lake()
    events = lake.events_of("main", "ann", before=None, limit_days=2)
    assert events["event_id"].to_pylist() == ["5.1", "5.0", "4.1", "4.0"]
    assert events["ingest_day"].to_pylist()[0] == date(2026, 3, 6)
    earlier = lake.events_of("main", "ann", before=date(2026, 3, 3), limit_days=60)
    assert earlier["event_id"].to_pylist() == ["1.1", "1.0", "0.1", "0.0"]
    assert isinstance(earlier, pa.Table)
    assert len(lake.events_of("main", "nobody", before=None, limit_days=5)) == 0
    assert len(lake.events_of("none", "ann", before=None, limit_days=5)) == 0


def test_what_is_acknowledged_is_published_in_this_order(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file and its folder are synced before the manifest names it, the manifest before the segment goes."""
    steps: list[str] = []

    def name(descriptor: int) -> str:
        return Path(f"/proc/self/fd/{descriptor}").readlink().name

    def noted(kind: str, real: Callable[..., None], named: Callable[[Any], str]) -> Callable[..., None]:
        def call(*args: Any) -> None:
            steps.append(f"{kind} {named(args[-1])}")
            real(*args)

        return call

    monkeypatch.setattr(os, "fsync", noted("sync", os.fsync, name))
    monkeypatch.setattr(os, "replace", noted("replace", os.replace, lambda path: Path(path).name))
    monkeypatch.setattr(os, "unlink", noted("unlink", os.unlink, lambda path: Path(path).name))
    home.send(event("z"), tenant="main")
    home.compact()
    home.send(event("a", time=at(1), backfill=True))
    steps.clear()
    home.compact()
    _, file = home.lake().files("main")
    expected = [
        "sync events",  # the new folder of the day
        f"sync {file.path.name}",
        f"sync {file.path.parent.name}",
        "sync manifest.json.tmp",
        "replace manifest.json",
        "sync events",
        "unlink 00000001.segment",  # numbers begin again once the log is empty
        "sync log",
    ]
    assert [step for step in steps if step in expected] == expected


def test_a_second_process_neither_compacts_nor_tidies(home: Home) -> None:
    home.send(event("a"))
    home.compact()
    unpublished = home.lake().files("main")[0].path.with_name("of-the-other-process.parquet")
    unpublished.write_bytes(b"PAR1")
    with alone_with(home.path / "tenants/lock") as alone:
        assert alone
        with pytest.raises(HomeInUse):
            home.compact()
        assert home.lake().verify() == LakeCheck((), 0)
    assert home.lake().verify() == LakeCheck((), 1)


def test_the_manifest_is_plain_json(home: Home) -> None:
    home.send(event("a"))
    home.compact()
    manifest = msgspec.json.decode((home.path / "tenants/main/events/manifest.json").read_bytes())
    assert manifest["version"] == 1
    assert manifest["files"][0]["ingest_day"] == "2026-03-01"


def test_a_lake_opens_nothing_until_it_is_asked(tmp_path: Path) -> None:
    Lake(tmp_path / "home", zone_of=_die, feel=_die)  # type: ignore[arg-type]
    assert not (tmp_path / "home").exists()

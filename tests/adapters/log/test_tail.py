"""The end of the log read as it grows: nothing twice, nothing missed, also when the log is compacted and begun anew."""

import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from staycourse.adapters.log import SegmentLog, beside, read_tail
from staycourse.adapters.log import tail as module
from staycourse.adapters.segments import SegmentParts
from staycourse.events import Event

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
VERBS = ("rated", "lesson_completed")


def event(name: str, verb: str = "rated", **more: object) -> Event:
    return Event(event_id=name, learner="ann", verb=verb, time=NOW, **more)  # type: ignore[arg-type]


def all_new(folder: Path, position: str) -> tuple[list[str], str]:
    names: list[str] = []
    for _ in range(1_000):
        reading = read_tail(folder, "main", position, VERBS)
        names += [one.event_id for one in reading.events]
        position = reading.position
        if not reading.more:
            return names, position
    raise AssertionError("the end was never reached")


def test_each_event_is_read_once_across_segments_and_tenants(tmp_path: Path) -> None:
    log, position, read = SegmentLog(tmp_path, segment_bytes=400), "", []
    for number in range(40):
        log.append("main" if number % 3 else "other", [event(f"e{number}")])
        if number % 7 == 0:
            names, position = all_new(tmp_path, position)
            read += names
    log.close()
    read += all_new(tmp_path, position)[0]
    assert read == [f"e{number}" for number in range(40) if number % 3]


def test_other_verbs_and_backfills_are_passed_over(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path)
    log.append("main", [event("a", "logged_in"), event("b", backfill=True), event("c", attributes={"text": "no\0t"})])
    names, position = all_new(tmp_path, "")
    assert names == ["c"]
    assert all_new(tmp_path, position) == ([], position)
    log.close()


def test_a_log_begun_anew_after_compaction_is_read_from_its_beginning(tmp_path: Path) -> None:
    position, read = "", []
    for round_ in range(3):
        log = SegmentLog(tmp_path, segment_bytes=200)
        for number in range(4 - round_):
            log.append("main", [event(f"{round_}-{number}")])
        log.close()
        names, position = all_new(tmp_path, position)
        read += names
        parts = SegmentParts(tmp_path)
        parts.drop(parts.parts())
        assert all_new(tmp_path, position)[0] == []
    assert read == [f"{round_}-{number}" for round_ in range(3) for number in range(4 - round_)]


def test_an_empty_segment_that_is_removed_does_not_bring_old_events_back(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path)
    log.append("main", [event("a")])
    log.close()
    header = (tmp_path / "00000001.segment").read_bytes()[:8] + b"0" * 16
    (tmp_path / "00000002.open").write_bytes(header)
    names, position = all_new(tmp_path, "")
    (tmp_path / "00000002.open").unlink()
    log = SegmentLog(tmp_path)
    log.append("main", [event("b")])
    assert names == ["a"]
    assert all_new(tmp_path, position)[0] == ["b"]
    log.close()


def test_a_frame_longer_than_a_reading_is_read_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_BYTES", 300)
    log = SegmentLog(tmp_path)
    log.append("main", [event("small")])
    log.append("main", [event(f"big-{number}", attributes={"text": "x" * 100}) for number in range(20)])
    log.append("main", [event("last")])
    log.close()
    assert all_new(tmp_path, "")[0] == ["small", *(f"big-{number}" for number in range(20)), "last"]


def test_a_frame_that_is_being_written_is_left_for_the_next_reading(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path)
    log.append("main", [event("a")])
    _, position = all_new(tmp_path, "")
    log.append("main", [event("b")])
    place = next(tmp_path.glob("*.open"))
    whole = place.read_bytes()
    place.write_bytes(whole[:-5])
    assert all_new(tmp_path, position) == ([], position)
    place.write_bytes(whole)
    assert all_new(tmp_path, position)[0] == ["b"]
    log.close()


def test_a_long_backlog_is_read_in_few_readings_that_open_no_segment_twice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SegmentLog(tmp_path, segment_bytes=100)
    for number in range(60):
        log.append("main", [event(f"e{number}")])
    log.close()
    segments = len(list(tmp_path.iterdir()))
    opened: list[Path] = []
    real = beside.bytes_of

    def noted(path: Path, start: int, most: int) -> tuple[bytes | None, bool]:
        opened.append(path)
        return real(path, start, most)

    monkeypatch.setattr(beside, "bytes_of", noted)
    first = read_tail(tmp_path, "main", "", VERBS)
    assert len(first.events) == 60 and not first.more
    assert len(opened) <= 2 * segments  # the header and the rest of each
    opened.clear()
    assert read_tail(tmp_path, "main", first.position, VERBS) == read_tail(tmp_path, "main", first.position, ())
    assert len(opened) <= 6, "what lies before the position is not looked at"
    opened.clear()
    assert read_tail(tmp_path, "main", "", ()).more
    assert len(opened) <= 4, "that there is more needs no reading of it all"


def test_whether_the_log_goes_on_is_told_by_a_little_of_it_and_each_frame_is_proven_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = SegmentLog(tmp_path)
    for number in range(60):
        log.append("main", [event(f"e{number}", object="o" * 400)])
    log.close()
    monkeypatch.setattr(module, "MOST_BYTES", 20_000)
    monkeypatch.setattr(module, "LOOK_BYTES", 1_000)
    real, proven = zlib.crc32, list[int]()

    def noted(content: bytes, *before: int) -> int:
        proven.append(len(content))
        return real(content, *before)

    monkeypatch.setattr(zlib, "crc32", noted)
    reading = read_tail(tmp_path, "main", "", ())
    assert reading.more and reading.position
    assert len(proven) <= 3
    proven.clear()
    first = read_tail(tmp_path, "main", "", VERBS)
    assert len(first.events) > 20 and first.more
    assert len(proven) <= len(first.events) + 2

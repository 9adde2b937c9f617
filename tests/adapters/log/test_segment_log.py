"""The log keeps what it acknowledged, through threads, full disks, failing syncs and torn tails."""

from __future__ import annotations

import errno
import os
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest
from log_events import make_events

from staycourse.adapters.log import SegmentLog
from staycourse.adapters.segments import SegmentParts, decode_events
from staycourse.events import Event, EventLog
from staycourse.kernel import BadEvent, BadInput, FixedClock, HomeInUse, StorageFault


def kept(folder: Path, tenant: str = "main") -> list[str]:
    """Return the event ids in the closed segments, in order."""
    parts = SegmentParts(folder)
    frames = [frame for part in parts.parts() for frame in parts.read(part).frames.get(tenant, ())]
    return [name for frame in frames for name in decode_events([(frame.payload, frame.count)])["event_id"].to_pylist()]


def ids(events: list[Event]) -> list[str]:
    return [event.event_id for event in events]


def test_keeps_in_order_and_by_tenant(tmp_path: Path) -> None:
    log: EventLog = SegmentLog(tmp_path / "log", clock=FixedClock(datetime(2026, 3, 1, tzinfo=UTC)))
    log.append("main", make_events("a", 3))
    log.append("other", make_events("b", 2))
    log.append("main", [])
    log.append("main", make_events("c", 25_000))
    assert log.health().events_waiting == 25_005
    log.close()
    assert kept(tmp_path / "log") == ids(make_events("a", 3) + make_events("c", 25_000))
    assert kept(tmp_path / "log", "other") == ["b-0", "b-1"]


def test_rolls_by_size_and_when_told(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path, segment_bytes=2_000)
    for number in range(10):
        log.append("main", make_events(f"a{number}", 10))
    log.roll()
    log.roll()
    assert log.health().segments == len(list(tmp_path.glob("*.segment"))) > 2
    assert not list(tmp_path.glob("*.open"))
    log.close()
    log.close()
    assert len(kept(tmp_path)) == 100


def test_an_open_segment_is_not_handed_over(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path)
    log.append("main", make_events("a", 1))
    assert SegmentParts(tmp_path).parts() == []
    health = log.health()
    assert (health.segments, health.events_waiting) == (1, 1)
    assert health.bytes == next(tmp_path.glob("*.open")).stat().st_size
    log.close()
    assert kept(tmp_path) == ["a-0"]


def test_appends_of_one_time_share_a_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = SegmentLog(tmp_path)
    log.append("main", make_events("first", 1))
    syncs = 0
    first_waits, others_came = threading.Event(), threading.Event()
    real = os.fdatasync

    def slow(descriptor: int) -> None:
        nonlocal syncs
        syncs += 1
        first_waits.set()
        others_came.wait(10)
        real(descriptor)

    monkeypatch.setattr(os, "fdatasync", slow)
    threads = [threading.Thread(target=log.append, args=("main", make_events(f"t{n}", 5))) for n in range(8)]
    threads[0].start()
    assert first_waits.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(log._waiting) < 7:
        threading.Event().wait(0.001)
    others_came.set()
    for thread in threads:
        thread.join()
    assert syncs == 2
    log.close()
    assert sorted(kept(tmp_path)) == sorted(["first-0", *(f"t{n}-{i}" for n in range(8) for i in range(5))])


def test_many_threads_lose_and_double_nothing(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path, segment_bytes=20_000)

    def work(number: int) -> None:
        for turn in range(20):
            log.append("main", make_events(f"{number}.{turn}", 7))
            if turn % 9 == 0:
                log.roll()

    threads = [threading.Thread(target=work, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert log.health().events_waiting == 6 * 20 * 7
    log.close()
    found = kept(tmp_path)
    assert len(found) == len(set(found)) == 6 * 20 * 7


def test_a_full_disk_is_an_error_and_leaves_no_part(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = SegmentLog(tmp_path)
    log.append("main", make_events("before", 2))
    real = os.writev

    def full(descriptor: int, buffers: list[bytes]) -> int:
        real(descriptor, [bytes(buffers[0])[:10]])
        raise OSError(errno.ENOSPC, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "writev", full)
        with pytest.raises(StorageFault, match=r"2 events could not be kept.*No space left"):
            log.append("main", make_events("lost", 2))
        with pytest.raises(StorageFault):
            log.append("main", make_events("lost", 2))
    log.append("main", make_events("after", 2))
    log.close()
    assert kept(tmp_path) == ["before-0", "before-1", "after-0", "after-1"]
    assert SegmentLog(tmp_path).health().healed == ()


def test_a_write_cut_short_is_carried_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = SegmentLog(tmp_path)
    real = os.writev
    monkeypatch.setattr(os, "writev", lambda descriptor, buffers: real(descriptor, [bytes(buffers[0])[:7]]))
    log.append("main", make_events("a", 5))
    log.close()
    assert kept(tmp_path) == ids(make_events("a", 5))


def test_after_a_failed_sync_the_segment_is_written_no_further(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = SegmentLog(tmp_path)
    log.append("main", make_events("before", 1))
    with monkeypatch.context() as patch:
        patch.setattr(os, "fdatasync", _fail)
        with pytest.raises(StorageFault, match="Input/output error"):
            log.append("main", make_events("lost", 1))
    log.append("main", make_events("after", 1))
    assert log.health().segments == 2
    log.close()
    assert kept(tmp_path) == ["before-0", "after-0"]


def test_when_even_the_cut_fails_what_was_acknowledged_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = SegmentLog(tmp_path)
    log.append("main", make_events("before", 1))
    with monkeypatch.context() as patch:
        for name in ("fdatasync", "ftruncate", "replace"):
            patch.setattr(os, name, _fail)
        with pytest.raises(StorageFault):
            log.append("main", make_events("unsure", 1))
    log.append("main", make_events("after", 1))
    log.close()
    SegmentLog(tmp_path).close()
    found = kept(tmp_path)
    assert [name for name in found if name != "unsure-0"] == ["before-0", "after-0"]


def _fail(*_: object) -> None:
    raise OSError(errno.EIO, "Input/output error")


def test_a_folder_that_cannot_be_written_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "log").write_text("a file")
    with pytest.raises(StorageFault, match="the log cannot be opened"):
        SegmentLog(tmp_path / "log")


def test_a_second_log_on_the_folder_is_refused(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path)
    with pytest.raises(HomeInUse):
        SegmentLog(tmp_path)
    log.close()
    SegmentLog(tmp_path).close()


def test_refuses_bad_events_tenants_and_use_after_closing(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path)
    ancient = Event(event_id="a", learner="b", verb="posted", time=datetime(1904, 1, 1, tzinfo=UTC))
    with pytest.raises(BadEvent, match="outside the years"):
        log.append("main", [ancient])
    with pytest.raises(BadInput):
        log.append("../main", make_events("a", 1))
    log.close()
    with pytest.raises(StorageFault, match="closed"):
        log.append("main", make_events("a", 1))
    assert kept(tmp_path) == []


def test_a_torn_tail_is_healed_and_kept_aside(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path)
    for word in "abc":
        log.append("main", make_events(word, 4))
    log.close()
    (path,) = tmp_path.glob("*.segment")
    content = path.read_bytes()
    path.write_bytes(content[:-5])
    path.rename(path.with_suffix(".open"))
    again = SegmentLog(tmp_path)
    (words,) = again.health().healed
    assert "torn tail" in words
    assert again.health().events_waiting == 8
    again.append("main", make_events("d", 1))
    again.close()
    assert kept(tmp_path) == [*(f"{word}-{n}" for word in "ab" for n in range(4)), "d-0"]
    (aside,) = (tmp_path / "damaged").iterdir()
    assert content[:-5].endswith(aside.read_bytes()) and aside.stat().st_size > 100
    assert SegmentLog(tmp_path).health().healed == ()


def test_damage_in_the_middle_is_reported_and_the_rest_salvaged(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path)
    for word in "abc":
        log.append("main", make_events(word, 4))
    log.close()
    (path,) = tmp_path.glob("*.segment")
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    again = SegmentLog(tmp_path)
    (words,) = again.health().healed
    assert "damage in the middle" in words
    again.close()
    assert kept(tmp_path) == [f"{word}-{n}" for word in "ac" for n in range(4)]


@pytest.mark.parametrize("size", [0, 5, 24])
def test_a_segment_without_a_whole_frame_goes(tmp_path: Path, size: int) -> None:
    (tmp_path / "00000007.open").write_bytes(b"STAYLOG1" + bytes(16) if size == 24 else bytes(size))
    log = SegmentLog(tmp_path)
    assert log.health().segments == 0
    assert bool(log.health().healed) == (size == 5)
    log.append("main", make_events("a", 1))
    log.close()
    assert [path.name for path in tmp_path.glob("*.segment")] == ["00000008.segment"]

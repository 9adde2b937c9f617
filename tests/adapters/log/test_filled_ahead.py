"""A segment that is filled with zeros ahead of what is written: nobody takes them for damage, none stay."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from staycourse.adapters.log import SegmentLog
from staycourse.adapters.segments import read_frames
from staycourse.adapters.segments.frames import MARK

FRAME = bytes(range(256)) * 8


def written(folder: Path, frames: int = 3) -> Path:
    """Give the folder of a log whose process died, and what it had kept there."""
    log = SegmentLog(folder / "alive", ahead=True)
    for number in range(frames):
        log.append_frame("main", 1, FRAME + bytes([number, 0, 0]))
    shutil.copytree(folder / "alive", folder / "dead")
    log.close()
    return folder / "dead"


def test_closed_it_holds_what_was_written_and_nothing_else(tmp_path: Path) -> None:
    dead = written(tmp_path)
    (open_,), (closed,) = dead.glob("*.open"), (tmp_path / "alive").glob("*.segment")
    assert len(open_.read_bytes()) > len(closed.read_bytes()), "it was filled ahead"
    assert open_.read_bytes().startswith(closed.read_bytes())
    reading = read_frames(closed.read_bytes())
    assert reading.damage == () and reading.good_end == len(closed.read_bytes()) and reading.events == 3


def test_after_a_kill_zeros_are_no_damage(tmp_path: Path) -> None:
    dead = written(tmp_path)
    (open_,) = dead.glob("*.open")
    assert read_frames(open_.read_bytes()).damage == ()
    log = SegmentLog(dead)
    assert log.health().healed == () and log.health().events_waiting == 3
    log.close()
    assert not (dead / "damaged").exists()
    (closed,), (other,) = dead.glob("*.segment"), (tmp_path / "alive").glob("*.segment")
    assert len(closed.read_bytes()) == len(other.read_bytes())


@pytest.mark.parametrize("torn", [5, 40, len(FRAME) - 1])
def test_a_frame_that_was_cut_off_among_zeros_is_put_aside(tmp_path: Path, torn: int) -> None:
    dead = written(tmp_path)
    (open_,) = dead.glob("*.open")
    content = open_.read_bytes()
    last = content.rindex(MARK)
    open_.write_bytes(content[: last + torn] + bytes(len(content) - last - torn))
    log = SegmentLog(dead)
    assert len(log.health().healed) == 1 and log.health().events_waiting == 2
    log.close()


def test_a_damaged_frame_in_the_middle_hides_none_behind_it(tmp_path: Path) -> None:
    dead = written(tmp_path)
    (open_,) = dead.glob("*.open")
    content = open_.read_bytes()
    second = content.index(MARK, content.index(MARK) + 1)
    third = content.rindex(MARK)
    open_.write_bytes(content[:second] + bytes(third - second) + content[third:])
    assert read_frames(open_.read_bytes()).events == 2


def test_the_next_segment_is_made_ready_as_long_as_the_last_and_holds_what_is_written(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path, ahead=True)
    log.prepare()
    log.append_frame("main", 1, FRAME)
    log.roll()
    log.prepare()
    assert not list(tmp_path.glob("*.tmp")), "so short a segment needs none"
    log.append_frame("main", 1, FRAME * 1_000)
    log.roll()
    log.prepare()
    (spare,) = tmp_path.glob("*.tmp")
    assert spare.stat().st_size > 2_000_000 and not spare.read_bytes().strip(b"\0")
    log.append_frame("main", 1, FRAME)
    (open_,) = tmp_path.glob("*.open")
    assert not spare.exists() and open_.stat().st_size > 2_000_000
    shutil.copytree(tmp_path, tmp_path.with_name("dead"))
    log.prepare()
    log.close()
    assert [path.suffix for path in sorted(tmp_path.glob("0*"))] == [".segment"] * 3 and not spare.exists()
    assert read_frames(sorted(tmp_path.glob("0*"))[-1].read_bytes()).events == 1
    again = SegmentLog(tmp_path.with_name("dead"))
    assert again.health().healed == () and again.health().events_waiting == 3
    again.close()


def test_a_disk_that_has_no_room_for_it_makes_no_segment_ready(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = SegmentLog(tmp_path, ahead=True)
    log.append_frame("main", 1, FRAME * 1_000)
    log.roll()
    with monkeypatch.context() as broken:
        broken.setattr("os.fsync", _full)
        log.prepare()
    assert not list(tmp_path.glob("*.tmp"))
    log.append_frame("main", 1, FRAME)
    log.close()


def _full(descriptor: int) -> None:
    raise OSError(28, "no space left on device")

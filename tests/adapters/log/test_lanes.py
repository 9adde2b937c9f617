"""Several logs in one folder: each writes a lane of its own, all are read and compacted, and none waits for another."""

import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from staycourse.adapters.log import (
    SegmentLog,
    close_left_lanes,
    open_lane,
    open_segments,
    read_tail,
    remove_damaged,
    waiting,
    waiting_events,
)
from staycourse.adapters.log import lanes as module
from staycourse.adapters.segments import SegmentParts, lanes
from staycourse.events import Event
from staycourse.kernel import HomeInUse

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
VERBS = ("rated",)

LEAVING = """
import os, sys
from datetime import UTC, datetime
from pathlib import Path
from staycourse.adapters.log import open_lane
from staycourse.events import Event
log = open_lane(Path(sys.argv[1]))
now = datetime(2026, 3, 2, 10, tzinfo=UTC)
log.append("main", [Event(event_id="left", learner="ann", verb="rated", time=now)])
os._exit(9)
"""


def event(name: str, learner: str = "ann") -> Event:
    return Event(event_id=name, learner=learner, verb="rated", time=NOW)


def names_in(folder: Path) -> list[str]:
    parts = SegmentParts(folder)
    return sorted(
        event.event_id for part in parts.parts() for event in waiting_events(folder, "main", "ann") if part.bytes
    )


def test_each_writer_has_a_lane_and_the_first_free_one_is_taken(tmp_path: Path) -> None:
    first, second, third = (open_lane(tmp_path) for _ in range(3))
    assert [lane.name for lane in lanes(tmp_path)] == [tmp_path.name, "lane-1", "lane-2"]
    second.close()
    again = open_lane(tmp_path)
    again.append("main", [event("a")])
    assert [path.parent.name for path in open_segments(tmp_path)] == ["lane-1"]
    for log in (first, third, again):
        log.close()


def test_more_writers_than_lanes_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_LANES", 2)
    held = [open_lane(tmp_path) for _ in range(2)]
    with pytest.raises(HomeInUse, match="2 processes append already"):
        open_lane(tmp_path)
    for log in held:
        log.close()


def test_the_tail_reads_every_lane_once(tmp_path: Path) -> None:
    first, second = open_lane(tmp_path, segment_bytes=300), open_lane(tmp_path, segment_bytes=300)
    position, read = "", []
    for number in range(30):
        (first if number % 2 else second).append("main", [event(f"e{number}")])
        if number % 4 == 0:
            while True:
                reading = read_tail(tmp_path, "main", position, VERBS)
                read += [one.event_id for one in reading.events]
                position = reading.position
                if not reading.more:
                    break
    while (reading := read_tail(tmp_path, "main", position, VERBS)).events:
        read += [one.event_id for one in reading.events]
        position = reading.position
    assert sorted(read) == sorted(f"e{number}" for number in range(30))
    for log in (first, second):
        log.close()


def test_a_place_from_before_there_were_lanes_is_understood(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path)
    log.append("main", [event("old")])
    before = read_tail(tmp_path, "main", "", VERBS).position
    assert "=" not in before
    other = open_lane(tmp_path)
    other.append("main", [event("new")])
    assert [one.event_id for one in read_tail(tmp_path, "main", before, VERBS).events] == ["new"]
    log.close()
    other.close()


def test_what_is_within_given_segments_is_read_alone(tmp_path: Path) -> None:
    log = SegmentLog(tmp_path)
    log.append("main", [event("closed")])
    log.roll()
    within = {part.identity for part in SegmentParts(tmp_path).parts()}
    log.append("main", [event("open")])
    reading = read_tail(tmp_path, "main", "", VERBS, within=within)
    assert [one.event_id for one in reading.events] == ["closed"]
    assert [one.event_id for one in read_tail(tmp_path, "main", reading.position, VERBS).events] == ["open"]
    log.close()


def test_what_a_dead_process_left_open_is_closed_and_what_is_held_is_let_be(tmp_path: Path) -> None:
    held = open_lane(tmp_path)
    held.append("main", [event("held")])
    left = subprocess.run([sys.executable, "-c", LEAVING, str(tmp_path)], check=False)
    assert left.returncode == 9 and len(open_segments(tmp_path)) == 2
    assert close_left_lanes(tmp_path) == ()
    assert [path.parent for path in open_segments(tmp_path)] == [tmp_path]
    assert [part.name for part in SegmentParts(tmp_path).parts()] == ["lane-1/00000001.segment"]
    health = waiting(tmp_path, held.health())
    assert (health.segments, health.events_waiting) == (2, 1) and health.bytes > held.health().bytes
    held.close()


def test_parts_of_all_lanes_are_read_and_dropped(tmp_path: Path) -> None:
    logs = [open_lane(tmp_path) for _ in range(3)]
    for number, log in enumerate(logs):
        log.append("main", [event(f"e{number}")])
        log.roll()
    parts = SegmentParts(tmp_path)
    listed = parts.parts()
    assert len({part.identity for part in listed}) == 3
    assert [parts.read(part).identity for part in listed] == [part.identity for part in listed]
    assert sorted(one.event_id for one in waiting_events(tmp_path, "main", "ann")) == ["e0", "e1", "e2"]
    parts.drop(listed)
    assert parts.parts() == [] and waiting_events(tmp_path, "main", "ann") == []
    for log in logs:
        log.close()


def test_damaged_bytes_of_any_lane_that_name_a_learner_go(tmp_path: Path) -> None:
    open_lane(tmp_path)
    other = open_lane(tmp_path)
    folder = tmp_path / "lane-1" / "damaged"
    folder.mkdir()
    (folder / "00000001-24.bytes").write_bytes(b"..ann..")
    assert remove_damaged(tmp_path, ["bob"]) == 0
    assert remove_damaged(tmp_path, ["ann"]) == 1
    other.close()

"""What every log promises, whichever a home has: segment files on the disk, or a stream of NATS JetStream."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from log_reading import NOW, event, ids_in, lake_at, read_all
from nats_cluster import NatsCluster, nats_cluster

from staycourse.adapters.jetstream import JetStreamPlace, read_address
from staycourse.adapters.log import SegmentPlace
from staycourse.app.homes.log_place import LogPlace
from staycourse.kernel import FixedClock

pytestmark = pytest.mark.xdist_group("nats")


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsCluster]:
    started = nats_cluster(tmp_path_factory.mktemp("nats"), 1)
    yield started
    started.stop()


@pytest.fixture(params=["segments", "jetstream"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[LogPlace]:
    if request.param == "segments":
        yield SegmentPlace(tmp_path / "log", FixedClock(NOW))
        return
    stream = "".join(char if char.isalnum() else "-" for char in request.node.name)[:60]
    address = request.getfixturevalue("server").address(stream=stream)
    opened = JetStreamPlace(read_address(address), FixedClock(NOW))
    yield opened
    opened.close()


def test_what_is_appended_is_compacted_once_and_leaves_the_log(place: LogPlace, tmp_path: Path) -> None:
    log, lake = place.writer(), lake_at(tmp_path)
    log.append("main", [event("a"), event("b", attributes={"text": "no\0t"}, value=300)])
    log.append("other", [event("a")])
    log.append("main", [event("a")])  # sent again
    log.roll()
    assert log.health().segments > 0
    report = lake.compact_parts(place.parts())
    assert (report.events, report.rows, report.tenants) == (4, 3, ("main", "other"))
    assert ids_in(lake) == ["a", "b"] and ids_in(lake, "other") == ["a"]
    assert log.health().segments == 0 and not place.parts().parts()
    log.append("main", [event("c")])
    log.roll()
    lake.compact_parts(place.parts())
    assert ids_in(lake) == ["a", "b", "c"]
    log.close()


def test_taken_and_not_dropped_it_is_not_taken_again(
    place: LogPlace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, lake, parts = place.writer(), lake_at(tmp_path), place.parts()
    log.append("main", [event("a")])
    log.roll()

    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(type(parts), "drop", stop)
        lake.compact_parts(parts)
    log.append("main", [event("b")])
    log.roll()
    assert lake.compact_parts(place.parts()).rows == 1
    assert ids_in(lake) == ["a", "b"]
    log.close()


def test_the_tail_reads_each_event_once(place: LogPlace) -> None:
    log, position, read = place.writer(), "", []
    for number in range(20):
        log.append("main" if number % 3 else "other", [event(f"e{number}"), event(f"x{number}", verb="logged_in")])
        if number % 6 == 0:
            names, position = read_all(place, position)
            read += names
    names, position = read_all(place, position)
    assert read + names == [f"e{number}" for number in range(20) if number % 3]
    assert read_all(place, position) == ([], position)
    log.close()


def test_what_is_within_parts_is_read_alone(place: LogPlace) -> None:
    log = place.writer()
    log.append("main", [event("old")])
    log.roll()
    within = {part.identity for part in place.parts().parts()}
    log.append("main", [event("new")])
    names, position = read_all(place, "", within)
    assert names == ["old"]
    assert read_all(place, position)[0] == ["new"]
    log.close()


def test_a_learners_waiting_events_are_found_and_go_with_a_compaction(place: LogPlace, tmp_path: Path) -> None:
    log = place.writer()
    log.append("main", [event("a"), event("b", learner="ben")])
    log.roll()
    assert [one.event_id for one in place.waiting_events("main", "ben")] == ["b"]
    lake_at(tmp_path).compact_parts(place.parts())
    assert place.waiting_events("main", "ben") == []
    log.close()

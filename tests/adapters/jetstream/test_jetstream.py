"""The log on JetStream: the same promises as the segment files, on real servers."""

import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from log_reading import NOW, VERBS, event, ids_in, lake_at, read_all
from nats_cluster import NatsCluster, nats_cluster

from staycourse.adapters.jetstream import JetStreamPlace, read_address
from staycourse.adapters.jetstream import link as link_module
from staycourse.adapters.lake import Lake
from staycourse.kernel import BadEvent, BadSettings, FixedClock, StorageFault

pytestmark = pytest.mark.xdist_group("nats")


@pytest.fixture(scope="module")
def one(tmp_path_factory: pytest.TempPathFactory) -> Iterator[NatsCluster]:
    server = nats_cluster(tmp_path_factory.mktemp("nats"), 1)
    yield server
    server.stop()


@pytest.fixture
def place(one: NatsCluster, request: pytest.FixtureRequest) -> Iterator[JetStreamPlace]:
    stream = "".join(char if char.isalnum() else "-" for char in request.node.name)[:60]
    opened = JetStreamPlace(read_address(one.address(stream=stream)), FixedClock(NOW))
    yield opened
    opened.close()


def test_the_tail_is_read_in_bounded_pieces(place: JetStreamPlace, monkeypatch: pytest.MonkeyPatch) -> None:
    from staycourse.adapters.jetstream import messages
    from staycourse.adapters.jetstream import place as module

    log = place.writer()
    for number in range(10):
        log.append("main", [event(f"e{number}")])
    monkeypatch.setattr(module, "TAIL_BYTES", 1)
    monkeypatch.setattr(messages, "AT_ONCE", 3)
    first = place.read_tail("main", "", VERBS)
    assert len(first.events) == 3 and first.more
    assert read_all(place, "")[0] == [f"e{number}" for number in range(10)]
    log.close()


def test_parts_are_bounded_and_whole(place: JetStreamPlace) -> None:
    log = place.writer()
    for number in range(12):
        log.append("main", [event(f"e{number}")])
    parts = place.parts()
    small = type(parts)(parts.link, most_bytes=600)
    listed = small.parts()
    assert len(listed) > 2
    frames = [frame for part in listed for frame in small.read(part).frames["main"]]
    assert len(frames) == 12
    log.close()


def test_more_than_a_message_holds_goes_in_several(place: JetStreamPlace, tmp_path: Path) -> None:
    log, lake = place.writer(), lake_at(tmp_path)
    text = "x" * 9_000
    log.append("main", [event(f"e{number:03}", attributes={"text": text}) for number in range(200)])
    assert log.health().segments > 1
    lake.compact_parts(place.parts())
    assert len(ids_in(lake)) == 200
    with pytest.raises(BadEvent, match="too large"):
        log.append("main", [event("big", attributes={str(n): "x" * 10_000 for n in range(90)})])
    log.close()


def test_a_message_of_somebody_else_is_told_and_passed_over(place: JetStreamPlace, tmp_path: Path) -> None:
    log = place.writer()
    log.append("main", [event("a")])
    stream = place._address.stream

    async def intrude(context: object) -> None:
        await context.publish(f"{stream}.main", b"hello")  # type: ignore[attr-defined]

    place._link.ask(intrude, "not published")
    report = lake_at(tmp_path).compact_parts(place.parts())
    assert report.rows == 1 and "hold no events of ours" in report.damage[0]
    log.close()


def test_nobody_there_is_a_storage_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(link_module, "SECONDS", 0.3)
    lonely = JetStreamPlace(read_address("nats://user:secret@127.0.0.1:1"), FixedClock(NOW))
    log = lonely.writer()
    with pytest.raises(StorageFault, match="1 events could not be kept") as caught:
        log.append("main", [event("a")])
    assert "secret" not in str(caught.value) and "secret" not in repr(lonely._address)
    log.close()
    lonely.close()


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("http://host", "no address"),
        ("nats://", "no address"),
        ("nats://host?replicas=2", "'2' replicas"),
        ("nats://host?stream=a.b", "cannot name a stream"),
        ("nats://host?colour=red", "no option 'colour'"),
        ("nats://host:port", "no number"),
        ("nats://a,,b", "has no name"),
    ],
)
def test_a_wrong_address_is_refused_with_what_is_wrong(text: str, fault: str) -> None:
    with pytest.raises(BadSettings, match=fault):
        read_address(text)


def _compacted(lake: Lake, place: JetStreamPlace) -> bool:
    """Compact; False where the servers were still agreeing on a leader, as they may be for seconds after a kill."""
    try:
        lake.compact_parts(place.parts())
    except StorageFault:
        return False
    return True


def test_three_servers_lose_one_in_the_middle_and_nothing_else(tmp_path: Path) -> None:
    """Four threads append; the leader is killed, comes back, and another is killed: what was acknowledged is there."""
    cluster = nats_cluster(tmp_path, 3)
    place = JetStreamPlace(read_address(cluster.address(stream="school", replicas=3)), FixedClock(NOW))
    acknowledged: set[str] = set()
    refused: set[str] = set()
    stop = threading.Event()
    progress = [threading.Event() for _ in range(3)]

    def write(writer: int) -> None:
        log = place.writer()
        number = 0
        while not stop.is_set():
            names = [f"{writer}-{number}-{one}" for one in range(10)]
            try:
                log.append("main", [event(name) for name in names])
                acknowledged.update(names)
            except StorageFault:
                refused.update(names)
            number += 1
            for step, event_ in enumerate(progress):
                if len(acknowledged) >= (step + 1) * 400:
                    event_.set()
        log.close()

    try:
        place.parts().parts()  # makes the stream, once a majority has met
        writers = [threading.Thread(target=write, args=(number,)) for number in range(4)]
        for one in writers:
            one.start()
        assert progress[0].wait(60)
        cluster.kill(_leader(place))
        target = len(acknowledged) + 200
        _until(lambda: len(acknowledged) >= target)
        stop.set()
        for one in writers:
            one.join(60)
        lake = lake_at(tmp_path / "home")
        _until(lambda: _compacted(lake, place))
        kept = ids_in(lake)
        assert len(kept) == len(set(kept)), "nothing twice"
        assert acknowledged <= set(kept), "nothing acknowledged is lost"
        assert set(kept) <= acknowledged | refused, "nothing else came"
    finally:
        stop.set()
        place.close()
        cluster.stop()


def _leader(place: JetStreamPlace) -> int:
    async def ask(context: object) -> int:
        info = await context.stream_info("school")  # type: ignore[attr-defined]
        return int(info.cluster.leader.removeprefix("n"))

    return place._link.ask(ask, "no leader")


def _until(met: object, seconds: float = 60) -> None:
    import time

    end = time.monotonic() + seconds
    while not met():  # type: ignore[operator]
        assert time.monotonic() < end
        time.sleep(0.02)

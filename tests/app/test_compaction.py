"""Compaction beside writers: what care has not seen stays in the log, and what is erased stays out of the lake."""

import threading
from collections.abc import Collection, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from staycourse.adapters.lake.compaction import Stride
from staycourse.adapters.log import SegmentPlace
from staycourse.adapters.store import LawBook
from staycourse.app.care import Care, run_tick
from staycourse.app.care import care as care_module
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import compact_home, erase_learner
from staycourse.app.nights import compaction as module
from staycourse.events import Event
from staycourse.kernel import FixedClock, HomeInUse, Settings, StorageFault

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "home", "main", "Asia/Shanghai", FixedClock(NOW), 1, 1)


@pytest.fixture
def server(settings: Settings) -> Iterator[Home]:
    """A process that appends and holds nothing but its lane."""
    with open_home(settings, writing=False) as opened:
        yield opened


@pytest.fixture
def compactor(settings: Settings) -> Iterator[Home]:
    with open_home(settings, writing=False) as opened:
        yield opened


def asked_for_refund(number: int = 1, learner: str = "anna") -> Event:
    return Event(event_id=f"e{number}", learner=learner, verb="refund_asked", time=NOW, object="order-1")


def alerted(home: Home) -> list[str]:
    return sorted(alert.learner for alert in Care(home).alerts.standing("main", NOW)[0])


def test_a_server_writes_on_while_another_process_compacts(server: Home, compactor: Home) -> None:
    server.log.append("main", [asked_for_refund(1)])
    server.log.roll()
    server.log.append("main", [asked_for_refund(2, "ben")])
    assert compact_home(compactor).rows == 1, "the open segment is the server's"
    server.log.roll()
    assert compact_home(compactor).rows == 1
    assert compactor.lake.health().rows == 2 and not compact_home(compactor).segments


def test_what_no_tick_has_seen_is_heeded_before_it_leaves_the_log(server: Home, compactor: Home) -> None:
    server.log.append("main", [asked_for_refund()])
    server.log.roll()
    compact_home(compactor)
    assert alerted(compactor) == ["anna"]
    assert run_tick(Care(compactor)).events == 0


def test_every_tenants_events_are_heeded(settings: Settings, server: Home) -> None:
    with open_home(replace(settings, tenant="other"), writing=False) as other:
        server.log.append("other", [asked_for_refund()])
        server.log.roll()
        compact_home(server)
        assert [alert.learner for alert in Care(other).alerts.standing("other", NOW)[0]] == ["anna"]


def test_what_is_closed_while_care_looks_waits_for_the_next_time(
    server: Home, compactor: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    server.log.append("main", [asked_for_refund(1)])
    server.log.roll()
    real = care_module.run_heeding

    def heeding(*given: object, **more: object) -> object:
        done = real(*given, **more)  # type: ignore[arg-type]
        server.log.append("main", [asked_for_refund(2, "ben")])
        server.log.roll()
        return done

    with monkeypatch.context() as patched:
        patched.setattr(module, "run_heeding", heeding)
        assert compact_home(compactor).rows == 1
    assert alerted(compactor) == ["anna"]
    compact_home(compactor)
    assert alerted(compactor) == ["anna", "ben"], "it was heeded, and only then taken"
    assert compactor.lake.health().rows == 2


def test_one_compacts_at_a_time(server: Home, compactor: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    server.log.append("main", [asked_for_refund()])
    server.log.roll()
    seen: list[str] = []

    def heeding(*_: object, **__: object) -> None:
        with pytest.raises(HomeInUse, match="another process compacts"):
            compact_home(server)
        seen.append("refused")

    monkeypatch.setattr(module, "run_heeding", heeding)
    compact_home(compactor)
    assert seen == ["refused"]


def test_of_a_long_backlog_what_was_heeded_before_a_break_is_in_the_lake(
    server: Home, compactor: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number, learner in enumerate(("anna", "ben", "carl"), start=1):
        server.log.append("main", [asked_for_refund(number, learner)])
        server.log.roll()
    real, calls = care_module.run_heeding, iter(range(100))

    def heeding(*given: object, **more: object) -> object:
        if next(calls) == 1:
            raise StorageFault("the power went")
        return real(*given, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(compactor.lake, "_stride", Stride(1))
    monkeypatch.setattr(module, "run_heeding", heeding)
    with pytest.raises(StorageFault):
        compact_home(compactor)
    assert (compactor.lake.health().rows, alerted(compactor)) == (1, ["anna"])
    compact_home(compactor)
    assert (compactor.lake.health().rows, alerted(compactor)) == (3, ["anna", "ben", "carl"])


def test_what_came_of_an_erased_learner_by_a_door_that_knew_it_late_is_not_taken(
    settings: Settings, server: Home, compactor: Home
) -> None:
    with open_home(settings, writing=False, gate_seconds=3600) as late:
        late.log.append("main", [asked_for_refund(1, "ben")])  # from now on it goes by what it knows
        LawBook(server.database).begin("main", "anna", NOW)
        late.log.append("main", [asked_for_refund(2), asked_for_refund(3, "ben")])
    assert compact_home(compactor).rows == 2
    assert not compactor.lake.holds("main", "anna")


def test_an_erasure_waits_for_a_server_to_close_its_segment(
    settings: Settings, server: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "GATE_SECONDS", 0.0)
    monkeypatch.setattr(module, "LOOK_SECONDS", 0.0)
    server.log.append("main", [asked_for_refund()])
    waited = threading.Event()
    looks = SegmentPlace.being_written

    def looking(place: SegmentPlace) -> Collection[object]:
        found = looks(place)
        if waited.is_set():
            server.log.roll()  # as a server does each second
        waited.set()
        return found

    monkeypatch.setattr(SegmentPlace, "being_written", looking)
    with open_home(settings, writing=True) as home:
        assert erase_learner(home, "anna", actor="op").events == 0, "the gate of compaction let nothing of them in"
        assert not home.lake.holds("main", "anna")


def test_an_erasure_is_refused_while_a_server_keeps_its_segment(
    settings: Settings, server: Home, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (("GATE_SECONDS", 0.0), ("LOOK_SECONDS", 0.0), ("LOOKS", 3)):
        monkeypatch.setattr(module, name, value)
    server.log.append("main", [asked_for_refund()])
    with open_home(settings, writing=True) as home, pytest.raises(StorageFault, match="does not close its segment"):
        erase_learner(home, "anna", actor="op")

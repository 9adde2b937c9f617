"""The intake: many requests share one sync, each learns of its own fate, and there is an end to what is taken in."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path

import pytest
from api_site import logged
from msgspec.structs import replace

from staycourse.adapters.store import LawBook
from staycourse.app.homes import Home
from staycourse.app.intake import Intake
from staycourse.app.intake import intake as intake_module
from staycourse.events import Event, Learner, Packed
from staycourse.kernel import BadEvent, FixedClock, Settings, StorageFault, TooMany

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    opened = Home(Settings(tmp_path / "home", "main", "UTC", FixedClock(NOW), 1, 1), writing=False)
    opened.store.ensure_tenant("other", "UTC", NOW)
    yield opened
    opened.close()


def events(name: str, count: int = 3) -> list[Event]:
    return [Event(event_id=f"{name}-{n}", learner="ada", verb="logged_in", time=NOW) for n in range(count)]


def test_what_comes_at_one_time_is_kept_each_for_its_tenant(home: Home) -> None:
    async def many(intake: Intake) -> None:
        wishes = [intake.taken("main" if n % 3 else "other", events(str(n))) for n in range(60)]
        await asyncio.gather(*wishes, intake.taken("main", []))

    with Intake(home) as intake:
        asyncio.run(many(intake))
        intake.take("main", events("direct"))
    folder = home.path / "log"
    assert len(logged(folder, "main")) == 40 * 3 + 3 and len(logged(folder, "other")) == 20 * 3


def test_many_and_few_are_kept_side_by_side_and_none_of_who_was_erased(home: Home) -> None:
    LawBook(home.database).begin("main", "gone", NOW)

    async def both(intake: Intake) -> None:
        gone = [replace(event, learner="gone") for event in events("gone", 300)]
        wishes = [intake.taken("main", [*events(str(n), 1 + n * 60), *gone[: n * 60]]) for n in range(6)]
        await asyncio.gather(*wishes)

    with Intake(home) as intake:
        asyncio.run(both(intake))
    kept = [event.event_id for event in logged(home.path / "log", "main")]
    assert sorted(kept) == sorted(event.event_id for n in range(6) for event in events(str(n), 1 + n * 60))


def test_an_event_that_cannot_be_written_is_told_to_who_brought_it_alone(home: Home) -> None:
    bad = [replace(event, time=datetime(1969, 1, 1, tzinfo=UTC)) for event in events("bad", 60)]

    async def both(intake: Intake) -> list[object]:
        return list(await asyncio.gather(intake.taken("main", bad), intake.taken("main", events("a")),
                                         return_exceptions=True))  # fmt: skip

    with Intake(home) as intake:
        assert [type(found) for found in asyncio.run(both(intake))] == [BadEvent, type(None)]
    assert len(logged(home.path / "log", "main")) == 3


def test_a_disk_that_fails_is_told_to_all_who_wait(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(tenant: str, given: Sequence[Packed]) -> None:
        raise OSError("no space") if tenant == "other" else StorageFault("full", where="disk")

    async def both(intake: Intake) -> list[object]:
        wishes = (intake.taken("main", events("a")), intake.taken("other", events("b")))
        return list(await asyncio.gather(*wishes, return_exceptions=True))

    with Intake(home) as intake:
        monkeypatch.setattr(home.log, "append_packed", fails)
        assert [type(fault) for fault in asyncio.run(both(intake))] == [StorageFault, StorageFault]


def test_bodies_have_room_for_so_many_bytes(home: Home) -> None:
    intake = Intake(home, bytes_most=100)
    with intake.room() as first:
        first(60)
        with intake.room() as second:
            second(40)
            with pytest.raises(TooMany) as refused:
                second(1)
            assert refused.value.retry_after >= 1
        first(40)
    with intake.room() as third:
        third(100)


def test_too_much_waiting_in_the_log_is_told(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    intake = Intake(home, waiting_most=10)
    intake.take("main", events("a"))
    intake._look()
    with pytest.raises(TooMany) as refused:
        intake.take("main", events("b"))
    assert "compact" in refused.value.mend and refused.value.retry_after == 30
    assert len(logged(home.path / "log", "main")) == 3


def test_the_segment_is_closed_each_second_and_chores_are_done(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake_module, "UPKEEP_SECONDS", 0.01)
    done: list[int] = []
    with Intake(home, chores=[lambda: done.append(1)]) as intake:
        intake.take("main", events("a"))
        for _ in range(500):
            if list((home.path / "log").glob("*.segment")):
                break
            intake._stopping.wait(0.02)
        assert list((home.path / "log").glob("*.segment"))
    assert done == [1], "at the end at the latest"


def test_learners_who_were_erased_are_not_kept(home: Home) -> None:
    LawBook(home.database).begin("main", "gone", NOW)
    intake = Intake(home)
    assert intake.take_learners("main", [Learner(learner="gone", name="G"), Learner(learner="ada", name="A")]) == 1
    assert home.store.learner("main", "gone") is None and home.store.learner("main", "ada") is not None

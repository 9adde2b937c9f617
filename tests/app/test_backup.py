"""A home kept elsewhere while it runs and brought back: nothing acknowledged is missing, and nothing is there twice."""

import io
import tarfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from platform_home import fill_store, open_platform, settings_at
from small_platform import NOW as PLATFORM_NOW
from small_platform import platform_events
from sqlalchemy import select

from staycourse.adapters.store import Database, open_database, schema
from staycourse.app.homes import Home, open_home
from staycourse.app.nights import backup as module
from staycourse.app.nights import backup_home, compact_home, restore_home, run_nightly
from staycourse.app.nights.compaction import take_in
from staycourse.events import Event
from staycourse.kernel import BadInput, FixedClock, HomeInUse, StorageFault

NOW = datetime.fromisoformat(PLATFORM_NOW)
DAY = date(2024, 3, 9)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    with open_platform(tmp_path / "home", None, platform_events()) as opened:
        yield opened


def backup_of(home: Home) -> bytes:
    out = io.BytesIO()
    backup_home(home, out)
    return out.getvalue()


def rows_of(database: Database) -> dict[str, list[tuple[Any, ...]]]:
    with database.reading() as connection:
        return {
            table.name: [tuple(row) for row in connection.execute(select(table).order_by(*table.primary_key))]
            for table in schema.metadata.sorted_tables
        }


def ids_in(home: Home, learner: str) -> list[str]:
    return sorted(home.lake.events_of("main", learner, limit_days=10**6)["event_id"].to_pylist())


def test_a_home_comes_back_with_the_same_signals_risks_and_settings(home: Home, tmp_path: Path) -> None:
    (home.path / "policy.toml").write_text("[churn]\nhorizon_days = 10\n")
    run_nightly(home, DAY, lambda *_: None)
    kept = backup_of(home)
    report = restore_home(settings_at(tmp_path / "back"), io.BytesIO(kept))
    assert report.rows == sum(len(rows) for rows in rows_of(home.database).values()) > 0
    with open_home(settings_at(tmp_path / "back"), writing=True) as back:
        assert rows_of(back.database) == rows_of(home.database)
        assert back.lake.verify().wrong == () and back.lake.health() == home.lake.health()
        courses = home.store.courses("main")
        assert back.engine.signals("main", DAY, courses).equals(home.engine.signals("main", DAY, courses))
        risks = home.shelf.risks("main", DAY)
        kept_risks = back.shelf.risks("main", DAY)
        assert risks is not None and kept_risks is not None and kept_risks.equals(risks)
        assert back.policy("main").churn.horizon_days == 10
        again = run_nightly(back, DAY, lambda *_: None)
        assert again.enrolments == risks.num_rows


def test_every_table_goes_from_either_store_to_either(
    database: Database, empty_store: Path | str, tmp_path: Path
) -> None:
    with open_platform(tmp_path / "home", database, platform_events()[:50]) as home:
        for folder in ("rollup", "risks"):
            (home.path / "tenants" / "main" / folder).mkdir()
        fill_store(home)
        before = rows_of(database)
        kept = backup_of(home)
    target = settings_at(tmp_path / "back", store="" if isinstance(empty_store, Path) else empty_store)
    restore_home(target, io.BytesIO(kept))
    back = open_database(target.store or tmp_path / "back" / "store.db")
    try:
        assert rows_of(back) == before
        with back.writing() as connection:  # numbers that the database gives out go on after those that came
            first = before["nodes"][0] if before["nodes"] else None
            numbers = [row[0] for row in before["journeys"]]
            journey = dict(zip(schema.journeys.c.keys(), before["journeys"][0], strict=True))
            del journey["journey"]
            journey |= {"learner": "new", "entry": "again"}
            given = connection.execute(schema.journeys.insert().values(journey)).inserted_primary_key
            assert first is None or given is not None
            assert given is not None and given[0] > max(numbers)
    finally:
        back.close()


@contextmanager
def live_home(place: Path) -> Iterator[list[str]]:
    """Append and compact in two threads, as server and compactor do; gives the ids acknowledged so far."""
    acknowledged: list[str] = []
    stop = threading.Event()

    def write() -> None:
        with open_home(settings_at(place), writing=False) as server:
            while not stop.wait(0.01):
                names = [f"live-{len(acknowledged)}-{one}" for one in range(20)]
                server.log.append("main", [event(name) for name in names])
                acknowledged.extend(names)
                server.log.roll()

    def compact() -> None:
        with open_home(settings_at(place), writing=False) as worker:
            while not stop.wait(0.05):
                with suppress(HomeInUse):
                    compact_home(worker)

    threads = [threading.Thread(target=work) for work in (write, compact)]
    for thread in threads:
        thread.start()
    try:
        while len(acknowledged) < 100:
            stop.wait(0.01)
        yield acknowledged
    finally:
        stop.set()
        for thread in threads:
            thread.join()


def test_taken_under_load_with_compaction_it_holds_all_that_was_acknowledged_before(home: Home, tmp_path: Path) -> None:
    with live_home(home.path) as acknowledged:
        taken = []
        for _ in range(2):
            known = list(acknowledged)
            taken.append((known, backup_of(home)))
    for number, (known, kept) in enumerate(taken):
        place = tmp_path / f"back-{number}"
        restore_home(settings_at(place), io.BytesIO(kept))
        later = replace(settings_at(place), clock=FixedClock(NOW + timedelta(minutes=1)))
        with open_home(later, writing=True) as back:  # a minute later nobody holds the log's end any more
            take_in(back)
            ids = ids_in(back, "live")
            assert len(ids) == len(set(ids)), "nothing twice"
            assert set(known) <= set(ids) <= set(acknowledged), "nothing missing"
            assert back.lake.verify().wrong == ()


def event(name: str) -> Event:
    return Event(event_id=name, learner="live", verb="logged_in", time=NOW)


def test_one_backup_at_a_time_and_nothing_of_it_stays(home: Home) -> None:
    (home.path / ".picture-killed").mkdir()

    class Second(io.BytesIO):
        tried = False

        def write(self, content: Any) -> int:
            if not self.tried:
                self.tried = True
                with pytest.raises(HomeInUse, match="another backup"):
                    backup_home(home, io.BytesIO())
            return super().write(content)

    backup_home(home, Second())
    assert not list(home.path.glob(".picture-*"))


def test_locks_secrets_of_the_moment_and_half_written_files_are_not_in_it(home: Home) -> None:
    (home.path / "half.tmp").write_text("half")
    with tarfile.open(fileobj=io.BytesIO(backup_of(home))) as archive:
        names = archive.getnames()
        assert all(entry.mode == 0o600 for entry in archive.getmembers())
    assert not [name for name in names if name.endswith((".lock", "/lock", ".tmp")) or "store.db" in name]
    assert "home/tenants/main/events/manifest.json" in names and names[0] == "staycourse-backup.json"


def test_what_is_put_aside_for_a_moment_is_not_in_it(home: Home, tmp_path: Path) -> None:
    rollup = home.path / "tenants" / "main" / "rollup"
    others = (home.path / "export-1", home.path / "tenants" / "export-us" / "lake")
    for folder in (rollup / "scratch" / "one", rollup / "settled", *others):
        folder.mkdir(parents=True)
        (folder / "part.parquet").write_bytes(b"x")
    with tarfile.open(fileobj=io.BytesIO(backup_of(home))) as kept:
        names = [name for name in kept.getnames() if name.endswith("part.parquet")]
    assert names == ["home/tenants/export-us/lake/part.parquet"]


def test_a_home_or_store_that_holds_something_is_not_overwritten(home: Home, tmp_path: Path) -> None:
    kept = backup_of(home)
    with pytest.raises(BadInput, match="the home is not empty"):
        restore_home(settings_at(home.path), io.BytesIO(kept))
    other = tmp_path / "other.db"
    with pytest.raises(BadInput, match="the store is not empty"):
        restore_home(settings_at(tmp_path / "back", store=f"sqlite:///{home.path}/store.db"), io.BytesIO(kept))
    assert not other.exists()
    with pytest.raises(StorageFault, match="broke off"):
        Home(settings_at(tmp_path / "back"), writing=False)


@pytest.mark.parametrize("share", [0.0, 0.02, 0.4, 0.9, 0.9999])
def test_a_backup_that_is_cut_short_is_refused(home: Home, tmp_path: Path, share: float) -> None:
    kept = backup_of(home)
    with pytest.raises(BadInput, match=r"cut short|no backup|not finished|damaged"):
        restore_home(settings_at(tmp_path / "back"), io.BytesIO(kept[: int((len(kept) - 10_240) * share)]))


def test_a_changed_byte_is_found(home: Home, tmp_path: Path) -> None:
    kept = bytearray(backup_of(home))
    place = kept.index(b"PAR1") + 40
    kept[place] ^= 1
    with pytest.raises(BadInput, match=r"is damaged or missing"):
        restore_home(settings_at(tmp_path / "back"), io.BytesIO(bytes(kept)))


@pytest.mark.parametrize("name", ["home/../../evil", "/etc/evil", "home//etc/evil", "elsewhere/evil"])
def test_a_name_that_leads_out_of_the_home_is_refused(home: Home, tmp_path: Path, name: str) -> None:
    crafted = io.BytesIO()
    with tarfile.open(fileobj=io.BytesIO(backup_of(home))) as kept, tarfile.open(fileobj=crafted, mode="w") as out:
        heading = kept.getmembers()[0]
        out.addfile(heading, kept.extractfile(heading))
        entry = tarfile.TarInfo(name)
        entry.size = 4
        out.addfile(entry, io.BytesIO(b"evil"))
    crafted.seek(0)
    with pytest.raises(BadInput, match=r"leads out of the home"):
        restore_home(settings_at(tmp_path / "deep" / "back"), crafted)
    assert not list(tmp_path.rglob("evil"))


def test_another_schema_is_refused(home: Home, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(module, "schema_version", lambda _: "0001")
        kept = backup_of(home)
    with pytest.raises(BadInput, match=r"schema 0001.*restore it with staycourse"):
        restore_home(settings_at(tmp_path / "back"), io.BytesIO(kept))


def test_an_empty_home_is_kept_too(tmp_path: Path) -> None:
    with open_home(settings_at(tmp_path / "home"), writing=False) as home:
        kept = backup_of(home)
    restore_home(replace(settings_at(tmp_path / "back")), io.BytesIO(kept))
    with open_home(settings_at(tmp_path / "back"), writing=False) as back:
        assert back.store.tenants() == {"main": "UTC"}

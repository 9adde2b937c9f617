"""A learner is exported whole and erased everywhere; what is others' stays as it was."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from platform_home import GONE, NAMES, fill_store, open_platform
from small_platform import AS_OF, platform_events
from sqlalchemy import select

from staycourse.adapters.log import SegmentPlace
from staycourse.adapters.store import Database, LawBook, ModelEntry
from staycourse.adapters.store import schema as tables
from staycourse.adapters.store.erasing import WITHOUT_LEARNERS, following_tables, learner_tables, mentions
from staycourse.app.homes import Home
from staycourse.app.nights import erase_learner, export_learner, run_nightly
from staycourse.app.nights import law as law_module
from staycourse.events import Event, Learner
from staycourse.kernel import NotFound, StorageFault
from staycourse.signals import SIGNALS_BY_NAME

DAY = date.fromisoformat(AS_OF)
PEERS = {name for name, signal in SIGNALS_BY_NAME.items() if signal.form.startswith("peer")}
on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


@pytest.fixture(scope="module")
def platform(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Give a home with a night behind it, to be copied."""
    place = tmp_path_factory.mktemp("platform") / "home"
    with open_platform(place, None, platform_events()) as opened:
        run_nightly(opened, DAY, lambda *_: None)
    return place


@pytest.fixture
def home(tmp_path: Path, database: Database, platform: Path) -> Iterator[Home]:
    shutil.copytree(platform, tmp_path / "home", ignore=shutil.ignore_patterns("store.db*"))
    with open_platform(tmp_path / "home", database, ()) as opened:
        fill_store(opened)
        yield opened


def store_of(database: Database, *, without: str = "") -> dict[str, list[str]]:
    """Return every row of every table as text, those of one learner left out."""
    with database.reading() as connection:
        return {
            table.name: sorted(
                repr(tuple(row.values()))
                for row in connection.execute(select(table)).mappings()
                if not without or row.get("learner") != without
            )
            for table in tables.metadata.tables.values()
        }


def everything_in(folder: Path, database: Database) -> Iterator[tuple[str, str]]:
    """Yield every text and byte of a home: files as they are, Parquet unpacked, the store's tables and pages."""
    for path in sorted(folder.rglob("*")):
        if path.is_file():
            yield str(path.relative_to(folder)), path.name + path.read_bytes().decode("latin-1")
        if path.suffix == ".parquet":
            yield f"{path.name} unpacked", repr(pq.read_table(path).to_pylist())
    for name, rows in store_of(database).items():
        yield f"table {name}", "\n".join(rows)


def found_of(home: Home) -> list[tuple[str, str]]:
    """Return where the learner is named, and how."""
    texts = everything_in(home.path.parent, home.database)  # a SQLite store's pages lie there too
    return [(name, word) for name, text in texts for word in NAMES if word in text]


def risks_of(home: Home) -> pa.Table:
    found = home.shelf.risks(home.tenant, DAY)
    assert found is not None
    return found


def test_every_table_is_one_that_erasing_knows() -> None:
    known = {table.name for table in (*learner_tables(), *following_tables())}
    assert known.isdisjoint(WITHOUT_LEARNERS)
    assert known | WITHOUT_LEARNERS == set(tables.metadata.tables)


def test_nothing_of_the_learner_remains_anywhere(home: Home) -> None:
    before = {name for name, _ in found_of(home)}
    assert {"table learners", "table audit", "table messages", "home/outbox.jsonl"} <= before, "it looks there"
    done = erase_learner(home, GONE, actor="op")
    assert done.events > 10 and done.risks and done.rejected == 1 and done.messages == 1 and done.damaged == 1
    assert {"learners", "journeys", "messages", "candidates", "inbox", "coupons"} <= set(done.rows)
    assert found_of(home) == []


def test_what_is_others_stays_as_it_was(home: Home) -> None:
    signals = home.engine.signals(home.tenant, DAY, home.store.courses(home.tenant))
    risks, rows = risks_of(home), store_of(home.database, without=GONE)
    erase_learner(home, GONE, actor="op")
    after = home.engine.signals(home.tenant, DAY, home.store.courses(home.tenant))
    keep = [name for name in signals.column_names if name not in PEERS]
    others = signals.filter(pa.compute.not_equal(signals["learner"], GONE))
    assert others.num_rows == signals.num_rows - 1 and others.select(keep).equals(after.select(keep))
    assert risks.filter(pa.compute.not_equal(risks["learner"], GONE)).equals(risks_of(home))
    fresh = store_of(home.database)
    for table in set(rows) - {"audit", "erasures", "imports", "channels", "leases", "cursors", "outward", "nodes"}:
        assert rows[table] == fresh[table], table


@on_sqlite
def test_the_signals_are_those_of_a_home_that_never_knew_the_learner(
    home: Home,
    tmp_path: Path,
) -> None:
    erase_learner(home, GONE, actor="op")
    events = [event for event in platform_events() if event["learner"] != GONE]
    with open_platform(tmp_path / "other", None, events) as other:
        other.engine.roll_up(other.tenant)
        courses = home.store.courses(home.tenant)
        assert home.engine.signals(home.tenant, DAY, courses).equals(other.engine.signals(other.tenant, DAY, courses))


@on_sqlite
def test_what_comes_late_is_refused(home: Home) -> None:
    erase_learner(home, GONE, actor="op")
    at = datetime(2024, 3, 10, 8, tzinfo=UTC)
    late = [Event(event_id=f"late-{one}", learner=one, verb="logged_in", time=at) for one in (GONE, "learner-05")]
    home.log.append(home.tenant, late)
    home.log.roll()
    report = home.lake.compact(home.path / "log")
    assert report.events == 1 and not home.lake.holds(home.tenant, GONE)
    assert LawBook(home.database).erased(home.tenant, [GONE, "learner-05"]) == {GONE}


def keep_model(home: Home) -> Path:
    """Keep a model as a night does; the small platform is too small to learn from."""
    home.store.add_model(home.tenant, ModelEntry("m1", DAY, home.settings.clock.now(), {"rows": 1}))
    folder = home.shelf.model_folder(home.tenant, "m1")
    folder.mkdir(parents=True)
    (folder / "trees.txt").write_text("tree")
    return folder


@on_sqlite
def test_a_model_that_may_have_learned_from_the_learner_is_used_no_more(home: Home) -> None:
    folder = keep_model(home)
    assert erase_learner(home, GONE, actor="op").models == 1
    assert home.store.newest_model(home.tenant, DAY) is None and not folder.exists()
    assert run_nightly(home, DAY, lambda *_: None).enrolments == 59
    home.store.add_model(home.tenant, ModelEntry("m1", DAY, home.settings.clock.now(), {"rows": 1}))
    assert home.store.newest_model(home.tenant, DAY) is not None, "learned anew, it may have the same name"


@on_sqlite
def test_who_was_in_no_lesson_leaves_the_models_alone(home: Home) -> None:
    folder = keep_model(home)
    home.store.put_learners(home.tenant, [Learner(learner="quiet", name="Q")])
    assert erase_learner(home, "quiet", actor="op").models == 0
    assert home.store.newest_model(home.tenant, DAY) is not None and folder.exists()


STEPS = ("take_in_all", "_forget_name", "erase_rejected", "erase_lines", "remove_damaged", "_prove")


@on_sqlite
@pytest.mark.parametrize("step", STEPS)
def test_broken_off_it_goes_on(home: Home, step: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched, pytest.raises(KeyboardInterrupt):
        patched.setattr(SegmentPlace if step == "remove_damaged" else law_module, step, stop)
        erase_learner(home, GONE, actor="op")
    assert LawBook(home.database).erased(home.tenant, [GONE]), "from the beginning on nothing of them comes in"
    done = erase_learner(home, GONE, actor="op")
    assert done.again
    assert found_of(home) == []


@on_sqlite
@pytest.mark.parametrize(("step", "left"), [("erase_lines", "outbox.jsonl"), ("erase_rejected", "rejected rows")])
def test_the_proof_looks_at_files_too(home: Home, step: str, left: str, monkeypatch: pytest.MonkeyPatch) -> None:
    with monkeypatch.context() as patched, pytest.raises(StorageFault, match=left):
        patched.setattr(law_module, step, lambda *_: 0)
        erase_learner(home, GONE, actor="op")
    erase_learner(home, GONE, actor="op")
    assert found_of(home) == []


@on_sqlite
def test_while_a_message_is_on_its_way_nothing_is_erased(home: Home) -> None:
    now = home.settings.clock.now()
    with home.database.writing() as connection:
        here = tables.messages.c.learner == GONE
        until = now.replace(year=now.year + 1)
        connection.execute(tables.messages.update().where(here).values(state="claimed", claimed_until=until))
    with pytest.raises(StorageFault, match="on its way"):
        erase_learner(home, GONE, actor="op")
    assert home.lake.holds(home.tenant, GONE)


@on_sqlite
def test_nobody_can_be_neither_exported_nor_erased(home: Home) -> None:
    for act in (export_learner, erase_learner):
        with pytest.raises(NotFound):
            act(home, "nobody", actor="op")


def test_an_export_holds_all_and_is_noted(home: Home) -> None:
    held = export_learner(home, GONE, actor="op")
    told: dict[str, Any] = json.loads(json.dumps(held, default=str))
    assert len(told["events"]) > 10 and told["events_waiting"] and told["risks"] and told["rejected_rows"]
    assert told["messages_in_files"]
    filled = {table.name for table in learner_tables()} - {"audit", "alerts", "draws"}
    assert filled <= set(told["store"]), filled - set(told["store"])
    assert told["store"]["learners"][0]["email"] == "ada.byron@example.org"
    assert "learner-05" not in json.dumps(told, default=str)
    assert export_learner(home, GONE, actor="op")["store"]["audit"][-1]["action"] == "learner.export"


@on_sqlite
def test_the_audit_log_tells_that_it_was_done_without_saying_of_whom(home: Home) -> None:
    done = erase_learner(home, GONE, actor="op")
    with home.database.reading() as connection:
        lines = connection.execute(select(tables.audit).order_by(tables.audit.c.entry)).mappings().all()
    assert lines[-1]["action"] == "learner.erase" and lines[-1]["details"] == {"erasure": done.mark}
    assert all(line["learner"] != GONE for line in lines) and len(lines) >= 2


@pytest.mark.parametrize(
    ("text", "found"),
    [("ada@x.org wrote", True), ("to <ADA@X.ORG>:", True), ("nada@x.org", False), ("ada@x.org-x", False),
     ("row 17 of 3", True), ("row 170 of 3", False), ("2017", False), ("", False)],
)  # fmt: skip
def test_whole_words_name_a_learner(text: str, found: bool) -> None:
    assert mentions({"ada@x.org", "17"})(text) is found

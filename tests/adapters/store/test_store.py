"""The store: migrations are the schema, writes are idempotent, tenants do not see each other."""

from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import create_engine, inspect
from sqlalchemy.exc import DBAPIError

from staycourse.adapters.store import ImportState, ModelEntry, Run, Store
from staycourse.adapters.store.schema import metadata
from staycourse.desk import TodayFilter
from staycourse.events import Course, Learner
from staycourse.kernel import StorageFault

NOW = datetime(2014, 2, 1, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    store = Store(tmp_path / "store.db")
    store.ensure_tenant("main", "Asia/Shanghai", NOW)
    store.ensure_tenant("other", "UTC", NOW)
    return store


def candidate(learner: str, **changes: object) -> dict[str, object]:
    row: dict[str, object] = {
        "learner": learner, "course": "c", "priority": 0.5, "risk": 0.5, "learner_risk": 0.5, "tier": "regular",
        "value": 0.5,
        "paid_minor": None, "currency": None, "absent_days": 4, "cause": "no_time", "suggestion": "short_pieces",
        "due_hours": None, "trigger": "rule", "then": "",
        "model": "", "rules": [], "reasons": [], "categories": [], "basis": "rules", "policy_version": 1,
    }  # fmt: skip
    return row | changes


def run_of(day: date, found: int) -> Run:
    return Run(day, NOW, NOW, 10, found, "rules", None, 1, [["compact", 0.1]])


def test_migrations_equal_the_schema(tmp_path: Path) -> None:
    Store(tmp_path / "store.db").close()
    with create_engine(f"sqlite:///{tmp_path / 'store.db'}").connect() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_migration_that_breaks_off_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A kill or a full disk in the middle of a migration must not leave half a schema for the next one to trip over."""
    with monkeypatch.context() as broken:
        real = command.upgrade

        def upgrade(config: Config, revision: str) -> None:
            real(config, revision)
            raise DBAPIError("CREATE TABLE", {}, OSError("disk full"))

        broken.setattr(command, "upgrade", upgrade)
        with pytest.raises(StorageFault, match="disk full"):
            Store(tmp_path / "store.db")
    with create_engine(f"sqlite:///{tmp_path / 'store.db'}").connect() as connection:
        assert inspect(connection).get_table_names() == []
    Store(tmp_path / "store.db").close()


def test_a_store_of_a_newer_version_is_refused_with_a_hint(tmp_path: Path) -> None:
    Store(tmp_path / "store.db").close()
    with create_engine(f"sqlite:///{tmp_path / 'store.db'}").begin() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(StorageFault, match="upgrade staycourse"):
        Store(tmp_path / "store.db")


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StorageFault, match=r"store\.db"):
        Store(tmp_path / "store.db")


def test_the_zone_of_a_tenant_is_kept_from_the_first(store: Store) -> None:
    assert store.ensure_tenant("main", "UTC", NOW) == "Asia/Shanghai"
    assert store.tenants() == {"main": "Asia/Shanghai", "other": "UTC"}


def test_courses_and_learners_are_replaced_not_doubled(store: Store) -> None:
    course = Course(course="c", title="C", starts_on=date(2014, 1, 1))
    store.put_courses("main", [course])
    store.put_courses("main", [course])
    store.put_learners("main", [Learner(learner="l", paid_minor=100, currency="CNY")])
    store.put_learners("main", [Learner(learner="l", name="Li")])
    assert store.courses("main") == [course]
    assert store.learners("main") == [Learner(learner="l", name="Li", paid_minor=100, currency="CNY")]
    assert store.courses("other") == [] and store.learner("other", "l") is None


def test_an_import_remembers_how_far_it_came(store: Store) -> None:
    state = ImportState("f", "oulad", "sample", 5, 100, 1, NOW, None)
    store.put_import("main", state)
    assert store.import_state("main", "f") == state
    assert store.import_state("other", "f") is None


def test_a_policy_text_already_in_force_makes_no_version(store: Store) -> None:
    assert [store.add_policy("main", text, "", NOW) for text in ("a", "a", "b", "a")] == [1, 1, 2, 3]


def test_the_newest_model_knows_nothing_later_than_asked(store: Store) -> None:
    for day in (1, 8, 15):
        store.add_model("main", ModelEntry(f"m{day}", date(2014, 1, day), NOW, {}))
    newest = store.newest_model("main", date(2014, 1, 10))
    assert newest is not None and newest.model == "m8"
    assert store.newest_model("main", date(2013, 1, 1)) is None


def test_a_run_replaces_the_candidates_of_its_day_only(store: Store) -> None:
    first, second = date(2014, 1, 1), date(2014, 1, 2)
    store.put_run("main", run_of(first, 2), [candidate("a"), candidate("b", priority=0.9)])
    store.put_run("main", run_of(second, 1), [candidate("a")])
    store.put_run("main", run_of(first, 1), [candidate("b", priority=0.9, cause="alone")])
    rows, found = store.candidates("main", first, TodayFilter())
    assert [row["learner"] for row in rows] == ["b"] and found == 1
    assert store.candidates("main", second, TodayFilter())[1] == 1
    assert [run.as_of for run in store.runs("main")] == [second, first]


def test_candidates_are_filtered_ranked_and_paged(store: Store) -> None:
    day = date(2014, 1, 1)
    found = [
        candidate(f"l{number}", priority=number / 10, cause="alone" if number % 2 else "price") for number in range(10)
    ]
    store.put_run("main", run_of(day, 10), found)
    store.put_learners("main", [Learner(learner="l3", name="100%_Wang")])
    rows, count = store.candidates("main", day, TodayFilter(cause="alone", per_page=2, page=2))
    assert [row["learner"] for row in rows] == ["l5", "l3"] and count == 5
    assert [row["learner"] for row in store.candidates("main", day, TodayFilter(search="%_w"))[0]] == ["l3"]
    assert store.candidate_counts("main", day, "cause") == [("alone", 5), ("price", 5)]
    assert store.candidates("other", day, TodayFilter())[1] == 0

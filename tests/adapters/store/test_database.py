"""Transactions on both databases: what is read is one moment, who comes second tries again, rows are written once."""

import ssl
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from threading import Barrier, Thread
from typing import Any
from urllib.parse import quote

import pg8000.dbapi
import pytest
from databases import PASSWORD, PostgresServer
from sqlalchemy import Connection, select, text, update
from sqlalchemy.exc import DBAPIError

from staycourse.adapters.store import Contention, Database, Store, insert_new, open_database, retrying, upsert
from staycourse.adapters.store.faults import translated
from staycourse.adapters.store.schema import courses, learners, tenants
from staycourse.kernel import StorageFault

NOW = datetime(2014, 2, 1, tzinfo=UTC)


@pytest.fixture
def school(database: Database) -> Database:
    Store(database).ensure_tenant("main", "UTC", NOW)
    return database


@pytest.fixture
def on_server(postgres: PostgresServer) -> Iterator[Database]:
    """Give an open PostgreSQL store, for what only a server can do."""
    name = postgres.make_database(schema=True)
    opened = open_database(postgres.address(name))
    yield opened
    opened.close()
    postgres.drop_database(name)


def learner(**told: str) -> dict[str, Any]:
    return {"tenant": "main", "learner": "l", "name": None, "language": None} | told


def course(name: str, title: str) -> dict[str, Any]:
    return {"tenant": "main", "course": name, "title": title, "series": ""}


def titles(database: Database) -> dict[str, str]:
    with database.reading() as connection:
        return {row.course: row.title for row in connection.execute(select(courses).order_by("course"))}


def test_a_file_that_is_no_database_is_one_clear_error(tmp_path: Path) -> None:
    (tmp_path / "store.db").write_bytes(b"not a database" * 100)
    with pytest.raises(StorageFault, match=r"store\.db"):
        open_database(tmp_path / "store.db")


def test_the_database_tells_its_kind_and_version(database: Database) -> None:
    name = {"sqlite": "SQLite 3.", "postgresql": "PostgreSQL "}[database.dialect]
    assert database.version().startswith(name) and PASSWORD not in database.where


def test_rows_are_replaced_by_key_and_the_later_of_two_wins(school: Database) -> None:
    school.write(lambda link: upsert(link, courses, [course("a", "A"), course("b", "B"), course("a", "A2")]))
    school.write(lambda link: upsert(link, courses, [course("b", "B2")]))
    school.write(lambda link: upsert(link, courses, []))
    assert titles(school) == {"a": "A2", "b": "B2"}


def test_what_is_not_told_is_kept(school: Database) -> None:
    school.write(lambda link: upsert(link, learners, [learner(name="Li", language="zh")]))
    school.write(lambda link: upsert(link, learners, [learner(name="Lin"), learner(language="en")], keep=True))
    school.write(lambda link: upsert(link, learners, [{"tenant": "main", "learner": "l", "country": "CN"}]))
    with school.reading() as connection:
        found = connection.execute(select(learners)).mappings().one()
    assert (found["name"], found["language"], found["country"]) == ("Lin", "en", "CN")


def test_many_rows_are_written_and_only_new_ones_are_counted(school: Database) -> None:
    rows = [course(f"c{number:05d}", "T") for number in range(3_000)]
    assert school.write(lambda link: insert_new(link, courses, rows[:2_000])) == 2_000
    assert school.write(lambda link: insert_new(link, courses, rows)) == 1_000
    assert school.write(lambda link: insert_new(link, courses, [])) == 0
    school.write(lambda link: upsert(link, courses, [row | {"title": "U"} for row in reversed(rows)]))
    assert titles(school) == {row["course"]: "U" for row in rows}


def test_a_block_that_raises_writes_nothing(school: Database) -> None:
    with pytest.raises(ZeroDivisionError), school.writing() as connection:
        upsert(connection, courses, [course("a", "A")])
        _ = 1 / 0
    assert titles(school) == {}


def test_a_reader_sees_one_moment(school: Database) -> None:
    with school.reading() as reader:
        before = reader.execute(select(courses)).all()
        school.write(lambda link: upsert(link, courses, [course("a", "A")]))
        assert reader.execute(select(courses)).all() == before == []
    assert titles(school) == {"a": "A"}


def test_what_the_database_refuses_is_told_without_what_was_stored(school: Database) -> None:
    with pytest.raises(StorageFault) as refused, school.writing() as connection:
        connection.execute(courses.insert(), [course("Li Wei", "private"), course("Li Wei", "private")])
    assert "private" not in str(refused.value) and "Li Wei" not in str(refused.value)


def test_who_meets_another_writer_of_the_file_tries_again(tmp_path: Path) -> None:
    first, second = open_database(tmp_path / "store.db"), open_database(tmp_path / "store.db")
    with second.reading() as connection:
        connection.exec_driver_sql("PRAGMA busy_timeout=0")
    pauses: list[float] = []
    holding = first.writing()
    holding.__enter__()

    def pause(seconds: float) -> None:
        pauses.append(seconds)
        if len(pauses) == 3:
            holding.__exit__(None, None, None)

    def work() -> str:
        with second.writing():
            return "written"

    with pytest.raises(Contention):
        work()
    assert retrying(work, pause=pause) == "written"
    assert len(pauses) == 3 and all(0 < seconds < 0.2 for seconds in pauses)
    for database in (first, second):
        database.close()


def test_trying_again_has_an_end() -> None:
    tried: list[int] = []

    def work() -> None:
        tried.append(1)
        raise Contention("another came first")

    with pytest.raises(Contention):
        retrying(work, tries=3, pause=lambda seconds: None)
    assert len(tried) == 3


def test_of_two_that_wait_for_each_other_one_tries_again(on_server: Database) -> None:
    """A real deadlock: each holds a row that the other wants. Both changes arrive."""
    store = Store(on_server)
    store.ensure_tenant("main", "UTC", NOW)
    on_server.write(lambda link: upsert(link, courses, [course("a", ""), course("b", "")]))
    met, tries = Barrier(2), []

    def change(mine: str, other: str) -> None:
        def work(connection: Connection) -> None:
            tries.append(mine)
            add(connection, mine)
            if len(tries) <= 2:
                met.wait(30)
            add(connection, other)

        def add(connection: Connection, name: str) -> None:
            connection.execute(update(courses).where(courses.c.course == name).values(title=courses.c.title + mine))

        on_server.write(work)

    both = [Thread(target=change, args=pair) for pair in (("a", "b"), ("b", "a"))]
    for thread in both:
        thread.start()
    for thread in both:
        thread.join(30)
    assert len(tries) == 3
    assert [sorted(title) for title in titles(on_server).values()] == [["a", "b"], ["a", "b"]]


def test_one_at_a_time_makes_each_policy_a_version_of_its_own(database: Database) -> None:
    """Two who add at once must not both become the same version, nor one of them be lost."""
    store = Store(database)
    store.ensure_tenant("main", "UTC", NOW)
    met, versions = Barrier(4), []

    def add(name: str) -> None:
        met.wait(30)
        for turn in range(5):
            versions.append(store.add_policy("main", f"{name}{turn}", "", NOW))

    threads = [Thread(target=add, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert sorted(versions) == list(range(1, 21))


def test_a_lost_connection_is_replaced(on_server: Database, postgres: PostgresServer) -> None:
    with on_server.reading() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
    postgres.run(f"SELECT pg_terminate_backend({backend})")
    with on_server.reading() as connection:
        assert connection.scalar(text("SELECT pg_backend_pid()")) != backend


@pytest.mark.parametrize(
    "told",
    [ConnectionResetError("reset by peer"), pg8000.dbapi.DatabaseError({"C": "57P01", "M": "terminating connection"})],
)
def test_however_the_loss_shows_the_connection_is_replaced(
    on_server: Database, monkeypatch: pytest.MonkeyPatch, told: Exception
) -> None:
    """The server's last word may or may not arrive before the reset; the driver passes on either."""
    real, lost = pg8000.dbapi.Connection.handle_messages, [told]

    def handle(connection: pg8000.dbapi.Connection, context: object) -> None:
        if lost:
            raise lost.pop()
        real(connection, context)

    monkeypatch.setattr(pg8000.dbapi.Connection, "handle_messages", handle)
    with on_server.reading() as connection:
        assert connection.execute(select(tenants)).all() == []
    assert not lost


def test_letting_a_lost_connection_go_is_quiet(postgres: PostgresServer, caplog: pytest.LogCaptureFixture) -> None:
    name = postgres.make_database(schema=True)
    opened = open_database(postgres.socket_address(name))
    postgres.run(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{name}'")
    opened.version()
    opened.close()
    postgres.drop_database(name)
    assert [record.message for record in caplog.records] == []


def test_a_connection_lost_in_use_is_one_clear_error(on_server: Database, postgres: PostgresServer) -> None:
    with pytest.raises(StorageFault, match="server"), on_server.writing() as connection:
        backend = connection.scalar(text("SELECT pg_backend_pid()"))
        postgres.run(f"SELECT pg_terminate_backend({backend})")
        connection.execute(select(tenants))
    with on_server.reading() as connection:
        assert connection.execute(select(tenants)).all() == []


def test_a_reader_cannot_write(on_server: Database) -> None:
    with pytest.raises(StorageFault, match="read-only"), on_server.reading() as connection:
        connection.execute(tenants.insert().values(tenant="t", zone="UTC", created=NOW))


def test_a_session_is_bounded_named_and_counts_in_utc(on_server: Database) -> None:
    with on_server.writing() as connection:
        found = [
            connection.scalar(text(f"SHOW {name}"))
            for name in ("application_name", "statement_timeout", "lock_timeout", "TimeZone", "transaction_isolation")
        ]
    assert found == ["staycourse", "1min", "10s", "UTC", "read committed"]


def test_a_statement_that_takes_too_long_is_stopped_and_said(on_server: Database) -> None:
    with pytest.raises(StorageFault, match="took too long"), on_server.writing() as connection:
        connection.execute(text("SET LOCAL statement_timeout = 1"))
        connection.execute(text("SELECT pg_sleep(30)"))


def test_a_lock_that_is_not_had_in_time_is_contention(on_server: Database) -> None:
    with on_server.writing() as first:
        on_server.alone(first, "night", "main")
        with pytest.raises(Contention), on_server.writing() as second:
            second.execute(text("SET LOCAL lock_timeout = 1"))
            on_server.alone(second, "night", "other")
            on_server.alone(second, "night", "main")


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (("/none", "/none"), "no such database; make it"),
        ((quote(PASSWORD, safe=""), "SeCrEt"), "password is refused; check STAYCOURSE_STORE"),
        (("keeper", "nobody"), "password is refused"),
        (("/none", "/none?sslmode=require"), "Server refuses SSL"),
        (("127.0.0.1", "nowhere.invalid"), "does not answer"),
    ],
)
def test_a_server_that_cannot_be_used_is_one_clear_error(
    postgres: PostgresServer, change: tuple[str, str], told: str
) -> None:
    with pytest.raises(StorageFault, match=told) as refused:
        open_database(postgres.address("none").replace(*change))
    shown = str(refused.value) + repr(refused.value)
    assert refused.value.__cause__ is None
    assert "SeCrEt" not in shown and PASSWORD not in shown and quote(PASSWORD, safe="") not in shown


@pytest.mark.parametrize("mode", ["disable", "prefer"])
def test_a_connection_that_checks_no_certificate_reads_no_authorities(
    postgres: PostgresServer, monkeypatch: pytest.MonkeyPatch, mode: str
) -> None:
    """The system's authorities take 25 ms to read, which each new connection paid for nothing."""
    monkeypatch.setattr(ssl, "create_default_context", None)
    name = postgres.make_database(schema=True)
    opened = open_database(f"{postgres.address(name)}?sslmode={mode}")
    with opened.reading() as connection:
        assert connection.scalar(text("SELECT 1")) == 1
    opened.close()
    postgres.drop_database(name)


@pytest.mark.parametrize(
    ("complaint", "mend"),
    [
        ({"C": "53100", "M": "could not extend file"}, "make room"),
        ({"C": "XX000", "M": "could not write init file"}, "make room"),
        ({"C": "XX000", "M": "something else"}, "look at the server's log"),
    ],
)
def test_a_servers_full_disk_is_told_as_such(complaint: dict[str, str], mend: str) -> None:
    """A new connection on a full disk is refused by a complaint that has no state of its own."""
    with pytest.raises(StorageFault, match=mend), translated("here"):
        raise DBAPIError("", {}, pg8000.dbapi.DatabaseError(complaint))

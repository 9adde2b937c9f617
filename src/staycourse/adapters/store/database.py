"""The store's database, SQLite or PostgreSQL: opened, migrated to the newest schema, and used in transactions."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path
from typing import Any, Final, Literal, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, inspect, text

from staycourse.adapters.store.address import FileAddress, read_address
from staycourse.adapters.store.faults import Contention, retrying, translated
from staycourse.adapters.store.server import POOL_SECONDS, server_engine
from staycourse.kernel import StorageFault, worded

Answer = TypeVar("Answer")

# Two numbers, so that it can be none of the one-number locks of `Database.alone`.
MIGRATION_LOCK: Final = text("SELECT pg_advisory_xact_lock(7384, 1)")
LOOK_AT_DISK: Final = "check the disk and its permissions"
VACUUM_LATER: Final = "let the other staycourse processes pause, look at the disk, then try again"
DEFAULT: Final = -2_000
AMPLE: Final = -64_000
"""What SQLite may keep of the file in memory, in its own words: minus KiB."""
LIGHT_PAGES: Final = 16_000
"""As long as SQLite's log may grow by light commits until one of them brings it into the file: see Checkpoints."""
ALONE: Final = text("SELECT pg_advisory_xact_lock(hashtextextended(:name, 0))")


class Database:
    """An open store. Several threads may use it at once; each transaction belongs to the thread that opened it."""

    def __init__(self, engine: Engine, where: str) -> None:
        self.where = where  # fit to be shown: without a password
        self.dialect: Literal["sqlite", "postgresql"] = "sqlite" if engine.dialect.name == "sqlite" else "postgresql"
        self._readers = engine
        self._writers = engine.execution_options(writes=True)
        self._light = engine.execution_options(writes=True, lightly=True)
        self._ample = engine.execution_options(writes=True, amply=True)

    def close(self) -> None:
        """Let the file or the connections go."""
        self._readers.dispose()

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """Give a transaction that reads: all its statements see one moment. StorageFault where the database fails."""
        with translated(self.where), self._readers.begin() as connection:
            yield connection

    @contextmanager
    def writing(self, *, lightly: bool = False, amply: bool = False) -> Iterator[Connection]:
        """Give a transaction that may write, committed at the end unless the block raises.

        `lightly` is for what can be made again: SQLite does not wait for the disk then, and the commit may go with the
        power unless another that waits has come after it; a process that is killed takes nothing with it. `amply` is
        for what may touch a million rows: SQLite then has AMPLE instead of DEFAULT memory for its pages, as far as it
        needs it and until the connection's next transaction, and writes a page once instead of again and again.

        On SQLite (BEGIN IMMEDIATE) there is one writer at a time. On PostgreSQL (READ COMMITTED) there are many: take
        what you read in order to change it with `select(...).with_for_update()`, or call `alone` first. StorageFault
        where the database fails, its kind Contention where another came first: see `retrying`.
        """
        engine = self._light if lightly else self._ample if amply else self._writers
        with translated(self.where), engine.begin() as connection:
            yield connection

    def asked(self, question: str, values: tuple[Any, ...]) -> list[Any]:
        """Return the rows of one SELECT in SQLite's own words and marks, for what every request asks.

        It sees one moment, in its own transaction, at a fifth of the cost of `reading`. StorageFault where it fails.
        """
        with translated(self.where):
            raw = self._readers.raw_connection()
            try:
                cursor = raw.cursor()
                cursor.execute(question, values)
                return list(cursor.fetchall())
            except sqlite3.Error as error:
                raise StorageFault("the store cannot be read", where=self.where, mend=LOOK_AT_DISK) from error
            finally:
                raw.close()

    def write(self, work: Callable[[Connection], Answer], *, lightly: bool = False, amply: bool = False) -> Answer:
        """Run `work` in a writing transaction and return its answer, again from its beginning where another came first.

        `work` must change nothing but the database; `lightly`, `amply`: see `writing`. StorageFault where the database
        fails.
        """

        def once() -> Answer:
            with self.writing(lightly=lightly, amply=amply) as connection:
                return work(connection)

        return retrying(once)

    def alone(self, connection: Connection, *names: str) -> None:
        """Let one transaction at a time pass with these names, until it ends; SQLite has but one writer anyway."""
        if self.dialect == "postgresql":
            connection.execute(ALONE, {"name": "\x1f".join(names)})

    def vacuum(self, tables: Iterable[str]) -> None:
        """Write `tables` anew, so that nothing of deleted rows stays in their pages. StorageFault where it fails.

        On SQLite that is the whole file, and the write-ahead log is emptied too; Contention if another process reads.
        """
        raw = self._readers.raw_connection()
        driver: Any = self._readers.dialect.dbapi
        try:
            cursor = raw.cursor()
            if self.dialect == "sqlite":
                cursor.execute("VACUUM")
                cursor.execute("PRAGMA wal_checkpoint(TRUNCATE)")
                (busy, *_) = cursor.fetchone() or (1,)
            else:
                cursor.execute("SET statement_timeout = 0")
                cursor.execute(f"VACUUM FULL {', '.join(sorted(tables))}")
                cursor.execute("RESET statement_timeout")
                busy = 0
            cursor.close()
        except driver.Error as error:
            raise Contention("the store cannot be written anew", where=self.where, mend=VACUUM_LATER) from error
        finally:
            raw.close()
        if busy:
            raise Contention("another process reads the store just now", where=self.where, mend=VACUUM_LATER)

    def checkpoint(self) -> bool:
        """Bring what commits left in SQLite's log into its file, as far as nobody reads it; say whether that is all.

        Nobody waits for it, neither who reads nor who writes. StorageFault where it fails.
        """
        raw = self._readers.raw_connection()
        try:
            busy, log, done = raw.cursor().execute("PRAGMA wal_checkpoint(PASSIVE)").fetchone()
        except sqlite3.Error as error:
            raise StorageFault(
                worded("the store could not be used: {why}", why=str(error)), where=self.where, mend=LOOK_AT_DISK
            ) from error
        finally:
            raw.close()
        return not busy and log == done

    def version(self) -> str:
        """Return the database's name and version, as "SQLite 3.45.1" or "PostgreSQL 15.3"."""
        if self.dialect == "sqlite":
            return f"SQLite {sqlite3.sqlite_version}"
        with self.reading() as connection:
            return f"PostgreSQL {str(connection.scalar(text('SHOW server_version'))).split()[0]}"


def open_database(address: Path | str) -> Database:
    """Open the store at `address`, a SQLite file or a URL, and make or migrate its schema where needed.

    BadSettings if the address cannot be understood, StorageFault if the store cannot be opened. Processes that open
    one at the same time migrate it once: the first does, the others wait for it.
    """
    place = read_address(address)
    engine = _file_engine(place) if isinstance(place, FileAddress) else server_engine(place)
    database = Database(engine, place.shown)
    try:
        with database.reading() as connection:
            newest = is_newest(connection, database.where)
        if not newest:
            with database.writing() as connection:
                migrate(connection)
    except BaseException:
        database.close()
        raise
    return database


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest version, in the connection's one transaction: wholly, or not at all."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET LOCAL statement_timeout = 0")
        connection.exec_driver_sql("SET LOCAL lock_timeout = 0")
        connection.execute(MIGRATION_LOCK)
    from alembic import command  # half a second to load, which only a new or an older store needs
    from alembic.config import Config

    config = Config()
    config.set_main_option("script_location", str(_migrations()))
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_newest(connection: Connection, where: str) -> bool:
    """Say whether the schema is of the newest version; StorageFault if it is of one unknown here."""
    known, current = revisions(), _revision(connection)
    if current is not None and current not in known:
        raise StorageFault(
            worded("the store is of a newer staycourse (schema {current})", current=current),
            where=where,
            mend="upgrade staycourse",
        )
    return current == known[-1]


def revisions() -> list[str]:
    """Return the names of all schemas there were, the newest last: each migration's file begins with its own."""
    names = (entry.name for entry in (_migrations() / "versions").iterdir())
    return sorted(name[:4] for name in names if name[:4].isdigit() and name.endswith(".py"))


def schema_version(database: Database) -> str:
    """Return the name of the schema that the open store has."""
    with database.reading() as connection:
        return str(_revision(connection))


def _revision(connection: Connection) -> str | None:
    """Return the name of the schema that a store has, None before it has any."""
    there = inspect(connection).has_table("alembic_version")
    return connection.scalar(text("SELECT version_num FROM alembic_version")) if there else None


def _migrations() -> Traversable:
    return files("staycourse.adapters.store") / "migrations"


def _file_engine(address: FileAddress) -> Engine:
    url = URL.create("sqlite+pysqlite", database=str(address.path))
    engine = create_engine(url, hide_parameters=True, pool_timeout=POOL_SECONDS)
    event.listen(engine, "connect", _settle)
    event.listen(engine, "begin", _begin)
    return engine


def _begin(connection: Connection) -> None:
    """Begin in SQL: the driver leaves CREATE TABLE out of transactions, and a crash would leave half a schema."""
    options = connection.get_execution_options()
    writes, lightly = options.get("writes", False), options.get("lightly", False)
    if writes and connection.info.get("lightly", False) != lightly:
        connection.exec_driver_sql(f"PRAGMA synchronous={'NORMAL' if lightly else 'FULL'}")
        connection.exec_driver_sql(f"PRAGMA wal_autocheckpoint={LIGHT_PAGES if lightly else 1_000}")
        connection.info["lightly"] = lightly
    if connection.info.get("amply", False) != (amply := options.get("amply", False)):
        connection.exec_driver_sql(f"PRAGMA cache_size={AMPLE if amply else DEFAULT}")
        connection.info["amply"] = amply
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")


def _settle(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # transactions are begun by `_begin` alone
    cursor = raw.cursor()
    # FULL: a commit is on disk when it returns; WAL alone would let the last ones go with the power.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()

"""Opening the store: connection settings, migration to the newest schema, and plain errors."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.resources import files
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError

from staycourse.kernel import StorageFault


def open_database(path: Path) -> Engine:
    """Open (and where needed create or migrate) the SQLite store at `path`; StorageFault if that cannot be done."""
    engine = create_engine(f"sqlite+pysqlite:///{path}")
    event.listen(engine, "connect", _settle)
    event.listen(engine, "begin", _begin)
    with translated(path):
        with engine.begin() as connection:
            newest = is_newest(connection)
        if not newest:
            with engine.connect().execution_options(immediate=True) as connection, connection.begin():
                migrate(connection)
    return engine


def migrate(connection: Connection) -> None:
    """Bring the schema to the newest version, in the connection's one transaction: wholly, or not at all."""
    config = _config()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def is_newest(connection: Connection) -> bool:
    """Say whether the schema is of the newest version; StorageFault if it is of one unknown here."""
    script = ScriptDirectory.from_config(_config())
    current = MigrationContext.configure(connection).get_current_revision()
    if current is not None and current not in {revision.revision for revision in script.walk_revisions()}:
        raise StorageFault(
            f"the store is of a newer staycourse (schema {current})", where="store.db", mend="upgrade staycourse"
        )
    return current == script.get_current_head()


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(files("staycourse.adapters.store") / "migrations"))
    return config


@contextmanager
def translated(path: Path | str) -> Iterator[None]:
    """Turn the database's complaints into StorageFault."""
    try:
        yield
    except DBAPIError as error:
        raise StorageFault(
            f"the store could not be used: {error.orig}", where=str(path), mend="check the disk and its permissions"
        ) from None


def _begin(connection: Connection) -> None:
    """Begin in SQL: the driver leaves CREATE TABLE out of transactions, and a crash would leave half a schema."""
    immediate = connection.get_execution_options().get("immediate")
    connection.exec_driver_sql("BEGIN IMMEDIATE" if immediate else "BEGIN")


def _settle(raw: Any, _record: object) -> None:
    raw.isolation_level = None  # transactions are begun by `_begin` alone
    cursor = raw.cursor()
    # FULL: a commit is on disk when it returns; WAL alone would let the last ones go with the power.
    for pragma in ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "busy_timeout=10000"):
        cursor.execute(f"PRAGMA {pragma}")
    cursor.close()

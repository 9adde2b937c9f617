"""Making and migrating the schema, on both databases: wholly or not at all, and once however many begin."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from staycourse.adapters.store import database as opening
from staycourse.adapters.store import open_database
from staycourse.adapters.store.address import FileAddress, read_address
from staycourse.adapters.store.database import Database, _file_engine
from staycourse.adapters.store.schema import metadata
from staycourse.adapters.store.server import server_engine
from staycourse.kernel import StorageFault


def tables_of(address: Path | str) -> list[str]:
    """Look at the database without migrating it."""
    place = read_address(address)
    engine = _file_engine(place) if isinstance(place, FileAddress) else server_engine(place)
    with engine.connect() as connection:
        names = inspect(connection).get_table_names()
    engine.dispose()
    return names


def test_migrations_equal_the_schema(database: Database) -> None:
    with database.reading() as connection:
        assert compare_metadata(MigrationContext.configure(connection), metadata) == []


def test_a_migration_that_breaks_off_leaves_nothing_behind(
    empty_store: Path | str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A kill or a full disk in the middle of a migration must not leave half a schema for the next one to trip over."""
    with monkeypatch.context() as broken:
        real = command.upgrade

        def upgrade(config: Config, revision: str) -> None:
            real(config, revision)
            raise DBAPIError("CREATE TABLE", {}, OSError("disk full"))

        broken.setattr(command, "upgrade", upgrade)
        with pytest.raises(StorageFault, match="disk full"):
            open_database(empty_store)
    assert tables_of(empty_store) == []
    open_database(empty_store).close()
    assert set(tables_of(empty_store)) == {*metadata.tables, "alembic_version"}


def test_a_store_of_a_newer_version_is_refused_with_a_hint(empty_store: Path | str) -> None:
    opened = open_database(empty_store)
    with opened.writing() as connection:
        connection.exec_driver_sql("UPDATE alembic_version SET version_num = '9999'")
    opened.close()
    with pytest.raises(StorageFault, match="upgrade staycourse"):
        open_database(empty_store)

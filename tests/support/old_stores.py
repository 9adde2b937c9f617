"""Stores of an earlier revision of the schema, to be migrated by a test."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic import command
from alembic.config import Config

from staycourse.adapters.store.address import FileAddress, read_address
from staycourse.adapters.store.database import Database, _file_engine, _migrations
from staycourse.adapters.store.server import server_engine


@contextmanager
def unmigrated(empty_store: Path | str) -> Iterator[Database]:
    """Open a store in which there is nothing yet."""
    place = read_address(empty_store)
    engine = _file_engine(place) if isinstance(place, FileAddress) else server_engine(place)
    database = Database(engine, place.shown)
    yield database
    database.close()


def upgrade(database: Database, revision: str) -> None:
    """Migrate it as far as a revision."""
    with database.writing() as connection:
        config = Config()
        config.set_main_option("script_location", str(_migrations()))
        config.attributes["connection"] = connection
        command.upgrade(config, revision)

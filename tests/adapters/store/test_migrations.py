"""Making and migrating the schema, on both databases: wholly or not at all, and once however many begin."""

import signal
import subprocess
import sys
from pathlib import Path

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import inspect
from sqlalchemy.exc import DBAPIError

from staycourse.adapters.store import open_database
from staycourse.adapters.store.address import FileAddress, read_address
from staycourse.adapters.store.database import Database, _file_engine, _migrations, revisions
from staycourse.adapters.store.schema import metadata
from staycourse.adapters.store.server import server_engine
from staycourse.kernel import StorageFault

pytestmark = pytest.mark.usefixtures("migrations")  # no store here is a copy of one that was migrated

# A process of its own that opens the store: it says when it has looked, goes on when told, and counts what it makes.
OPENING = """
import importlib.util, os, signal, sys
from pathlib import Path

# The package's door would bring the risk model along, which takes seconds to load.
door = importlib.util.find_spec("staycourse.adapters.store")
sys.modules[door.name] = importlib.util.module_from_spec(door)

from alembic import command
from sqlalchemy import Engine, event
from staycourse.adapters.store import database

made = []
event.listen(Engine, "before_cursor_execute", lambda *told: made.append(1) if "CREATE TABLE tenants" in told[2] else 0)
look, upgrade = database.is_newest, command.upgrade

def looked(*arguments):
    newest = look(*arguments)
    print("looked", newest, flush=True)
    sys.stdin.readline()
    return newest

def killed(*arguments):
    upgrade(*arguments)
    os.kill(os.getpid(), signal.SIGKILL)

database.is_newest = looked
if sys.argv[2] == "killed":
    command.upgrade = killed
address = sys.argv[1]
database.open_database(address if "://" in address else Path(address)).close()
print("made", len(made), flush=True)
"""


def opener(address: Path | str, *, killed: bool = False) -> "subprocess.Popen[str]":
    """Begin to open the store in another process; it waits after it has looked whether there is a schema."""
    arguments = [sys.executable, "-c", OPENING, str(address), "killed" if killed else "whole"]
    return subprocess.Popen(arguments, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)


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


def test_the_files_of_migrations_are_named_and_ordered_as_what_they_hold() -> None:
    """Whether a store is of the newest schema is told by the files' names alone."""
    config = Config()
    config.set_main_option("script_location", str(_migrations()))
    script = ScriptDirectory.from_config(config)
    assert revisions() == [revision.revision for revision in script.walk_revisions()][::-1]
    assert revisions()[-1] == script.get_current_head()


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


def test_two_processes_that_begin_at_once_migrate_once(empty_store: Path | str) -> None:
    both = [opener(empty_store), opener(empty_store)]
    for process in both:
        assert process.stdout is not None and process.stdout.readline() == "looked False\n", "both find no schema"
    for process in both:
        assert process.stdin is not None
        process.stdin.write("go on\n")
        process.stdin.flush()
    told = [process.communicate()[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sorted(told) == ["made 0\n", "made 1\n"]


def test_a_migration_that_is_killed_leaves_nothing_behind(empty_store: Path | str) -> None:
    process = opener(empty_store, killed=True)
    process.communicate("go on\n")
    assert process.returncode == -signal.SIGKILL
    assert tables_of(empty_store) == []
    open_database(empty_store).close()
    assert set(tables_of(empty_store)) == {*metadata.tables, "alembic_version"}

"""The index in a process of its own: killed at any time it begins again, and each statement is there once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from api_site import logged
from lrs_site import LESSON, statement, uuid
from sqlalchemy import select, text

from staycourse.adapters.log import Kept, packed
from staycourse.adapters.store import schema
from staycourse.app.homes import Home
from staycourse.app.intake import RecordStore
from staycourse.app.intake.indexer import Indexer
from staycourse.app.intake.indexing import OwnIndex, book_of
from staycourse.kernel import Settings, StorageFault, SystemClock
from staycourse.xapi import ACTIVITY, Reader, term

AUTHORITY = b'{"account":{"homePage":"urn:x","name":"k"}}'
TOLD = statement(
    object={"id": LESSON, "definition": {"type": "http://adlnet.gov/expapi/activities/lesson"}},
    context={"contextActivities": {"grouping": [{"id": "https://x.org/course"}]}},
)
BESIDE = """
import sys, time
from pathlib import Path
from staycourse.app.intake.indexer import Indexer
from staycourse.kernel import Settings, SystemClock

class Nothing:
    def write(self, tenant, payloads):
        time.sleep(0.02)

indexer = Indexer(Settings(Path(sys.argv[1]), "main", "UTC", SystemClock(), 1, 1), 0, Nothing())
while indexer.process is None:
    indexer.write("main", [])
print(indexer.process, flush=True)
sys.stdin.read()
"""


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Home]:
    opened = Home(Settings(tmp_path / "home", "main", "UTC", SystemClock(), 1, 1), writing=False)
    yield opened
    opened.close()


def keep(records: RecordStore, *numbers: int) -> None:
    told = json.dumps([TOLD | {"id": uuid(number)} for number in numbers]).encode()
    statements, _ = records.readers[True].read(told, most=100)
    records.keep("main", statements, [{}] * len(numbers), authority=AUTHORITY, two=True)


def written(home: Home) -> list[str]:
    with home.database.reading() as connection:
        return sorted(row.statement for row in connection.execute(select(schema.xapi_statements.c.statement)))


def test_killed_between_and_amid_it_begins_again(home: Home) -> None:
    with RecordStore(home, beside=True) as records:
        indexer = records.index
        assert isinstance(indexer, Indexer) and indexer.process is None, "without statements there is no process"
        keep(records, 1)
        assert records.wait(60) and written(home) == [uuid(1)], "until it is ready the server writes itself"
        first, count = until_ready(records, 1)
        os.kill(first, signal.SIGSTOP)
        keep(records, count + 1, count + 2)
        assert not records.wait(0.05) and records.consistent_through() < home.settings.clock.now()
        os.kill(first, signal.SIGKILL)
        keep(records, count + 3)
        assert records.wait(60) and written(home) == [uuid(number + 1) for number in range(count + 3)]
        second, count = until_ready(records, count + 3)
        assert second != first
    assert indexer.process is None and written(home) == [uuid(number + 1) for number in range(count)]
    assert len({one.event_id for one in logged(home.path / "log", "main")}) == count
    assert not list((home.path / "statements").rglob("*.segment"))


def until_ready(records: RecordStore, count: int) -> tuple[int, int]:
    """Keep one statement after another until a process of its own writes them; return it, and how many there are."""
    while (found := getattr(records.index, "process", None)) is None:
        count += 1
        keep(records, count)
        assert records.wait(60)
    return found, count


def test_it_ends_with_its_server(tmp_path: Path) -> None:
    server = subprocess.Popen([sys.executable, "-c", BESIDE, str(tmp_path)], stdin=subprocess.PIPE,
                              stdout=subprocess.PIPE, text=True)  # fmt: skip
    assert server.stdout is not None
    indexer = int(server.stdout.readline())
    assert alive(indexer)
    server.kill()
    server.communicate()
    until = time.monotonic() + 60
    while alive(indexer) and time.monotonic() < until:
        time.sleep(0.02)
    assert not alive(indexer)


def alive(process: int) -> bool:
    """Say whether a process runs; one that ended may still be listed."""
    try:
        told = Path(f"/proc/{process}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return False
    return told.rpartition(")")[2].split()[0] not in "ZX"


def test_a_store_that_a_newer_one_migrated_is_told_in_one_line(home: Home, capfd: pytest.CaptureFixture[str]) -> None:
    """An old server goes on by itself; its process that writes statements died of a bare traceback."""

    class Nothing:
        def write(self, tenant: str, payloads: Sequence[bytes]) -> None: ...
        def close(self) -> None: ...

    home.database.write(lambda connection: connection.execute(text("UPDATE alembic_version SET version_num = '9999'")))
    indexer = Indexer(home.settings, 0, Nothing())
    until = time.monotonic() + 30
    while "newer" not in (said := capfd.readouterr().err) and time.monotonic() < until:
        indexer.write("main", [])
        time.sleep(0.05)
    indexer.close()
    assert "upgrade staycourse" in said and "Traceback" not in said + capfd.readouterr().err


def test_what_the_store_refuses_is_told_and_can_be_written_later(home: Home) -> None:
    body = json.dumps(TOLD | {"id": uuid(1), "stored": "2026-03-01T00:00:00Z"}).encode()
    told = [packed([Kept(1, uuid(1), True, body)])]
    indexer = Indexer(home.settings, 0, Nothing())
    try:
        while indexer.process is None:
            indexer.write("main", [])
        rename(home, "xapi_terms", "gone")
        with pytest.raises(StorageFault, match="indexer"):
            indexer.write("main", told)
        rename(home, "gone", "xapi_terms")
        indexer.write("main", told)
        assert written(home) == [uuid(1)]
        assert "lesson" in said_of_the_lesson(home), "what could not be written is said again"
    finally:
        indexer.close()


def test_of_what_is_said_of_an_activity_the_last_stays_however_often_it_was_said(home: Home) -> None:
    index = OwnIndex(home, book_of(home, Reader(two=True)), 0)
    for number, name in enumerate(["one", "two", "two", "one", "one"]):
        told = TOLD | {"object": {"id": LESSON, "definition": {"name": {"en": name}}}}
        body = json.dumps(told | {"id": uuid(number), "stored": "2026-03-01T00:00:00Z"}).encode()
        index.write("main", [packed([Kept(number + 1, uuid(number), True, body)])])
        assert f'"{name}"' in said_of_the_lesson(home)


def said_of_the_lesson(home: Home) -> str:
    table = schema.xapi_activities
    with home.database.reading() as connection:
        asked = select(table.c.definition).where(table.c.activity == term(ACTIVITY, LESSON))
        return str(connection.execute(asked).scalar_one())


class Nothing:
    """Writes nothing."""

    def write(self, tenant: str, payloads: Sequence[bytes]) -> None:
        time.sleep(0.02)

    def close(self) -> None:
        """Nothing is open."""


def rename(home: Home, old: str, new: str) -> None:
    with home.database.writing() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

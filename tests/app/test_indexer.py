"""The index in a process of its own: killed at any time it begins again, and each statement is there once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
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
from staycourse.kernel import Settings, StorageFault, SystemClock

AUTHORITY = b'{"account":{"homePage":"urn:x","name":"k"}}'
TOLD = statement(
    object={"id": LESSON, "definition": {"type": "http://adlnet.gov/expapi/activities/lesson"}},
    context={"contextActivities": {"grouping": [{"id": "https://x.org/course"}]}},
)
BESIDE = """
import sys
from pathlib import Path
from staycourse.app.intake.indexer import Indexer
from staycourse.kernel import Settings, SystemClock

indexer = Indexer(Settings(Path(sys.argv[1]), "main", "UTC", SystemClock(), 1, 1), 0)
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
        assert records.wait(60) and written(home) == [uuid(1)]
        first = indexer.process
        assert first
        os.kill(first, signal.SIGSTOP)
        keep(records, 2, 3)
        assert not records.wait(0.05) and records.consistent_through() < home.settings.clock.now()
        os.kill(first, signal.SIGKILL)
        keep(records, 4)
        assert records.wait(60) and written(home) == [uuid(number) for number in (1, 2, 3, 4)]
        assert indexer.process not in (None, first)
    assert indexer.process is None
    assert len({one.event_id for one in logged(home.path / "log", "main")}) == 4
    assert not list((home.path / "statements").rglob("*.segment"))


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


def test_what_the_store_refuses_is_told_and_can_be_written_later(home: Home) -> None:
    body = json.dumps(TOLD | {"id": uuid(1), "stored": "2026-03-01T00:00:00Z"}).encode()
    told = [packed([Kept(1, uuid(1), True, body)])]
    indexer = Indexer(home.settings, 0)
    try:
        rename(home, "xapi_terms", "gone")
        with pytest.raises(StorageFault, match="indexer"):
            indexer.write("main", told)
        rename(home, "gone", "xapi_terms")
        indexer.write("main", told)
        assert written(home) == [uuid(1)]
    finally:
        indexer.close()


def rename(home: Home, old: str, new: str) -> None:
    with home.database.writing() as connection:
        connection.execute(text(f"ALTER TABLE {old} RENAME TO {new}"))

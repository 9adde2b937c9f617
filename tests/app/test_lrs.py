"""The learning record store of a home: what was acknowledged is there, once; who was erased is gone."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest
from api_site import NOW, SetClock, logged
from lrs_site import ADA, BOB, LESSON, LrsSite, open_lrs, statement, uuid
from sqlalchemy import select

from staycourse.adapters.store import schema
from staycourse.app.homes import Home
from staycourse.app.intake import RecordStore
from staycourse.app.intake.lrs import Coming
from staycourse.app.intake.statements import learner_of
from staycourse.app.nights import erase_learner, export_learner
from staycourse.events import Learner
from staycourse.events.xapi import Unmapped, events_of_statement
from staycourse.kernel import Settings, StorageFault
from staycourse.xapi import NOBODY, json_of

AUTHORITY = b'{"account":{"homePage":"urn:x","name":"k"}}'
LESSON_TYPE = "http://adlnet.gov/expapi/activities/lesson"

# A process of its own that keeps statements and says so, and writes none of them into the store.
KEEPING = """
import asyncio, json, sys
from pathlib import Path
from staycourse.app.homes import Home
from staycourse.app.intake import RecordStore
from staycourse.app.intake.lrs import Coming
from staycourse.kernel import Settings, SystemClock

home = Home(Settings(Path(sys.argv[1]), "main", "UTC", SystemClock(), 1, 1), writing=False)
records = RecordStore(home, beside=sys.argv[2] == "beside")
if sys.argv[2] != "keeping":
    records.__enter__()
number = 0
authority = b'{"account":{"homePage":"urn:x","name":"k"}}'

async def come(number):
    told = json.loads(sys.argv[3]) | {"id": f"00000000-0000-4000-8000-{number:012d}"}
    ids = records.readers[True].plain(json.dumps(told).encode(), most=1)
    assert await records.kept(Coming("main", ids, True, authority, json.dumps(told).encode()))

async def many(number):
    await asyncio.gather(*(come(number + n) for n in range(3)))

while True:
    if sys.argv[2] == "coming":
        asyncio.run(many(number))
        number += 3
        print(number, flush=True)
        continue
    told = [json.loads(sys.argv[3]) | {"id": f"00000000-0000-4000-8000-{number + n:012d}"} for n in range(3)]
    statements, _ = records.readers[True].read(json.dumps(told).encode(), most=10)
    records.keep("main", statements, [{}] * 3, authority=authority, two=True)
    number += 3
    print(number, flush=True)
"""


def opened(place: Path) -> Home:
    return Home(Settings(place, "main", "UTC", SetClock(), 1, 1), writing=True)


@pytest.mark.parametrize("how", ["writing", "keeping", "beside", "coming"])
def test_what_was_acknowledged_is_there_once_after_a_kill(tmp_path: Path, how: str) -> None:
    told = statement(object={"id": LESSON, "definition": {"type": LESSON_TYPE}},
                     context={"contextActivities": {"grouping": [{"id": "https://x.org/course"}]}})  # fmt: skip
    arguments = [sys.executable, "-c", KEEPING, str(tmp_path / "home"), how, json.dumps(told)]
    process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    acknowledged = 0
    while acknowledged < 60:
        acknowledged = int(process.stdout.readline())
    process.send_signal(signal.SIGKILL)
    acknowledged = max([acknowledged, *(int(line) for line in process.communicate()[0].split())])
    home = opened(tmp_path / "home")
    for _ in range(2):
        with RecordStore(home) as records, home.database.reading() as connection:
            found = [row.statement for row in connection.execute(select(schema.xapi_statements.c.statement))]
            assert len(found) == len(set(found)) and set(found) >= {uuid(n) for n in range(acknowledged)}
            assert records.consistent_through() == NOW
    events = {one.event_id for one in logged(home.path / "log", "main")}
    assert len(events) == len(found), "each tells one event, however often it was told"
    assert not list((tmp_path / "home" / "statements").rglob("*.segment")), "nothing waits any more"
    home.close()


def test_many_requests_at_once_keep_each_statement_once(tmp_path: Path) -> None:
    home = opened(tmp_path / "home")
    with RecordStore(home) as records:

        def send() -> None:
            for number in range(20):
                told, _ = records.readers[True].read(json.dumps(statement(number)).encode(), most=1)
                records.keep("main", told, [{}], authority=AUTHORITY, two=True)

        threads = [threading.Thread(target=send) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert records.wait(20)
        with home.database.reading() as connection:
            found = connection.execute(select(schema.xapi_statements.c.statement)).all()
        assert len(found) == 20
    home.close()


def test_of_requests_with_one_id_at_one_time_one_is_kept_and_the_others_are_left_to_be_compared(tmp_path: Path) -> None:
    home = opened(tmp_path / "home")

    async def send(records: RecordStore, *numbers: int | None) -> list[str] | None:
        body = json.dumps([statement(number) for number in numbers]).encode()
        ids = records.readers[True].plain(body, most=10)
        assert ids is not None
        return await records.kept(Coming("main", ids, True, AUTHORITY, body))

    async def all_at_once(records: RecordStore) -> None:
        answers = await asyncio.gather(*(send(records, 1, n, None) for n in range(2, 12)), send(records, 12, 12))
        told = [one for one in answers if one]
        assert len(told) == 1 and told[0][0] == uuid(1) and len(told[0][2]) == 36
        assert await send(records, 20) == [uuid(20)], "what others had reserved with it is free again"
        refused = next(n for n in range(2, 12) if uuid(n) not in told[0])
        assert await send(records, refused) == [uuid(refused)]

    with RecordStore(home) as records:
        asyncio.run(all_at_once(records))
        assert records.wait(20)
        assert asyncio.run(send(records, 20, 30)) is None, "it is in the store, and nothing is waiting"
        assert asyncio.run(send(records, 30)) == [uuid(30)]
        assert records.wait(20)
        with home.database.reading() as connection:
            found = connection.execute(select(schema.xapi_statements.c.statement)).scalars().all()
        assert len(found) == 6 and {uuid(1), uuid(20), uuid(30)} <= set(found)
    home.close()


def test_a_disk_that_fails_refuses_all_that_came_and_lets_their_ids_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = opened(tmp_path / "home")
    body = json.dumps(statement(1)).encode()

    def coming() -> Coming:
        return Coming("main", [uuid(1)], True, AUTHORITY, body)

    with RecordStore(home) as records:
        with monkeypatch.context() as broken:
            broken.setattr(os, "fdatasync", _full)
            with pytest.raises(StorageFault):
                asyncio.run(records.kept(coming()))
        assert records.consistent_through() == NOW
        assert asyncio.run(records.kept(coming())) == [uuid(1)]
    home.close()


def _full(descriptor: int) -> None:
    raise OSError(28, "no space left on device")


def test_while_something_waits_it_is_said_through_when_all_is_found(tmp_path: Path) -> None:
    home = opened(tmp_path / "home")
    records = RecordStore(home)  # nothing is written as long as it is not entered
    told, _ = records.readers[True].read(json.dumps(statement(1)).encode(), most=1)
    records.keep("main", told, [{}], authority=AUTHORITY, two=True)
    assert records.consistent_through() < NOW and not records.wait(0.01)
    other = RecordStore(home)
    assert other.consistent_through() < NOW, "what waits in another process's journal counts too"
    other.close()
    with records:
        assert records.wait(10) and records.consistent_through() == NOW
    home.close()


@pytest.fixture
def school(tmp_path: Path) -> Path:
    """Give a home in which Ada did, was taught, was spoken of, and Bob too."""
    with open_lrs(tmp_path / "home") as lrs:
        _fill(lrs)
    return tmp_path / "home"


def _fill(lrs: LrsSite) -> None:
    about_ada = statement(
        3, actor=BOB, object=ADA, context={"instructor": BOB, "team": {"objectType": "Group", "member": [ADA]}}
    )
    assert lrs.post([statement(1), statement(2, actor=BOB), about_ada]).status_code == 200
    for agent in (ADA, BOB):
        asked = {"activityId": LESSON, "agent": json.dumps(agent), "stateId": "s"}
        assert lrs.ask("PUT", "/activities/state", **asked, content=json.dumps(agent).encode()).status_code == 204
    assert lrs.records.wait()


def test_an_export_holds_statements_and_documents(school: Path) -> None:
    home = opened(school)
    held = export_learner(home, "ada@example.org", actor="op")["store"]
    assert [json_of(row["body"].encode())["id"] for row in held["xapi_statements"]] == [uuid(1)]
    assert {"xapi_documents", "xapi_agents"} <= set(held)
    home.close()


def test_who_was_erased_is_gone_from_statements_too(school: Path) -> None:
    home = opened(school)
    home.store.put_learners("main", [Learner(learner="ada@example.org", name="Ada")])
    done = erase_learner(home, "ada@example.org", actor="op")
    assert done.rows["xapi_statements"] == 1 and done.rows["xapi_documents"] == 1 and done.rewritten == 1
    home.close()
    for path in school.rglob("*"):
        assert not path.is_file() or b"ada@example.org" not in path.read_bytes(), path
    with open_lrs(school) as lrs:
        assert lrs.ids() == [uuid(3), uuid(2)]
        about = lrs.ask("GET", "/statements", statementId=uuid(3)).json()
        assert about["object"] == NOBODY and about["context"]["team"]["member"] == [NOBODY]
        assert about["actor"] == BOB
        assert lrs.ids(agent=json.dumps(ADA)) == []
        assert lrs.ask("GET", "/agents", agent=json.dumps(ADA)).json() == {
            "objectType": "Person",
            "mbox": [ADA["mbox"]],
        }
        assert lrs.post([statement(4), statement(5, actor=BOB)]).status_code == 200
        assert lrs.ids() == [uuid(5), uuid(3), uuid(2)], "what comes late is refused"


def test_while_a_server_still_holds_them_nothing_is_erased(school: Path) -> None:
    home = opened(school)
    server = RecordStore(home)
    told, _ = server.readers[True].read(json.dumps(statement(9)).encode(), most=1)
    server.keep("main", told, [{}], authority=AUTHORITY, two=True)
    with pytest.raises(StorageFault, match="on their way"):
        erase_learner(home, "ada@example.org", actor="op")
    with server:
        server.wait(10)
    assert erase_learner(home, "ada@example.org", actor="op").again
    home.close()


def test_a_learner_is_called_alike_in_events_and_in_the_store() -> None:
    told = statement(1, object={"id": LESSON, "definition": {"type": LESSON_TYPE}},
                     context={"contextActivities": {"grouping": [{"id": "https://x.org/course"}]}})  # fmt: skip
    events = events_of_statement(told, stored=NOW)
    assert not isinstance(events, Unmapped)
    assert events[0].learner == learner_of(ADA) == "ada@example.org"

"""Statements over HTTP: kept, found, voided, given out in their forms; the condensed conformance set."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from api_site import logged
from lrs_site import ADA, BOB, COMPLETED, LESSON, VOIDED, LrsSite, statement, uuid

from staycourse.app.intake import unmapped_names

on_sqlite = pytest.mark.parametrize("database", ["sqlite"], indirect=True)


def test_what_is_posted_is_found_at_once(stored: LrsSite) -> None:
    answer = stored.post([statement(1), statement()])
    assert answer.status_code == 200 and answer.json()[0] == uuid(1) and len(set(answer.json())) == 2
    found = stored.ask("GET", "/statements", statementId=uuid(1))
    assert found.status_code == 200
    told = found.json()
    assert {name: told[name] for name in ("actor", "verb", "object")} == {
        name: one for name, one in statement(1).items() if name != "id"
    }
    assert told["stored"] == told["timestamp"] and told["version"] == "2.0.0"
    assert told["authority"]["account"]["name"]
    assert found.headers["last-modified"] and found.headers["x-experience-api-consistent-through"]


def test_filters(stored: LrsSite) -> None:
    around = {
        "contextActivities": {"parent": {"id": "https://x.org/course"}},
        "registration": uuid(99),
        "instructor": BOB,
    }
    team = {"objectType": "Group", "name": "T", "member": [BOB, ADA]}
    assert stored.post([
        statement(1), statement(2, actor=BOB), statement(3, verb={"id": "https://x.org/did"}),
        statement(4, object={"id": "https://x.org/other"}, context=around), statement(5, actor=team),
    ]).status_code == 200  # fmt: skip
    ada, bob = json.dumps(ADA), json.dumps(BOB)
    assert stored.ids() == [uuid(n) for n in (5, 4, 3, 2, 1)]
    assert stored.ids(ascending="true") == [uuid(n) for n in (1, 2, 3, 4, 5)]
    assert stored.ids(agent=bob) == [uuid(5), uuid(2)], "members of a group count"
    assert stored.ids(agent=bob, related_agents="true") == [uuid(5), uuid(4), uuid(2)]
    assert stored.ids(agent=ada, verb="https://x.org/did") == [uuid(3)]
    assert stored.ids(activity=LESSON, agent=bob) == [uuid(5), uuid(2)]
    assert stored.ids(activity="https://x.org/course") == []
    assert stored.ids(activity="https://x.org/course", related_activities="true") == [uuid(4)]
    assert stored.ids(registration=uuid(99)) == [uuid(4)]
    third = stored.ask("GET", "/statements", statementId=uuid(3)).json()["stored"]
    assert stored.ids(since=third) == [uuid(5), uuid(4)] and stored.ids(until=third) == [uuid(3), uuid(2), uuid(1)]


def test_more_leads_through_all_pages(stored: LrsSite) -> None:
    stored.post([statement(number) for number in range(1, 6)])
    asked = stored.ask("GET", "/statements", limit=2, activity=LESSON).json()
    found = [one["id"] for one in asked["statements"]]
    while asked["more"]:
        stored.post(statement(len(found) + 100))  # what comes in between stands before the first page
        asked = stored.ask("GET", asked["more"].removeprefix("/xapi")).json()
        found += [one["id"] for one in asked["statements"]]
    assert found == [uuid(n) for n in (5, 4, 3, 2, 1)]


def test_voiding(stored: LrsSite) -> None:
    stored.post(statement(1))
    void = statement(2, verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": uuid(1)})
    assert stored.post(void).status_code == 200
    assert stored.ask("GET", "/statements", statementId=uuid(1)).status_code == 404
    assert stored.ask("GET", "/statements", voidedStatementId=uuid(1)).json()["id"] == uuid(1)
    assert stored.ids() == [uuid(2)]
    again = statement(3, verb={"id": VOIDED}, object={"objectType": "StatementRef", "id": uuid(2)})
    assert stored.post(again).status_code == 200
    assert stored.ask("GET", "/statements", statementId=uuid(2)).status_code == 200, "what voids cannot be voided"
    assert stored.post(statement(4, verb={"id": VOIDED})).status_code == 400


@pytest.mark.parametrize("early", [True, False])
def test_a_reference_is_found_by_what_it_refers_to(stored: LrsSite, early: bool) -> None:
    reference = statement(
        2, actor=BOB, verb={"id": "https://x.org/said"}, object={"objectType": "StatementRef", "id": uuid(1)}
    )
    further = statement(
        3, actor=BOB, verb={"id": "https://x.org/said"}, object={"objectType": "StatementRef", "id": uuid(2)}
    )
    told = [statement(1), reference, further]
    for one in reversed(told) if early else told:
        stored.post(one)
    assert set(stored.ids(agent=json.dumps(ADA))) == {uuid(1), uuid(2), uuid(3)}
    assert set(stored.ids(verb=COMPLETED)) == {uuid(1), uuid(2), uuid(3)}


def test_an_id_belongs_to_one_statement(stored: LrsSite) -> None:
    assert stored.post(statement(1)).status_code == 200
    assert stored.post([statement(1), statement(2)]).status_code == 200, "again is no fault"
    assert stored.post([statement(3), statement(2, actor=BOB)]).status_code == 409
    assert stored.ask("GET", "/statements", statementId=uuid(3)).status_code == 404, "all or none"
    assert stored.post([statement(4), statement(4)]).status_code == 400
    assert stored.ask("PUT", "/statements", statementId=uuid(1), json=statement()).status_code == 204
    assert stored.ask("PUT", "/statements", statementId=uuid(1), json=statement(actor=BOB)).status_code == 409
    assert stored.ask("PUT", "/statements", statementId=uuid(7), json=statement(8)).status_code == 400
    assert sorted(stored.ids()) == [uuid(1), uuid(2)]


def test_another_tenant_sees_and_meets_nothing_of_it(lrs: LrsSite) -> None:
    lrs.post(statement(1))
    other = lrs.keys["other"]
    assert lrs.ids(key=other) == []
    assert lrs.post(statement(1, actor=BOB), key=other).status_code == 200
    assert lrs.ask("GET", "/agents", agent=json.dumps(ADA), key=other).json() == {
        "objectType": "Person",
        "mbox": [ADA["mbox"]],
    }
    assert "definition" not in lrs.ask("GET", "/activities", activityId=LESSON, key=other).json()
    lrs.ask("PUT", "/activities/state", activityId=LESSON, agent=json.dumps(ADA), stateId="s", content=b"1")
    asked = {"activityId": LESSON, "agent": json.dumps(ADA)}
    assert lrs.ask("GET", "/activities/state", **asked, stateId="s", key=other).status_code == 404
    assert lrs.ask("GET", "/activities/state", **asked, key=other).json() == []


def test_forms(lrs: LrsSite) -> None:
    definition = {"name": {"en-US": "Lesson", "de": "Stunde"}, "type": "https://x.org/lesson"}
    verb = {"id": COMPLETED, "display": {"en-US": "did", "de": "tat"}}
    lrs.post(statement(1, verb=verb, object={"objectType": "Activity", "id": LESSON, "definition": definition}))
    ids = lrs.ask("GET", "/statements", format="ids", statementId=uuid(1)).json()
    assert ids["object"] == {"id": LESSON} and ids["verb"] == {"id": COMPLETED}
    assert ids["actor"] == {"objectType": "Agent", "mbox": ADA["mbox"]}
    german = {"accept-language": "fr;q=0.2, de-AT, en;q=0.5"}
    told = lrs.ask("GET", "/statements", format="canonical", statementId=uuid(1), headers=german).json()
    assert told["verb"]["display"] == {"de": "tat"} and told["object"]["definition"]["name"] == {"de": "Stunde"}
    exact = lrs.ask("GET", "/statements", statementId=uuid(1), headers=german).json()
    assert exact["object"]["definition"] == definition


def test_context_activities_are_lists(lrs: LrsSite) -> None:
    inner = {"objectType": "SubStatement", "actor": BOB, "verb": {"id": COMPLETED}, "object": {"id": LESSON},
             "context": {"contextActivities": {"parent": {"id": LESSON}}}}  # fmt: skip
    lrs.post([statement(1, context={"contextActivities": {"category": {"id": LESSON}}}), statement(2, object=inner)])
    first, second = (lrs.ask("GET", "/statements", statementId=uuid(n)).json() for n in (1, 2))
    assert first["context"]["contextActivities"] == {"category": [{"id": LESSON}]}
    assert second["object"]["context"]["contextActivities"] == {"parent": [{"id": LESSON}]}


def multipart(told: Any, *contents: bytes, sha2: str = "") -> dict[str, Any]:
    pieces = [b"Content-Type: application/json\r\n\r\n" + json.dumps(told).encode()]
    for content in contents:
        named = (sha2 or hashlib.sha256(content).hexdigest()).encode()
        head = b"Content-Type: text/plain\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: "
        pieces.append(head + named + b"\r\n\r\n" + content)
    body = b"".join(b"--b\r\n" + piece + b"\r\n" for piece in pieces) + b"--b--\r\n"
    return {"content": body, "headers": {"content-type": "multipart/mixed; boundary=b"}}


def attachment(content: bytes, **more: Any) -> dict[str, Any]:
    return {"usageType": "https://x.org/use", "display": {"en": "A"}, "contentType": "text/plain",
            "length": len(content), "sha2": hashlib.sha256(content).hexdigest()} | more  # fmt: skip


def test_attachments_come_and_go_as_parts(stored: LrsSite) -> None:
    content = b"line\r\n--not a boundary\r\n\x00\xff"
    told = statement(1, attachments=[attachment(content)])
    assert stored.ask("POST", "/statements", **multipart(told, content)).status_code == 200
    answer = stored.ask("GET", "/statements", statementId=uuid(1), attachments="true")
    assert answer.headers["content-type"].startswith("multipart/mixed; boundary=")
    assert b"\r\n\r\n" + content + b"\r\n--" in answer.content
    assert stored.ask("GET", "/statements", attachments="true").content.count(content) == 1
    assert stored.ask("GET", "/statements").headers["content-type"] == "application/json"


@pytest.mark.parametrize(
    ("told", "contents", "sha2"),
    [
        (statement(attachments=[attachment(b"a")]), (), ""),
        (statement(attachments=[attachment(b"a")]), (b"a", b"b"), ""),
        (statement(attachments=[attachment(b"a")]), (b"b",), ""),
        (statement(attachments=[attachment(b"a")]), (b"b",), hashlib.sha256(b"a").hexdigest()),
        (statement(), (b"a",), ""),
    ],
)
def test_contents_that_do_not_belong_are_refused(
    lrs: LrsSite, told: Any, contents: tuple[bytes, ...], sha2: str
) -> None:
    assert lrs.ask("POST", "/statements", **multipart(told, *contents, sha2=sha2)).status_code == 400
    assert lrs.ids() == []


def test_an_attachment_elsewhere_needs_no_content(lrs: LrsSite) -> None:
    assert lrs.post(statement(attachments=[attachment(b"a", fileUrl="https://x.org/a")])).status_code == 200
    assert lrs.post(statement(attachments=[attachment(b"a")])).status_code == 400


def test_statements_become_events(lrs: LrsSite) -> None:
    course = {"id": "https://x.org/course/7", "definition": {"type": "http://adlnet.gov/expapi/activities/course"}}
    lesson = {"id": LESSON, "definition": {"type": "http://adlnet.gov/expapi/activities/lesson"}}
    told = statement(1, object=lesson, context={"contextActivities": {"grouping": [course]}})
    lrs.post([told, statement(2, verb={"id": "https://x.org/unheard-of"})])
    assert lrs.records.wait()
    events = logged(lrs.home.path / "log", "main")
    assert [(one.learner, one.verb, one.course) for one in events] == [
        ("ada@example.org", "lesson_completed", "https://x.org/course/7")
    ]
    assert [(one.door, one.name, one.count) for one in unmapped_names(lrs.home, "main")] == [
        ("xapi", "https://x.org/unheard-of", 1)
    ]
    assert len(lrs.ids()) == 2, "what is mapped to nothing is kept all the same"


@pytest.mark.parametrize(
    "asked",
    [
        {"statementId": uuid(1), "voidedStatementId": uuid(2)}, {"statementId": uuid(1), "limit": 1}, {"Limit": 1},
        {"statementId": "1"}, {"limit": -1}, {"limit": "x"}, {"since": "yesterday"}, {"agent": "{"}, {"agent": "[]"},
        {"agent": '{"objectType":"Group","member":[]}'}, {"verb": "did"}, {"format": "all"}, {"ascending": "yes"},
        {"attachments": "1"}, {"registration": "x"}, {"method": "GET"},
    ],
)  # fmt: skip
def test_parameters_are_checked_and_named(lrs: LrsSite, asked: dict[str, Any]) -> None:
    answer = lrs.ask("GET", "/statements", **asked)
    assert answer.status_code == 400 and answer.headers["content-type"] == "application/problem+json"
    named = {"statementId": "statementId", "Limit": "Limit"}.get(next(iter(asked)), next(iter(asked)))
    assert answer.json()["pointer"].startswith("/" + named)
    assert answer.headers["x-experience-api-consistent-through"], "whatever the status"


def test_a_fault_is_named_by_its_path(lrs: LrsSite) -> None:
    wrong = statement(context={"contextActivities": {"parent": [{"id": LESSON}, {"id": "no iri"}]}})
    answer = lrs.post([statement(), wrong])
    assert answer.status_code == 400
    assert answer.json()["pointer"] == "/1/context/contextActivities/parent/1/id"
    assert lrs.ids() == []


def test_odd_names_stop_nothing(stored: LrsSite) -> None:
    account = {"homePage": "https://x.org", "name": "n" * 201}
    assert stored.post([
        statement(1, actor={"account": account}), statement(2, actor={**ADA, "name": "a\0b"}),
        statement(3, verb={"id": "https://x.org/v\0"}, object={"id": LESSON, "definition": {"name": {"en": "\0"}}}),
    ]).status_code == 200  # fmt: skip
    assert stored.ids() == [uuid(3), uuid(2), uuid(1)]
    assert stored.ids(agent=json.dumps({"account": account})) == [uuid(1)]
    asked = {"activityId": LESSON, "agent": json.dumps(ADA), "stateId": "a\0b"}
    assert stored.ask("PUT", "/activities/state", **asked, content=b"x").status_code == 400


def test_what_cannot_be_written_is_put_aside_and_stops_no_other(
    lrs: LrsSite, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real = lrs.records.statements.write

    def write(tenant: str, batch: Any, now: Any) -> None:
        if any(one.statement == uuid(2) for one in batch.statements):
            raise ValueError("this one")
        real(tenant, batch, now)

    monkeypatch.setattr(lrs.records.statements, "write", write)
    lrs.post([statement(1), statement(2), statement(3)])
    assert lrs.ids() == [uuid(3), uuid(1)]
    (aside,) = (lrs.home.path / "statements").rglob("damaged/*.json")
    assert json.loads(aside.read_bytes())["id"] == uuid(2)

"""Documents over HTTP: states and profiles, changed only as their readers know them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

import pytest
from lrs_site import ADA, LESSON, LrsSite, uuid

AGENT = json.dumps(ADA)
PLACES: dict[str, dict[str, Any]] = {
    "/activities/state": {"activityId": LESSON, "agent": AGENT, "stateId": "s"},
    "/activities/profile": {"activityId": LESSON, "profileId": "s"},
    "/agents/profile": {"agent": AGENT, "profileId": "s"},
}
every = pytest.mark.parametrize("path", PLACES)
FRESH = {"if-none-match": "*"}


@every
def test_a_document_is_kept_read_and_deleted(stored: LrsSite, path: str) -> None:
    content = b"\x00\xff any bytes"
    told = {"content": content, "headers": {"content-type": "image/png", **FRESH}}
    assert stored.ask("PUT", path, **PLACES[path], **told).status_code == 204
    answer = stored.ask("GET", path, **PLACES[path])
    assert answer.content == content and answer.headers["content-type"] == "image/png"
    assert answer.headers["etag"] == f'"{hashlib.sha1(content).hexdigest()}"' and answer.headers["last-modified"]
    head = stored.ask("HEAD", path, **PLACES[path])
    assert head.content == b"" and head.headers["content-length"] == str(len(content))
    cached = stored.ask("GET", path, **PLACES[path], headers={"if-none-match": answer.headers["etag"]})
    assert cached.status_code == 304
    many = {name: one for name, one in PLACES[path].items() if name not in ("stateId", "profileId")}
    assert stored.ask("GET", path, **many).json() == ["s"]
    assert stored.ask("GET", path, **many, since="2026-03-02T10:00:00Z").json() == []
    assert stored.ask("DELETE", path, **PLACES[path]).status_code == 204
    assert stored.ask("GET", path, **PLACES[path]).status_code == 404


@every
def test_objects_are_merged_and_nothing_else(lrs: LrsSite, path: str) -> None:
    lrs.ask("POST", path, **PLACES[path], json={"a": 1, "b": {"c": 1}})
    assert lrs.ask("POST", path, **PLACES[path], json={"b": {"d": 2}, "e": 3}).status_code == 204
    kept = lrs.ask("GET", path, **PLACES[path])
    assert kept.json() == {"a": 1, "b": {"d": 2}, "e": 3}
    for sent in ({"json": [1]}, {"content": b"{", "headers": {"content-type": "application/json"}},
                 {"content": b"x", "headers": {"content-type": "text/plain"}}):  # fmt: skip
        assert lrs.ask("POST", path, **PLACES[path], **sent).status_code == 400
    assert lrs.ask("GET", path, **PLACES[path]).json() == kept.json()


@every
def test_who_knows_another_document_changes_nothing(stored: LrsSite, path: str) -> None:
    stored.ask("POST", path, **PLACES[path], json={"a": 1})
    tag = stored.ask("GET", path, **PLACES[path]).headers["etag"]
    for method in ("PUT", "POST", "DELETE"):
        sent = {"json": {"b": 1}} if method != "DELETE" else {}
        for header in ({"if-match": '"0"'}, {"if-none-match": "*"}):
            assert stored.ask(method, path, **PLACES[path], **sent, headers=header).status_code == 412
    assert stored.ask("PUT", path, **PLACES[path], json={"b": 1}).status_code == 409
    assert stored.ask("GET", path, **PLACES[path]).json() == {"a": 1}
    assert stored.ask("PUT", path, **PLACES[path], json={"b": 1}, headers={"if-match": tag}).status_code == 204
    assert stored.ask("PUT", path, **PLACES[path], json={"c": 1}, headers={"if-match": tag}).status_code == 412


def test_what_a_put_must_say_differs_by_version(lrs: LrsSite) -> None:
    state, profile = "/activities/state", "/agents/profile"
    assert lrs.ask("PUT", profile, **PLACES[profile], json={}, version="1.0.3").status_code == 400
    assert lrs.ask("PUT", profile, **PLACES[profile], json={}).status_code == 204
    assert lrs.ask("PUT", profile, **PLACES[profile], json={}, version="1.0.3").status_code == 409
    for _ in range(2):
        assert lrs.ask("PUT", state, **PLACES[state], json={}, version="1.0.3").status_code == 204
    assert lrs.ask("PUT", state, **PLACES[state], json={}).status_code == 409


def test_states_belong_to_a_registration_or_to_none(stored: LrsSite) -> None:
    path, place = "/activities/state", PLACES["/activities/state"]
    stored.ask("PUT", path, **place, content=b"none")
    stored.ask("PUT", path, **place, registration=uuid(1), content=b"one")
    assert stored.ask("GET", path, **place).content == b"none"
    assert stored.ask("GET", path, **place, registration=uuid(1)).content == b"one"
    many = {"activityId": LESSON, "agent": AGENT}
    assert stored.ask("DELETE", path, **many, registration=uuid(1)).status_code == 204
    assert stored.ask("GET", path, **place, registration=uuid(1)).status_code == 404
    assert stored.ask("GET", path, **place).content == b"none"
    assert stored.ask("DELETE", path, **many).status_code == 204
    assert stored.ask("GET", path, **many).json() == []


def test_a_document_has_an_end(lrs: LrsSite) -> None:
    answer = lrs.ask("PUT", "/activities/state", **PLACES["/activities/state"], content=b"x" * (4 << 20) + b"x")
    assert answer.status_code == 413


def test_what_is_known_of_an_activity_and_an_agent(lrs: LrsSite) -> None:
    for language, name in (("en", "Meeting"), ("fr", "Réunion")):
        told = {"id": LESSON, "definition": {"name": {language: name}, "type": "https://x.org/meeting"}}
        lrs.ask(
            "POST",
            "/statements",
            json={"actor": {**ADA, "name": name}, "verb": {"id": "https://x.org/v"}, "object": told},
        )
    activity = lrs.ask("GET", "/activities", activityId=LESSON).json()
    assert activity["definition"]["name"] == {"en": "Meeting", "fr": "Réunion"}
    person = lrs.ask("GET", "/agents", agent=AGENT).json()
    assert person == {"objectType": "Person", "name": ["Meeting", "Réunion"], "mbox": [ADA["mbox"]]}

"""Keys: issued once in clear, kept as a hash, changed and taken back at once, each for its tenant and purpose alone."""

from __future__ import annotations

import base64
import logging
from datetime import timedelta

import pytest
from api_site import NOW, ApiSite, viewed
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import text

from staycourse.adapters.store import Database, Store
from staycourse.adapters.store.care import AuditLog
from staycourse.adapters.store.doors import KeyBook, split_key
from staycourse.app.intake import Keyring, key_book
from staycourse.kernel import BadInput, NotFound
from staycourse.web.api import credentials

HOUR = timedelta(hours=1)


@pytest.fixture
def book(database: Database) -> KeyBook:
    for tenant in ("main", "other"):
        Store(database).ensure_tenant(tenant, "UTC", NOW)
    return KeyBook(database)


def test_a_key_is_kept_as_a_hash_alone(book: KeyBook) -> None:
    issued = book.issue("main", "lms", ["write"], NOW, actor="op")
    key_id, secret = split_key(issued.text)
    assert issued.key_id == key_id and len(bytes.fromhex(secret)) * 8 >= 128
    assert secret not in repr(issued) and issued.text not in repr(issued)
    found = book.find(key_id)
    assert found is not None and found.opens(secret, NOW) and not found.opens(secret[::-1], NOW)
    assert found.tenant == "main" and found.scopes == {"write"} and found.hash not in repr(found)
    with book.database.reading() as connection:
        rows = connection.execute(text("SELECT * FROM api_keys")).all()
        lines = connection.execute(text("SELECT * FROM audit")).all()
    assert secret not in str(rows) and secret not in str(lines)


def test_a_changed_secret_and_the_one_before(book: KeyBook) -> None:
    first = book.issue("main", "lms", ["write"], NOW)
    second = book.rotate("main", first.key_id, NOW, 2 * HOUR)
    old, new = split_key(first.text)[1], split_key(second.text)[1]
    found = book.find(first.key_id)
    assert found is not None and old != new and second.key_id == first.key_id
    assert found.opens(new, NOW) and found.opens(old, NOW + HOUR) and not found.opens(old, NOW + 2 * HOUR)
    book.rotate("main", first.key_id, NOW)
    found = book.find(first.key_id)
    assert found is not None and not found.opens(new, NOW) and not found.opens(old, NOW)


def test_a_key_taken_back_or_expired_is_dead(book: KeyBook) -> None:
    key = book.issue("main", "lms", ["write"], NOW, NOW + HOUR).key_id
    found = book.find(key)
    assert found is not None and found.live(NOW) and not found.live(NOW + HOUR)
    book.revoke("main", key, NOW)
    book.revoke("main", key, NOW)
    found = book.find(key)
    assert found is not None and not found.live(NOW)
    with pytest.raises(NotFound):
        book.rotate("main", key, NOW)


def test_every_change_leaves_a_line(book: KeyBook) -> None:
    key = book.issue("main", "lms", ["write"], NOW, actor="op").key_id
    book.rotate("main", key, NOW, HOUR, actor="op")
    book.revoke("main", key, NOW, actor="op")
    book.revoke("main", key, NOW, actor="op")
    lines = AuditLog(book.database).read("main")
    assert [line["action"] for line in lines] == ["key.revoked", "key.rotated", "key.issued"]
    assert all(line["actor"] == "op" and line["details"]["key"] == key for line in lines)
    assert lines[1]["details"]["overlap_seconds"] == 3600


def test_another_tenants_key_is_none_of_ours(book: KeyBook) -> None:
    key = book.issue("other", "lms", ["write"], NOW).key_id
    assert book.list("main") == [] and [one.key_id for one in book.list("other")] == [key]
    for change in (lambda: book.rotate("main", key, NOW), lambda: book.revoke("main", key, NOW)):
        with pytest.raises(NotFound):
            change()
    found = book.find(key)
    assert found is not None and found.live(NOW)


@pytest.mark.parametrize(
    ("name", "scopes", "limit"),
    [("", ["write"], 1), ("x" * 201, ["write"], 1), ("a\nb", ["write"], 1), ("a", [], 1), ("a", ["fly"], 1),
     ("a", ["write"], 0)],
)  # fmt: skip
def test_a_key_that_cannot_be_is_refused(book: KeyBook, name: str, scopes: list[str], limit: int) -> None:
    with pytest.raises(BadInput):
        book.issue("main", name, scopes, NOW, events_per_second=limit)


def test_a_key_revoked_elsewhere_is_dead_within_a_second(site: ApiSite) -> None:
    assert site.ask("/v1/events", json=[viewed(1)]).status_code == 200
    key_id = split_key(site.keys["main"])[0]
    key_book(site.home).revoke("main", key_id, NOW)
    site.time[0] += 0.99
    assert site.ask("/v1/events", json=[viewed(2)]).status_code == 200, "what was looked up is good for a second"
    site.time[0] += 0.01
    assert site.ask("/v1/events", json=[viewed(3)]).status_code == 401
    assert [event.event_id for event in site.logged()] == ["e1", "e2"]


def test_when_a_key_was_used_is_noted(site: ApiSite) -> None:
    keyring = Keyring(site.home)
    assert keyring.key(site.keys["main"]) is not None and keyring.key("sc_0123456789abcdef_" + "0" * 40) is None
    keyring.note_used()
    used = {key.tenant: key.last_used for tenant in ("main", "other") for key in key_book(site.home).list(tenant)}
    assert used == {"main": NOW, "other": None}


def test_expired_and_wrong_scope(site: ApiSite) -> None:
    brief = site.key("write", expires=NOW + HOUR)
    assert site.ask("/v1/events", json=[viewed()], key=brief).status_code == 200
    site.clock.instant = NOW + HOUR
    assert site.ask("/v1/events", json=[viewed()], key=brief).status_code == 401
    refused = site.ask("/v1/events", json=[viewed()], key=site.key("read"))
    assert refused.status_code == 403 and refused.json()["code"] == "not-allowed"
    assert site.ask("/v1/events", json=[viewed()], key=site.key("admin")).status_code == 200


def test_too_many_requests_and_events_are_told_to_wait(site: ApiSite) -> None:
    key = site.key("write", requests_per_second=2)
    codes = [site.ask("/v1/events", json=[], key=key).status_code for _ in range(8)]
    assert codes[:4] == [200] * 4 and 429 in codes
    key = site.key("write", events_per_second=10)
    assert site.ask("/v1/events", json=[viewed(n) for n in range(500)], key=key).status_code == 200, "a full bucket"
    answer = site.ask("/v1/events", json=[viewed(501)], key=key)
    assert answer.status_code == 429 and 40 <= int(answer.headers["retry-after"]) <= 60
    assert "e501" not in {event.event_id for event in site.logged()}
    assert site.ask("/v1/events", json=[viewed(502)]).status_code == 200, "another key is not slowed by it"


def basic(user: str, password: str) -> dict[str, str]:
    return {"authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def test_the_forms_in_which_a_key_is_shown() -> None:
    key = "sc_0123456789abcdef_" + "f" * 40
    _, key_id, secret = key.split("_")
    shown = [{"authorization": f"Bearer {key}"}, {"authorization": f"bearer  {key} "}, basic(key, ""), basic(key, "x"),
             basic(f"sc_{key_id}", secret), basic(key_id, secret), basic("anything", key)]  # fmt: skip
    assert {credentials(headers) for headers in shown} == {key}
    for headers in ({}, {"authorization": "Digest x"}, {"authorization": "Basic ?"}, {"authorization": "Basic w6k6"}):
        assert split_key(credentials(headers)) == ("", "")


@given(st.text(max_size=80))
def test_no_text_is_taken_for_a_key_by_mistake(shown: str) -> None:
    key_id, secret = split_key(shown)
    assert (len(key_id), len(secret)) in ((0, 0), (16, 40))
    credentials({"authorization": shown})


def test_no_secret_is_logged(site: ApiSite, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    for key in (site.keys["main"], "sc_nonsense", "x" * 60):
        site.ask("/v1/events", json=[viewed(), {"event_id": "bad"}], key=key)
        site.ask("/v1/track", json={"writeKey": key, "userId": "a"}, key="")
        site.ask("/v1/learners/x", method="PUT", json={"email": "wrong"}, key=key)
    secret = split_key(site.keys["main"])[1]
    assert secret not in caplog.text and "x" * 60 not in caplog.text

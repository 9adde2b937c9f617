"""What holds for every resource: versions, keys, methods, the old syntax, other sites, and bounds."""

from __future__ import annotations

import gzip
import json
from collections.abc import Iterator
from urllib.parse import urlencode

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from lrs_site import ADA, LESSON, LrsSite, open_lrs, statement, uuid

from staycourse.adapters.store.doors import RejectionBook


@pytest.mark.parametrize(
    ("asked", "said"), [("2.0.0", "2.0.0"), ("2.0", "2.0.0"), ("1.0.3", "1.0.3"), ("1.0", "1.0.3")]
)
def test_an_answer_names_its_version(lrs: LrsSite, asked: str, said: str) -> None:
    answer = lrs.ask("GET", "/statements", version=asked)
    assert answer.status_code == 200 and answer.headers["x-experience-api-version"] == said


@pytest.mark.parametrize(("asked", "said"), [(None, "0.9"), ("0.95", "2.0.0"), ("1.1.0", "1.0.3"), ("2.0.x", "2.0.0")])
def test_other_versions_are_refused(lrs: LrsSite, asked: str | None, said: str) -> None:
    for method, path in (("GET", "/statements"), ("PUT", "/activities/state"), ("GET", "/agents")):
        answer = lrs.ask(method, path, version=asked)
        assert answer.status_code == 400 and answer.headers["x-experience-api-version"] == said


def test_about_is_for_everybody(lrs: LrsSite) -> None:
    answer = lrs.ask("GET", "/about", version=None, key="")
    assert answer.status_code == 200 and {"1.0.3", "2.0.0"} <= set(answer.json()["version"])


def test_keys_and_what_they_are_for(lrs: LrsSite) -> None:
    assert lrs.post(statement(), key="").status_code == 401
    assert lrs.post(statement(), key="sc_no_good").status_code == 401
    assert lrs.post(statement(), key=lrs.keys["events"]).status_code == 403
    assert lrs.post(statement(), key=lrs.keys["reader"]).status_code == 403
    assert lrs.ask("GET", "/statements", key=lrs.keys["reader"]).status_code == 200


def test_statements_that_are_refused_are_noted_and_questions_are_not(lrs: LrsSite) -> None:
    assert lrs.post([{"actor": 1}]).status_code == 400
    assert lrs.post(statement(), version="0.95").status_code == 400
    assert lrs.ask("GET", "/statements", statementId="1").status_code == 400
    lrs.app.hot["/xapi/statements"].parts.intake.rejections.write()
    noted = RejectionBook(lrs.home.database).seen("main", lrs.home.settings.clock.now())
    assert len(noted) == 2 and {(one.door, one.place, one.count) for one in noted} == {("xapi", -1, 1)}


def test_the_old_syntax_is_of_version_1_alone(lrs: LrsSite) -> None:
    form = {"content-type": "application/x-www-form-urlencoded"}
    told = {"statementId": uuid(1), "content": json.dumps(statement()), "Content-Type": "application/json",
            "X-Experience-API-Version": "1.0.3"}  # fmt: skip
    sent = {"content": urlencode(told).encode(), "headers": form, "version": None}
    assert lrs.ask("POST", "/statements", **sent).status_code == 400
    answer = lrs.ask("POST", "/statements?method=PUT", **sent)
    assert answer.status_code == 204 and answer.headers["x-experience-api-version"] == "1.0.3"
    newer = urlencode({**told, "X-Experience-API-Version": "2.0.0", "statementId": uuid(2)}).encode()
    refused = lrs.ask("POST", "/statements?method=PUT", content=newer, headers=form, version=None)
    assert refused.status_code == 400 and refused.json()["pointer"] == "/method", "said in the form it is no other"
    asked = urlencode({"statementId": uuid(1)}).encode()
    found = lrs.ask("POST", "/statements?method=GET", content=asked, headers=form, version="1.0.3")
    assert found.json()["id"] == uuid(1)
    assert lrs.ask("POST", "/statements?method=PUT", content=asked, headers=form, version="1.0.3").status_code == 400
    assert lrs.ask("POST", "/statements?method=GET", content=asked, headers=form).status_code == 400
    assert lrs.ask("PUT", "/statements?method=PUT", json=statement(), version="1.0.3").status_code == 400


def test_methods(lrs: LrsSite) -> None:
    refused = lrs.ask("DELETE", "/statements")
    assert refused.status_code == 405 and "POST" in refused.headers["allow"]
    assert refused.json()["detail"] == "DELETE is not taken here" and refused.json()["mend"].startswith("use ")
    assert lrs.ask("POST", "/about").status_code == 405
    assert lrs.ask("OPTIONS", "/statements", key="", version=None).status_code == 204
    lrs.post(statement(1))
    head, get = (lrs.ask(method, "/statements", statementId=uuid(1)) for method in ("HEAD", "GET"))
    assert head.status_code == 200 and head.content == b""
    assert head.headers["content-length"] == str(len(get.content))


def test_pages_of_named_sites_may_ask(lrs: LrsSite) -> None:
    good = lrs.ask("OPTIONS", "/statements", headers={"origin": "https://content.example.org"}, key="", version=None)
    assert good.headers["access-control-allow-origin"] == "https://content.example.org"
    assert "x-experience-api-version" in good.headers["access-control-allow-headers"]
    assert "PUT" in good.headers["access-control-allow-methods"]
    other = lrs.ask("OPTIONS", "/statements", headers={"origin": "https://evil.example.org"}, key="", version=None)
    assert "access-control-allow-origin" not in other.headers


def test_bodies_are_bounded_and_inflated(lrs: LrsSite) -> None:
    packed = {"content-encoding": "gzip", "content-type": "application/json"}
    told = gzip.compress(json.dumps([statement(1)]).encode())
    assert lrs.ask("POST", "/statements", content=told, headers=packed).status_code == 200
    bomb = gzip.compress(b" " * (64 << 20))
    assert lrs.ask("POST", "/statements", content=bomb, headers=packed).status_code == 413
    assert lrs.ask("POST", "/statements", content=told[:20], headers=packed).status_code == 400
    assert lrs.post([statement()] * 10_001).status_code == 400
    plain = {"content-type": "application/json"}
    assert lrs.ask("POST", "/statements", content=b"[" * 100_000, headers=plain).status_code == 400
    assert lrs.ask("POST", "/statements", content=b"\xff\xfe", headers=plain).status_code == 400
    deep = json.dumps(statement()).replace(
        f'"{LESSON}"', f'"{LESSON}", "definition": {{"extensions": {{"a:b": {"[" * 80}{"]" * 80}}}}}'
    )
    assert lrs.ask("POST", "/statements", content=deep.encode(), headers=plain).status_code == 400


LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=5)
    | st.just(ADA)
)
ANYTHING = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)
FIELDS = (
    "id",
    "actor",
    "verb",
    "object",
    "result",
    "context",
    "timestamp",
    "stored",
    "authority",
    "version",
    "attachments",
)


@pytest.fixture(scope="module")
def standing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LrsSite]:
    with open_lrs(tmp_path_factory.mktemp("lrs") / "home") as opened:
        yield opened


@settings(max_examples=60)
@given(told=st.dictionaries(st.sampled_from(FIELDS), ANYTHING), form=st.sampled_from(["1.0.3", "2.0.0"]))
def test_no_statement_breaks_it(standing: LrsSite, told: dict[str, object], form: str) -> None:
    assert standing.post(statement() | told, version=form).status_code in (200, 400, 409)


@settings(max_examples=60)
@given(
    body=st.binary(max_size=60),
    before=st.sampled_from([b"", b"--b\r\n", b"--b\r\nContent-Type: application/json\r\n\r\n{}\r\n--b\r\n"]),
)
def test_no_multipart_body_breaks_it(standing: LrsSite, body: bytes, before: bytes) -> None:
    sent = {"content": before + body + b"\r\n--b--", "headers": {"content-type": "multipart/mixed; boundary=b"}}
    assert standing.ask("POST", "/statements", **sent).status_code == 400

"""The native door: what is good is kept beside what is not, and every refusal says where and how to mend it."""

from __future__ import annotations

import gzip
import json
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

import msgspec
import pytest
from api_site import NOW, ApiSite, viewed, views
from hypothesis import given
from hypothesis import strategies as st

from staycourse.events import VERBS, Event, check_event
from staycourse.kernel import BadEvent
from staycourse.web.api.batches import _all_fit, _all_named, read_json, read_lines

LINES = {"content-type": "application/x-ndjson"}


def lines(*events: Any) -> bytes:
    return b"".join(json.dumps(event).encode() + b"\n" for event in events)


def test_a_batch_is_in_the_log_when_it_is_answered(site: ApiSite) -> None:
    answer = site.ask("/v1/events", json=views(3))
    assert (answer.status_code, answer.json()) == (200, {"accepted": 3, "rejected": []})
    kept = site.logged()
    assert [event.event_id for event in kept] == ["e0", "e1", "e2"] and kept[0].learner == "ada"
    assert site.logged("other") == []


def test_good_events_are_kept_beside_bad_ones(site: ApiSite) -> None:
    bad = [
        viewed(1, verb="juggled"),
        viewed(2, course=""),
        viewed(3, time="2027-01-01T00:00:00Z"),
        viewed(4, value="many"),
        viewed(5, received="2026-03-02T09:59:00Z"),
        viewed(6, nonsense=1),
        viewed(7, attributes={"text": 3}),
        {"learner": "ada"},
        17,
    ]
    answer = site.ask("/v1/events", json=[viewed(0), *bad, viewed(99)])
    told = answer.json()
    assert answer.status_code == 200 and told["accepted"] == 2
    assert [event.event_id for event in site.logged()] == ["e0", "e99"]
    found = [(fault["index"], fault["pointer"]) for fault in told["rejected"]]
    assert found == [(1, "/verb"), (2, "/course"), (3, "/time"), (4, "/value"), (5, "/received"), (6, "/nonsense"),
                     (7, "/attributes"), (8, "/event_id"), (9, "")]  # fmt: skip
    assert all(fault["what"] and fault["mend"] for fault in told["rejected"])
    assert not [fault for fault in told["rejected"] if "`" in fault["what"]], "in our words"
    assert told["rejected"][0]["mend"] == "see docs/events.md for the verbs"


def test_nothing_good_is_a_problem(site: ApiSite) -> None:
    answer = site.ask("/v1/events", json=[viewed(0, verb="juggled")])
    told = answer.json()
    assert answer.status_code == 422 and told["code"] == "bad-event" and told["rejected"][0]["pointer"] == "/verb"
    assert site.logged() == []


def test_an_empty_batch_and_a_single_event_are_fine(site: ApiSite) -> None:
    assert site.ask("/v1/events", json=[]).json() == {"accepted": 0, "rejected": []}
    assert site.ask("/v1/events", json=viewed(1)).json() == {"accepted": 1, "rejected": []}


@pytest.mark.parametrize("content", [b"", b"nonsense", b"[1,", b'"text"', b"\xff\xfe[", b"[" * 100_000, b"null"])
def test_what_is_no_json_is_said(site: ApiSite, content: bytes) -> None:
    answer = site.ask("/v1/events", content=content, headers={"content-type": "application/json"})
    assert answer.status_code == 422 and answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["pointer"] == "/body" and answer.json()["mend"]


def test_a_deep_event_is_one_bad_event(site: ApiSite) -> None:
    deep = b'{"attributes":' + b"[" * 50_000 + b"]" * 50_000 + b"}"
    answer = site.ask("/v1/events", content=lines(viewed(0)) + deep, headers=LINES)
    assert answer.json()["accepted"] == 1 and answer.json()["rejected"][0]["index"] == 1
    assert site.ask("/v1/events", content=b"[" + deep + b"]").status_code == 422


def test_json_lines(site: ApiSite) -> None:
    content = b"\n\r\n" + lines(viewed(0)) + b"  \n{broken\n" + json.dumps(viewed(1)).encode()
    for media in ("application/x-ndjson", "application/jsonl; charset=UTF-8"):
        told = site.ask("/v1/events", content=content, headers={"content-type": media}).json()
        assert told["accepted"] == 2 and [fault["index"] for fault in told["rejected"]] == [1]
    assert {event.event_id for event in site.logged()} == {"e0", "e1"}


@pytest.mark.parametrize(
    ("media", "status"),
    [("text/csv", 415), ("application/json; charset=utf-16", 415), ("application/x-www-form-urlencoded", 415),
     ("application/json;charset=utf-8", 200), ('application/json; charset="UTF-8"', 200), ("nonsense", 200)],
)  # fmt: skip
def test_only_json_in_utf8_is_read(site: ApiSite, media: str, status: int) -> None:
    answer = site.ask("/v1/events", content=json.dumps(views(1)).encode(), headers={"content-type": media})
    assert answer.status_code == status


def test_gzip_is_read_and_a_bomb_is_not_unpacked(site: ApiSite) -> None:
    headers = {"content-encoding": "gzip", "content-type": "application/json"}
    whole = gzip.compress(json.dumps(views(5)).encode())
    assert site.ask("/v1/events", content=whole, headers=headers).json()["accepted"] == 5
    two = gzip.compress(b"[" + json.dumps(viewed(7)).encode()) + gzip.compress(b"]")
    assert site.ask("/v1/events", content=two, headers=headers).json()["accepted"] == 1
    bomb = gzip.compress(b"[" + b" " * (64 << 20) + b"]")
    assert site.ask("/v1/events", content=bomb, headers=headers).status_code == 413
    nested = gzip.compress(b"") * 100_000
    assert site.ask("/v1/events", content=nested, headers=headers).status_code == 422
    assert site.ask("/v1/events", content=whole[:-9], headers=headers).status_code == 422
    assert site.ask("/v1/events", content=b"plain", headers=headers).status_code == 422
    assert site.ask("/v1/events", content=b"x", headers={"content-encoding": "br"}).status_code == 415


def test_what_is_too_large_is_refused(site: ApiSite) -> None:
    many = site.ask("/v1/events", json=views(10_001))
    assert many.status_code == 413 and "10,000" in many.json()["mend"]
    large = site.ask("/v1/events", content=b" " * ((16 << 20) + 1))
    assert large.status_code == 413 and site.logged() == []


def test_only_posting_is_answered(site: ApiSite) -> None:
    answer = site.ask("/v1/events", method="GET")
    assert answer.status_code == 405 and answer.headers["allow"] == "POST"


def test_learners_and_courses_are_kept(site: ApiSite) -> None:
    given = {"name": "Ada", "email": "ada@x.org", "birthday": "12-10", "zone": "Europe/London"}
    assert site.ask("/v1/learners/ada", method="PUT", json=given).json() == {"kept": True}
    assert site.ask("/v1/learners/ada", method="PUT", json={"language": "en"}).status_code == 200
    kept = site.home.store.learner("main", "ada")
    assert kept and (kept.name, kept.language, kept.email) == ("Ada", "en", "ada@x.org")
    assert site.home.store.learner("other", "ada") is None
    course = {"title": "Maths", "starts_on": "2026-01-05"}
    assert site.ask("/v1/courses/maths", method="PUT", json=course).status_code == 200
    assert [found.title for found in site.home.store.courses("main")] == ["Maths"]


def test_a_record_of_a_wrong_shape_is_told_how_to_mend_it(site: ApiSite) -> None:
    told = site.ask("/v1/learners/ada", method="PUT", json={"birthday": "31.12."}).json()
    assert (told["pointer"], told["mend"]) == ("/birthday", "write it as 12-31")


@pytest.mark.parametrize(
    "name", ["a/b", "/a", "a/", "a//b", "a/risk", "a\nb", "end\n", "x?y=1#z", "%41", "%2F", "王 明"]
)
def test_an_id_in_the_path_may_hold_any_character(site: ApiSite, name: str) -> None:
    for kind in ("learners", "courses"):
        assert site.ask(f"/v1/{kind}/{quote(name, safe='')}", method="PUT", json={}).status_code == 200, kind
    assert site.home.store.learner("main", name) is not None
    assert [found.course for found in site.home.store.courses("main")] == [name]


@pytest.mark.parametrize(
    ("body", "pointer"),
    [({"email": "nobody"}, "/email"), ({"learner": "bob"}, "/learner"), ({"shoe": 42}, "/shoe"), ([], ""),
     ({"birth_year": 1066}, "/birth_year"), ({"birth_year": 2099}, "/birth_year"), ({"zone": "Mars/Base"}, "/zone"),
     ({"paid_minor": 100}, "/currency"), ({"paid_minor": 100, "currency": "???"}, "/currency"),
     ({"country": "1"}, "/country"), ({"name": "A\0da"}, "/name")],
)  # fmt: skip
def test_a_wrong_learner_is_refused_with_the_field(site: ApiSite, body: Any, pointer: str) -> None:
    answer = site.ask("/v1/learners/ada", method="PUT", json=body)
    assert answer.status_code == 422 and answer.json().get("pointer", "") == pointer
    assert site.home.store.learner("main", "ada") is None
    assert site.ask("/v1/learners/" + "a" * 201, method="PUT", json={}).status_code == 422


@pytest.mark.parametrize("name", [" ", "\u3000", "a\0b"])
def test_a_name_that_names_nothing_is_refused(site: ApiSite, name: str) -> None:
    for kind, field in (("learners", "/learner"), ("courses", "/course")):
        answer = site.ask(f"/v1/{kind}/{quote(name, safe='')}", method="PUT", json={})
        assert (answer.status_code, answer.json()["pointer"]) == (422, field)
    good = {"event_id": "e", "learner": name, "verb": "logged_in", "time": NOW.isoformat()}
    told = site.ask("/v1/events", method="POST", json=[good]).json()
    assert [one["pointer"] for one in told["rejected"]] == ["/learner"] and told["rejected"][0]["mend"]


def test_a_course_that_ends_before_it_starts_is_refused(site: ApiSite) -> None:
    wrong = {"starts_on": "2026-03-02", "ends_on": "2026-03-01"}
    answer = site.ask("/v1/courses/maths", method="PUT", json=wrong)
    assert (answer.status_code, answer.json()["pointer"]) == (422, "/ends_on")
    assert site.home.store.courses("main") == []


def test_an_event_without_a_needed_field_is_refused_with_its_name(site: ApiSite) -> None:
    told = site.ask("/v1/events", method="POST", json=[{"learner": "ada", "verb": "logged_in"}]).json()
    assert told["rejected"][0]["pointer"] == "/event_id" and told["title"] == HTTPStatus(422).phrase


EVENTS = st.builds(
    Event,
    event_id=st.just("e"),
    learner=st.sampled_from(["ada", "王 明", " ", "\u3000", "a\0b"]),
    verb=st.sampled_from([*(verb.name for verb in VERBS), "juggled"]),
    time=st.sampled_from([NOW, NOW.replace(year=2030), NOW.replace(year=1980)]),
    course=st.sampled_from(["", "maths"]),
    value=st.none() | st.integers(-(10**9), 10**9) | st.integers(-1, 1),
)


@given(EVENTS)
def test_the_quick_check_finds_what_the_careful_one_finds(event: Event) -> None:
    try:
        check_event(event, NOW)
        fits = True
    except BadEvent:
        fits = False
    rows = [msgspec.to_builtins(event)]
    for body in (msgspec.json.encode(rows), json.dumps(rows).encode(), json.dumps(rows, ensure_ascii=False).encode()):
        assert (not read_json(body, NOW).rejected) == fits
        assert (_all_fit([event], NOW) and _all_named([event], body)) == fits


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.floats(allow_nan=False, allow_infinity=False) | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
)


@given(st.lists(st.just(viewed()) | ANYTHING, max_size=5))
def test_a_list_of_anything_is_sorted_into_good_and_bad(given: list[Any]) -> None:
    """Each element is either kept or refused by its place, whichever of both forms it came in."""
    good = [number for number, one in enumerate(given) if one == viewed()]
    for batch in (read_json(json.dumps(given).encode(), NOW), read_lines(lines(*given), NOW)):
        assert len(batch.events) == len(good)
        assert [fault.index for fault in batch.rejected] == [n for n in range(len(given)) if n not in good]


@given(st.binary(max_size=60))
def test_whatever_bytes_come_are_read_or_refused(content: bytes) -> None:
    for line in read_lines(content, NOW).rejected:
        assert line.what


@pytest.mark.parametrize(
    ("path", "told", "where", "mend"),
    [
        ("learners/ada", {"paid_minor": 5}, "/currency", "name it, such as CNY"),
        ("learners/ada", {"paid_minor": 5, "currency": "EURO"}, "/currency", "write it as EUR"),
        ("learners/ada", {"paid_minor": 5, "currency": "XQX"}, "/currency", "use an ISO 4217 code such as CNY"),
        ("learners/ada", {"country": "DEU"}, "/country", "write it as DE"),
        ("learners/ada", {"country": "D"}, "/country", "write it as DE"),
        ("learners/ada", {"zone": "Mars/X"}, "/zone", "use an IANA name such as Asia/Shanghai"),
        ("courses/c", {"starts_on": "2026-02-02", "ends_on": "2026-02-01"}, "/ends_on", "check both days"),
        ("learners/ada", None, "/body", "send one JSON object"),
    ],
)
def test_what_is_refused_of_a_record_says_how_to_mend_it(
    site: ApiSite, path: str, told: Any, where: str, mend: str
) -> None:
    answer = site.ask(f"/v1/{path}", method="PUT", json=told).json()
    assert (answer["pointer"], answer["mend"]) == (where, mend)
    chinese = site.ask(f"/v1/{path}", method="PUT", json=told, headers={"accept-language": "zh"}).json()["mend"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese), chinese

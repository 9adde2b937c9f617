"""The quick way lets nothing through that the thorough way would refuse or write anew, and takes what is common."""

from __future__ import annotations

import contextlib
import copy
import json
import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.xapi import BadStatement, Reader, Statement, json_of, plain, plain_statements
from staycourse.xapi.reading import _envelope

COMMON: dict[str, Any] = {
    "id": "00000000-0000-4000-8000-000000000001",
    "actor": {"account": {"homePage": "https://lms.example.org", "name": "ada"}, "name": "Ada"},
    "verb": {"id": "http://adlnet.gov/expapi/verbs/completed", "display": {"en": "completed"}},
    "object": {"id": "https://lms.example.org/lesson/1", "definition": {"name": {"en": "A lesson"}}},
    "result": {"score": {"scaled": 0.5}, "completion": True, "response": "yes", "duration": "PT93S"},
    "context": {"registration": "00000000-0000-4000-8000-000000000002", "platform": "LMS", "language": "en-GB",
                "contextActivities": {"grouping": [{"id": "https://lms.example.org/course/1"}]},
                "extensions": {"https://x.org/e": {"a": [1]}}},
    "timestamp": "2026-03-01T08:00:00.123Z",
}  # fmt: skip
ODD = st.one_of(
    st.none(), st.booleans(), st.floats(allow_nan=False, allow_infinity=False), st.text(max_size=4), st.just([]),
    st.just({}), st.sampled_from([
        "2026-02-30T08:00:00Z", "2026-03-01T08:00:00+02:00", "2026-03-01T08:00:00-00:00", "2026-13-01T08:00:00Z",
        "2026-03-01T24:00:00Z", "2026-04-31T00:00:00Z", "P", "PT", "P1W", "PT1S\n", "PT1S\nPT1S", "P1DT", "PT1.5S",
        "PT1.5M", "P1Y", "00000000-0000-4000-8000-00000000000A", "not a uuid", "http://adlnet.gov/expapi/verbs/voided",
        {"objectType": "Agent"}, {"objectType": "StatementRef", "id": COMMON["id"]}, {"id": "no iri"}, {"id": "a:b"},
        {"parent": {"id": "a:b"}}, {"raw": 5, "max": 3}, {"min": 3, "max": 1, "raw": 2}, {"scaled": 2}, "Group",
    ]),
)  # fmt: skip


def paths(value: Any, before: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    found = [before] if before else []
    for name, one in value.items() if isinstance(value, dict) else ():
        found += paths(one, (*before, name))
    return found


@st.composite
def spoiled(draw: st.DrawFn) -> dict[str, Any]:
    told = copy.deepcopy(COMMON)
    for _ in range(draw(st.integers(0, 2))):
        *way, last = draw(st.sampled_from(paths(COMMON)))
        inner: Any = told
        for step in way:
            inner = inner.get(step) if isinstance(inner, dict) else None
        if isinstance(inner, dict):
            name = draw(st.sampled_from([last, last, last, "objectType", "unknown", "extensions", "stored"]))
            if draw(st.booleans()):
                inner[name] = draw(ODD)
            else:
                inner.pop(name, None)
    return told


def thorough(reader: Reader, body: bytes) -> dict[str, bytes]:
    return {name: part.raw for name, part in reader._checked(_envelope(body)).items()}


@pytest.mark.parametrize("two", [True, False])
@given(st.lists(spoiled(), min_size=1, max_size=4))
def test_what_goes_the_quick_way_would_go_the_thorough_way_unchanged(two: bool, told: list[dict[str, Any]]) -> None:
    reader, other = Reader(two=two), Reader(two=two)
    bodies = [json.dumps(one).encode() for one in told]
    try:
        found, _ = reader.read(b"[" + b",".join(bodies) + b"]", most=10)
    except BadStatement as fault:
        place = int(fault.where[1 : fault.where.index("]")])
        with pytest.raises(BadStatement):
            other.read(bodies[place], most=1)
        return
    for statement, body, one in zip(found, bodies, told, strict=True):
        parts = thorough(other, body)
        if statement.told:
            assert {name: json_of(raw) for name, raw in parts.items()} == {k: v for k, v in one.items() if k != "id"}
        assert {name: part.raw for name, part in statement.parts.items()} == parts


@pytest.mark.parametrize("two", [True, False])
@given(st.lists(spoiled(), min_size=1, max_size=3), st.booleans())
def test_a_body_goes_as_it_came_only_where_each_of_its_statements_goes_the_quick_way(
    two: bool, told: list[dict[str, Any]], alone: bool
) -> None:  # fmt: skip
    body = f" {json.dumps(told[0])} \n" if alone else f" [{' , '.join(map(json.dumps, told))} ]\n"
    ids = Reader(two=two).plain(body.encode(), most=10)
    try:
        found, _ = Reader(two=two).read(body.encode(), most=10)
    except BadStatement:
        assert ids is None
        return
    assert (ids is not None) == all(one.told for one in found)
    if ids is not None:
        assert ids == [one.statement for one in found]
        named = [one or COMMON["id"] for one in ids]
        fill = (b"2026-03-02T00:00:00Z", b'{"mbox":"mailto:a@b.c"}', b"2.0.0")
        for one, statement in zip(found, named, strict=True):
            one.statement = statement
        again = [one.written(*fill) for one in plain_statements(body.encode(), named)]
        assert again == [one.written(*fill) for one in found]


NEARLY_UUIDS = st.uuids().map(str).flatmap(
    lambda told: st.sampled_from([
        told, told[:-1], f"{told}0", told.upper(), f"{told[1:]}-", f"-{told[:-1]}", told.replace("-", "", 1),
        f"{told[:7]}-{told[7]}{told[9:]}", f"{told}\n{told}", f"{told[:-1]}\n", f"{told[:-1]}é", f"{told[:-1]}g", "",
    ])
)  # fmt: skip


NESTED = pytest.mark.parametrize("held", [
    {"a": [1]}, [{"id": COMMON["id"], "n": n} for n in range(40)], [{"actor": {}}, {"actor": {}}], "},{\"actor\":",
    [[{"id": COMMON["id"]}], "]", {"id": COMMON["id"]}],
])  # fmt: skip


@NESTED
def test_a_long_body_goes_as_it_came_wherever_it_is_cut(monkeypatch: pytest.MonkeyPatch, held: Any) -> None:
    told = [copy.deepcopy(COMMON) | {"id": f"00000000-0000-4000-8000-{number:012d}"} for number in range(60)]
    told[7]["context"]["extensions"]["https://x.org/e"] = held
    told[9].pop("id")
    names = [one.get("id", "") for one in told]
    odd = copy.deepcopy(told)
    odd[50]["timestamp"] = "2026-02-30T08:00:00Z"
    reader = Reader(two=True)
    for short in (1, 100, 700, 5_000, 1 << 20):
        monkeypatch.setattr(plain, "_SHORT", short)
        monkeypatch.setattr(plain, "_LONG", 2 * short)
        for indent in (None, 0, 2):
            body = json.dumps(told, indent=indent).encode()
            assert reader.plain(body, most=60) == reader.plain(b" \n" + body + b"\t", most=60) == names
            assert reader.plain(json.dumps(odd, indent=indent).encode(), most=60) is None
            for broken in (body + b"x", body + body, body[:-1], body[1:], body.replace(b"},", b"},,"), b"\x0b" + body):
                assert reader.plain(broken, most=200) is None


@given(st.lists(NEARLY_UUIDS, min_size=1, max_size=4), st.booleans())
def test_ids_are_good_together_where_each_is_alone(ids: list[str], registrations: bool) -> None:
    told = [
        COMMON | ({"context": {"registration": one}} if registrations else {"id": one})
        for one in ids
    ]  # fmt: skip
    found = Reader(two=True).plain(json.dumps(told).encode(), most=10)
    good = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
    assert (found is not None) == all(good.fullmatch(one) for one in ids)


def test_no_more_statements_than_allowed_go_as_they_came() -> None:
    body = json.dumps([COMMON, COMMON]).encode()
    assert Reader(two=True).plain(body, most=1) is None and Reader(two=True).plain(body, most=2)


@pytest.mark.parametrize("two", [True, False])
def test_the_common_form_goes_the_quick_way(two: bool) -> None:
    reader = Reader(two=two)
    bare = {name: COMMON[name] for name in ("actor", "verb", "object")}
    found, many = reader.read(json.dumps([COMMON, bare]).encode(), most=2)
    assert many and all(one.told for one in found)
    assert reader.read(json.dumps(COMMON).encode(), most=1)[0][0].told
    for one, timed in zip(found, (True, False), strict=True):
        one.statement = one.statement or COMMON["id"]
        kept = json_of(one.written(b"2026-03-02T00:00:00Z", b'{"mbox":"mailto:a@b.c"}', b"2.0.0"))
        assert kept["stored"] == "2026-03-02T00:00:00Z" and kept["version"] == "2.0.0" and kept["id"] == COMMON["id"]
        assert kept["timestamp"] == (COMMON["timestamp"] if timed else kept["stored"])
        assert kept["authority"] == {"mbox": "mailto:a@b.c"} and kept["actor"] == COMMON["actor"]


def test_one_statement_out_of_the_common_does_not_slow_the_others() -> None:
    odd = {**COMMON, "id": COMMON["id"].upper().replace("000000000001", "00000000000A"),
           "attachments": []}  # fmt: skip
    found, _ = Reader(two=True).read(json.dumps([COMMON, odd, COMMON]).encode(), most=3)
    assert [bool(one.told) for one in found] == [True, False, True]
    assert found[1].statement.endswith("a")


def test_what_a_client_writes_twice_is_kept_once() -> None:
    body = json.dumps(COMMON).encode()
    twice = body.replace(b'"verb":', b'"verb":{"id":"nothing good"},"verb":', 1)
    (one,), _ = Reader(two=True).read(twice, most=1)
    again: Statement = Reader(two=True).read(one.written(b"2026-03-02T00:00:00Z", b'{"mbox":"mailto:a@b.c"}', b"2.0.0"),
                                             most=1)[0][0]  # fmt: skip
    assert again.clean().count(b"nothing good") == 0 and json_of(again.clean())["verb"] == COMMON["verb"]


ODDER: list[dict[str, Any]] = [
    {"actor": {"objectType": "Group", "member": [COMMON["actor"], {"mbox": "mailto:b@x.org"}]}},
    {"object": {"objectType": "StatementRef", "id": COMMON["id"]}, "context": {"registration": COMMON["id"]}},
    {"object": {"objectType": "SubStatement", "actor": COMMON["actor"], "verb": COMMON["verb"],
                "object": COMMON["object"], "context": {"contextActivities": {"parent": {"id": "a:b"}}}},
     "context": {"registration": COMMON["id"]}},
    {"object": {"mbox": "mailto:c@x.org", "objectType": "Agent"}, "context": {"language": "de"}},
    {"context": {"contextActivities": {"parent": {"id": "a:b"}}, "instructor": COMMON["actor"],
                 "team": {"objectType": "Group", "member": [COMMON["actor"]]}}},
    {"id": COMMON["id"].upper(), "timestamp": "2026-03-01T10:00:00+02:00", "result": {"extensions": {"a:b": 1}}},
]  # fmt: skip


@pytest.mark.parametrize("two", [True, False])
@given(st.lists(st.one_of(spoiled(), st.sampled_from([COMMON | one for one in ODDER])), min_size=1, max_size=4))
def test_what_was_written_down_is_read_again_as_it_would_be_read_at_first(
    two: bool, told: list[dict[str, Any]]
) -> None:  # fmt: skip
    written = []
    for one in told:
        with contextlib.suppress(BadStatement):
            found = Reader(two=two).read(json.dumps(one).encode(), most=1)[0][0]
            found.statement = found.statement or COMMON["id"]
            written.append(found.written(b"2026-03-02T00:00:00.000000Z", b'{"mbox":"mailto:a@b.c"}', b"1.0.0"))
    reader = Reader(two=two)
    for body, again in zip(written, reader.again(written), strict=True):
        first = Reader(two=two).read(body, most=1)[0][0]
        assert {name: part.raw for name, part in again.parts.items()} == {
            name: part.raw for name, part in first.parts.items()
        }
        assert (again.value, again.terms(), again.clean()) == (first.value, first.terms(), first.clean())
        assert (again.target, again.voids) == (first.target, first.voids)


def test_the_odd_ones_are_good() -> None:
    for one in ODDER:
        assert Reader(two=False).read(json.dumps(COMMON | one).encode(), most=1)[0]

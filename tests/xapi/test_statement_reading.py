"""Statements read strictly: what is refused is refused at its field, what is kept is kept as it came."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.xapi import BadStatement, Reader, json_of, people_of, same_statement, without

ONE, TWO = Reader(two=False), Reader(two=True)
ADA = {"mbox": "mailto:ada@example.org"}
ACTIVITY = {"id": "https://x.org/a"}
REF = {"objectType": "StatementRef", "id": "00000000-0000-4000-8000-000000000001"}


def statement(**more: Any) -> dict[str, Any]:
    return {"actor": ADA, "verb": {"id": "https://x.org/v"}, "object": ACTIVITY} | more


def read(told: Any, reader: Reader = TWO) -> Any:
    return reader.read(json.dumps(told).encode(), most=10)[0][0]


def activity(**definition: Any) -> dict[str, Any]:
    return {"object": ACTIVITY | {"definition": definition}}


def sub(**more: Any) -> dict[str, Any]:
    return {"object": {"objectType": "SubStatement", **statement(), **more}}


WRONG: list[tuple[dict[str, Any], str]] = [
    ({"actor": None}, "actor"), ({"actor": {}}, "actor"), ({"actor": {"mbox": "ada@example.org"}}, "actor.mbox"),
    ({"actor": {**ADA, "openid": "https://x.org/ada"}}, "actor"),
    ({"actor": {"mbox_sha1sum": "12"}}, "actor.mbox_sha1sum"),
    ({"actor": {"account": {"homePage": "x", "name": "a"}}}, "actor.account.homePage"),
    ({"actor": {"account": {"homePage": "https://x.org"}}}, "actor.account.name"),
    ({"actor": {**ADA, "objectType": "agent"}}, "actor.objectType"), ({"actor": {**ADA, "other": 1}}, "actor.other"),
    ({"actor": {"objectType": "Group"}}, "actor.member"),
    ({"actor": {"objectType": "Group", "member": []}}, "actor.member"),
    ({"actor": {"objectType": "Group", "member": [ADA, {}]}}, "actor.member[1]"),
    ({"actor": {**ADA, "member": [ADA]}}, "actor.member"),
    ({"verb": {}}, "verb.id"), ({"verb": {"id": "did"}}, "verb.id"),
    ({"verb": {"id": "a:b", "display": {"x y": "z"}}}, "verb.display.x y"),
    ({"verb": {"id": "a:b", "display": {"en": None}}}, "verb.display.en"),
    ({"object": {"id": "no iri"}}, "object.id"), ({"object": {"objectType": "Thing"}}, "object.objectType"),
    ({"object": {"objectType": "StatementRef", "id": "x"}}, "object.id"),
    (activity(name="a"), "object.definition.name"),
    (activity(interactionType="guess"), "object.definition.interactionType"),
    (activity(choices=[]), "object.definition.interactionType"), (activity(moreInfo="x"), "object.definition.moreInfo"),
    (activity(interactionType="choice", choices=[{"id": "a"}, {"id": "a"}]), "object.definition.choices"),
    (activity(interactionType="likert", scale=[{"id": 1}]), "object.definition.scale[0].id"),
    (activity(extensions={"x": 1}), "object.definition.extensions.x"),
    (sub(id=REF["id"]), "object.id"), (sub(object=sub()["object"]), "object.object.objectType"),
    (sub(context={"registration": 1}), "object.context.registration"), (sub(timestamp="x"), "object.timestamp"),
    (sub(result={"score": {"scaled": 2}}), "object.result.score.scaled"),
    ({"result": {"score": {"scaled": 1.1}}}, "result.score.scaled"),
    ({"result": {"score": {"raw": "1"}}}, "result.score.raw"),
    ({"result": {"score": {"raw": 1, "min": 2}}}, "result.score.raw"),
    ({"result": {"score": {"min": 2, "max": 2}}}, "result.score.min"),
    ({"result": {"success": "yes"}}, "result.success"), ({"result": {"response": None}}, "result.response"),
    ({"result": {"duration": "P4W1D"}}, "result.duration"), ({"result": {"duration": "PT"}}, "result.duration"),
    ({"result": {"other": 1}}, "result.other"), ({"result": {"extensions": {"x": 1}}}, "result.extensions.x"),
    ({"context": {"registration": "x"}}, "context.registration"), ({"context": {"language": "-"}}, "context.language"),
    ({"context": {"team": ADA}}, "context.team.objectType"),
    ({"context": {"statement": {"id": REF["id"]}}}, "context.statement.objectType"),
    ({"context": {"contextActivities": {"other": [{}]}}}, "context.contextActivities.other[0].id"),
    ({"context": {"contextActivities": {"others": ACTIVITY}}}, "context.contextActivities.others"),
    ({"context": {"revision": "1"}, "object": ADA | {"objectType": "Agent"}}, "context.revision"),
    ({"context": {"platform": "x"}, "object": REF}, "context.platform"), ({"context": {"other": 1}}, "context.other"),
    ({"timestamp": "yesterday"}, "timestamp"), ({"timestamp": "2026-03-01T08:00:00-00:00"}, "timestamp"),
    ({"timestamp": "2026-02-30T08:00:00Z"}, "timestamp"), ({"stored": 1}, "stored"), ({"id": "1"}, "id"),
    ({"id": None}, "id"),
    ({"authority": {"objectType": "Group", "member": [ADA]}}, "authority"), ({"version": "0.9"}, "version"),
    ({"verb": {"id": "http://adlnet.gov/expapi/verbs/voided"}}, "object.objectType"), ({"other": 1}, "other"),
    ({"attachments": [{"usageType": "a:b"}]}, "attachments[0].display"),
]  # fmt: skip


@pytest.mark.parametrize(("more", "where"), WRONG)
def test_a_fault_is_found_at_its_field(more: dict[str, Any], where: str) -> None:
    for reader in (ONE, TWO):
        with pytest.raises(BadStatement) as caught:
            read(statement(**more), reader)
        assert caught.value.where == where
        with pytest.raises(BadStatement) as caught:
            reader.read(json.dumps([statement(), statement(**more)]).encode(), most=2)
        assert caught.value.where.startswith("[1]")


@pytest.mark.parametrize(
    "more",
    [
        {"actor": {"objectType": "Group", "mbox": "mailto:t@x.org", "member": []}}, {"object": REF}, sub(), activity(),
        {"context": {"extensions": {"a:b": None}}},
        {"result": {"score": {"scaled": -1, "raw": 5, "min": 0, "max": 10}}},
        {"timestamp": "2026-03-01T08:00Z"}, {"timestamp": "2026-03-01T08:00:00,5+0200"}, {"version": "1.0.9"},
        {"result": {"duration": "P3Y1M29DT4H35M59.14S"}}, {"context": {"language": "zh-Hans-CN"}},
    ],
)  # fmt: skip
def test_what_is_good_is_taken(more: dict[str, Any]) -> None:
    for reader in (ONE, TWO):
        assert read(statement(**more), reader).value.keys() == statement(**more).keys()


def test_the_versions_differ() -> None:
    people: dict[str, Any] = {"contextAgents": [{"objectType": "contextAgent", "agent": ADA, "relevantTypes": ["a:b"]}]}
    assert read(statement(context=people))
    told: dict[str, Any]
    for told in (people, {"contextGroups": []}):
        with pytest.raises(BadStatement):
            read(statement(context=told), ONE)
    wrong: dict[str, Any]
    for wrong in ({"objectType": "contextAgents"}, {"relevantTypes": []}, {"relevantTypes": ["x"]}, {"agent": {}}):
        with pytest.raises(BadStatement, match="contextAgents"):
            read(statement(context={"contextAgents": [people["contextAgents"][0] | wrong]}))
    when = statement(timestamp="2026-03-01T08:00:00+02:00")
    assert read(when, ONE).written(b"S", b"{}", b"1.0.0").count(b"08:00:00+02:00") == 1
    assert read(when).written(b"S", b"{}", b"2.0.0").count(b'"2026-03-01T06:00:00Z"') == 1


def test_bytes_are_kept_as_they_came() -> None:
    told = b'{"verb": {"id" : "a:b"},"actor":{"mbox":"mailto:a@b.cc" , "name":"\\u00e9"},"object":{"id":"a:b"}}'
    (one,), alone = TWO.read(told, most=1)[0], TWO.read(told, most=1)[1]
    kept = one.written(b"S", b"{}", b"2.0.0")
    assert not alone and b'{"mbox":"mailto:a@b.cc" , "name":"\\u00e9"}' in kept and b'{"id" : "a:b"}' in kept


def test_one_activity_becomes_a_list_and_only_there() -> None:
    around = {"parent": ACTIVITY}
    told = statement(context={"extensions": {"a:b": around}, "contextActivities": around})
    kept = json_of(read(told).written(b"S", b"{}", b"2.0.0"))
    assert kept["context"] == {"extensions": {"a:b": around}, "contextActivities": {"parent": [ACTIVITY]}}


@pytest.mark.parametrize(
    ("more", "same"),
    [
        ({}, True), ({"verb": {"id": "https://x.org/v", "display": {"en": "did"}}}, True), ({"version": "1.0.1"}, True),
        ({"object": {"objectType": "Activity", **ACTIVITY}}, True), ({"object": {"id": "https://x.org/b"}}, False),
        ({"result": {"duration": "PT1.237S"}}, True), ({"result": {"duration": "PT1.24S"}}, False),
        ({"timestamp": "2026-03-01T10:00:00+02:00"}, True), ({"timestamp": "2026-03-01T10:00:00Z"}, False),
        ({"context": {"contextActivities": {"other": [ACTIVITY]}}}, True),
        ({"actor": {"mbox": "mailto:b@x.org"}}, False),
    ],
)  # fmt: skip
def test_what_makes_a_statement_the_same(more: dict[str, Any], same: bool) -> None:
    base = statement(result={"duration": "PT1.23S"}, timestamp="2026-03-01T08:00:00Z",
                     context={"contextActivities": {"other": ACTIVITY}})  # fmt: skip
    assert same_statement(base | {"id": "x", "stored": "y"}, base | more) is same


def test_nobody_stands_in_the_place_of_who_is_forgotten() -> None:
    told = statement(
        object={**ADA, "objectType": "Agent"}, actor={"objectType": "Group", "member": [ADA, {"openid": "a:b"}]}
    )
    left = json.loads(without(json.dumps(told), ["mbox\nmailto:ada@example.org"]))
    assert "ada" not in json.dumps(left) and left["actor"]["member"][1] == {"openid": "a:b"}
    assert read(left), "it is a statement still"
    assert [one for one in people_of(left) if "openid" in one]


@pytest.mark.parametrize(
    ("told", "where"),
    [
        (statement(colour="red"), "colour"),
        ([statement(), statement(colour="red")], "[1].colour"),
        (statement(result={"marks": 3}), "result.marks"),
        ({"actor": ADA, "object": ACTIVITY}, "verb"),
    ],
)
def test_a_field_that_is_unknown_or_missing_is_named(told: Any, where: str) -> None:
    with pytest.raises(BadStatement) as refused:
        read(told)
    assert refused.value.where == where


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3), max_leaves=8,
)  # fmt: skip


@given(part=st.sampled_from(["actor", "verb", "object", "result", "context", "attachments", "id"]), told=JSON)
def test_whatever_comes_is_taken_or_refused(part: str, told: Any) -> None:
    try:
        read(statement(**{part: told}))
    except BadStatement as fault:
        assert fault.what


@given(st.binary(max_size=40))
def test_whatever_bytes_come_are_refused(told: bytes) -> None:
    with pytest.raises(BadStatement):
        TWO.read(told, most=1)

"""xAPI statements: who, what, in which course, and how much; and that nothing a statement holds can raise."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.events import VERBS_BY_NAME, Event, check_event
from staycourse.events.xapi import (
    DEFAULT_RULES,
    DEFAULT_VERB_MAP,
    KINDS,
    TAKES,
    Unmapped,
    VerbMap,
    events_of_statement,
    verb_map,
)
from staycourse.kernel import BadInput

THING = "https://x.example.org/t1"
STORED = datetime(2025, 6, 1, tzinfo=UTC)
ADL = "http://adlnet.gov/expapi/"
COURSE = {"id": "https://x.example.org/c1", "definition": {"type": f"{ADL}activities/course"}}
QUIZ = f"{ADL}activities/assessment"
LEARNER = {"account": {"homePage": "https://x.example.org", "name": "u1"}}
ID = "00000000-0000-4000-8000-00000000000A"


def statement(iri: str, kind: str = "", **more: Any) -> dict[str, Any]:
    thing = {"id": THING} | ({"definition": {"type": kind}} if kind else {})
    return {
        "id": ID, "actor": LEARNER, "verb": {"id": iri}, "object": thing, "timestamp": "2025-05-01T10:00:00Z",
        "context": {"contextActivities": {"parent": [COURSE]}},
    } | more  # fmt: skip


def one(given: dict[str, Any], mapping: VerbMap = DEFAULT_VERB_MAP) -> Event:
    found = events_of_statement(given, stored=STORED, mapping=mapping)
    assert not isinstance(found, Unmapped), found
    assert len(found) == 1
    return found[0]


def none(given: Any, mapping: VerbMap = DEFAULT_VERB_MAP) -> Unmapped:
    found = events_of_statement(given, stored=STORED, mapping=mapping)
    assert isinstance(found, Unmapped), found
    return found


VERBS = [
    ("http://id.tincanapi.com/verb/viewed", "", {}, "content_viewed", 1),
    ("http://id.tincanapi.com/verb/viewed", "http://id.tincanapi.com/activitytype/discussion", {}, "forum_viewed", 1),
    (f"{ADL}verbs/registered", f"{ADL}activities/course", {}, "enrolled", None),
    ("http://activitystrea.ms/leave", f"{ADL}activities/course", {}, "withdrawn", None),
    (f"{ADL}verbs/completed", f"{ADL}activities/course", {}, "course_completed", None),
    (f"{ADL}verbs/completed", "", {}, "lesson_completed", None),
    (f"{ADL}verbs/completed", QUIZ, {"success": True, "score": {"scaled": 0.8}}, "quiz_passed", 8000),
    (f"{ADL}verbs/completed", f"{ADL}activities/assessment", {"success": False}, "quiz_failed", None),
    (f"{ADL}verbs/completed", f"{ADL}activities/assessment", {}, "assignment_submitted", None),
    (f"{ADL}verbs/passed", "", {"score": {"raw": 3, "min": 1, "max": 5, "scaled": 0}}, "quiz_passed", 5000),
    (f"{ADL}verbs/failed", "", {"score": {"scaled": -0.5}}, "quiz_failed", 0),
    (f"{ADL}verbs/failed", "", {}, "quiz_failed", None),
    (f"{ADL}verbs/answered", "", {"success": False}, "quiz_answered", 0),
    (f"{ADL}verbs/answered", "", {"response": "blue"}, "quiz_viewed", 1),
    (f"{ADL}verbs/terminated", "", {"duration": "PT1H2M3.6S"}, "session_ended", 3724),
    (
        f"{ADL}verbs/terminated", "https://w3id.org/xapi/video/activity-type/video",
        {"extensions": {"https://w3id.org/xapi/video/extensions/played-segments": "0[.]12.5[,]10[.]20"}},
        "video_watched", 22,
    ),
    (
        f"{ADL}verbs/progressed", "",
        {"extensions": {"https://w3id.org/xapi/cmi5/result/extensions/progress": 40}}, "lesson_progressed", 4000,
    ),
    (
        f"{ADL}verbs/progressed", "", {"extensions": {"https://w3id.org/xapi/video/extensions/progress": 1.0}},
        "lesson_completed", None,
    ),
    (f"{ADL}verbs/attended", "", {}, "live_joined", None),
    (f"{ADL}verbs/attended", "", {"duration": "PT30M"}, "live_left", 1800),
    ("http://activitystrea.ms/submit", "", {}, "assignment_submitted", None),
    (f"{ADL}verbs/scored", "", {"score": {"raw": 1, "min": 0, "max": 2, "scaled": 0}}, "assignment_graded", 5000),
    ("http://id.tincanapi.com/verb/rated", "", {"score": {"raw": 4, "max": 5}}, "rated", 400),
    ("https://xapi.edlm/profiles/edlm-lms/concepts/verbs/login", "", {}, "logged_in", None),
]  # fmt: skip


@pytest.mark.parametrize(("iri", "kind", "result", "verb", "value"), VERBS)
def test_a_statement_is_the_event_that_the_table_says(
    iri: str, kind: str, result: dict[str, Any], verb: str, value: int | None
) -> None:
    event = one(statement(iri, kind, result=result))
    assert (event.verb, event.value) == (verb, value)
    assert event.course == "https://x.example.org/c1"
    assert event.learner == "u1"
    assert (event.time, event.received) == (datetime(2025, 5, 1, 10, tzinfo=UTC), STORED)


UNMAPPED = [
    ("https://example.org/sneezed", {}, "no verb is mapped"),
    ("https://w3id.org/xapi/video/verbs/paused", {}, "the session's end tells"),
    ("http://id.tincanapi.com/verb/earned", {"score": {"scaled": 0.2}}, "not a final one"),
    (f"{ADL}verbs/voided", {}, "takes another statement back"),
    (f"{ADL}verbs/terminated", {}, "needs a value"),
    (f"{ADL}verbs/terminated", {"duration": "P1Y"}, "needs a value"),
    (f"{ADL}verbs/terminated", {"duration": "P9D"}, "outside 0 to 86400"),
]


@pytest.mark.parametrize(("iri", "result", "why"), UNMAPPED)
def test_what_says_nothing_to_us_is_unmapped_and_no_fault(iri: str, result: dict[str, Any], why: str) -> None:
    found = none(statement(iri, result=result))
    assert why in found.reason
    assert not found.fault


ACTORS = [
    ({"account": {"homePage": "https://x", "name": "7"}, "name": "Ann"}, ["7"]),
    ({"mbox": "mailto:Ann@example.org"}, ["Ann@example.org"]),
    ({"mbox_sha1sum": "AB" * 20}, ["sha1:" + "ab" * 20]),
    ({"openid": "https://ann.example.org/"}, ["https://ann.example.org/"]),
    ({"objectType": "Group", "member": [{"mbox": f"mailto:{name}@x.nl"} for name in "aba"]}, ["a@x.nl", "b@x.nl"]),
    ({"objectType": "Group", "account": {"homePage": "https://x", "name": "team"}, "member": [LEARNER]}, ["u1"]),
]  # fmt: skip


@pytest.mark.parametrize(("actor", "learners"), ACTORS)
def test_the_actor_is_a_learner_and_a_group_is_its_members(actor: dict[str, Any], learners: list[str]) -> None:
    found = events_of_statement(statement("http://id.tincanapi.com/verb/viewed", actor=actor), stored=STORED)
    assert not isinstance(found, Unmapped)
    assert [event.learner for event in found] == learners
    assert len({event.event_id for event in found}) == len(learners)


@pytest.mark.parametrize(
    "actor",
    [
        {"objectType": "Group", "account": {"homePage": "https://x", "name": "team"}},
        {"account": {"homePage": "https://x", "name": "anonymous"}},
    ],
)
def test_nobody_acted(actor: dict[str, Any]) -> None:
    found = none(statement("http://id.tincanapi.com/verb/viewed", actor=actor))
    assert (found.field, found.fault) == ("actor", False)


FAULTS = [
    ({"actor": None}, "actor"),
    ({"actor": {"name": "Ann"}}, "actor"),
    ({"actor": {"mbox": "ann@example.org"}}, "actor"),
    ({"actor": {"account": {"homePage": "https://x", "name": "u" * 300}}}, "actor"),
    ({"actor": {"objectType": "Group", "member": 7}}, "actor.member"),
    ({"actor": {"objectType": "Group", "member": [LEARNER] * 501}}, "actor.member"),
    ({"verb": "viewed"}, "verb.id"),
    ({"verb": {"id": ""}}, "verb.id"),
    ({"object": None}, "object"),
    ({"id": "12"}, "id"),
    ({"timestamp": "yesterday"}, "timestamp"),
    ({"timestamp": 12}, "timestamp"),
    ({"timestamp": "2030-01-01T00:00:00Z"}, "timestamp"),
    ({"timestamp": "1970-01-01T00:00:00Z"}, "timestamp"),
]


@pytest.mark.parametrize(("wrong", "field"), FAULTS)
def test_a_statement_of_a_wrong_form_is_a_fault_at_its_field(wrong: dict[str, Any], field: str) -> None:
    found = none(statement("http://id.tincanapi.com/verb/viewed", **wrong))
    assert (found.field, found.fault) == (field, True), found


EDX = "course-v1:Rivers+R1+2025"
BLOCK = "block-v1:Rivers+R1+2025+type@video+block@9"
PLACES = [
    ({"object": {"id": f"https://x/xblock/{BLOCK}"}, "context": {}}, EDX, BLOCK),
    ({"context": {"contextActivities": {"parent": {"id": f"https://x/courses/{EDX}/about"}}}}, EDX, THING),
    ({"context": {"contextActivities": {"grouping": [COURSE | {"id": "https://x/course/view.php?id=12"}]}}},
     "12", THING),
    ({"context": {"contextActivities": {"grouping": [{"id": "urn:pub"}], "parent": [{"id": "urn:unit"}]}}},
     "urn:pub", THING),
]  # fmt: skip


@pytest.mark.parametrize(("more", "course", "thing"), PLACES)
def test_courses_and_things_have_the_ids_of_their_platforms(more: dict[str, Any], course: str, thing: str) -> None:
    event = one(statement("http://id.tincanapi.com/verb/viewed", **more))
    assert (event.course, event.object) == (course, thing)


def test_without_a_course_what_needs_one_is_unmapped_unless_the_operator_names_one() -> None:
    lonely = statement("http://id.tincanapi.com/verb/viewed", context={})
    assert "needs a course" in none(lonely).reason
    assert one(lonely, verb_map('course = "main"')).course == "main"
    assert one(statement("https://xapi.edlm/profiles/edlm-lms/concepts/verbs/login", context={})).course == ""


def test_the_same_statement_is_the_same_event_through_any_door() -> None:
    given = statement("http://id.tincanapi.com/verb/viewed")
    later = datetime(2025, 7, 1, tzinfo=UTC)
    from_file = events_of_statement(given | {"id": ID.lower()}, stored=later, source="file", backfill=True)
    assert not isinstance(from_file, Unmapped)
    assert from_file[0].event_id == one(given).event_id
    assert (from_file[0].received, from_file[0].backfill, from_file[0].source) == (from_file[0].time, True, "file")


def test_a_statement_without_id_is_named_by_what_it_says_in_any_order() -> None:
    given = statement("http://id.tincanapi.com/verb/viewed")
    del given["id"]
    turned = dict(reversed(given.items()))
    assert one(given).event_id == one(turned).event_id
    assert one(given).event_id != one(given | {"timestamp": "2025-05-01T10:00:01Z"}).event_id


def test_own_words_and_platforms_are_kept() -> None:
    iri = "http://adlnet.gov/expapi/verbs/commented"
    context = {"platform": "Moodle", "contextActivities": {"parent": [COURSE]}}
    event = one(statement(iri, result={"response": "so hard"}, context=context))
    assert (event.attributes, event.source) == ({"text": "so hard"}, "Moodle")


def test_the_operators_table_lies_over_the_default() -> None:
    mapping = verb_map(
        '[verbs]\n"https://e.org/watched" = {verb = "video_watched", value = "duration", multiply = 2}\n'
        '"https://e.org/read" = "lesson_completed"\n"http://id.tincanapi.com/verb/viewed" = ""\n'
        '[verbs."https://e.org/did"]\nvideo = {verb = "content_viewed", value = "one"}\n'
        'any = {verb = "lesson_completed"}\n'
        '[home_pages]\n"https://x.example.org" = "x-"\n'
    )
    event = one(statement("https://e.org/watched", result={"duration": "PT90S"}), mapping)
    assert (event.verb, event.value, event.learner) == ("video_watched", 180, "x-u1")
    assert one(statement("https://e.org/read"), mapping).verb == "lesson_completed"
    assert one(statement("https://e.org/did"), mapping).verb == "lesson_completed"
    video = "https://w3id.org/xapi/video/activity-type/video"
    assert one(statement("https://e.org/did", video), mapping).verb == "content_viewed"
    discussion = "http://id.tincanapi.com/activitytype/discussion"
    for kind in ("", discussion):
        assert "leaves it out" in none(statement("http://id.tincanapi.com/verb/viewed", kind), mapping).reason
    assert one(statement("http://id.tincanapi.com/verb/viewed")).learner == "u1", "the default is untouched"


WRONG_MAPS = [
    "[verbs",
    "verb = 1",
    '[verbs]\n"https://e.org/x" = "flew"',
    '[verbs]\n"https://e.org/x" = {verb = "posted", value = "guess"}',
    '[verbs]\n"https://e.org/x" = {verb = "posted", otherwise = "flew"}',
    '[verbs]\n"https://e.org/x" = {verb = "rated", value = "score", multiply = nan}',
    '[verbs]\n"https://e.org/x" = {verb = "rated", value = "score", multiply = inf}',
    '[verbs."https://e.org/x"]\nfilm = {verb = "posted"}',
    '[verbs."https://e.org/x"]\nvideo = 7',
]


@pytest.mark.parametrize("text", WRONG_MAPS)
def test_a_wrong_table_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        verb_map(text, where="map.toml")
    assert caught.value.where.startswith("map.toml")


def test_the_default_table_speaks_the_vocabulary() -> None:
    for rule in DEFAULT_RULES:
        assert rule.verb in VERBS_BY_NAME or (not rule.verb and rule.why)
        assert not rule.otherwise or rule.otherwise in VERBS_BY_NAME
        assert rule.take in TAKES
        assert rule.kind in ("", *KINDS)
        assert all(iri.startswith("http") for iri in rule.iris)
    places = [(iri, rule.kind) for rule in DEFAULT_RULES for iri in rule.iris]
    assert len(places) == len(set(places)), "no verb has two rules for one kind"


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**70), 2**70) | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
PARTS = ("id", "actor", "verb", "object", "result", "context", "timestamp", "version")
RESULTS = ("success", "score", "duration", "extensions", "response", "completion")


@given(
    iri=st.sampled_from(sorted({iri for iri, _ in DEFAULT_VERB_MAP.rules})),
    kind=st.sampled_from(["", f"{ADL}activities/course", f"{ADL}activities/assessment", f"{ADL}activities/meeting"]),
    result=st.dictionaries(st.sampled_from(RESULTS), ANYTHING),
    wrong=st.dictionaries(st.sampled_from(PARTS), ANYTHING, max_size=2),
)
def test_whatever_a_statement_holds_it_is_events_that_fit_or_unmapped(
    iri: str, kind: str, result: dict[str, Any], wrong: dict[str, Any]
) -> None:
    found: Sequence[Event] | Unmapped = events_of_statement(statement(iri, kind, result=result) | wrong, stored=STORED)
    if isinstance(found, Unmapped):
        assert found.reason
    else:
        assert all(check_event(event, STORED) for event in found)


@given(ANYTHING)
def test_whatever_is_no_statement_is_unmapped(given: Any) -> None:
    assert isinstance(events_of_statement(given, stored=STORED), Unmapped)

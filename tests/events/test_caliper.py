"""Caliper's events as ours: each kind once, and whatever may come instead."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from staycourse.events import VERBS_BY_NAME, Event
from staycourse.events.caliper import RULES, NotTold, event_of_caliper
from staycourse.events.caliper_parts import course_of, person_id
from staycourse.kernel import BadEvent

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
BASE = "https://example.edu"
SECTION = f"{BASE}/terms/201801/courses/7/sections/1"
PERSON = {"id": f"{BASE}/users/554433", "type": "Person"}
GROUP = {"id": SECTION, "type": "CourseSection", "academicSession": "Fall 2018"}
ESSAY = {"id": f"{BASE}/assign/1", "type": "AssignableDigitalResource", "dateToSubmit": "2018-11-15T10:00:00.000Z"}
VIDEO = {"id": f"{BASE}/videos/1225", "type": "VideoObject", "duration": "PT1H"}


def told(kind: str, action: str, object_: Any, **more: Any) -> dict[str, Any]:
    """Return an event as the specification's examples write it."""
    return {
        "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2", "id": "urn:uuid:ff9ec22a-fc59-4ae1-ae8d-2c9463ee2f8f",
        "type": kind, "profile": "GeneralProfile", "actor": PERSON, "action": action, "object": object_,
        "eventTime": "2018-11-15T10:15:00.000Z", "group": GROUP,
        "membership": {"id": f"{SECTION}/rosters/1", "type": "Membership", "member": PERSON, "organization": SECTION,
                       "roles": ["Learner"], "status": "Active"},
        "edApp": {"id": BASE, "type": "SoftwareApplication"}, **more,
    }  # fmt: skip


def at(seconds: str) -> dict[str, str]:
    return {"id": f"{BASE}/videos/1225#t", "type": "MediaLocation", "currentTime": seconds}


SESSION = {"id": f"{BASE}/sessions/1", "type": "Session", "user": PERSON, "startedAtTime": "2018-11-15T10:00:00.000Z",
           "endedAtTime": "2018-11-15T10:50:00.000Z", "duration": "PT3000S"}  # fmt: skip
ATTEMPT = {"id": f"{BASE}/attempts/1", "type": "Attempt", "assignee": PERSON["id"], "assignable": ESSAY["id"]}
MESSAGE = {"id": f"{BASE}/forums/1/topics/1/messages/2", "type": "Message", "body": "Is this on the test?",
           "isPartOf": {"id": f"{BASE}/forums/1/topics/1", "type": "Thread"}}  # fmt: skip
LIKERT = {"id": f"{BASE}/scale/2", "type": "LikertScale", "scalePoints": 4, "itemValues": ["-2", "-1", "1", "2"]}


def rating(scale: Any, *selections: str) -> dict[str, Any]:
    return {"id": f"{BASE}/rating/1", "type": "Rating", "rater": PERSON, "selections": list(selections),
            "question": {"id": f"{BASE}/q/1", "type": "RatingScaleQuestion", "scale": scale}}  # fmt: skip


EXAMPLES: list[tuple[dict[str, Any], tuple[str, int | None, str]]] = [
    (told("SessionEvent", "LoggedIn", {"id": BASE, "type": "SoftwareApplication"}), ("logged_in", None, BASE)),
    (told("SessionEvent", "LoggedOut", BASE, session=SESSION), ("session_ended", 3_000, BASE)),
    (told("SessionEvent", "TimedOut", SESSION, actor={"id": BASE, "type": "SoftwareApplication"}),
     ("session_ended", 3_000, SESSION["id"])),  # type: ignore[list-item]
    (told("ToolUseEvent", "Used", {"id": BASE, "type": "SoftwareApplication"}), ("content_viewed", 1, BASE)),
    (told("NavigationEvent", "NavigatedTo", {"id": f"{BASE}/w", "type": "WebPage"}),
     ("content_viewed", 1, f"{BASE}/w")),
    (told("ViewEvent", "Viewed", {"id": f"{BASE}/f", "type": "Forum"}), ("forum_viewed", 1, f"{BASE}/f")),
    (told("NavigationEvent", "NavigatedTo", GROUP), ("home_viewed", 1, SECTION)),
    (told("MediaEvent", "Started", VIDEO, target=at("PT0S")), ("content_viewed", 1, VIDEO["id"])),
    (told("MediaEvent", "Paused", VIDEO, target=at("PT30M")), ("lesson_progressed", 5_000, VIDEO["id"])),
    (told("MediaEvent", "Ended", VIDEO, target=at("PT2H")), ("lesson_progressed", 10_000, VIDEO["id"])),
    (told("MediaEvent", "Restarted", VIDEO), ("lesson_replayed", None, VIDEO["id"])),
    (told("AssessmentEvent", "Started", {"id": f"{BASE}/a", "type": "Assessment"}), ("quiz_viewed", 1, f"{BASE}/a")),
    (told("AssessmentEvent", "Submitted", {"id": f"{BASE}/a", "type": "Assessment"}),
     ("assignment_submitted", None, f"{BASE}/a")),
    (told("AssessmentItemEvent", "Completed", f"{BASE}/a/items/3"), ("quiz_viewed", 1, f"{BASE}/a/items/3")),
    (told("AssignableEvent", "Submitted", ESSAY), ("assignment_submitted", 15, ESSAY["id"])),
    (told("AssignableEvent", "Completed", ESSAY), ("lesson_completed", None, ESSAY["id"])),
    (told("GradeEvent", "Graded", ATTEMPT, actor=f"{BASE}/autograder",
          generated={"id": "x:y", "type": "Score", "scoreGiven": 12, "maxScore": 15.0}),
     ("assignment_graded", 8_000, ESSAY["id"])),
    (told("ThreadEvent", "MarkedAsRead", MESSAGE["isPartOf"]), ("forum_viewed", 1, f"{BASE}/forums/1/topics/1")),
    (told("MessageEvent", "Posted", MESSAGE), ("posted", None, f"{BASE}/forums/1/topics/1")),
    (told("MessageEvent", "Posted", MESSAGE | {"replyTo": "x:1"}), ("commented", None, f"{BASE}/forums/1/topics/1")),
    (told("FeedbackEvent", "Ranked", VIDEO, generated=rating(LIKERT, "1")), ("rated", 400, VIDEO["id"])),
    (told("FeedbackEvent", "Ranked", VIDEO, generated=rating({"type": "NumericScale", "minValue": 0, "maxValue": 10},
                                                             "5")), ("rated", 300, VIDEO["id"])),
    (told("FeedbackEvent", "Commented", VIDEO, generated={"id": "x:1", "type": "Comment", "value": "I liked it"}),
     ("commented", None, VIDEO["id"])),
    (told("QuestionnaireItemEvent", "Completed", "x:q"), ("survey_answered", None, "x:q")),
    (told("AnnotationEvent", "Highlighted", {"id": f"{BASE}/d", "type": "Document"}),
     ("content_viewed", 1, f"{BASE}/d")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("example", "expected"), EXAMPLES, ids=lambda one: one.get("action") if isinstance(one, dict) else one[0]
)
def test_each_kind_of_event_tells_what_it_says_and_no_more(
    example: dict[str, Any], expected: tuple[str, int | None, str]
) -> None:
    event = event_of_caliper(example, NOW)
    assert isinstance(event, Event), event
    assert (event.verb, event.value, event.object) == expected
    assert (event.learner, event.course, event.source) == ("554433", SECTION, "caliper")
    assert event.event_id == "ff9ec22a-fc59-4ae1-ae8d-2c9463ee2f8f"
    assert event.time == datetime(2018, 11, 15, 10, 15, tzinfo=UTC)


def test_a_learners_own_words_go_along() -> None:
    event = event_of_caliper(told("MessageEvent", "Posted", MESSAGE), NOW)
    assert isinstance(event, Event) and event.attributes == {"text": "Is this on the test?"}


@pytest.mark.parametrize(
    ("example", "why"),
    [
        (told("MediaEvent", "ChangedVolume", VIDEO), "no verb of ours"),
        (told("NoSuchEvent", "Dreamt", VIDEO), "no verb of ours"),
        (told("MediaEvent", "Paused", VIDEO), "how far"),
        (told("MediaEvent", "Paused", VIDEO | {"duration": "P1Y"}, target=at("PT1S")), "how far"),
        (told("SessionEvent", "LoggedOut", BASE), "how long"),
        (told("SessionEvent", "LoggedOut", BASE, session=SESSION | {"duration": "-PT5S"}), "how long"),
        (told("GradeEvent", "Graded", ATTEMPT, generated={"scoreGiven": 5}), "no score"),
        (told("GradeEvent", "Graded", ATTEMPT, generated={"scoreGiven": 5, "maxScore": 0}), "no score"),
        (told("GradeEvent", "Graded", ATTEMPT, generated={"scoreGiven": True, "maxScore": 1}), "no score"),
        (told("GradeEvent", "Graded", {"id": "x:1", "type": "Attempt"}), "no learner"),
        (told("FeedbackEvent", "Ranked", VIDEO, generated=rating(LIKERT, "7")), "no choice"),
        (told("FeedbackEvent", "Ranked", VIDEO, generated=rating(LIKERT, "1", "2")), "no choice"),
        (told("AssignableEvent", "Completed", ESSAY, membership={"roles": ["Instructor"]}), "teaches"),
        (told("AssignableEvent", "Completed", ESSAY, actor={"id": BASE, "type": "SoftwareApplication"}), "no learner"),
        (told("AssignableEvent", "Completed", ESSAY, actor="_:b0"), "no learner"),
        (told("AssignableEvent", "Completed", ESSAY, group=None, membership=None), "no course"),
    ],
)
def test_what_tells_none_of_our_verbs_is_named(example: dict[str, Any], why: str) -> None:
    found = event_of_caliper(example, NOW)
    assert isinstance(found, NotTold), found
    assert why in found.why


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", None), ("id", "ff9ec22a"), ("id", "urn:uuid:x"), ("type", None), ("type", 5), ("action", ""),
        ("actor", None), ("actor", {}), ("object", {"type": "X"}), ("eventTime", None), ("eventTime", "yesterday"),
        ("eventTime", 5), ("eventTime", "2030-01-01T00:00:00Z"), ("eventTime", "1970-01-01T00:00:00Z"),
    ],
)  # fmt: skip
def test_what_is_not_of_calipers_form_is_refused_at_its_field(field: str, value: Any) -> None:
    with pytest.raises(BadEvent) as refused:
        event_of_caliper(told("AssignableEvent", "Completed", ESSAY) | {field: value}, NOW)
    assert refused.value.where == field


@pytest.mark.parametrize("told_", [None, 5, "x", [], [[]], True])
def test_what_is_no_object_is_refused(told_: Any) -> None:
    with pytest.raises(BadEvent):
        event_of_caliper(told_, NOW)


BY_LTI = {"identifierType": "LtiUserId", "identifier": "l-1"}
BY_SIS = {"identifierType": "SisSourcedId", "identifier": "s-1"}


@pytest.mark.parametrize(
    ("person", "learner"),
    [
        ("https://example.edu/users/554433", "554433"), ("urn:instructure:canvas:user:21070001", "21070001"),
        ("mailto:amara@x.org", "amara@x.org"), (f"{BASE}/profile/9/parts/1", f"{BASE}/profile/9/parts/1"),
        ({"id": "x:1", "type": "Person", "otherIdentifiers": [BY_LTI, BY_SIS]}, "s-1"),
        ({"id": "x:1", "type": "Person", "otherIdentifiers": ["x", BY_LTI]}, "l-1"),
        ({"id": "x:1", "type": "Group"}, ""), ("_:x", ""), (None, ""), (7, ""),
    ],
)  # fmt: skip
def test_learners_are_named_as_their_platform_names_them_elsewhere(person: Any, learner: str) -> None:
    assert person_id(person) == learner


def test_courses_are_found_where_the_event_says_them() -> None:
    team = {"id": "x:team", "type": "Group", "subOrganizationOf": GROUP}
    assert course_of({"group": team}) == SECTION
    assert course_of({"membership": {"organization": GROUP}}) == SECTION
    assert course_of({"object": {"id": "x:1", "isPartOf": GROUP}}) == SECTION
    assert course_of({"group": GROUP | {"otherIdentifiers": [
        {"identifierType": "SisSourcedId", "identifier": "ENG-1"}]}}) == "ENG-1"  # fmt: skip
    assert course_of({"federatedSession": {"messageParameters": {"context_id": "c1"}}}) == "c1"
    assert course_of({"group": SECTION}) == ""


def test_every_rule_leads_to_a_verb_that_there_is() -> None:
    kinds = {f"{example['type']}.{example['action']}": expected[0] for example, expected in EXAMPLES}
    assert set(kinds) <= set(RULES)
    assert set(kinds.values()) <= set(VERBS_BY_NAME)


ANYTHING = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(
        ["id", "type", "duration", "startedAtTime", "currentTime", "selections", "question", "scale", "itemValues",
         "minValue", "maxValue", "assignee", "user", "isPartOf", "otherIdentifiers", "identifier", "roles", "body",
         "scoreGiven", "maxScore", "dateToSubmit", "subOrganizationOf", "messageParameters", "context_id"]),
        inner, max_size=4),
    max_leaves=10,
)  # fmt: skip


@given(
    st.sampled_from(sorted(RULES)),
    st.dictionaries(
        st.sampled_from([
            "id", "type", "actor", "action", "object", "eventTime", "group", "membership", "generated", "target",
            "session", "federatedSession",
        ]),
        ANYTHING, max_size=6,
    ),
)  # fmt: skip
def test_whatever_comes_is_an_event_or_named_or_refused(rule: str, more: dict[str, Any]) -> None:
    kind, action = rule.split(".")
    try:
        found = event_of_caliper(told(kind, action, VIDEO) | more, NOW)
    except BadEvent as refused:
        assert refused.where
    else:
        assert isinstance(found, (Event, NotTold))

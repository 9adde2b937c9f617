"""The Segment-shaped and the PostHog-shaped door: names are read by the policy, and nothing that came is lost."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from api_site import NOW, ApiSite, open_site
from hypothesis import given
from hypothesis import strategies as st

from staycourse.app.intake import replay_unmapped, unmapped_names
from staycourse.kernel import BadPolicy
from staycourse.policy import load_policy
from staycourse.signals import SIGNALS_BY_NAME
from staycourse.web.api.segment_messages import corrected

POLICY = """
[events]
ignore = ["Noise", "$create_alias"]
[events.names."Chapter Read"]
verb = "content_viewed"
course = ["book.course"]
object = ["chapter"]
"""
LATER = '[events.names."Badge Earned"]\nverb = "course_completed"\nobject = ["badge"]\n'


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ApiSite]:
    with open_site(tmp_path / "home", policy=POLICY) as opened:
        yield opened


def track(event: str = "Lesson Completed", **more: Any) -> dict[str, Any]:
    return {"type": "track", "messageId": "m1", "userId": "ada", "event": event, "timestamp": NOW.isoformat(),
            "properties": {"course_id": "maths", "lesson_id": "l1"}, **more}  # fmt: skip


def test_a_batch_becomes_events_and_learners(site: ApiSite) -> None:
    batch = [
        track(),
        track("Quiz Passed", messageId="m2", properties={"course": "maths", "quiz_id": "q", "score": 87.5}),
        track("Question Answered", messageId="m3", properties={"course_id": "maths", "correct": True}),
        track("Chapter Read", messageId="m4", properties={"book": {"course": "maths"}, "chapter": 3}),
        track("Comment Posted", messageId="m5", properties={"course_id": "maths", "text": "I like it"}),
        track("Order Completed", messageId="m6", properties={"order_id": "o", "total": "19.99", "currency": "EUR"}),
        {"type": "page", "messageId": "m7", "userId": 17, "name": "Home", "properties": {"course": "c", "path": "/"}},
        {"type": "identify", "messageId": "m8", "userId": "ada", "context": {"locale": "en-GB"},
         "traits": {"firstName": "Ada", "lastName": "Byron", "email": "ada@x.org", "phone": "nonsense",
                    "birthday": "1990-12-10T00:00:00Z", "address": {"country": "gb"}, "gender": "f"}},
        track("Noise", messageId="m9"),
        {"type": "alias", "messageId": "m10", "previousId": "anon", "userId": "ada"},
    ]  # fmt: skip
    answer = site.ask("/v1/batch", json={"batch": batch, "sentAt": NOW.isoformat()})
    assert answer.status_code == 200
    assert answer.json() == {"success": True, "accepted": 7, "learners": 1, "unmapped": 0, "ignored": 2, "rejected": []}
    found = {event.event_id: event for event in site.logged()}
    assert found["segment:m1"].verb == "lesson_completed" and found["segment:m1"].object == "l1"
    assert (found["segment:m2"].verb, found["segment:m2"].value) == ("quiz_passed", 8750)
    assert found["segment:m3"].value == 1
    assert (found["segment:m4"].course, found["segment:m4"].object) == ("maths", "3")
    assert found["segment:m5"].attributes == {"text": "I like it"}
    assert (found["segment:m6"].value, found["segment:m6"].attributes) == (1999, {"currency": "EUR"})
    assert (found["segment:m7"].learner, found["segment:m7"].object) == ("17", "/")
    ada = site.home.store.learner("main", "ada")
    assert ada and (ada.name, ada.email, ada.birthday, ada.birth_year) == ("Ada Byron", "ada@x.org", "12-10", 1990)
    assert (ada.country, ada.language, ada.phone) == ("GB", "en-GB", None)


def test_what_is_not_mapped_is_kept_shown_and_read_again(site: ApiSite) -> None:
    batch = [
        track("Badge Earned", messageId=f"b{n}", properties={"badge": "gold", "course": "maths"}) for n in range(3)
    ]
    batch.append(track("Lesson Completed", messageId="nowhere", properties={}))
    told = site.ask("/v1/batch", json={"batch": batch}).json()
    assert (told["accepted"], told["unmapped"]) == (0, 4) and site.logged() == []
    site.ask("/v1/batch", json={"batch": batch})  # a client that tries again changes nothing
    names = {row.name: row for row in unmapped_names(site.home, "main")}
    assert names["Badge Earned"].count == 3 and names["Badge Earned"].reason == ""
    assert "course" in names["Lesson Completed"].reason
    assert '"badge":"gold"' in names["Badge Earned"].sample
    assert unmapped_names(site.home, "other") == []
    assert replay_unmapped(site.home).events == 0
    site.home.store.add_policy("main", POLICY + LATER, "", NOW)
    done = replay_unmapped(site.home)
    assert (done.events, done.left) == (3, 1)
    assert {(event.verb, event.object) for event in site.logged()} == {("course_completed", "gold")}
    assert [row.name for row in unmapped_names(site.home, "main")] == ["Lesson Completed"]
    assert replay_unmapped(site.home).events == 0


def test_unmapped_names_are_shown_to_their_tenant_alone(site: ApiSite) -> None:
    site.ask("/v1/track", json=track("Badge Earned"))
    (row,) = site.ask("/v1/events/unmapped", method="GET").json()["names"]
    assert (row["name"], row["count"]) == ("Badge Earned", 1)
    assert site.ask("/v1/events/unmapped", method="GET", key=site.keys["other"]).json() == {"names": []}


@pytest.mark.parametrize("call", ["track", "identify", "page", "screen", "group", "alias"])
def test_each_call_has_its_route(site: ApiSite, call: str) -> None:
    message = {**track(), "previousId": "x", "groupId": "class-3", "name": "Home", "traits": {"email": "a@x.org"}}
    message.pop("type")
    answer = site.ask(f"/v1/{call}", json=message)
    assert answer.status_code == 200 and answer.json()["success"] is True
    assert answer.json()["accepted"] == (call in ("track", "page", "screen"))


def test_the_key_may_stand_in_basic_or_in_the_body(site: ApiSite) -> None:
    key = site.keys["main"]
    assert site.ask("/v1/track", json=track(), auth=(key, "")).status_code == 200
    assert site.ask("/v1/track", json=track(writeKey=key), key="").status_code == 200
    assert site.ask("/batch/", json={"api_key": key, "batch": []}, key="").status_code == 200
    for answer in (site.ask("/v1/track", json=track(), key=""), site.ask("/v1/batch", json={"batch": []}, key=""),
                   site.ask("/v1/track", json=track(writeKey="nonsense"), key=""),
                   site.ask("/v1/track", json=track(writeKey=key), auth=("wrong", ""))):  # fmt: skip
        assert answer.status_code == 401 and answer.json()["code"] == "not-known" and answer.json()["message"]
        assert "Bearer" in answer.headers["www-authenticate"]


def test_bad_messages_are_told_beside_good_ones(site: ApiSite) -> None:
    large = track(messageId="large", properties={"course_id": "maths", "lesson_id": "x" * 33_000})
    batch = [track(), {"type": "juggle"}, {"type": "track", "userId": "ada"}, {"type": "track", "event": "x"}, 7, large,
             track(messageId="m2", userId="u" * 201)]  # fmt: skip
    answer = site.ask("/v1/batch", json={"batch": batch})
    told = answer.json()
    assert answer.status_code == 200 and told["accepted"] == 1
    assert [(fault["index"], fault["pointer"]) for fault in told["rejected"]] == [
        (1, "/type"), (2, "/event"), (3, "/userId"), (4, ""), (5, ""), (6, "/userId")]  # fmt: skip
    alone = site.ask("/v1/track", json=large)
    assert alone.status_code == 400 and alone.json()["code"] == "bad-input" and "32,768" in alone.json()["message"]
    assert site.ask("/v1/batch", content=b" " * (513 << 10)).status_code == 413
    for content in (b"", b"[]", b"nonsense", b'{"batch": 3}', b'{"batch": [' + b"[" * 90_000):
        answer = site.ask("/v1/batch", content=content, headers={"content-type": "application/json"})
        assert 400 <= answer.status_code < 500 and answer.json()["code"] and answer.json()["message"]


def test_the_senders_clock_is_corrected() -> None:
    """As Segment documents it: timestamp = receivedAt - (sentAt - originalTimestamp)."""
    ahead = timedelta(hours=5)
    happened, sent = NOW - timedelta(minutes=3) + ahead, NOW + ahead
    assert corrected(happened.isoformat(), sent.isoformat(), NOW) == NOW - timedelta(minutes=3)
    assert corrected(happened.isoformat(), None, NOW) == happened
    assert corrected(None, sent.isoformat(), NOW) == NOW
    assert corrected("nonsense", "0001-01-01T00:00:00Z", NOW) == NOW
    assert corrected("9999-12-31T23:59:59Z", "0001-01-01T00:00:00Z", NOW).year == 9999


def test_a_message_tried_again_is_one_event(site: ApiSite) -> None:
    for _ in range(2):
        site.ask("/v1/track", json=track(messageId=None))
        site.ask("/v1/track", json=track())
    assert len({event.event_id for event in site.logged()}) == 2


def test_posthogs_events(site: ApiSite) -> None:
    batch = [
        {"event": "Lesson Completed", "distinct_id": "ada", "uuid": "u1", "timestamp": NOW.isoformat(),
         "properties": {"course_id": "maths", "$set": {"email": "ada@x.org"}}},
        {"event": "$set", "distinct_id": "bob", "uuid": "u2", "$set": {"name": "Bob"}},
        {"event": "$pageview", "distinct_id": "bob", "uuid": "u3", "properties": {"course": "c", "$pathname": "/p"}},
        {"event": "", "distinct_id": "bob"},
        {"event": "x"},
    ]  # fmt: skip
    answer = site.ask(
        "/batch/", json={"api_key": site.keys["main"], "batch": batch, "sent_at": NOW.isoformat()}, key=""
    )
    told = answer.json()
    assert answer.status_code == 200 and (told["accepted"], told["learners"]) == (2, 2)
    assert [fault["pointer"] for fault in told["rejected"]] == ["/event", "/distinct_id"]
    assert {event.event_id: event.object for event in site.logged()} == {"posthog:u1": "", "posthog:u3": "/p"}
    ada, bob = site.home.store.learner("main", "ada"), site.home.store.learner("main", "bob")
    assert ada and ada.email == "ada@x.org" and bob and bob.name == "Bob"
    single = {
        "api_key": site.keys["main"],
        "event": "Lesson Started",
        "distinct_id": "ada",
        "properties": {"course": "c"},
    }
    assert site.ask("/capture/", json=single, key="").json()["accepted"] == 1


@pytest.mark.parametrize(
    ("text", "where"),
    [
        ('[events.names."X"]\nverb = "juggled"\n', "events.names.X.verb"),
        ('[events.names."X"]\nverb = "logged_in"\nvalue = ["n"]\n', "events.names.X.value"),
        ('[events.names."X"]\nverb = "video_watched"\n', "events.names.X.verb"),
        ('[events.names."X"]\nverb = "logged_in"\ntext = ["n"]\n', "events.names.X.text"),
        ('[events]\nignore = ["Signed In"]\n', "events.ignore"),
        ('[events.names."X"]\nverb = "logged_in"\ntimes = 0\n', "events.names.X.times"),
    ],
)
def test_a_wrong_mapping_is_refused_with_line_and_field(text: str, where: str) -> None:
    with pytest.raises(BadPolicy) as refused:
        load_policy(text, signals=SIGNALS_BY_NAME)
    assert "line" in refused.value.where and where.rpartition(".")[2] in refused.value.where


@given(st.dictionaries(
    st.sampled_from(["type", "userId", "anonymousId", "event", "properties", "traits", "timestamp", "sentAt",
                     "messageId", "context", "batch", "distinct_id", "$set", "uuid"]),
    st.none() | st.booleans() | st.integers() | st.text(max_size=4) | st.just({"a": [1]}) | st.just([]),
))  # fmt: skip
def test_whatever_a_message_says_it_is_read_or_refused(fields: dict[str, Any]) -> None:
    from staycourse.kernel import BadInput
    from staycourse.web.api.segment_messages import posthog_message, segment_message

    for read in (segment_message, posthog_message):
        try:
            for told in read({"type": "track", **fields}, "spare", NOW, None):
                assert told.learner and told.name and told.time.tzinfo and len(told.learner) <= 200
        except BadInput as error:
            assert error.where and error.what

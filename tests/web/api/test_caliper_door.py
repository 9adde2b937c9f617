"""Caliper envelopes over HTTP: kept, named, refused; sent twice; fuzzed."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from api_site import NOW, ApiSite, open_site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from staycourse.app.intake import replay_unmapped, unmapped_names
from staycourse.kernel import StaycourseError
from staycourse.web.api.caliper import read_envelope

BASE = "https://example.edu"
ENTITY = {"@context": "http://purl.imsglobal.org/ctx/caliper/v1p2", "id": f"{BASE}/users/1", "type": "Person",
          "name": "Ada"}  # fmt: skip


def event(number: int = 1, **more: Any) -> dict[str, Any]:
    return {
        "@context": "http://purl.imsglobal.org/ctx/caliper/v1p2", "id": f"urn:uuid:{UUID(int=number)}",
        "type": "NavigationEvent", "profile": "ReadingProfile", "action": "NavigatedTo",
        "actor": {"id": f"{BASE}/users/554433", "type": "Person"},
        "object": {"id": f"{BASE}/pages/{number}", "type": "WebPage"}, "eventTime": "2026-03-01T10:15:00.000Z",
        "group": {"id": f"{BASE}/courses/7", "type": "CourseSection"}, **more,
    }  # fmt: skip


def envelope(*data: Any, **more: Any) -> dict[str, Any]:
    return {"sensor": f"{BASE}/sensors/1", "sendTime": "2026-03-01T11:05:01.000Z",
            "dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p2", "data": list(data), **more}  # fmt: skip


def test_an_envelope_is_kept_once_its_bad_events_named_and_its_entities_passed_over(site: ApiSite) -> None:
    sent = envelope(event(1), ENTITY, event(2, eventTime="no"), event(3, type="MediaEvent", action="Muted"), event(4))
    said = site.ask("/v1/caliper", json=sent)
    assert said.status_code == 200
    found = said.json()
    assert (found["accepted"], found["described"]) == (2, 1)
    assert [(one["index"], one["pointer"]) for one in found["rejected"]] == [(2, "/data/2/eventTime")]
    assert found["unused"] == [{"index": 3, "event": "MediaEvent.Muted", "why": "no verb of ours says this"}]
    assert [(one.event_id, one.verb, one.learner) for one in site.logged()] == [
        (str(UUID(int=1)), "content_viewed", "554433"), (str(UUID(int=4)), "content_viewed", "554433"),
    ]  # fmt: skip


def test_what_tells_nothing_is_kept_and_becomes_an_event_once_the_policy_names_it(site: ApiSite) -> None:
    muted = event(3, type="MediaEvent", action="Muted")
    nameless = event(5, actor={"id": "https://example.edu/apps/1", "type": "SoftwareApplication"})
    for _ in range(2):
        assert site.ask("/v1/caliper", json=envelope(muted, nameless)).json()["accepted"] == 0
    rows = {row.name: row for row in unmapped_names(site.home, "main")}
    assert {name: (row.door, row.reason, row.count, row.kept) for name, row in rows.items()} == {
        "MediaEvent.Muted": ("caliper", "", 1, 1),
        "NavigationEvent.NavigatedTo": ("caliper", "it names no learner", 1, 1),
    }
    assert '"id":"https://example.edu/pages/3"' in rows["MediaEvent.Muted"].sample
    policy = (
        '[events.names."MediaEvent.Muted"]\nverb = "content_viewed"\ncourse = ["group.id"]\nobject = ["object.id"]\n'
    )
    site.home.store.add_policy("main", policy, "", NOW)
    assert replay_unmapped(site.home).events == 1
    (told,) = site.logged()
    assert (told.learner, told.verb, told.course, told.object) == (
        "554433", "content_viewed", "https://example.edu/courses/7", "https://example.edu/pages/3",
    )  # fmt: skip
    assert [row.name for row in unmapped_names(site.home, "main")] == ["NavigationEvent.NavigatedTo"]


def test_what_the_policy_names_is_an_event_at_once(tmp_path: Path) -> None:
    policy = '[events.names."MediaEvent.Muted"]\nverb = "content_viewed"\ncourse = ["group.id"]\n'
    with open_site(tmp_path / "home", policy=policy) as site:
        said = site.ask("/v1/caliper", json=envelope(event(3, type="MediaEvent", action="Muted"))).json()
        assert (said["accepted"], said["unused"]) == (1, [])
        assert [one.event_id for one in site.logged()] == [f"caliper:{UUID(int=3)}"]
        assert unmapped_names(site.home, "main") == []


def test_sending_it_again_gives_the_same_ids(site: ApiSite) -> None:
    for _ in range(2):
        assert site.ask("/v1/caliper", json=envelope(event(1))).status_code == 200
    assert {one.event_id for one in site.logged()} == {str(UUID(int=1))}


def test_other_profiles_and_versions_of_caliper_1_are_taken(site: ApiSite) -> None:
    said = site.ask("/v1/caliper", json=envelope(event(1, profile="OursProfile", extensions={"a": 1}),
                                                 dataVersion="http://purl.imsglobal.org/ctx/caliper/v1p1"))  # fmt: skip
    assert said.json()["accepted"] == 1
    packed = gzip.compress(json.dumps(envelope(event(2))).encode())
    headers = {"content-type": "application/json", "content-encoding": "gzip"}
    assert site.ask("/v1/caliper", content=packed, headers=headers).json()["accepted"] == 1


@pytest.mark.parametrize(
    ("change", "pointer"),
    [
        ({"sensor": None}, "/sensor"), ({"sendTime": "x"}, "/sendTime"), ({"data": {}}, "/data"),
        ({"dataVersion": "http://example.org/v2"}, "/dataVersion"), ({"dataVersion": 5}, "/dataVersion"),
    ],
)  # fmt: skip
def test_what_is_no_envelope_is_refused_at_its_field(site: ApiSite, change: dict[str, Any], pointer: str) -> None:
    said = site.ask("/v1/caliper", json=envelope(event(1)) | change)
    assert said.status_code == 422
    assert said.json()["pointer"] == pointer
    assert site.logged() == []


def test_what_is_no_json_or_has_no_good_event_is_refused(site: ApiSite) -> None:
    assert site.ask("/v1/caliper", content=b"{").status_code == 422
    assert site.ask("/v1/caliper", content=b"[" * 100_000).status_code == 422
    assert site.ask("/v1/caliper", json=[]).status_code == 422
    said = site.ask("/v1/caliper", json=envelope(event(1, id="x"), 5))
    assert said.status_code == 422
    assert [one["pointer"] for one in said.json()["rejected"]] == ["/data/0/id", "/data/1"]
    assert site.ask("/v1/caliper", json=envelope()).json()["accepted"] == 0
    assert site.ask("/v1/caliper", content=b"x", headers={"content-type": "text/csv"}).status_code == 415
    assert site.ask("/v1/caliper", json=envelope(*[1] * 10_001)).status_code == 413
    assert site.ask("/v1/caliper", method="GET").status_code == 405


def test_only_keys_for_caliper_open_this_door(site: ApiSite) -> None:
    assert site.ask("/v1/caliper", json=envelope(event(1)), key="").status_code == 401
    assert site.ask("/v1/caliper", json=envelope(event(1)), key=site.key("write")).status_code == 403
    assert site.ask("/v1/caliper", json=envelope(event(1)), key=site.key("caliper")).status_code == 200
    assert site.ask("/v1/caliper", json=envelope(event(2)), key=site.keys["other"]).status_code == 200
    assert [one.event_id for one in site.logged()] == [str(UUID(int=1))]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=10), inner, max_size=4),
    max_leaves=15,
)


CHANGED = st.dictionaries(st.sampled_from(sorted(event())), JSON, max_size=6).map(lambda more: event() | more)


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(JSON | CHANGED, max_size=4), st.binary(max_size=40))
def test_whatever_comes_is_answered_piece_by_piece(site: ApiSite, data: list[Any], raw: bytes) -> None:
    now = site.clock.now()
    events, _, received = read_envelope(json.dumps(envelope(*data)).encode(), now)
    assert len(events) + received.described + len(received.unused) + len(received.rejected) == len(data)
    try:
        read_envelope(raw, now)
    except StaycourseError as refused:
        assert refused.http_status < 500

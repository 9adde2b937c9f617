"""What the doors do not take is noted: which of the batch, where in it, why, by which door and key, for its tenant."""

from __future__ import annotations

from dataclasses import replace

import pytest
from api_site import NOW, ApiSite, viewed

from staycourse.adapters.store.doors import RejectionBook
from staycourse.app.intake import Rejection, rejected, rejected_by_door
from staycourse.app.intake.rejections import MOST_AT_ONCE
from staycourse.kernel import StorageFault

ENVELOPE = {
    "sensor": "https://s.example", "sendTime": "2026-03-02T09:00:00Z",
    "dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p2",
}  # fmt: skip


def noted(site: ApiSite, door: str = "") -> list[Rejection]:
    site.intake.rejections.write()
    return list(rejected(site.home, door))


def test_each_door_notes_what_it_did_not_take(site: ApiSite) -> None:
    juggled = viewed(2) | {"verb": "juggled"}
    for _ in range(2):
        answer = site.ask("/v1/events", json=[viewed(1), juggled], headers={"accept-language": "zh-CN"})
        assert answer.status_code == 200
    assert site.ask("/v1/batch", json={"batch": [{"type": "dance", "userId": "ada"}]}).status_code == 400
    assert site.ask("/batch/", json={"batch": [7]}).status_code == 400
    events = [{"type": "Event", "action": "Used", "eventTime": time} for time in ("never", "nor now")]
    assert site.ask("/v1/caliper", json=ENVELOPE | {"data": events}).status_code == 422
    assert site.ask("/v1/events", content=b"{", headers={"content-type": "application/json"}).status_code == 422
    assert site.ask("/v1/learners/ada", method="PUT", json={"birthday": "yesterday"}).status_code == 422
    assert rejected(site.home) == [], "the store is written every half minute, not with each request"
    native = {one.field: one for one in noted(site, "native")}
    verb = native["/verb"]
    assert (verb.count, verb.place, verb.what, verb.last) == (2, 1, "there is no verb 'juggled'", NOW)
    assert verb.key and verb.mend == "see docs/events.md for the verbs"
    assert native["/body"].place == -1 and native["/birthday"].place == -1
    assert rejected_by_door(site.home).keys() == {"native", "segment", "posthog", "caliper"}
    assert all(not one.field.startswith("/data/") for one in noted(site, "caliper"))


def test_what_is_noted_is_the_tenants_own_and_nobodys_without_a_key(site: ApiSite) -> None:
    site.ask("/v1/events", json=[{"event_id": "bad"}], key=site.keys["other"])
    site.ask("/v1/events", json=[{"event_id": "bad"}], key="sc_nobody_x")
    assert noted(site) == []
    settings = replace(site.home.settings, tenant="other")
    assert len(RejectionBook(site.home.database).seen("other", settings.clock.now())) == 1


def test_reasons_without_end_take_no_memory_without_end(site: ApiSite) -> None:
    many = [viewed(n) | {"verb": f"v{n}"} for n in range(MOST_AT_ONCE + 500)]
    assert len(site.ask("/v1/events", json=many).json()["rejected"]) == len(many)
    assert sum(times for times, *_ in site.intake.rejections._counted["main"].values()) == len(many)
    assert len(site.intake.rejections._counted["main"]) == MOST_AT_ONCE + 1


def test_what_cannot_be_written_now_is_written_later(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise StorageFault("the disk is full")

    site.ask("/v1/events", json=[viewed(2) | {"verb": "juggled"}])
    with monkeypatch.context() as now:
        now.setattr(RejectionBook, "add", full)
        with pytest.raises(StorageFault):
            site.intake.rejections.write()
    site.ask("/v1/events", json=[viewed(2) | {"verb": "juggled"}])
    assert [one.count for one in noted(site)] == [2]

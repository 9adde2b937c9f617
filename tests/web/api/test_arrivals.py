"""What comes in by each door is counted: in memory, then in the store; what cannot be written is counted on."""

from __future__ import annotations

import pytest
from api_site import NOW, ApiSite, viewed

from staycourse.adapters.store.doors import ArrivalBook
from staycourse.app.intake import arrived
from staycourse.kernel import StorageFault

TRACK = {"type": "track", "userId": "ada", "event": "Badge Earned", "messageId": "1"}


def test_each_door_counts_what_it_took(site: ApiSite) -> None:
    assert site.ask("/v1/events", json=[viewed(1), viewed(2), {"event_id": "bad"}]).status_code == 200
    assert site.ask("/v1/track", json=TRACK).status_code == 200
    assert site.ask("/batch/", json={"batch": [{"distinct_id": "ada", "event": "x", "uuid": "1"}]}).status_code == 200
    assert site.ask("/v1/events", json=[viewed(3)], key=site.keys["other"]).status_code == 200
    assert arrived(site.home) == {}, "the store is written every half minute, not with each request"
    site.intake.arrivals.write()
    found = arrived(site.home)
    assert {door: (one.day, one.week, one.last) for door, one in found.items()} == {
        "native": (2, 2, NOW), "segment": (1, 1, NOW), "posthog": (1, 1, NOW),
    }  # fmt: skip
    site.intake.arrivals.write()
    assert arrived(site.home) == found


def test_what_cannot_be_written_now_is_written_later(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    arrivals = site.intake.arrivals
    arrivals.note("main", "native", 5)

    def full(*_: object) -> None:
        raise StorageFault("the disk is full")

    with monkeypatch.context() as now:
        now.setattr(ArrivalBook, "add", full)
        with pytest.raises(StorageFault):
            arrivals.write()
    arrivals.note("main", "native", 2)
    arrivals.write()
    assert arrived(site.home)["native"].day == 7

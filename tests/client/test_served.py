"""The client against the API as it is served: what it tells stands in the log, what it reads is what the night gave."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_site import ApiSite, open_site
from served_api import served
from told_risks import keep_night

from staycourse.client import Client, Refused, Rejection


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ApiSite]:
    with open_site(tmp_path / "home") as opened:
        yield opened


def test_what_is_told_is_kept_and_what_follows_is_read(site: ApiSite) -> None:
    learners = [f"l{number:03d}" for number in range(250)]
    keep_night(site.home, "main", [*learners, "a/b ü"])
    now = site.clock.now
    with served(site.app) as url, Client(url, site.keys["main"], clock=now, batch=40, seconds=0.01) as client:
        for learner in learners:
            client.track(learner, "lesson_completed", course="maths", object="unit-3", event_id=f"e-{learner}")
        assert client.flush(60)
        assert sorted(event.learner for event in site.logged()) == learners
        client.track("l000", "lesson_completed", course="maths", event_id="e-l000")
        assert client.put_learner("ü?b c", name="Ada", language="en")
        assert client.risk("a/b ü").risks[0].reasons[0].words
        assert [risk.learner for risk in client.risks()] == sorted([*learners, "a/b ü"])
        assert list(client.alerts()) == [] and len(client.signals(language="zh-CN")) > 50
        with pytest.raises(Refused, match="no learner"):
            client.risk("nobody")
    assert client.counts["sent"] == 251 and client.counts["rejected"] == 0


def test_a_key_that_may_not_write_is_told(site: ApiSite) -> None:
    told: list[Rejection] = []
    with served(site.app) as url:
        client = Client(url, site.key("read"), clock=site.clock.now, on_rejected=told.append)
        client.track("anna", "logged_in")
        assert client.close() == 0
    assert [one.what for one in told] == ["this key is not for write"]

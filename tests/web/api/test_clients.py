"""Segment's and PostHog's own Python clients, unchanged, against the served API."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from api_site import NOW, ApiSite
from posthog import Posthog
from segment.analytics.client import Client  # type: ignore[import-untyped]
from served_api import served

from staycourse.app.intake import unmapped_names


@pytest.fixture(autouse=True)
def today(site: ApiSite) -> None:
    """The clients tell the time of this machine's clock."""
    site.clock.instant = datetime.now(UTC)


def segment_client(address: str, key: str, failures: list[Any], **more: Any) -> Client:
    return Client(key, host=address, on_error=lambda error, _: failures.append(error), max_retries=1, timeout=5,
                  upload_interval=0.05, **more)  # fmt: skip


@pytest.mark.parametrize("gzip", [False, True])
def test_segments_client_delivers(site: ApiSite, gzip: bool) -> None:
    failures: list[Any] = []
    with served(site.app) as address:
        client = segment_client(address, site.keys["main"], failures, gzip=gzip)
        for number in range(150):
            client.track("ada", "Lesson Completed", {"course_id": "maths", "lesson_id": f"l{number}"})
        client.identify("ada", {"name": "Ada", "email": "ada@x.org"})
        client.page("ada", "docs", "Home", {"course_id": "maths", "path": "/home"})
        client.screen("ada", "app", "Start", {"course_id": "maths"})
        client.group("ada", "class-3")
        client.alias("anonymous", "ada")
        client.track("ada", "Badge Earned", {"badge": "gold"})
        client.flush()
        client.join()
    assert failures == []
    verbs = [event.verb for event in site.logged()]
    assert (verbs.count("lesson_completed"), verbs.count("content_viewed")) == (150, 2)
    ada = site.home.store.learner("main", "ada")
    assert ada and ada.email == "ada@x.org"
    assert [row.name for row in unmapped_names(site.home, "main")] == ["Badge Earned"]


def test_segments_client_is_told_why_it_is_refused(site: ApiSite) -> None:
    failures: list[Any] = []
    with served(site.app) as address:
        client = segment_client(address, "nonsense", failures)
        client.track("ada", "Lesson Completed", {"course_id": "maths"})
        client.flush()
        client.join()
    assert [(error.status, error.code) for error in failures] == [(401, "not-known")]
    assert "key" in failures[0].message


@pytest.mark.parametrize("gzip", [False, True])
def test_posthogs_client_delivers(site: ApiSite, gzip: bool) -> None:
    failures: list[Any] = []
    with served(site.app) as address:
        client = Posthog(site.keys["main"], host=address, gzip=gzip, flush_interval=0.05, timeout=5, max_retries=1,
                         on_error=lambda error, _: failures.append(error), disable_geoip=True)  # fmt: skip
        for number in range(30):
            properties = {"course_id": "maths", "lesson_id": f"l{number}", "$set": {"name": "Ada"}}
            client.capture("Lesson Completed", distinct_id="ada", properties=properties)
        client.set(distinct_id="ada", properties={"email": "ada@x.org"})
        client.group_identify("school", "riverside", {"size": 3})
        client.alias("anonymous", "ada")
        client.flush()
        client.shutdown()
    assert failures == []
    assert [event.verb for event in site.logged()] == ["lesson_completed"] * 30
    ada = site.home.store.learner("main", "ada")
    assert ada and (ada.name, ada.email) == ("Ada", "ada@x.org")


def test_the_clients_clock_does_not_matter(site: ApiSite) -> None:
    """A client whose clock is hours behind the server's tells of what happened just now."""
    site.clock.instant = datetime.now(UTC).replace(year=2030)
    with served(site.app) as address:
        client = segment_client(address, site.keys["main"], [], sync_mode=True)
        client.track("ada", "Lesson Completed", {"course_id": "maths"})
    (event,) = site.logged()
    assert abs((event.time - site.clock.instant).total_seconds()) < 5 and event.time > NOW

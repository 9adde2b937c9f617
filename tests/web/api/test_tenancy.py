"""Every route there is, whoever added it: closed without a key, and blind to any tenant but the key's own."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from api_site import ApiSite, open_site, viewed

METHODS = ("get", "put", "post", "delete", "patch")
OPEN = {"/healthz", "/readyz", "/openapi.json", "/metrics", "/xapi/about"}
"""What anybody may ask: it tells of no tenant. (Whoever adds a route here says why in a test of their own.)"""

SECRET = "Zoë-of-the-other-school"


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ApiSite]:
    with open_site(tmp_path / "home") as opened:
        yield opened


def routes(site: ApiSite) -> list[tuple[str, str]]:
    """Return every method and path that the app answers: those it describes, and the hot ones it does not."""
    described = site.app.openapi()["paths"]
    found = [(method, path) for path, item in described.items() for method in METHODS if method in item]
    hidden = [path for path in site.app.hot if path not in described]
    found += [(method, path) for path in hidden for method in ("get", "post", "put", "delete")]
    plain = [route for route in site.app.documented.routes if getattr(route, "path", "") not in described]
    return found + [("get", route.path) for route in plain if hasattr(route, "path")]


def filled(path: str, value: str = "ada") -> str:
    return re.sub(r"\{[^}]*\}", value, path)


def test_there_are_routes_to_try(site: ApiSite) -> None:
    paths = {path for _, path in routes(site)}
    assert {"/v1/events", "/v1/batch", "/v1/learners/{learner}", "/batch/", "/capture/"} <= paths


def test_no_route_answers_without_a_good_key(site: ApiSite) -> None:
    for method, path in routes(site):
        for key in ("", "sc_0123456789abcdef_" + "0" * 40, "nonsense"):
            answer = site.ask(filled(path), method=method.upper(), content=b"{}", key=key)
            allowed = (401, 405) if path not in OPEN else (200, 400, 405, 503)
            assert answer.status_code in allowed, (method, path, answer.status_code, answer.text[:200])


def test_every_answer_is_hardened(site: ApiSite) -> None:
    for method, path in routes(site):
        answer = site.ask(filled(path), method=method.upper(), content=b"{}")
        assert answer.headers["x-content-type-options"] == "nosniff", path
        assert answer.headers["cache-control"].startswith(("no-store", "no-cache", "private")), path
        assert "set-cookie" not in answer.headers and "server" not in answer.headers, path


def fill(site: ApiSite, tenant: str) -> None:
    """Leave something of a learner of `tenant` behind by every door that takes something."""
    key, secret = site.keys[tenant], {"name": SECRET, "email": "zoe@other.example"}
    bodies: dict[str, Any] = {
        "/v1/events": [viewed(1, event_id="secret-1", learner=SECRET, object=SECRET)],
        "/v1/track": {"userId": SECRET, "event": "Secret Thing", "properties": {"x": SECRET}},
        "/v1/identify": {"userId": SECRET, "traits": secret},
    }
    for path, body in bodies.items():
        assert site.ask(path, json=body, key=key).status_code == 200
    assert site.ask("/v1/learners/zoe", method="PUT", json=secret, key=key).status_code == 200


def asked(site: ApiSite) -> dict[tuple[str, str], tuple[int, str]]:
    """Return what each route that reads tells tenant `main` of the other's learner."""
    return {
        (path, name): ((answer := site.ask(filled(path, name), method="GET")).status_code, stable(answer.text))
        for method, path in routes(site)
        if method == "get" and path not in OPEN
        for name in ("zoe", SECRET)
    }


def stable(answer: str) -> str:
    """Leave out what differs from one moment to the next."""
    return re.sub(r"\d{4}-\d\d-\d\dT[^\"]*", "", answer)


def test_no_route_tells_anything_of_another_tenant(site: ApiSite) -> None:
    """The same question is answered alike whether the other tenant has data or none: nothing to see, count or guess."""
    before = asked(site)
    fill(site, "other")
    after = asked(site)
    assert before == after
    assert SECRET not in json.dumps([answer for _, answer in after.values()]).replace("\\\\", "\\") or all(
        SECRET not in answer or name == SECRET for (_, name), (_, answer) in after.items()
    ), "a route may repeat the name that it was asked for, nothing else"
    assert site.logged("main") == [] and len(site.logged("other")) == 1


def test_what_a_request_says_changes_no_tenant(site: ApiSite) -> None:
    for headers in ({"x-tenant": "other"}, {"host": "other"}, {"x-forwarded-host": "other"}):
        site.ask("/v1/events?tenant=other", json=[viewed()], headers=headers)
    told = site.ask("/v1/events", json=[viewed(tenant="other")]).json()
    assert told["rejected"][0]["pointer"] in ("", "/tenant") and site.logged("other") == []

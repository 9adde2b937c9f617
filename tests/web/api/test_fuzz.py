"""Whatever is sent to the API, it never fails: schemathesis over the whole of its description."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from api_site import ApiSite, open_site
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error

from staycourse.web.limits import Limit

SLOW = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much,
        HealthCheck.data_too_large]  # fmt: skip
METHODS = ("get", "put", "post", "delete", "patch")


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[ApiSite]:
    with pytest.MonkeyPatch.context() as patched, open_site(_folder(tmp_path_factory)) as opened:
        patched.setattr(Limit, "wait", lambda *_, **__: 0.0)  # what is limited is not tried
        yield opened


def _folder(factory: pytest.TempPathFactory) -> Path:
    return factory.mktemp("api") / "home"


def test_the_description_is_openapi_3_1(site: ApiSite) -> None:
    document = site.ask("/openapi.json", method="GET", key="").json()
    assert document["openapi"].startswith("3.1") and document["security"]
    events = document["paths"]["/v1/events"]["post"]
    shape = events["requestBody"]["content"]["application/json"]["schema"]["items"]
    assert {"event_id", "learner", "verb", "time"} <= set(shape["required"])
    assert {"200", "401", "403", "413", "415", "422", "429"} <= set(events["responses"])


def test_nothing_that_fits_the_description_breaks_it(site: ApiSite) -> None:
    described = schemathesis.openapi.from_asgi("/openapi.json", site.app)
    for path, item in site.app.openapi()["paths"].items():
        for method in METHODS:
            if method in item:
                _try(site, described[path][method])


def _try(site: ApiSite, operation: Any) -> None:
    @settings(max_examples=8, deadline=None, suppress_health_check=SLOW, database=None)
    @given(case=operation.as_strategy())
    def tried(case: Any) -> None:
        case.call_and_validate(headers={"authorization": f"Bearer {site.keys['main']}"}, checks=[not_a_server_error])

    tried()


@settings(max_examples=100, suppress_health_check=SLOW)
@given(
    path=st.sampled_from(["/v1/events", "/v1/batch", "/v1/track", "/v1/identify", "/batch/", "/capture/",
                          "/v1/learners/x", "/v1/learners/%00", "/v1/courses/%F0%9F%98%80", "/v1/nowhere", "/"]),
    method=st.sampled_from(["GET", "POST", "PUT", "HEAD", "OPTIONS", "DELETE", "BREW"]),
    body=st.binary(max_size=200) | st.sampled_from([b"[[[", b'{"batch":[1,null]}', b'[{"time":1e9}]', b"\x1f\x8b"]),
    media=st.sampled_from(["application/json", "application/x-ndjson", "text/plain", "multipart/form-data", "\xff"]),
    encoding=st.sampled_from(["", "gzip", "identity", "br"]),
)  # fmt: skip
def test_no_bytes_break_it_either(
    site: ApiSite, path: str, method: str, body: bytes, media: str, encoding: str
) -> None:
    answer = site.ask(path, method=method, content=body, raw={"content-type": media, "content-encoding": encoding})
    assert answer.status_code < 500

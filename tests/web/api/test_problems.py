"""Every door refuses with a whole problem document: what, how to mend it, and both in one for who reads one member."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_site import ApiSite, open_site

DOORS = ["/v1/events", "/v1/batch", "/v1/track", "/batch/", "/v1/caliper", "/v1/risks", "/v1/learners/ann",
         "/v1/learners/ann/risk", "/v1/courses/c", "/healthz"]  # fmt: skip


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ApiSite]:
    with open_site(tmp_path / "home") as opened:
        yield opened


@pytest.mark.parametrize("path", DOORS)
def test_a_method_that_a_path_does_not_take(site: ApiSite, path: str) -> None:
    answer = site.ask(path, method="PATCH")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (405, "method-not-allowed")
    assert told["detail"] == "PATCH is not taken here" and answer.headers["allow"] in told["mend"]
    assert told["message"] == f"{told['detail']}; {told['mend']}"


@pytest.mark.parametrize("path", ["/nothing", "/v1/nothing", "/xapi/nothing"])
def test_a_path_at_which_nothing_is(site: ApiSite, path: str) -> None:
    answer = site.ask(path, method="GET")
    told = answer.json()
    assert (answer.status_code, told["code"]) == (404, "not-found")
    assert told["detail"] == "there is nothing at this path" and told["mend"] == "see /openapi.json"
    chinese = site.ask(path, method="GET", headers={"accept-language": "zh-CN"}).json()
    assert chinese["title"] == told["title"] and chinese["detail"] == "此路径下没有内容"

"""What every answer carries, and who is not answered."""

from __future__ import annotations

import re

import pytest
from asking import ask

from staycourse.web.rendering import STATIC, script_json
from staycourse.web.security import loopback_host

PAGES = ("/", "/learners/S1", "/churn", "/no-such-page", "/?page=x", "/healthz", "/static/console.css")


@pytest.mark.parametrize("path", PAGES)
def test_every_answer_is_hardened(path: str) -> None:
    headers = ask(path).headers
    policy = headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert "frame-ancestors 'none'" in policy
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "same-origin"


def test_pages_that_name_people_are_not_kept_by_caches_and_static_files_are() -> None:
    assert ask("/").headers["cache-control"] == "no-store"
    assert "immutable" in ask("/static/console.css?v=1").headers["cache-control"]
    assert ask("/static/console.css").headers["cache-control"] == "no-cache"
    assert ask("/static/../words.py").status_code == 404
    assert ask("/static/%2e%2e/words.py").status_code == 404


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "127.0.0.1:8765", "localhost", "LOCALHOST:80", "localhost.", "[::1]:8765", "[::1]", "127.9.9.9"],
)
def test_loopback_names_are_answered(host: str) -> None:
    assert loopback_host(host)


@pytest.mark.parametrize(
    "host",
    ["evil.test", "127.0.0.1.evil.test", "localhost.evil.test", "10.0.0.1", "[::2]", "", "127.0.0.1:x", "a@127.0.0.1"],
)
def test_other_names_are_refused(host: str) -> None:
    assert not loopback_host(host)


def test_a_foreign_host_header_is_refused_before_anything_is_read() -> None:
    answer = ask("/", base="http://evil.test")
    assert answer.status_code == 421
    assert "林晓雨" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize("path", ["/", "/learners/S1", "/churn?course=ENG-1"])
def test_a_page_has_no_inline_script_no_inline_style_and_no_foreign_address(path: str) -> None:
    page = ask(path).text
    for tag in re.findall(r"<script[^>]*>", page):
        assert "src=" in tag or 'type="application/json"' in tag
    assert not re.search(r"\sstyle=|<style|\son[a-z]+=", page)
    assert not re.search(r"(?:src|href|action)=\"(?:https?:)?//", page)


def test_nothing_in_a_json_block_can_end_it() -> None:
    told = script_json({"a": "</script><!--&\u2028"})
    assert "<" not in told
    assert ">" not in told
    assert "\u2028" not in told


def test_our_own_files_ask_no_network() -> None:
    for path in STATIC.glob("*.*"):
        text = path.read_text("utf-8").replace("http://www.w3.org/2000/svg", "")
        assert "//" not in re.sub(r"(?m)^\s*//.*$", "", text), path.name

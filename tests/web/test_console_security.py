"""What every answer carries, and who is not answered."""

from __future__ import annotations

import re

import pytest
from asking import BASE, ask

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


@pytest.mark.parametrize(
    "headers",
    [
        {"origin": BASE, "sec-fetch-site": "same-origin"},
        {"origin": BASE},
        {"sec-fetch-site": "same-origin"},
    ],
)
def test_what_the_consoles_own_pages_send_is_done(headers: dict[str, str]) -> None:
    answer = ask("/preferences", method="POST", data={"theme": "dark"}, headers=headers)
    assert answer.status_code == 303


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "PATCH"])
@pytest.mark.parametrize(
    "headers",
    [
        {},
        {"origin": "http://evil.test"},
        {"origin": "null"},
        {"origin": "http://127.0.0.1:9999"},
        {"origin": "http://127.0.0.1:8765.evil.test"},
        {"origin": "http://["},
        {"origin": BASE, "sec-fetch-site": "cross-site"},
        {"origin": BASE, "sec-fetch-site": "same-site"},
        {"origin": "http://evil.test", "sec-fetch-site": "same-origin"},
        {"sec-fetch-site": "none"},
    ],
)
def test_what_another_page_sends_is_refused_before_anything_is_done(method: str, headers: dict[str, str]) -> None:
    answer = ask("/preferences", method=method, data={"theme": "dark"}, headers=headers)
    assert answer.status_code == 403
    assert "set-cookie" not in answer.headers
    assert answer.headers["x-content-type-options"] == "nosniff"


def test_the_name_that_acts_is_kept_within_bounds_and_escaped() -> None:
    answer = ask("/preferences", method="POST", data={"actor": "  <script>\n王 老师" + "x" * 500, "back": "/churn"})
    assert answer.headers["location"] == "/churn"
    cookie = answer.headers["set-cookie"].partition(";")[0]
    assert cookie.isascii()
    page = ask("/", headers={"cookie": cookie}).text
    assert 'value="&lt;script&gt; 王 老师xxx' in page
    assert "x" * 60 not in page
    assert 'value="operator"' in ask("/").text
    assert 'value="operator"' in ask("/", headers={"cookie": "staycourse_actor=%0a%00%e2%80%ae"}).text


def test_a_notice_is_said_once_and_only_in_our_own_words() -> None:
    for name in ("no_such", "<script>", "../x", "a" * 500):
        assert 'role="status"' not in ask("/", headers={"cookie": f"staycourse_notice={name}"}).text.split("</main>")[0]


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

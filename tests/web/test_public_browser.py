"""The learner's pages and the inbox element in Chromium: on a phone, both languages and themes, keyboard, axe."""

from __future__ import annotations

import os
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest
import uvicorn
from browsing import is_accessible
from playwright.sync_api import Browser, Page, expect, sync_playwright
from public_pages import LEARNER, public_home, token_for

from staycourse.app.care import Hearing
from staycourse.web.public import public_app

CHROMIUM = Path("/usr/bin/chromium")
OUT = Path(__file__).parents[2] / "out"
LOOKS = (("en", "light", 390), ("zh-CN", "dark", 390), ("en", "dark", 1280), ("zh-CN", "light", 1280))
PAGES = {"unsubscribe": "email", "preferences": "", "survey": "how_is_it_going", "inbox": ""}
HOST_PAGE = """<!doctype html><html lang="{}"><title>School</title><link rel="icon" href="data:,">
<meta name="viewport" content="width=device-width">
<main><h1>School</h1><staycourse-inbox token="{}" base="{}"></staycourse-inbox></main>
<script type="module" src="{}/static/inbox.js"></script></html>"""

pytestmark = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not CHROMIUM.exists() and os.environ.get("CI") != "true",
        reason=f"{CHROMIUM} is missing: install Debian's chromium",
    ),
]
Visitor = Callable[..., AbstractContextManager[Page]]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(
            executable_path=CHROMIUM,
            args=[
                "--no-sandbox",
                "--disable-gpu",
                "--disable-background-networking",
                "--disable-features=LocalNetworkAccessChecks,BlockInsecurePrivateNetworkRequests",
            ],
        )
        yield chromium
        chromium.close()


@pytest.fixture
def hearing(tmp_path: Path) -> Iterator[Hearing]:
    made = public_home(tmp_path / "home", language=None)
    long = "The recording of lesson 3 is mended. " * 6
    made.care.inbox.put("main", LEARNER, "main:1", "The sound is mended", long, {"link": "https://school.example/3"})
    made.care.inbox.put("main", LEARNER, "main:2", "<img src=x onerror=alert(1)>", "Hello", {})
    yield made
    made.care.home.close()


@pytest.fixture
def base(hearing: Hearing) -> Iterator[str]:
    listening = socket.create_server(("127.0.0.1", 0))
    app = public_app(hearing, origins=["http://school.example"])
    server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    yield f"http://127.0.0.1:{listening.getsockname()[1]}"
    server.should_exit = True
    thread.join()
    listening.close()


@pytest.fixture
def visit(browser: Browser, base: str, request: pytest.FixtureRequest) -> Visitor:
    @contextmanager
    def open_tab(language: str = "en", theme: str = "light", width: int = 390) -> Iterator[Page]:
        context = browser.new_context(
            locale=language, color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": 800},
        )  # fmt: skip
        context.set_default_timeout(5_000)
        page, faults = context.new_page(), []
        page.on("console", lambda said: faults.append(said.text) if said.type in ("error", "warning") else None)
        page.on("pageerror", lambda error: faults.append(str(error)))
        try:
            yield page
            assert faults == []
        finally:
            if os.environ.get("STAYCOURSE_SCREENSHOTS"):
                OUT.mkdir(exist_ok=True)
                page.screenshot(path=OUT / f"public-{request.node.name}-{language}-{theme}-{width}.png", full_page=True)
            context.close()

    return open_tab


def embed(page: Page, base: str, token: str, language: str) -> None:
    """Show the element in a page of the school's own site."""
    body = HOST_PAGE.format(language, token, base, base)
    page.route("http://school.example/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto("http://school.example/")
    page.locator("staycourse-inbox li").first.wait_for()


@pytest.mark.parametrize("name", PAGES)
@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_each_page_is_accessible_and_fits(
    visit: Visitor, hearing: Hearing, base: str, name: str, language: str, theme: str, width: int
) -> None:
    with visit(language, theme, width) as page:
        if name == "inbox":
            embed(page, base, token_for(hearing, "inbox"), language)
        else:
            page.goto(f"{base}/l/{token_for(hearing, name, PAGES[name])}")
        is_accessible(page, name)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
        assert page.evaluate("document.documentElement.lang") == language
        assert "public." not in page.inner_text("body")


def test_one_button_ends_it(visit: Visitor, hearing: Hearing, base: str) -> None:
    with visit() as page:
        page.goto(f"{base}/l/{token_for(hearing, 'unsubscribe', 'email')}")
        page.keyboard.press("Tab")
        page.keyboard.press("Enter")
        expect(page.get_by_role("heading")).to_have_text("Done")
        page.get_by_role("link").click()
        expect(page.get_by_role("checkbox", name="Help with learning").nth(1)).not_to_be_checked()
        page.get_by_role("checkbox", name="Help with learning").nth(1).check()
        page.get_by_role("button", name="Save").click()
        expect(page.get_by_role("status")).to_have_text("Saved.")
    assert [wish.granted for wish in hearing.wishes("main", LEARNER)] == [True, False, True, False]


def test_one_tap_answers_and_one_more_changes_it(visit: Visitor, hearing: Hearing, base: str) -> None:
    with visit() as page:
        page.goto(f"{base}/l/{token_for(hearing, 'survey', 'how_is_it_going')}")
        page.get_by_role("button", name="8", exact=True).click()
        expect(page.get_by_role("status")).to_have_text("Thank you: you answered 8.")
        page.get_by_role("button", name="2", exact=True).click()
        expect(page.get_by_role("status")).to_have_text("Thank you: you answered 2.")
        expect(page.get_by_role("button")).to_have_count(0)


def test_the_element_shows_texts_as_texts_and_marks_what_was_read(visit: Visitor, hearing: Hearing, base: str) -> None:
    with visit() as page:
        embed(page, base, token_for(hearing, "inbox"), "en")
        expect(page.locator("staycourse-inbox .mark")).to_have_count(2)
        expect(page.locator("staycourse-inbox img")).to_have_count(0)
        with page.expect_response("**/read"):
            page.locator("staycourse-inbox summary", has_text="mended").click()
        expect(page.locator("staycourse-inbox .mark")).to_have_count(1)
        expect(page.get_by_role("link", name="Open")).to_have_attribute("href", "https://school.example/3")
    assert [row["read"] is None for row in hearing.care.inbox.read("main", LEARNER)].count(True) == 1


def test_the_element_says_when_it_cannot(visit: Visitor, base: str, browser: Browser) -> None:
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    body = HOST_PAGE.format("zh-CN", "wrong", base, base)
    page.route("http://school.example/", lambda route: route.fulfill(body=body, content_type="text/html"))
    page.goto("http://school.example/")
    expect(page.get_by_role("alert")).to_have_text("暂时无法显示消息。")
    context.close()

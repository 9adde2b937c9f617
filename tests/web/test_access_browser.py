"""Signing in and launching in Chromium: pages that anybody can use, and what browsers keep and send."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from browsing import BROWSER_NEEDED, LOOKS, Visitor, chromium, fits, is_accessible, served_consoles, visitor
from doors import PASSWORD, Door, door
from lti_platform import LEARNER, LTI, PlayedPlatform, played_platform
from plain import PlainDesk
from plain_care import plain_care
from playwright.sync_api import Browser, Page, expect

from staycourse.app.access import Porter
from staycourse.app.access.lti import Platforms, home_launches
from staycourse.app.homes import open_home
from staycourse.events import Course
from staycourse.kernel import Settings, SystemClock
from staycourse.web import console_app

pytestmark = BROWSER_NEEDED


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with chromium() as started:
        yield started


@dataclass
class Served:
    """Two consoles: one with people of every role, one with a platform that sends teachers."""

    addresses: dict[str, str]
    door: Door
    platform: PlayedPlatform


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder, clock = tmp_path_factory.mktemp("access"), SystemClock()
    with ExitStack() as stack:
        opened = stack.enter_context(door(folder))
        home = stack.enter_context(open_home(Settings(folder / "home", "main", "UTC", clock, 1, 1), writing=False))
        platform = stack.enter_context(played_platform(lambda: datetime.now(UTC).timestamp()))
        home.store.put_courses("main", [Course(course="ENG-1", title="English")])
        Platforms(home, "test").add(
            "moodle", issuer=platform.base, client_id="tool-1", login_url=f"{platform.base}/auth", token_url="",
            keys_url=platform.keys_url, keys={}, deployments=["1"], administrators="teacher", course_from="context",
        )  # fmt: skip
        porter = Porter(home.database, "main", clock, remote=False)
        app = console_app(PlainDesk(), tenant="main", clock=clock, care=plain_care(), porter=porter,
                          launches=home_launches(home, porter))  # fmt: skip
        addresses = stack.enter_context(served_consoles({"people": opened.app, "lti": app}))
        platform.tool = addresses["lti"]
        yield Served(addresses, opened, platform)


@pytest.fixture
def visit(browser: Browser, served: Served, request: pytest.FixtureRequest) -> Visitor:
    return visitor(browser, served.addresses, request.node.name)


def sign_in(page: Page, login: str, password: str = PASSWORD) -> None:
    page.locator("#login").fill(login)
    page.locator("#password").fill(password)
    page.keyboard.press("Enter")


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_every_page_of_the_door_is_accessible_and_fits(
    visit: Visitor, served: Served, language: str, theme: str, width: int
) -> None:
    with visit(language, theme, width, state="people") as tab:
        tab.open("/alerts")
        assert tab.page.url.endswith("/sign-in?back=/alerts")
        seen(tab.page, "/sign-in")
        sign_in(tab.page, "teacher")
        tab.page.wait_for_url(f"{tab.base}/alerts")
        for path in ("/alerts", "/", "/account"):
            tab.open(path)
            seen(tab.page, path)
        query = served.platform.login_query(iss="https://unknown.test")
        with visit(language, theme, width, state="lti") as other:
            other.page.goto(f"{other.base}/lti/login?{query}")
            seen(other.page, "/lti/login")
            other.faults.clear()  # the browser notes the refusal itself


def seen(page: Page, path: str) -> None:
    is_accessible(page, path)
    assert fits(page), f"{path} is too wide"


def test_the_keyboard_is_enough_to_sign_in_and_out(visit: Visitor) -> None:
    with visit(state="people") as tab:
        tab.open("/desk")
        expect(tab.page.locator("#login")).to_be_focused()
        tab.page.keyboard.type("advisor")
        tab.page.keyboard.press("Tab")
        tab.page.keyboard.type("not the password")
        tab.page.keyboard.press("Enter")
        expect(tab.page.get_by_role("alert")).to_contain_text("do not belong together")
        expect(tab.page.locator("#password")).to_be_focused()
        tab.page.keyboard.type(PASSWORD)
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_url(f"{tab.base}/desk")
        expect(tab.page.get_by_text("Signed in as Advisor")).to_be_visible()
        button = tab.page.get_by_role("button", name="Sign out")
        button.focus()
        tab.page.keyboard.press("Enter")
        expect(tab.page.get_by_role("status").first).to_have_text("You are signed out.")
        tab.open("/desk")
        assert "/sign-in" in tab.page.url
        tab.faults.clear()  # the browser notes the refused password itself


def test_who_only_looks_sees_no_button_that_would_be_refused(visit: Visitor) -> None:
    with visit(state="people") as tab:
        tab.open("/alerts")
        sign_in(tab.page, "read-only")
        tab.page.wait_for_url(f"{tab.base}/alerts")
        expect(tab.page.get_by_text("you may look at this page, not act on it")).to_be_visible()
        assert tab.page.locator("main form[method=post] button:visible").count() == 0
        expect(tab.page.locator("a[href='/policy']")).to_be_visible()


def test_a_teacher_is_launched_from_the_platform_into_their_course(browser: Browser, served: Served) -> None:
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(f"{served.platform.base}/new-window")
    page.get_by_text("open").click()
    page.wait_for_url("**/?course=ENG-1")
    assert page.url.startswith(served.addresses["lti"])
    expect(page.get_by_text("Signed in as 王老师 · Teacher")).to_be_visible()
    cookies = {cookie["name"]: cookie for cookie in context.cookies()}
    assert cookies["staycourse_session"]["httpOnly"]
    assert cookies["staycourse_session"]["sameSite"] == "Lax"
    context.close()


def test_within_a_frame_of_the_platform_the_tool_leads_to_a_window_of_its_own(browser: Browser, served: Served) -> None:
    context = browser.new_context(locale="en")
    page = context.new_page()
    page.goto(f"{served.platform.base}/course")
    button = page.frame_locator("iframe").get_by_role("link", name="Open staycourse")
    with context.expect_page() as opened:
        button.click()
    opened.value.wait_for_url("**/?course=ENG-1")
    expect(opened.value.get_by_text("Signed in as 王老师")).to_be_visible()
    context.close()


def test_a_learner_is_told_in_their_language_that_this_is_for_teachers(browser: Browser, served: Served) -> None:
    served.platform.claims = {LTI + "roles": [LEARNER]}
    context = browser.new_context(locale="zh-CN")
    page = context.new_page()
    page.goto(f"{served.platform.base}/new-window")
    page.get_by_text("open").click()
    expect(page.get_by_role("heading", name="这是教师使用的工具")).to_be_visible()
    seen(page, "/lti/launch")
    page.get_by_role("button", name="English").click()
    expect(page.get_by_role("heading", name="Sign in to staycourse")).to_be_visible()
    context.close()
    served.platform.claims = {}

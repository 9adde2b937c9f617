"""The console in Chromium: keyboard, focus, accessibility, both themes, languages and widths. No network is asked."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from browsing import (
    BROWSER_NEEDED,
    LOOKS,
    Visitor,
    fits,
    is_accessible,
    unfold,
)
from fastapi import FastAPI
from plain import HOSTILE, NOW, PlainDesk
from playwright.sync_api import Browser, expect

from staycourse.kernel import FixedClock
from staycourse.web import console_app

pytest_plugins = ["browser_fixtures"]
pytestmark = BROWSER_NEEDED


@pytest.fixture(scope="module")
def apps() -> dict[str, FastAPI]:
    """Make a console of each state."""
    states = ("full", "cold", "nothing")
    return {state: console_app(PlainDesk(state), tenant="main", clock=FixedClock(NOW)) for state in states}


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_every_page_is_accessible_fits_and_asks_nothing_of_others(
    visit: Visitor, language: str, theme: str, width: int
) -> None:
    pages = ("/", "/learners/S10001", "/churn?course=ENG-1", f"/learners/{quote(HOSTILE, safe='')}", "/?search=zzz")
    with visit(language, theme, width) as tab:
        for path in pages:
            tab.open(path)
            unfold(tab.page)
            is_accessible(tab.page, path)
            assert fits(tab.page), f"{path} is too wide"
            assert tab.page.locator("html").get_attribute("lang") == language


@pytest.mark.parametrize(("state", "said"), [("cold", "Cold start"), ("nothing", "No learner events yet")])
def test_notices_and_empty_states_are_accessible(visit: Visitor, state: str, said: str) -> None:
    for theme in ("light", "dark"):
        with visit("en", theme, 390, state) as tab:
            tab.open("/")
            expect(tab.page.get_by_text(said).first).to_be_visible()
            is_accessible(tab.page, state)


def test_keys_find_move_and_open(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/")
        tab.page.keyboard.press("/")
        expect(tab.page.locator("#search")).to_be_focused()
        tab.page.keyboard.type("jk/")
        expect(tab.page.locator("#search")).to_have_value("jk/")
        tab.open("/")  # anew: what was typed is still being searched for, and its answer would take the focus away
        links = tab.page.locator(".row-link")
        tab.page.keyboard.press("j")
        expect(links.nth(0)).to_be_focused()
        tab.page.keyboard.press("j")
        tab.page.keyboard.press("j")
        tab.page.keyboard.press("k")
        expect(links.nth(1)).to_be_focused()
        tab.page.keyboard.press("Enter")
        tab.page.wait_for_url("**/learners/S10001")


def test_single_keys_can_be_turned_off(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/")
        tab.page.get_by_role("button", name="Turn single-key shortcuts off").click()
        expect(tab.page.get_by_role("button", name="Turn single-key shortcuts on")).to_be_visible()
        tab.page.keyboard.press("/")
        expect(tab.page.locator("#search")).not_to_be_focused()


def test_the_first_tab_skips_to_the_content_and_focus_is_seen(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/")
        tab.page.keyboard.press("Tab")
        skip = tab.page.get_by_role("link", name="Skip to the content")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        tab.page.keyboard.press("Enter")
        expect(tab.page.locator("main")).to_be_focused()
        tab.page.keyboard.press("Tab")
        expect(tab.page.locator("#search")).to_be_focused()
        tab.page.keyboard.press("Tab")
        assert tab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"


def test_filters_narrow_the_list_in_place_and_say_so(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/")
        search = tab.page.locator("#search")
        search.press_sequentially("amara")
        expect(tab.page.locator("#care-count")).to_contain_text("3 learners")
        expect(search).to_be_focused()
        expect(tab.page.locator("#announce")).to_contain_text("3 learners")
        assert tab.page.url.endswith("/?search=amara")
        tab.page.locator("select[name=tier]").select_option("core")
        expect(tab.page.get_by_role("heading", name="Nobody matches")).to_be_visible()
        tab.page.get_by_role("button", name="中文").click()
        tab.page.wait_for_url("**/?search=amara&tier=core")
        tab.page.get_by_role("button", name="English").click()
        tab.page.get_by_role("link", name="Clear filters").click()
        expect(tab.page.locator("#care-count")).to_contain_text("61 learners")
        tab.page.go_back()
        expect(tab.page.get_by_role("heading", name="Nobody matches")).to_be_visible()


def test_filters_work_without_scripts(browser: Browser, served: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(served["full"] + "/")
    page.locator("#search").fill("amara")
    page.get_by_role("button", name="Apply").click()
    expect(page.locator("#care-count")).to_contain_text("3 learners")
    context.close()


def test_older_days_are_added_and_focus_goes_to_them(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/learners/S10001")
        before = tab.page.locator(".day").count()
        tab.page.get_by_role("link", name="Older days").click()
        expect(tab.page.locator(".day")).to_have_count(2 * before)
        expect(tab.page.locator(".day").nth(before)).to_be_focused()


def test_charts_are_drawn_and_have_a_table(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/learners/S10001")
        expect(tab.page.locator("[data-drawn] svg")).to_have_count(5)
        twin = tab.page.locator("details.twin").first
        twin.locator("summary").focus()
        tab.page.keyboard.press("Enter")
        expect(twin.get_by_role("row").nth(1)).to_contain_text("21 Mar 2014")


def test_theme_and_language_are_kept(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/churn?course=ENG-1")
        ground = "getComputedStyle(document.body).backgroundColor"
        light = tab.page.evaluate(ground)
        tab.page.get_by_role("button", name="Change to dark").click()
        expect(tab.page.locator("html")).to_have_attribute("data-bs-theme", "dark")
        assert tab.page.evaluate(ground) != light
        tab.page.get_by_role("button", name="中文").click()
        expect(tab.page.locator("html")).to_have_attribute("lang", "zh-CN")
        assert tab.page.url.endswith("/churn?course=ENG-1")
        tab.open("/")
        expect(tab.page.get_by_role("heading", level=1)).to_have_text("今天需要关怀的学员")
        expect(tab.page.locator("html")).to_have_attribute("data-bs-theme", "dark")

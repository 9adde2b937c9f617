"""The pages of care in Chromium: accessible, within the width, usable by keyboard and without scripts."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from browsing import (
    BROWSER_NEEDED,
    LOOKS,
    Visitor,
    all_are_well,
    consoles_of,
)
from fastapi import FastAPI
from plain import HOSTILE
from plain_care import PlainAdvisors, PlainAlerts, plain_care
from playwright.sync_api import Browser, expect

from staycourse.desk import CareDesk

pytest_plugins = ["browser_fixtures"]
pytestmark = BROWSER_NEEDED
PAGES = (
    "/alerts", f"/alerts/{1:032x}", "/alerts?state=ended", "/desk", "/desk/1:claimed", "/desk/3:done", "/deliveries",
    "/deliveries/1:ask:1", "/channels", "/templates", "/templates/spring_camp",
    f"/learners/{quote(HOSTILE, safe='')}", "/",
)  # fmt: skip
EMPTY = ("/alerts", "/desk", "/deliveries", "/channels", "/learners/blank")
CARES = {"full": plain_care(), "nothing": plain_care("nothing")}


@pytest.fixture(scope="module")
def apps() -> dict[str, FastAPI]:
    """Make a console of each state."""
    return consoles_of(CARES)


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_every_page_is_accessible_and_fits(visit: Visitor, language: str, theme: str, width: int) -> None:
    with visit(language, theme, width) as tab:
        all_are_well(tab, PAGES)


def test_empty_pages_are_accessible(visit: Visitor) -> None:
    with visit("zh-CN", "light", 390, "nothing") as tab:
        all_are_well(tab, EMPTY)


def test_the_page_shown_is_in_sight_among_the_pages(visit: Visitor) -> None:
    with visit("en", "light", 390) as tab:
        tab.open("/churn")
        expect(tab.page.locator(".top-nav [aria-current=page]")).to_be_in_viewport(ratio=1)


def test_an_alert_is_taken_from_the_list_by_keyboard_and_said(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/alerts?tier=regular")
        row = tab.page.locator(".care-row").first
        row.locator(".row-link").focus()
        tab.page.keyboard.press("Tab")
        expect(row.get_by_role("button", name="Take")).to_be_focused()
        assert tab.page.evaluate("getComputedStyle(document.activeElement).outlineStyle") != "none"
        tab.page.keyboard.press("Enter")
        expect(tab.page.get_by_role("status").filter(has_text="The alert is yours.")).to_be_visible()
        assert tab.page.url.endswith("/alerts?tier=regular")
        tab.page.reload()
        expect(tab.page.get_by_text("The alert is yours.")).to_have_count(0)
    assert _alerts(CARES["full"]).done[-1][1:3] == ("take", "operator")


def test_what_is_reached_by_tab_is_seen_at_once(visit: Visitor) -> None:
    seen = """() => { const it = document.activeElement, box = it.getBoundingClientRect();
        return it === document.body || (box.bottom > 0 && box.top < innerHeight) }"""
    drawn = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"
    with visit(width=390) as tab:
        tab.open("/alerts")
        for _ in range(60):
            tab.page.keyboard.press("Tab")
            tab.page.evaluate(drawn)
            assert tab.page.evaluate(seen), tab.page.evaluate("document.activeElement.outerHTML")


def test_what_folds_out_around_an_action_folds_in_by_escape(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/alerts")
        folded = tab.page.locator("details.more-acts").first
        folded.locator("summary").focus()
        tab.page.keyboard.press("Enter")
        tab.page.keyboard.press("Tab")
        expect(folded).to_have_attribute("open", "")
        tab.page.keyboard.press("Escape")
        expect(folded).not_to_have_attribute("open", "")
        expect(folded.locator("summary")).to_be_focused()


def test_the_list_is_narrowed_in_place(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/alerts")
        tab.page.locator("input[name=overdue]").check()
        expect(tab.page.locator("#announce")).to_contain_text("2 alerts wait for an answer")
        assert tab.page.url.endswith("/alerts?overdue=1")


def test_a_task_is_finished_without_scripts_under_ones_own_name(browser: Browser, served: dict[str, str]) -> None:
    context = browser.new_context(java_script_enabled=False, locale="en")
    page = context.new_page()
    page.goto(served["full"] + "/desk/2:x:1")
    page.locator("#actor").fill("王老师")
    page.get_by_role("button", name="Change", exact=True).click()
    expect(page.locator("#actor")).to_have_value("王老师")
    page.get_by_label("Told the reason").check()
    page.get_by_label("Which reason did the learner tell?").select_option("price")
    page.get_by_role("button", name="Finish the task").click()
    expect(page.get_by_role("status").filter(has_text="The task is finished.")).to_be_visible()
    assert _advisors(CARES["full"]).done[-1] == ("2:call:2", "finish", "王老师", "reason_told", "price")
    context.close()


def test_what_was_held_back_is_drawn(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/deliveries")
        expect(tab.page.locator("#held[data-drawn] svg")).to_have_count(1)


def _alerts(care: CareDesk) -> PlainAlerts:
    assert isinstance(care.alerts, PlainAlerts)
    return care.alerts


def _advisors(care: CareDesk) -> PlainAdvisors:
    assert isinstance(care.advisors, PlainAdvisors)
    return care.advisors

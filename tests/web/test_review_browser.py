"""Playbooks, Evidence, Policy and the weekly review in Chromium: accessible, within the width, usable by keyboard."""

from __future__ import annotations

from dataclasses import replace

import pytest
from browsing import (
    BROWSER_NEEDED,
    LOOKS,
    Visitor,
    all_are_well,
    consoles_of,
)
from fastapi import FastAPI
from plain import HOSTILE, NOW
from plain_review import PlainPolicies, finished, review_desk
from playwright.sync_api import expect

from staycourse.desk import Trial

pytest_plugins = ["browser_fixtures"]
pytestmark = BROWSER_NEEDED
PAGES = ("/playbooks", "/playbooks/friendly_question", "/evidence", "/policy", "/policy/edit", "/policy/trials/failed",
         "/review")  # fmt: skip
POLICIES = PlainPolicies(trials={"failed": Trial("failed", "budget", "failed", NOW, HOSTILE, fault=HOSTILE)})


@pytest.fixture(scope="module")
def apps() -> dict[str, FastAPI]:
    """Make a console of each state."""
    cares = {"full": review_desk(policies=POLICIES, caveat="simulated"), "nothing": review_desk(evidence="nothing")}
    return consoles_of(cares)


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_every_page_is_accessible_and_fits(visit: Visitor, language: str, theme: str, width: int) -> None:
    with visit(language, theme, width) as tab:
        all_are_well(tab, PAGES)


def test_empty_pages_are_accessible(visit: Visitor) -> None:
    with visit("zh-CN", "light", 390, "nothing") as tab:
        all_are_well(tab, ("/evidence", "/review?week=2013-01-09"))


def test_a_policy_is_edited_checked_and_accepted_by_keyboard(visit: Visitor) -> None:
    with visit() as tab:
        tab.open("/policy/edit")
        text = tab.page.get_by_role("textbox", name="The policy as text (TOML)")
        text.fill('scene = "k12"\n')
        tab.page.get_by_role("button", name="Check").focus()
        tab.page.keyboard.press("Enter")
        expect(tab.page.get_by_role("heading", name="It would change")).to_be_visible()
        expect(text).to_have_value('scene = "k12"\n')
        tab.page.get_by_label("Why (one line)").fill("we teach children")
        tab.page.get_by_role("button", name="Accept", exact=True).click()
        tab.page.wait_for_url("**/policy")
        expect(tab.page.get_by_role("status").filter(has_text="The policy is in force.")).to_be_visible()
    assert POLICIES.acts[-1] == ("accept", 'scene = "k12"\n', "we teach children", "operator")


def test_a_trial_that_runs_shows_its_end_by_itself(visit: Visitor) -> None:
    with visit() as tab:
        POLICIES.trials["run"] = Trial("run", "proposals", "running", NOW, "Li")
        tab.open("/policy/trials/run")
        expect(tab.page.get_by_role("status").filter(has_text="Trying it on the past")).to_be_visible()
        POLICIES.trials["run"] = replace(finished(POLICIES.trials["run"]), state="failed", fault="too few days")
        expect(tab.page.get_by_role("alert")).to_contain_text("too few days", timeout=8_000)


def test_the_editor_numbers_its_lines_beside_them(visit: Visitor) -> None:
    with visit("en", "light", 390) as tab:
        tab.open("/policy/edit")
        text = tab.page.locator(".editor-text")
        numbers = tab.page.locator(".editor-lines")
        assert text.evaluate("box => box.scrollHeight <= box.clientHeight + 1")
        height = "box => box.getBoundingClientRect().height"
        assert abs(float(text.evaluate(height)) - float(numbers.evaluate(height))) < 40

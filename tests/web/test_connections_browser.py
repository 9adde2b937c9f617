"""The pages of connections in Chromium: accessible, fitting, by the keyboard alone, secrets copied."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from browser_fixtures import browser, served, visit
from browsing import BROWSER_NEEDED, LOOKS, Visitor, all_are_well
from fastapi import FastAPI
from plain import HOSTILE, PlainDesk
from plain_care import plain_care
from playwright.sync_api import expect

from staycourse.adapters.store.doors import Reason, RejectionBook, Tally
from staycourse.app.access import Members
from staycourse.app.access.lti import Platforms
from staycourse.app.homes import open_home
from staycourse.app.intake import Tracked, keep_unmapped, key_book, sort_messages
from staycourse.app.intake.arrivals import note_arrival
from staycourse.app.outgoing import WEBHOOK_KINDS, Webhooks
from staycourse.kernel import Settings, SystemClock
from staycourse.policy import EventsPolicy
from staycourse.web import console_app

__all__ = ["browser", "served", "visit"]
pytestmark = BROWSER_NEEDED
PATHS = ("/connections", *(f"/connections/{name}" for name in ("rejected", "keys", "people", "platforms", "webhooks")))


@pytest.fixture(scope="module")
def apps(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, FastAPI]]:
    clock, folder = SystemClock(), tmp_path_factory.mktemp("connections")
    now = clock.now()
    with (
        open_home(Settings(folder / "full", "main", "UTC", clock, 1, 1), writing=False) as full,
        open_home(Settings(folder / "empty", "main", "UTC", clock, 1, 1), writing=False) as empty,
        open_home(Settings(folder / "again", "main", "UTC", clock, 1, 1), writing=False) as again,
    ):
        note_arrival(full, "native", 123_456_789)
        told = [Tracked("segment", f"{n}", "s", f"Name {n % 3} {'x' * 60}", now, {"course": "m"}) for n in range(9)]
        told.append(Tracked("posthog", "h", "s", HOSTILE, now, {"deep": {HOSTILE: HOSTILE * 20}}))
        keep_unmapped(full, "main", sort_messages(told, EventsPolicy(), now).unmapped)
        for name in ("App", HOSTILE.replace("\N{RIGHT-TO-LEFT OVERRIDE}", ""), "Gone"):
            issued = key_book(full).issue("main", name, ["write", "xapi", "caliper"], now)
        key_book(full).revoke("main", issued.key_id, now)
        for login, role in (("ann@example.org", "owner"), ("a-very-long-name-that-goes-on" * 2, "teacher")):
            Members(full, "t").add(login, "王老师", role, "correct horse battery", [])
        Platforms(full, "t").add(
            "moodle", issuer="https://moodle.example.org/" + "x" * 90, client_id="c" * 90, keys={}, deployments=["1"],
            login_url="https://m.test/auth", token_url="", keys_url="https://m.test/keys", administrators="teacher",
            course_from="map",
        )  # fmt: skip
        Platforms(full, "t").name_course("moodle", "c" * 90, "maths")
        Webhooks(full).add("main", "https://example.org/" + "x" * 120, WEBHOOK_KINDS)
        reason = Reason(
            "native", issued.key_id, "/attributes/" + "x" * 90, f"there is no verb '{'x' * 40}'", "see docs"
        )
        tallies = {reason: Tally(1, now, 3), reason._replace(door="xapi"): Tally(2, now, -1)}
        RejectionBook(full.database).add("main", tallies)
        yield {
            name: console_app(PlainDesk(), tenant="main", clock=clock, care=plain_care(), home=home)
            for name, home in (("full", full), ("empty", empty), ("again", again))
        }


@pytest.mark.parametrize(("language", "theme", "width"), LOOKS)
def test_every_page_is_accessible_and_fits(visit: Visitor, language: str, theme: str, width: int) -> None:
    with visit(language, theme, width) as tab:
        all_are_well(tab, PATHS)
    with visit(language, theme, width, state="empty") as tab:
        all_are_well(tab, PATHS)


def test_what_was_made_once_is_not_made_again(visit: Visitor) -> None:
    with visit(state="again") as tab:
        tab.open("/connections/keys")
        tab.page.locator("#key-name").fill("Once")
        tab.page.evaluate(
            "() => {const form = document.getElementById('key-name').form;"
            "form.addEventListener('submit', event => {window.sent = (window.sent || 0) + !event.defaultPrevented;"
            "event.preventDefault()});"
            "const button = form.querySelector('button[value=issue]'); button.click(); button.click();}"
        )
        assert tab.page.evaluate("window.sent") == 1, "the second click sends nothing"
        tab.open("/connections/keys")
        tab.page.locator("#key-name").fill("Once")
        tab.page.locator("button[value=issue]").click()
        expect(tab.page.locator("#once-secret")).to_contain_text("sc_")
        tab.page.reload()
        expect(tab.page.get_by_text("1 key in force")).to_be_visible()
        expect(tab.page.locator("#once-secret")).to_have_count(0)


def test_switching_the_language_after_a_form_leads_to_its_page(visit: Visitor) -> None:
    with visit(state="again") as tab:
        tab.open("/connections/keys")
        tab.page.locator("#key-name").fill("Which")
        tab.page.locator("[name='scope.write']").uncheck()
        tab.page.locator("button[value=issue]").click()
        expect(tab.page.locator("#fault")).to_be_visible()
        tab.faults.clear()
        tab.page.get_by_role("button", name="中文").click()
        expect(tab.page.get_by_role("heading", name="接入", exact=True)).to_be_visible()
        assert tab.page.url.endswith("/connections/keys")


def test_a_key_is_issued_copied_and_revoked_by_the_keyboard(visit: Visitor) -> None:
    with visit(state="empty") as tab:
        tab.page.context.grant_permissions(["clipboard-read", "clipboard-write"])
        tab.open("/connections/keys")
        tab.page.locator("#key-name").focus()
        tab.page.keyboard.type("Warehouse")
        tab.page.keyboard.press("Enter")
        told = tab.page.locator("#once-secret")
        expect(told).to_contain_text("sc_")
        text = told.inner_text()
        tab.page.get_by_role("button", name="Copy").focus()
        tab.page.keyboard.press("Enter")
        expect(tab.page.get_by_role("button", name="Copied")).to_be_visible()
        assert tab.page.evaluate("navigator.clipboard.readText()") == text
        tab.page.get_by_text("Revoke Warehouse").focus()
        tab.page.keyboard.press("Enter")
        tab.page.keyboard.press("Tab")
        tab.page.keyboard.press("Enter")
        expect(tab.page.get_by_text("The key is revoked.")).to_be_visible()
        expect(tab.page.get_by_text("No program can come in")).to_be_visible()
        assert text not in tab.page.content()

"""What the browser tests of the console share: Chromium, consoles on ports of their own, tabs that note every fault."""

from __future__ import annotations

import os
import re
import socket
import threading
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import uvicorn
from axe_playwright_python.base import AXE_SCRIPT, AxeResults
from fastapi import FastAPI
from plain import NOW, PlainDesk
from playwright.sync_api import Browser, Page, sync_playwright

from staycourse.desk import CareDesk
from staycourse.kernel import FixedClock
from staycourse.web import console_app

CHROMIUM = Path("/usr/bin/chromium")
OUT = Path(__file__).parents[2] / "out"
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip
LOOKS = (("en", "light", 1280), ("zh-CN", "dark", 1280), ("en", "dark", 390), ("zh-CN", "light", 390))
RULES = {"runOnly": {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]}}

BROWSER_NEEDED = [
    pytest.mark.xdist_group("browser"),
    pytest.mark.skipif(
        not CHROMIUM.exists() and os.environ.get("CI") != "true",
        reason=f"{CHROMIUM} is missing: install Debian's chromium",
    ),
]
"""The marks of a module of browser tests (`pytestmark`)."""


@dataclass
class Visit:
    """One reader's tab, with whatever went wrong in it."""

    page: Page
    base: str
    faults: list[str] = field(default_factory=list)

    def open(self, path: str) -> None:
        self.page.goto(self.base + path)
        self.page.wait_for_load_state("load")


Visitor = Callable[..., AbstractContextManager[Visit]]


def consoles_of(cares: Mapping[str, CareDesk]) -> dict[str, FastAPI]:
    """Make a console over the plain desk for each state of care."""
    return {
        state: console_app(PlainDesk(), tenant="main", clock=FixedClock(NOW), care=care)
        for state, care in cares.items()
    }


@contextmanager
def chromium() -> Iterator[Browser]:
    """Start one browser."""
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield started
        started.close()


@contextmanager
def served_consoles(apps: Mapping[str, FastAPI]) -> Iterator[dict[str, str]]:
    """Serve each of `apps` on a port of its own; give their addresses."""
    servers, addresses = [], {}
    for name, app in apps.items():
        listening = socket.create_server(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(app, log_level="critical", ws="none", lifespan="off"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        servers.append((server, thread, listening))
        addresses[name] = f"http://127.0.0.1:{listening.getsockname()[1]}"
    yield addresses
    for server, thread, listening in servers:
        server.should_exit = True
        thread.join()
        listening.close()


def visitor(browser: Browser, served: Mapping[str, str], test: str) -> Visitor:
    """Return what opens a tab; when the test fails in it, a screenshot is kept in out/."""

    @contextmanager
    def open_tab(language: str = "en", theme: str = "light", width: int = 1280, state: str = "full") -> Iterator[Visit]:
        context = browser.new_context(
            locale=language,
            color_scheme="dark" if theme == "dark" else "light",
            viewport={"width": width, "height": 900},
        )
        context.set_default_timeout(15_000)  # the machines are shared
        tab = Visit(context.new_page(), served[state])
        tab.page.on("console", lambda said: tab.faults.append(said.text) if said.type in ("error", "warning") else None)
        tab.page.on("pageerror", lambda error: tab.faults.append(str(error)))
        tab.page.on("request", lambda sent: None if sent.url.startswith(tab.base) else tab.faults.append(sent.url))
        try:
            yield tab
            assert tab.faults == []
        except BaseException:
            OUT.mkdir(exist_ok=True)
            name = re.sub(r"\W+", "-", test)
            tab.page.screenshot(path=OUT / f"console-{name}-{language}-{theme}-{width}.png", full_page=True)
            raise
        finally:
            context.close()

    return open_tab


def is_accessible(page: Page, path: str) -> None:
    """Fail with axe's report where a page breaks a rule of WCAG 2.1 A and AA, or a best practice."""
    if page.evaluate("typeof axe === 'undefined'"):
        page.evaluate(AXE_SCRIPT)
    # All else that axe found stays in the browser: to bring it here takes as long as to find it.
    response = page.evaluate(
        "async options => ({violations: (await axe.run(options)).violations})",
        {**RULES, "resultTypes": ["violations"]},
    )
    found = AxeResults(response)
    assert found.violations_count == 0, f"{path}\n{found.generate_report()}"


def unfold(page: Page) -> None:
    """Open all that folds."""
    page.evaluate("document.querySelectorAll('details').forEach(element => { element.open = true })")


def fits(page: Page) -> bool:
    """Say whether a page needs no sideways scrolling."""
    return bool(page.evaluate("document.documentElement.scrollWidth <= innerWidth"))


def all_are_well(tab: Visit, paths: Iterable[str]) -> None:
    """Open each page with all that folds unfolded: it is accessible, and fits the width."""
    tab.page.add_init_script(AXE_SCRIPT)
    for path in paths:
        tab.open(path)
        unfold(tab.page)
        is_accessible(tab.page, path)
        assert fits(tab.page), f"{path} is too wide"

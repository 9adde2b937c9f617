"""The demo as a newcomer meets it: killed in the middle, started again, and looked at in a browser."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO

import pytest
from playwright.sync_api import Page, sync_playwright

pytestmark = pytest.mark.xdist_group("demo")  # one process prepares it once

CHROMIUM = Path("/usr/bin/chromium")
FLAGS = [
    "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking",
    "--disable-component-update", "--disable-sync",
]  # fmt: skip


def start(home: Path) -> subprocess.Popen[str]:
    """Start `staycourse demo` on any free port."""
    environment = {**os.environ, "STAYCOURSE_LANGUAGE": "en", "PYTHONUNBUFFERED": "1"}
    command = [sys.executable, "-m", "staycourse", "--home", str(home), "demo", "--port", "0"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.PIPE, text=True)


def wait_for(output: IO[str] | None, pattern: str) -> str:
    """Read lines until one has `pattern`; return what its group matched."""
    assert output is not None
    seen = []
    for line in output:
        seen.append(line)
        if found := re.search(pattern, line):
            return found.group(0)
    raise AssertionError("".join(seen))


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Kill one demo while it compacts what it imported, let a second one finish, and give its address."""
    home = tmp_path_factory.mktemp("demo")
    with start(home) as broken:
        wait_for(broken.stdout, "Imported [0-9]+ events")
        broken.send_signal(signal.SIGKILL)
    with start(home) as second:
        yield wait_for(second.stdout, r"(?<=The console is at )http://127\.0\.0\.1:[0-9]+/")
        second.terminate()


@pytest.fixture
def page(address: str) -> Iterator[Page]:
    """Open the demo's console."""
    if not CHROMIUM.exists():
        if os.environ.get("CI"):
            pytest.fail("Chromium is missing: tools/prepare_tests.sh installs it")
        pytest.skip("Chromium is missing: install the package chromium")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=str(CHROMIUM), args=FLAGS)
        page = browser.new_page(base_url=address, locale="en")
        yield page
        browser.close()


def test_today_shows_real_learners_with_reasons_and_a_next_step(page: Page) -> None:
    page.goto("/")
    assert page.get_by_role("heading", level=1).inner_text() == "Who needs care now"
    assert re.search(r"\d+ learners to look after", page.inner_text("main"))
    text = page.inner_text("main")
    assert "signal." not in text and "cause." not in text and "suggestion." not in text
    assert "trained" in page.inner_text("body")


def test_from_today_to_a_learner_and_back_in_chinese(page: Page) -> None:
    page.goto("/")
    page.locator("a[href^='/learners/']").first.click()
    page.wait_for_url("**/learners/**")
    assert page.locator("svg").count() > 0, "risk over time is drawn"
    page.get_by_role("button", name="中文").or_(page.get_by_role("link", name="中文")).first.click()
    page.wait_for_selector("html[lang^=zh]", state="attached")
    text = page.inner_text("main")
    assert re.search("[一-鿿]", text) and "signal." not in text


def test_the_churn_definition_comes_from_the_sample(page: Page) -> None:
    page.goto("/churn")
    text = page.inner_text("main")
    assert "EEE 2014J" in text and re.search(r"Based on [\d,]+ silences", text)


def test_nothing_later_than_the_demos_day_is_shown(page: Page) -> None:
    page.goto("/")
    page.locator("a[href^='/learners/']").first.click()
    page.wait_for_url("**/learners/**")
    timeline = page.inner_text("main").split("Timeline")[-1].split("Class quality")[0]
    assert re.search(r"\d+ (Dec|Jan) 201[45]", timeline)
    assert not re.search(r"(1[2-9]|2\d|3[01]) Jan 2015|(Feb|Mar|Apr|May|Jun) 2015", timeline)

"""What the browser tests of the console ask for: one browser a module, its consoles, and tabs in them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import pytest
from browsing import Visitor, chromium, served_consoles, visitor
from fastapi import FastAPI
from playwright.sync_api import Browser


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Start a browser for one module."""
    with chromium() as started:
        yield started


@pytest.fixture(scope="module")
def served(apps: Mapping[str, FastAPI]) -> Iterator[dict[str, str]]:
    """Serve the module's `apps`, one of each state."""
    with served_consoles(apps) as addresses:
        yield addresses


@pytest.fixture
def visit(browser: Browser, served: dict[str, str], request: pytest.FixtureRequest) -> Visitor:
    """Open tabs in the consoles that are served."""
    return visitor(browser, served, request.node.name)

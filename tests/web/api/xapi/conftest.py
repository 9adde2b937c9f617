"""The xAPI door over a home of its own, on both databases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from lrs_site import LrsSite, open_lrs

from staycourse.adapters.store import Database


@pytest.fixture
def lrs(tmp_path: Path) -> Iterator[LrsSite]:
    with open_lrs(tmp_path / "home") as opened:
        yield opened


@pytest.fixture
def stored(tmp_path: Path, database: Database) -> Iterator[LrsSite]:
    """Give the site over each database in turn."""
    with open_lrs(tmp_path / "home", database) as opened:
        yield opened

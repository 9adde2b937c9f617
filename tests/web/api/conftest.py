"""One site a test."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from api_site import ApiSite, open_site


@pytest.fixture
def site(tmp_path: Path) -> Iterator[ApiSite]:
    """Open the API over a fresh home of two tenants."""
    with open_site(tmp_path / "home") as opened:
        yield opened

"""One home, opened: its log, lake, store and engine, and what it tells of itself."""

# isort: off
from staycourse.app.homes.home import Home, POLICY_FILE, open_home

__all__ = [
    "Home", "POLICY_FILE", "open_home",
]  # fmt: skip

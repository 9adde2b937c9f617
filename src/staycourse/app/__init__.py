"""The only place where adapters meet rooms: a home, opened, and the works done on it."""

from staycourse.app.examination import Finding, examine
from staycourse.app.home import POLICY_FILE, Home, open_home
from staycourse.app.imports import ImportReport, import_path
from staycourse.app.nights import run_backtest, run_nightly

__all__ = [
    "Finding", "Home", "ImportReport", "POLICY_FILE", "examine", "import_path", "open_home", "run_backtest",
    "run_nightly",
]  # fmt: skip

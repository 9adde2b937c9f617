"""The shelf: a home's lock, its risk tables and trained models, as files that appear whole or not at all, and folders
for what is written only to be sent.
"""

from staycourse.adapters.shelf.homelock import HomeLock
from staycourse.adapters.shelf.pages import RiskPage, RiskReader
from staycourse.adapters.shelf.passing import PassingFolder, clear_left, half_written
from staycourse.adapters.shelf.shelf import Shelf

__all__ = ["HomeLock", "PassingFolder", "RiskPage", "RiskReader", "Shelf", "clear_left", "half_written"]

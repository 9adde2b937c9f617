"""The shelf: a home's lock, its risk tables and trained models, as files that appear whole or not at all."""

from staycourse.adapters.shelf.homelock import HomeLock
from staycourse.adapters.shelf.pages import RiskPage, RiskReader
from staycourse.adapters.shelf.shelf import Shelf

__all__ = ["HomeLock", "RiskPage", "RiskReader", "Shelf"]

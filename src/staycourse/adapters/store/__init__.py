"""The store: what we were told of courses and learners, what we decided, and what we ran (SQLite)."""

from staycourse.adapters.store.records import ImportState, ModelEntry, PolicyVersion, Run
from staycourse.adapters.store.store import Store

__all__ = ["ImportState", "ModelEntry", "PolicyVersion", "Run", "Store"]

"""The store: what we were told of courses and learners, what we decided, and what we ran (SQLite or PostgreSQL)."""

from staycourse.adapters.store.database import Database, open_database
from staycourse.adapters.store.faults import Contention, retrying
from staycourse.adapters.store.records import ImportState, ModelEntry, PolicyVersion, Run
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.adapters.store.store import Store

__all__ = [
    "Contention",
    "Database",
    "ImportState",
    "ModelEntry",
    "PolicyVersion",
    "Run",
    "Store",
    "insert_new",
    "open_database",
    "retrying",
    "upsert",
]

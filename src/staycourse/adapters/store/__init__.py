"""The store: what we were told, what we decided and what we did (SQLite or PostgreSQL)."""

# isort: off
from staycourse.adapters.store.checkpoints import Checkpoints
from staycourse.adapters.store.database import Database, open_database, schema_version
from staycourse.adapters.store.dump import dump_tables, is_empty, load_tables
from staycourse.adapters.store.erasing import LawBook, Marks, mentions
from staycourse.adapters.store.faults import Contention, retrying
from staycourse.adapters.store.gauges import GaugeViews
from staycourse.adapters.store.live import LiveBook, LiveRisk
from staycourse.adapters.store.past import PastBook
from staycourse.adapters.store.records import ImportState, ModelEntry, PolicyVersion, Run
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.adapters.store.store import Store
from staycourse.adapters.store.trials import TrialBook, TrialRow

__all__ = [
    "Checkpoints", "Contention", "Database", "GaugeViews", "ImportState", "LawBook", "LiveBook", "LiveRisk", "Marks",
    "ModelEntry", "PastBook", "PolicyVersion", "Run", "Store", "TrialBook", "TrialRow", "dump_tables",
    "insert_new", "is_empty", "load_tables", "mentions", "open_database", "retrying", "schema_version", "upsert",
]  # fmt: skip

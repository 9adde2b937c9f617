"""The store: what we were told, what we decided and what we did (SQLite or PostgreSQL)."""

# isort: off
from staycourse.adapters.store.admission import Admitted
from staycourse.adapters.store.advisors import OUTCOMES, AuditLog, TaskBook
from staycourse.adapters.store.alert_views import AlertViews
from staycourse.adapters.store.alerts import AlertBook
from staycourse.adapters.store.database import Database, open_database
from staycourse.adapters.store.facts import FactBook
from staycourse.adapters.store.faults import Contention, retrying
from staycourse.adapters.store.journeys import JourneyBook
from staycourse.adapters.store.judging import Done, JudgingBook
from staycourse.adapters.store.outbox import Claimed, Delivery, Outbox
from staycourse.adapters.store.past import PastBook
from staycourse.adapters.store.people import PeopleBook
from staycourse.adapters.store.records import ImportState, ModelEntry, PolicyVersion, Run
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.adapters.store.store import Store
from staycourse.adapters.store.wording import InboxBook, TemplateBook

__all__ = [
    "Admitted", "AlertBook", "AlertViews", "AuditLog", "Claimed", "Contention", "Database", "Delivery", "Done",
    "FactBook", "ImportState", "InboxBook", "JourneyBook", "JudgingBook", "ModelEntry", "OUTCOMES", "Outbox",
    "PastBook", "PeopleBook", "PolicyVersion", "Run", "Store", "TaskBook", "TemplateBook", "insert_new",
    "open_database", "retrying", "upsert",
]  # fmt: skip

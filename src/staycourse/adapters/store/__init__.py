"""The store: what we were told, what we decided and what we did (SQLite or PostgreSQL)."""

# isort: off
from staycourse.adapters.store.access import MemberBook, SignInBook, TryBook, mark_of
from staycourse.adapters.store.platforms import PlatformBook
from staycourse.adapters.store.admission import Admitted
from staycourse.adapters.store.advisor_views import AdvisorViews
from staycourse.adapters.store.advisors import OUTCOMES, AuditLog, TaskBook
from staycourse.adapters.store.alert_views import AlertViews
from staycourse.adapters.store.alerts import AlertBook
from staycourse.adapters.store.contact_views import ContactViews
from staycourse.adapters.store.database import Database, open_database, schema_version
from staycourse.adapters.store.delivery_views import DeliveryViews
from staycourse.adapters.store.dump import dump_tables, is_empty, load_tables
from staycourse.adapters.store.entry_endings import EntryBook
from staycourse.adapters.store.erasing import LawBook, Marks, mentions
from staycourse.adapters.store.evidence_views import EvidenceViews
from staycourse.adapters.store.facts import FactBook
from staycourse.adapters.store.faults import Contention, retrying
from staycourse.adapters.store.gauges import GaugeViews
from staycourse.adapters.store.heard import Addressed, Answer, HeardBook
from staycourse.adapters.store.journeys import JourneyBook
from staycourse.adapters.store.judging import Done, JudgingBook
from staycourse.adapters.store.keys import (
    EVENTS_PER_SECOND, REQUESTS_PER_SECOND, SCOPES, ApiKey, IssuedKey, KeyBook, split_key,
)  # fmt: skip
from staycourse.adapters.store.live import LiveBook, LiveRisk
from staycourse.adapters.store.outbox import Claimed, Delivery, Outbox
from staycourse.adapters.store.outgoing import KINDS as WEBHOOK_KINDS
from staycourse.adapters.store.outgoing import Telling, Told, Webhook, WebhookBook
from staycourse.adapters.store.past import PastBook
from staycourse.adapters.store.people import PeopleBook
from staycourse.adapters.store.playbook_views import PlaybookViews
from staycourse.adapters.store.records import ImportState, ModelEntry, PolicyVersion, Run
from staycourse.adapters.store.rows import insert_new, upsert
from staycourse.adapters.store.store import Store
from staycourse.adapters.store.unmapped import Unmapped, UnmappedBook, UnmappedName
from staycourse.adapters.store.weekly_views import WeeklyViews
from staycourse.adapters.store.wording import InboxBook, TemplateBook
from staycourse.adapters.store.wording_views import TemplateViews
from staycourse.adapters.store.xapi_documents import Document, DocumentBook, DocumentPlace
from staycourse.adapters.store.xapi_statements import Found, StatementBatch, StatementBook, StatementRow, Wanted
from staycourse.adapters.store.pages import PageViews, PageWish

__all__ = [
    "Addressed", "Admitted", "AdvisorViews", "AlertBook", "AlertViews", "Answer", "ApiKey", "AuditLog", "Claimed",
    "ContactViews", "Contention", "Database", "Delivery", "DeliveryViews", "Document", "DocumentBook",
    "DocumentPlace", "Done", "EVENTS_PER_SECOND", "EntryBook", "EvidenceViews", "FactBook", "Found", "GaugeViews",
    "HeardBook", "ImportState", "InboxBook", "IssuedKey", "JourneyBook", "JudgingBook", "KeyBook", "LawBook",
    "LiveBook", "LiveRisk", "Marks", "MemberBook", "ModelEntry", "OUTCOMES", "Outbox", "PageViews", "PageWish",
    "PastBook", "PeopleBook", "PlatformBook", "PlaybookViews", "PolicyVersion", "REQUESTS_PER_SECOND", "Run",
    "SCOPES", "SignInBook", "StatementBatch", "StatementBook", "StatementRow", "Store", "TaskBook", "Telling",
    "TemplateBook", "TemplateViews", "Told", "TryBook", "Unmapped", "UnmappedBook", "UnmappedName", "WEBHOOK_KINDS",
    "Wanted", "Webhook", "WebhookBook", "WeeklyViews", "dump_tables", "insert_new", "is_empty", "load_tables",
    "mark_of", "mentions", "open_database", "retrying", "schema_version", "split_key", "upsert",
]  # fmt: skip

"""The books of the doors: keys, people and sessions, statements, what came in and what is unmapped, webhooks."""

# isort: off
from staycourse.adapters.store.doors.access import MemberBook, SignInBook, TryBook, mark_of
from staycourse.adapters.store.doors.arrivals import ArrivalBook, Arrived, hour_of
from staycourse.adapters.store.doors.keys import (
    ApiKey, EVENTS_PER_SECOND, IssuedKey, KeyBook, REQUESTS_PER_SECOND, SCOPES, split_key,
)  # fmt: skip
from staycourse.adapters.store.doors.outgoing import KINDS as WEBHOOK_KINDS, Delivery, Telling, Told, WebhookBook
from staycourse.adapters.store.doors.webhooks import Webhook
from staycourse.adapters.store.doors.platforms import PlatformBook
from staycourse.adapters.store.doors.rejections import Reason, Rejection, RejectionBook, Tally
from staycourse.adapters.store.doors.unmapped import Unmapped, UnmappedBook, UnmappedName
from staycourse.adapters.store.doors.xapi_documents import Document, DocumentBook, DocumentPlace
from staycourse.adapters.store.doors.xapi_ids import StatementIds
from staycourse.adapters.store.doors.xapi_statements import Found, StatementBook, Wanted
from staycourse.adapters.store.doors.xapi_writing import StatementBatch, StatementRow

__all__ = [
    "ApiKey", "ArrivalBook", "Arrived", "Delivery", "Document", "DocumentBook", "DocumentPlace",
    "EVENTS_PER_SECOND", "Found", "IssuedKey", "KeyBook", "MemberBook", "PlatformBook", "REQUESTS_PER_SECOND",
    "Reason", "Rejection", "RejectionBook", "SCOPES", "SignInBook", "StatementBatch", "StatementBook",
    "StatementIds", "StatementRow", "Tally", "Telling", "Told", "TryBook", "Unmapped", "UnmappedBook",
    "UnmappedName", "WEBHOOK_KINDS", "Wanted", "Webhook", "WebhookBook", "hour_of", "mark_of", "split_key",
]  # fmt: skip

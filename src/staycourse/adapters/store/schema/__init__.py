"""The store's tables: what we were told, what the nights found, what care decided and did."""

# isort: off
from staycourse.adapters.store.schema.access import contexts, launches, members, platforms, sign_ins, tries
from staycourse.adapters.store.schema.alerts import alerts, leavers, notes, stages
from staycourse.adapters.store.schema.base import Instant, Moment, metadata
from staycourse.adapters.store.schema.endings import journey_endings
from staycourse.adapters.store.schema.journeys import draws, facts, journeys, nodes, standing
from staycourse.adapters.store.schema.keys import api_keys, arrivals, rejections, unmapped, unmapped_names
from staycourse.adapters.store.schema.live import live_risks
from staycourse.adapters.store.schema.messages import channels, coupons, inbox, messages, templates
from staycourse.adapters.store.schema.outgoing import tellings, webhook_kinds, webhooks
from staycourse.adapters.store.schema.people import addresses, consents, contacts
from staycourse.adapters.store.schema.tasks import budgets, tasks
from staycourse.adapters.store.schema.trials import trials
from staycourse.adapters.store.schema.watch import (
    candidates, courses, erasures, imports, learners, models, policies, runs, tenants,
)  # fmt: skip
from staycourse.adapters.store.schema.work import audit, cursors, leases, outward
from staycourse.adapters.store.schema.xapi import (
    xapi_activities, xapi_agents, xapi_attachments, xapi_documents, xapi_references, xapi_statements, xapi_terms,
)  # fmt: skip

__all__ = [
    "Instant", "Moment", "addresses", "alerts", "api_keys", "arrivals", "audit", "budgets", "candidates",
    "channels", "consents", "contacts", "contexts", "coupons", "courses", "cursors", "draws", "erasures", "facts",
    "imports", "inbox", "journey_endings", "journeys", "launches", "learners", "leases", "leavers", "live_risks",
    "members", "messages", "metadata", "models", "nodes", "notes", "outward", "platforms", "policies", "rejections",
    "runs", "sign_ins", "stages", "standing", "tasks", "tellings", "templates", "tenants", "trials", "tries",
    "unmapped", "unmapped_names", "webhook_kinds", "webhooks", "xapi_activities", "xapi_agents", "xapi_attachments",
    "xapi_documents", "xapi_references", "xapi_statements", "xapi_terms",
]  # fmt: skip

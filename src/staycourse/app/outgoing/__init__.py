"""What leaves: webhooks and exports."""

# isort: off
from staycourse.app.outgoing.exports import EXPORTS, Export, export
from staycourse.app.outgoing.webhooks import (
    Courier, NewWebhook, WEBHOOK_KINDS, Webhook, Webhooks, courier_at_work, tell_webhooks,
)  # fmt: skip

__all__ = [
    "Courier", "EXPORTS", "Export", "NewWebhook", "WEBHOOK_KINDS", "Webhook", "Webhooks", "courier_at_work", "export",
    "tell_webhooks",
]  # fmt: skip

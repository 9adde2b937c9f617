"""What leaves: webhooks and exports."""

# isort: off
from staycourse.app.outgoing.exports import EXPORTS, Export, clear_left_exports, export, export_to_send
from staycourse.adapters.store.doors import Delivery, WEBHOOK_KINDS, Webhook
from staycourse.app.outgoing.courier import Courier
from staycourse.app.outgoing.webhooks import NewWebhook, Webhooks, courier_at_work, tell_webhooks

__all__ = [
    "Courier", "Delivery", "EXPORTS", "Export", "NewWebhook", "WEBHOOK_KINDS", "Webhook", "Webhooks",
    "clear_left_exports", "courier_at_work", "export", "export_to_send", "tell_webhooks",
]  # fmt: skip

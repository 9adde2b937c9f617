"""Signed webhooks (Standard Webhooks)."""

from staycourse.adapters.channels.webhook.signing import secret_bytes, signature, verify
from staycourse.adapters.channels.webhook.transport import WebhookChannel

__all__ = ["WebhookChannel", "secret_bytes", "signature", "verify"]

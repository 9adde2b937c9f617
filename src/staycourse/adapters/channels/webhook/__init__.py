"""Signed webhooks (Standard Webhooks)."""

from staycourse.adapters.channels.webhook.signing import signature, verify
from staycourse.adapters.channels.webhook.transport import WebhookChannel

__all__ = ["WebhookChannel", "signature", "verify"]

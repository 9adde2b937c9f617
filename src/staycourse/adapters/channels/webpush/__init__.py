"""Web push: RFC 8030 over the encryption of RFC 8291 with the application server's identity of RFC 8292."""

from staycourse.adapters.channels.webpush.encryption import Subscription, encrypt, read_subscription
from staycourse.adapters.channels.webpush.identity import Identity, fresh_keys
from staycourse.adapters.channels.webpush.transport import WebPushChannel

__all__ = ["Identity", "Subscription", "WebPushChannel", "encrypt", "fresh_keys", "read_subscription"]

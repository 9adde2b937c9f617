"""Messages to a browser through its push service (RFC 8030)."""

from __future__ import annotations

import msgspec

from staycourse.adapters.channels.configuration import WebPushSettings
from staycourse.adapters.channels.hygiene import clean_text, one_line
from staycourse.adapters.channels.posting import Poster
from staycourse.adapters.channels.secrets import Secret
from staycourse.adapters.channels.webpush.encryption import MAX_PLAIN, base64url, encrypt, read_subscription
from staycourse.adapters.channels.webpush.identity import Identity, read_identity
from staycourse.care import ChannelHealth, Outgoing, Receipt, TransportFault
from staycourse.kernel import BadSettings, Clock, natural_id, worded

GONE = frozenset({404, 410})
"""The subscription is no more (RFC 8030, section 7.3, and what push services answer in practice)."""


class WebPushChannel:
    """Encrypts each message for its browser. `address` is the subscription as the browser's JSON.

    The key reaches the service as `Topic` (RFC 8030, section 5.4): while a browser is away, a second message of the
    same topic replaces the first; and it is in the encrypted text as `tag`, by which the browser shows it once.
    """

    kind = "webpush"

    def __init__(self, settings: WebPushSettings, private_key: Secret, clock: Clock) -> None:
        self.name = settings.name
        self._contact = settings.contact
        self._private_key = private_key
        self._clock = clock
        self._keep_seconds = settings.keep_hours * 3600
        self._poster = Poster(settings.timeout_seconds, settings.allow_private)

    def send(self, message: Outgoing) -> Receipt:
        """Push `message`. 404 and 410: permanent; any other refusal is temporary."""
        identity = self._identity()
        subscription = read_subscription(message.address)
        topic = topic_of(message.key)
        headers = {
            "authorization": identity.authorization(subscription.endpoint, self._clock.now()),
            "content-encoding": "aes128gcm",
            "content-type": "application/octet-stream",
            "ttl": str(self._keep_seconds),
            "topic": topic,
            "urgency": "normal",
        }
        body = encrypt(subscription, payload(message, topic))
        answer = self._poster.post(subscription.endpoint, body, headers)
        if 200 <= answer.status < 300:
            return Receipt(one_line(answer.location, 500) or topic)
        raise answer.fault(permanent=answer.status in GONE)

    def health(self) -> ChannelHealth:
        """Say whether the key is there, and the public key that browsers subscribe with."""
        try:
            return ChannelHealth("ok", worded("browsers subscribe with {key}", key=self._identity().public))
        except TransportFault as fault:
            return ChannelHealth("bad", fault.line())

    def _identity(self) -> Identity:
        try:
            return read_identity(self._private_key.value(), self._contact, self._private_key.name)
        except BadSettings as error:
            raise TransportFault(error.wording.what, where=error.where, mend=error.wording.mend) from None


def topic_of(key: str) -> str:
    """Return a topic: at most 32 letters of base64url (RFC 8030, section 5.4), the same for the same key."""
    return base64url(bytes.fromhex(natural_id("topic", key)))


def payload(message: Outgoing, tag: str) -> bytes:
    """Return what the service worker reads: title, body, link and tag as JSON, the body cut so that it fits."""
    link = message.data.get("link", "")
    document = {
        "title": one_line(message.subject, 200),
        "body": clean_text(message.data.get("short") or message.text),
        "link": link if link.startswith(("https://", "http://", "/")) and len(link) <= 1000 else "",
        "tag": tag,
        "language": one_line(message.language, 20),
    }
    encoded = msgspec.json.encode(document)
    while len(encoded) > MAX_PLAIN:
        excess = len(encoded) - MAX_PLAIN
        document["body"] = document["body"][: -(excess // 6 + 2)] + "…"
        encoded = msgspec.json.encode(document)
    return encoded

"""Messages as signed HTTP POSTs (https://www.standardwebhooks.com, specification 1.0.0)."""

from __future__ import annotations

import msgspec

from staycourse.adapters.channels.configuration import WebhookSettings
from staycourse.adapters.channels.hygiene import clean_text, one_line, plain_key
from staycourse.adapters.channels.posting import Poster
from staycourse.adapters.channels.secrets import Secret
from staycourse.adapters.channels.webhook.signing import secret_bytes, signature
from staycourse.care import ChannelHealth, Outgoing, Receipt, TransportFault
from staycourse.kernel import BadSettings, Clock

RETRY = frozenset({408, 425, 429})
"""The 4xx that ask to try again (RFC 9110, RFC 8470, RFC 6585); the others say the request can never succeed."""
EVENT = "staycourse.message"


class WebhookChannel:
    """Posts each message as JSON; `webhook-id` is the message's key, so that a receiver drops what it has already."""

    kind = "webhook"

    def __init__(self, settings: WebhookSettings, secret: Secret, clock: Clock) -> None:
        self.name = settings.name
        self._url = settings.url
        self._secret = secret
        self._clock = clock
        self._poster = Poster(settings.timeout_seconds, settings.allow_private)

    def send(self, message: Outgoing) -> Receipt:
        """Post `message`. 2xx: taken; 4xx other than RETRY: permanent; anything else: temporary."""
        message_id = plain_key(message.key)  # without dots, which delimit what is signed
        now = self._clock.now()
        body = msgspec.json.encode({"type": EVENT, "timestamp": now, "data": _data(message)})
        stamp = int(now.timestamp())
        headers = {
            "content-type": "application/json",
            "user-agent": "staycourse",
            "webhook-id": message_id,
            "webhook-timestamp": str(stamp),
            "webhook-signature": signature(self._key(), message_id, stamp, body),
        }
        answer = self._poster.post(self._url or message.address, body, headers, own=self._url is not None)
        if 200 <= answer.status < 300:
            return Receipt(message_id)
        raise answer.fault(permanent=400 <= answer.status < 500 and answer.status not in RETRY)

    def health(self) -> ChannelHealth:
        """Say whether the secret is there; nothing is posted, since a receiver may take any POST for a message."""
        try:
            self._key()
        except TransportFault as fault:
            return ChannelHealth("bad", fault.line())
        return ChannelHealth("ok", "posts to one URL" if self._url else "posts to each address")

    def _key(self) -> bytes:
        try:
            return secret_bytes(self._secret.value(), self._secret.name)
        except BadSettings as error:
            raise TransportFault(error.wording.what, where=error.where, mend=error.wording.mend) from None


def _data(message: Outgoing) -> dict[str, object]:
    return {
        "key": clean_text(message.key),
        "tenant": message.tenant,
        "learner": clean_text(message.learner),
        "address": clean_text(message.address),
        "language": message.language,
        "purpose": message.purpose,
        "subject": one_line(message.subject),
        "text": clean_text(message.text),
        "unsubscribe_url": message.unsubscribe_url,
        "data": {clean_text(name): clean_text(value) for name, value in message.data.items()},
    }

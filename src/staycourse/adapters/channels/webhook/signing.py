"""Signatures of the Standard Webhooks specification 1.0.0, symmetric (`v1`): HMAC-SHA256 over id.timestamp.body."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping

from staycourse.kernel import BadSettings

PREFIX = "whsec_"
TOLERANCE_SECONDS = 300


def secret_bytes(secret: str, where: str) -> bytes:
    """Return the key that a `whsec_` secret holds: 24 to 64 bytes in base64; BadSettings (without it) otherwise."""
    try:
        key = base64.b64decode(secret.strip().removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not 24 <= len(key) <= 64 or not secret.strip().startswith(PREFIX):
        raise BadSettings(
            "is not a Standard Webhooks secret", where=where, mend="use whsec_ followed by 24 to 64 bytes in base64"
        )
    return key


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """Return the value of `webhook-signature`; `timestamp` in seconds since 1970."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode("ascii")


def verify(key: bytes, headers: Mapping[str, str], body: bytes, now: int) -> bool:
    """Say whether `headers` (names in lower case) sign `body`, not longer ago than TOLERANCE_SECONDS."""
    stamp = headers.get("webhook-timestamp", "")
    if not stamp.isdecimal() or abs(now - int(stamp)) > TOLERANCE_SECONDS:
        return False
    expected = signature(key, headers.get("webhook-id", ""), int(stamp), body)
    given = headers.get("webhook-signature", "").split(" ")
    return any(hmac.compare_digest(expected.encode(), one.encode()) for one in given)

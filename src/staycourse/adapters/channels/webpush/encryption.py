"""Encrypting for one browser: RFC 8291 (key agreement) over RFC 8188 (`aes128gcm`), one record a message.

Thin on purpose: the cryptography is the `cryptography` library's, this is the order in which the RFC uses it.
"""

from __future__ import annotations

import base64
import binascii
import os
from dataclasses import dataclass

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from staycourse.care import TransportFault

MAX_PLAIN = 3993
"""Bytes of text in one record of 4096, which is all a push service must take (RFC 8291, section 4)."""
RECORD = 4096


@dataclass(frozen=True, slots=True)
class Subscription:
    """What a browser gave: where to post, its public key and its authentication secret."""

    endpoint: str
    public: bytes
    secret: bytes


class _Keys(msgspec.Struct):
    p256dh: str
    auth: str


class _Given(msgspec.Struct):
    endpoint: str
    keys: _Keys


def read_subscription(address: str) -> Subscription:
    """Read `PushSubscription.toJSON()`; a permanent TransportFault for what no browser gave."""
    try:
        given = msgspec.json.decode(address, type=_Given)
        found = Subscription(given.endpoint, from_base64url(given.keys.p256dh), from_base64url(given.keys.auth))
        ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), found.public)
        if len(found.secret) == 16:
            return found
    except (msgspec.MsgspecError, ValueError):
        pass
    raise TransportFault("is not a push subscription", where="the address", permanent=True)


def encrypt(
    subscription: Subscription,
    plain: bytes,
    *,
    own: ec.EllipticCurvePrivateKey | None = None,
    salt: bytes | None = None,
) -> bytes:
    """Return the body to post. `own` and `salt` are drawn fresh for each message; a test gives the RFC's."""
    own = own or ec.generate_private_key(ec.SECP256R1())
    salt = salt or os.urandom(16)
    theirs = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), subscription.public)
    ours = own.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
    shared = own.exchange(ec.ECDH(), theirs)
    agreed = _derived(subscription.secret, shared, b"WebPush: info\0" + subscription.public + ours, 32)
    key = _derived(salt, agreed, b"Content-Encoding: aes128gcm\0", 16)
    nonce = _derived(salt, agreed, b"Content-Encoding: nonce\0", 12)
    sealed = AESGCM(key).encrypt(nonce, plain + b"\x02", None)  # 2 marks the last record (RFC 8188, section 2)
    return salt + RECORD.to_bytes(4, "big") + bytes([len(ours)]) + ours + sealed


def _derived(salt: bytes, material: bytes, info: bytes, length: int) -> bytes:
    return HKDF(algorithm=hashes.SHA256(), length=length, salt=salt, info=info).derive(material)


def from_base64url(text: str) -> bytes:
    """Decode base64url with or without padding (RFC 4648, section 5); ValueError for anything else."""
    try:
        return base64.b64decode(text.rstrip("=") + "=" * (-len(text.rstrip("=")) % 4), altchars=b"-_", validate=True)
    except binascii.Error as error:
        raise ValueError("not base64url") from error


def base64url(data: bytes) -> str:
    """Encode without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode("ascii")

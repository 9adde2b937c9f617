"""Who sends: the application server's signed word of itself (VAPID, RFC 8292), an ES256 JSON web token."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from urllib.parse import urlsplit

import msgspec
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from staycourse.adapters.channels.webpush.encryption import base64url, from_base64url
from staycourse.kernel import BadSettings

VALID = timedelta(hours=12)
"""RFC 8292, section 2 allows 24 hours at most; half of it forgives wrong clocks."""


@dataclass(frozen=True, slots=True, repr=False)
class Identity:
    """The server's key pair on P-256 and whom the push service may write to."""

    key: ec.EllipticCurvePrivateKey
    contact: str

    @property
    def public(self) -> str:
        """The public key as the browser's `applicationServerKey` takes it."""
        return base64url(self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint))

    def authorization(self, endpoint: str, now: datetime) -> str:
        """Return the `Authorization` header for one push service."""
        parts = urlsplit(endpoint)
        claims = {
            "aud": f"{parts.scheme}://{parts.netloc}",
            "exp": int((now + VALID).timestamp()),
            "sub": self.contact,
        }
        head = base64url(msgspec.json.encode({"typ": "JWT", "alg": "ES256"}))
        signed = f"{head}.{base64url(msgspec.json.encode(claims))}"
        r, s = decode_dss_signature(self.key.sign(signed.encode("ascii"), ec.ECDSA(hashes.SHA256())))
        token = f"{signed}.{base64url(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"
        return f"vapid t={token}, k={self.public}"


def read_identity(private: str, contact: str, where: str) -> Identity:
    """Return the identity of a private key: its 32 bytes in base64url. BadSettings, without the key, otherwise."""
    try:
        raw = from_base64url(private.strip())
        if len(raw) == 32:
            return Identity(ec.derive_private_key(int.from_bytes(raw, "big"), ec.SECP256R1()), contact)
    except ValueError:
        pass
    raise BadSettings("is not a VAPID private key", where=where, mend="staycourse channels vapid-keys makes a pair")


def fresh_keys() -> tuple[str, str]:
    """Return a new pair, (private, public), both in base64url."""
    key = ec.generate_private_key(ec.SECP256R1())
    return base64url(key.private_numbers().private_value.to_bytes(32, "big")), Identity(key, "").public

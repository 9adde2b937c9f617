"""Signed statements: the signature is the statement's own, by the certificate that came with it."""

from __future__ import annotations

import base64
import hashlib
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from joserfc import jws
from joserfc.jwk import OctKey, RSAKey

from staycourse.xapi import Attached, BadStatement, Reader, check_signatures

READER = Reader(two=True)
PRIVATE = rsa.generate_private_key(public_exponent=65537, key_size=2048)
PEM = PRIVATE.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
LONG = jws.JWSRegistry(algorithms=["RS256", "RS384", "RS512", "HS256"])
LONG.max_header_length = 64 << 10
STATEMENT: dict[str, Any] = {
    "actor": {"mbox": "mailto:a@x.org"}, "verb": {"id": "a:b"}, "object": {"id": "a:b"},
    "result": {"duration": "PT1.12S"},
}  # fmt: skip


def certificate(key: rsa.RSAPrivateKey) -> str:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "signer")])
    now = datetime(2026, 3, 1, tzinfo=UTC)
    made = x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1)).sign(
        key, hashes.SHA256()
    )
    return base64.b64encode(made.public_bytes(Encoding.DER)).decode()


def signed(payload: Any, *, told: Any = None, alg: str = "RS256", **header: Any) -> None:
    """Sign `payload` and send it with the statement `told`."""
    key = OctKey.import_key("a secret that is long enough for this") if alg == "HS256" else RSAKey.import_key(PEM)
    token = jws.serialize_compact(
        {"alg": alg, **header}, json.dumps(payload), key, algorithms=[alg], registry=LONG
    ).encode()
    send(token, told or STATEMENT)


def send(token: bytes, told: Any, content_type: str = "application/octet-stream") -> None:
    sha2 = hashlib.sha256(token).hexdigest()
    described = {"usageType": "http://adlnet.gov/expapi/attachments/signature", "display": {"en": "S"},
                 "contentType": content_type, "length": len(token), "sha2": sha2}  # fmt: skip
    (one,), _ = READER.read(json.dumps({**told, "attachments": [described]}).encode(), most=1)
    check_signatures(one, {sha2: Attached(content_type, token)}, READER)


@pytest.mark.parametrize("alg", ["RS256", "RS384", "RS512"])
def test_its_own_signature_is_taken(alg: str) -> None:
    signed(STATEMENT, alg=alg)
    signed(STATEMENT, alg=alg, x5c=[certificate(PRIVATE)])
    signed(STATEMENT, told={**STATEMENT, "result": {"duration": "PT1.1299S"}})


def test_any_other_is_refused() -> None:
    with pytest.raises(BadStatement, match="another statement"):
        signed({**STATEMENT, "verb": {"id": "a:c"}})
    with pytest.raises(BadStatement, match="RS256"):
        signed(STATEMENT, alg="HS256")
    stranger = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    for chain in ([certificate(stranger)], ["AAAA"], []):
        with pytest.raises(BadStatement, match="x5c"):
            signed(STATEMENT, x5c=chain)
    for token in (b"", b"a.b.c", b"x" * 100, b"..."):
        with pytest.raises(BadStatement, match="compact form"):
            send(token, STATEMENT)
    with pytest.raises(BadStatement, match="octet-stream"):
        send(b"a.b.c", STATEMENT, "text/plain")

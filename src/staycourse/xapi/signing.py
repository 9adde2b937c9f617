"""Signed statements: a JSON web signature over the statement, sent as an attachment.

xAPI 1.0.3 part 2, section 2.6; xAPI 2.0, section 4.2.2.6; RFC 7515.
"""

from __future__ import annotations

import base64
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import RSAKey

from staycourse.kernel import as_wording, worded
from staycourse.xapi.faults import BadStatement
from staycourse.xapi.json_text import json_of
from staycourse.xapi.matching import same_statement
from staycourse.xapi.reading import Reader
from staycourse.xapi.statement import SIGNATURE
from staycourse.xapi.told import Statement

ALGORITHMS = ("RS256", "RS384", "RS512")
MOST_BYTES = 1 << 20
MOST_CERTIFICATES = 10
CONTENT_TYPE = "application/octet-stream"
_PEM = (Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


class _Registry(jws.JWSRegistry):
    """The library's, for longer signatures: a header with certificates has some thousand bytes."""

    max_header_length = 64 << 10
    max_payload_length = MOST_BYTES


_REGISTRY = _Registry(algorithms=list(ALGORITHMS), strict_check_header=False)


def check_signatures(statement: Statement, contents: dict[str, Any], reader: Reader) -> None:
    """Refuse a statement that says it is signed and is not, or is signed otherwise than it was sent.

    `contents` are the attachments' contents by SHA-2. Where the certificate came along (x5c) the signature itself is
    checked too; whether the certificate can be trusted is for who reads the statement to judge.
    """
    for number, told in enumerate(statement.attachments):
        if told["usageType"] != SIGNATURE:
            continue
        try:
            if told["contentType"].partition(";")[0].strip().lower() != CONTENT_TYPE:
                raise BadStatement(worded("must be {form} for a signature", form=CONTENT_TYPE), where="contentType")
            found = contents.get(told["sha2"].lower())
            if found is None:
                raise BadStatement("the signature itself did not come along")
            payload = _payload(found.content)
            signed, alone = reader.read(payload, most=1)
            if alone:
                raise BadStatement("what is signed must be one statement")
            if not same_statement({"timestamp": _time(statement), **statement.value}, _untimed(signed[0], statement)):
                raise BadStatement("what is signed is another statement")
        except BadStatement as fault:
            raise fault.under(f"attachments[{number}]") from None


def _time(statement: Statement) -> str:
    return str(statement.value.get("timestamp", "1970-01-01T00:00:00Z"))


def _untimed(signed: Statement, sent: Statement) -> dict[str, Any]:
    """Return what was signed, without a time that the statement as sent does not have."""
    return {name: one for name, one in signed.value.items() if name != "timestamp" or "timestamp" in sent.parts}


def _payload(told: bytes) -> bytes:
    if len(told) > MOST_BYTES:
        raise BadStatement(worded("a signature may have {most} bytes", most=MOST_BYTES))
    try:
        found = jws.extract_compact(told.strip(), registry=_REGISTRY)
        header = found.headers()
        payload = found.payload
    except (JoseError, ValueError, UnicodeDecodeError, RecursionError, TypeError, KeyError) as fault:
        raise BadStatement(
            worded("is not a JSON web signature in the compact form: {why}", why=as_wording(fault))
        ) from None
    if header.get("alg") not in ALGORITHMS:
        raise BadStatement(worded("must be signed with one of {choices}", choices=", ".join(ALGORITHMS)))
    if "x5c" in header:
        _check(told.strip(), header["x5c"])
    json_of(payload)
    return payload


def _check(told: bytes, chain: Any) -> None:
    """Check a signature with the first certificate of its chain (RFC 7515, section 4.1.6)."""
    if not isinstance(chain, list) or not chain or len(chain) > MOST_CERTIFICATES:
        raise BadStatement("x5c must be a list of certificates")
    try:
        certificate = x509.load_der_x509_certificate(base64.b64decode(str(chain[0]), validate=True))
        key = RSAKey.import_key(certificate.public_key().public_bytes(*_PEM).decode())
    except (ValueError, TypeError, AttributeError, JoseError, x509.UnsupportedGeneralNameType) as fault:
        raise BadStatement(worded("the certificate in x5c cannot be read: {why}", why=as_wording(fault))) from None
    try:
        jws.deserialize_compact(told, key, registry=_REGISTRY)
    except (JoseError, ValueError, TypeError) as fault:
        raise BadStatement(
            worded("the signature is not that of the certificate in x5c: {why}", why=as_wording(fault))
        ) from None

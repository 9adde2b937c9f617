"""Links that a learner follows out of a message: sealed, so that nobody can act for another or read whose they are."""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import secrets
from dataclasses import astuple, dataclass
from datetime import date
from pathlib import Path

import msgspec
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESSIV

from staycourse.kernel import BadInput, StorageFault, as_wording, worded

SECRET_FILE = "secret"  # noqa: S105 (a file's name)
LONGEST = 2_000
"""Characters of a token: longer ones are not ours."""

_BOUND_TO = [b"staycourse.links.1"]
_INVALID = "this link is not valid"
_MEND = "open the newest message again"


@dataclass(frozen=True, slots=True)
class Token:
    """Who a link is for, of which message, and what it does.

    `action` is unsubscribe, survey, click, open, preferences, inbox or push; `detail` the channel, question or address.
    `until` is the last day (ISO) on which it is taken, "" for ever: a way out of messages may not close.
    """

    tenant: str
    learner: str
    key: str
    action: str
    detail: str = ""
    until: str = ""


class Links:
    """Makes and reads the links under `base`, the address at which learners reach the public pages ("" none).

    A token is AES-SIV (RFC 5297) of its fields: the same fields give the same token, so that a message that is sent
    again is the same message; without the secret it can be neither made nor read, and it names nobody.
    """

    def __init__(self, base: str, secret: str) -> None:
        self.base = base.rstrip("/")
        self._seal = AESSIV(hashlib.sha512(b"staycourse.links\0" + secret.encode()).digest())

    def make(self, token: Token) -> str:
        """Return the address of `token`; "" where there are no public pages."""
        if not self.base:
            return ""
        return f"{self.base}/l/{self.sign(token)}"

    def sign(self, token: Token) -> str:
        """Return the token as text that nobody else can make or read."""
        sealed = self._seal.encrypt(msgspec.json.encode(astuple(token)), _BOUND_TO)
        return base64.urlsafe_b64encode(sealed).rstrip(b"=").decode()

    def read(self, text: str, today: date) -> Token:
        """Return the token; BadInput if it was not made here, or its last day has passed."""
        try:
            sealed = base64.b64decode(text[:LONGEST].encode("ascii") + b"===", b"-_", validate=False)
            fields = msgspec.json.decode(self._seal.decrypt(sealed, _BOUND_TO), type=tuple[str, ...])
            token = Token(*fields)
        except (InvalidTag, binascii.Error, msgspec.MsgspecError, UnicodeError, TypeError, ValueError):
            raise BadInput(_INVALID, where="token", mend=_MEND) from None
        if self.sign(token) != text or (token.until and today.isoformat() > token.until):
            raise BadInput(_INVALID, where="token", mend=_MEND)
        return token


def home_secret(home: Path) -> str:
    """Return the home's own secret, made at its first use and readable by its owner only."""
    place = home / SECRET_FILE
    try:
        made = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise StorageFault(
            worded("the secret cannot be made: {why}", why=as_wording(error.strerror)), where=str(place)
        ) from None
    else:
        with os.fdopen(made, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
    return place.read_text(encoding="ascii")

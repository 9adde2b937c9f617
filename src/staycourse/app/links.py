"""Links that a learner follows out of a message: signed, so that nobody can act for another."""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from itsdangerous import BadSignature, URLSafeSerializer

from staycourse.kernel import BadInput, StorageFault

SECRET_FILE = "secret"  # noqa: S105 (a file's name)


@dataclass(frozen=True, slots=True)
class Token:
    """Who a link is for, of which message, and what it does: unsubscribe, survey, open, inbox."""

    tenant: str
    learner: str
    key: str
    action: str
    detail: str = ""


class Links:
    """Makes and reads the links under `base`, the address at which learners reach the public pages ("" none)."""

    def __init__(self, base: str, secret: str) -> None:
        self.base = base.rstrip("/")
        self._signer = URLSafeSerializer(secret, salt="staycourse.links")

    def make(self, token: Token) -> str:
        """Return the address of `token`; "" where there are no public pages."""
        if not self.base:
            return ""
        return f"{self.base}/l/{self.sign(token)}"

    def sign(self, token: Token) -> str:
        """Return the token as text that nobody else can make."""
        return str(self._signer.dumps([token.tenant, token.learner, token.key, token.action, token.detail]))

    def read(self, text: str) -> Token:
        """Return the token; BadInput if it was not made here."""
        try:
            parts = self._signer.loads(text[:2000])
            return Token(*(str(part) for part in parts))
        except (BadSignature, TypeError, ValueError):
            raise BadInput("this link is not valid", where="token", mend="open the newest message again") from None


def home_secret(home: Path) -> str:
    """Return the home's own secret, made at its first use and readable by its owner only."""
    place = home / SECRET_FILE
    try:
        made = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        pass
    except OSError as error:
        raise StorageFault(f"the secret cannot be made: {error.strerror}", where=str(place)) from None
    else:
        with os.fdopen(made, "w") as file:
            file.write(secrets.token_urlsafe(32))
            file.flush()
            os.fsync(file.fileno())
    return place.read_text(encoding="ascii")

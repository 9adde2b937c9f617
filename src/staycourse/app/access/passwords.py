"""Passwords as they are kept: Argon2id (RFC 9106), its settings in the text, checked in the same time for nobody."""

from __future__ import annotations

import os
import secrets
import threading

from cryptography.exceptions import InvalidKey
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id

from staycourse.kernel import BadInput, StaycourseError, worded

SHORTEST, LONGEST = 12, 200
"""Characters. Twelve without rules of composition: NIST SP 800-63B, 5.1.1."""

ITERATIONS, LANES, KIBIBYTES = 3, 4, 65_536
"""RFC 9106, section 4, the second recommended choice: about 0.15 s and 64 MiB a check."""

_AT_ONCE = threading.BoundedSemaphore(2)
"""So many are checked at once, so that tries cost bounded memory."""

_WAITING_SECONDS = 5.0


class Busy(StaycourseError):
    """Too many sign in at this moment."""

    http_status = 503
    code = "busy"


def generated() -> str:
    """Return a password that nobody has to think of: 144 random bits, to be shown once."""
    return secrets.token_urlsafe(18)


def hashed(password: str) -> str:
    """Return what is kept of a password; BadInput if it is too short or too long."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise BadInput(
            worded("a password has {least} to {most} characters", least=SHORTEST, most=LONGEST),
            where="password",
            mend="several words make a good one",
        )
    made = Argon2id(salt=os.urandom(16), length=32, iterations=ITERATIONS, lanes=LANES, memory_cost=KIBIBYTES)
    return made.derive_phc_encoded(password.encode())


def fits(password: str, kept: str | None) -> bool:
    """Say whether a password is the one that is kept. For nobody's (None) it takes as long, and is wrong.

    Busy where others are being checked for too long.
    """
    if not _AT_ONCE.acquire(timeout=_WAITING_SECONDS):
        raise Busy("too many sign in just now", where="sign-in", mend="try again in a moment")
    try:
        Argon2id.verify_phc_encoded(password[: LONGEST + 1].encode("utf-8", "replace"), kept or NOBODYS)
    except InvalidKey:
        return False
    finally:
        _AT_ONCE.release()
    return kept is not None


def is_old(kept: str) -> bool:
    """Say whether a hash was made with other settings than today's."""
    return not kept.startswith(f"$argon2id$v=19$m={KIBIBYTES},t={ITERATIONS},p={LANES}$")


NOBODYS = (
    f"$argon2id$v=19$m={KIBIBYTES},t={ITERATIONS},p={LANES}$c3RheWNvdXJzZS1ub2JvZA$" + "A" * 43
)  # fmt: skip
"""The hash of no password: whoever is not here is checked against it."""

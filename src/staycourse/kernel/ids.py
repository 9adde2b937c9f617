"""Ids: those that name the same thing twice alike, and those that never repeat."""

from __future__ import annotations

import hashlib
import re
import secrets

from staycourse.kernel.errors import BadInput
from staycourse.kernel.wording import worded

MAX_ID = 200
_TENANT = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def natural_id(*parts: object) -> str:
    """Return the id of the fact that `parts` name: the same parts give the same id, for ever.

    32 hexadecimal digits (128 bits) of BLAKE2b over the parts joined by U+001F.
    """
    joined = "\x1f".join(str(part) for part in parts)
    return hashlib.blake2b(joined.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


def fresh_id() -> str:
    """Return an id that has never been before (128 random bits, hexadecimal)."""
    return secrets.token_hex(16)


def tenant_id(text: str) -> str:
    """Return `text` if it can name a tenant (it also names a folder); BadInput otherwise."""
    if not _TENANT.fullmatch(text):
        raise BadInput(
            worded("{text!r} cannot name a tenant", text=text[:80]),
            mend="use 1 to 63 of a-z, 0-9 and -, beginning with a letter or digit",
        )
    return text

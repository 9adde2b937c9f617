"""Where a page ended, as a text to be handed back: of one kind of page, checked, and with no right in it.

A cursor says after which row to go on. Whose rows they are is the key's tenant, so that a cursor that somebody made up
leads nowhere that asking without one would not; it is therefore not signed.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any, Final

import msgspec

from staycourse.kernel import BadInput

VERSION: Final = 1
LONGEST: Final = 2_000


def cursor_of(kind: str, key: object) -> str | None:
    """Return the cursor of the page of `kind` that ended at `key`; None where that was the end."""
    if key is None:
        return None
    return base64.urlsafe_b64encode(msgspec.json.encode([VERSION, kind, key])).rstrip(b"=").decode()


def read_cursor(text: str, kind: str, form: Any) -> Any:
    """Return the key (of type `form`) in a cursor, None for none; BadInput if it is not one of a page of `kind`."""
    if not text:
        return None
    try:
        told = msgspec.json.decode(base64.b64decode(text[:LONGEST] + "===", b"-_"), type=tuple[int, str, msgspec.Raw])
        if told[:2] == (VERSION, kind):
            key = msgspec.json.decode(told[2], type=form)
            if all(sound(part) for part in (key if isinstance(key, tuple) else (key,))):
                return key
    except (binascii.Error, msgspec.MsgspecError, ValueError, RecursionError):
        pass
    raise BadInput("is no cursor of this page", where="cursor", mend="give the `next` of the page before") from None


def sound(value: object) -> bool:
    """Say whether a text is one that a store can hold: no NUL, no half of a surrogate pair."""
    if not isinstance(value, str):
        return True
    try:
        return b"\0" not in value.encode()
    except UnicodeEncodeError:
        return False

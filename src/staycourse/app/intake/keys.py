"""Whose key this is: asked of the store once a second at most, so that a key taken back is dead by then."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Final

from staycourse.adapters.store.doors import (
    EVENTS_PER_SECOND,
    REQUESTS_PER_SECOND,
    SCOPES,
    ApiKey,
    IssuedKey,
    KeyBook,
    split_key,
)
from staycourse.app.homes.home import Home

__all__ = ["EVENTS_PER_SECOND", "REQUESTS_PER_SECOND", "SCOPES", "ApiKey", "IssuedKey", "Keyring", "key_book"]

FRESH_SECONDS: Final = 1.0
"""For how long a key that was looked up is taken to be still so: revoked anywhere, it is dead here within this time."""

MOST_KNOWN: Final = 10_000

_NOBODY: Final = ApiKey(
    "", "", "", frozenset(), 1, 1, datetime.min.replace(tzinfo=UTC), None, None, None, None, "-" * 64, ""
)
"""What a secret is held against where there is no such key, so that guessing an id takes the same time either way."""


def key_book(home: Home) -> KeyBook:
    """Return the keys of a home's programs, to issue, change and revoke them."""
    return KeyBook(home.database)


class Keyring:
    """The keys of a home's programs, as a server asks for them. Safe for threads."""

    def __init__(self, home: Home, *, time: Callable[[], float] = time.monotonic) -> None:
        self._book = key_book(home)
        self._clock = home.settings.clock
        self._time = time
        self._turn = threading.Lock()
        self._known: OrderedDict[str, tuple[float, ApiKey | None]] = OrderedDict()
        self._used: dict[str, datetime] = {}

    def key(self, text: str) -> ApiKey | None:
        """Return the live key whose text this is (`sc_<id>_<secret>`), None if it is none, or not any more."""
        return self.opened(*split_key(text))

    def opened(self, key_id: str, secret: str) -> ApiKey | None:
        """Return the live key of that id which `secret` opens, None if there is none."""
        found = self._find(key_id) if key_id else None
        now = self._clock.now()
        fits = (found or _NOBODY).opens(secret, now)
        if found is None or not fits or not found.live(now):
            return None
        self._used[key_id] = now
        return found

    def fresh(self, text: str) -> bool:
        """Say whether the store need not be asked to know this key just now."""
        since, _ = self._known.get(split_key(text)[0], (float("-inf"), None))
        return self._time() - since < FRESH_SECONDS

    def note_used(self) -> None:
        """Write down when keys were used; a server does so each minute and at its end."""
        used, self._used = self._used, {}
        self._book.note_used(used)

    def _find(self, key_id: str) -> ApiKey | None:
        asked = self._time()  # before the store is asked: what it says is at least as young as this
        with self._turn:
            since, found = self._known.get(key_id, (float("-inf"), None))
        if asked - since < FRESH_SECONDS:
            return found
        found = self._book.find(key_id)
        with self._turn:
            self._known.pop(key_id, None)
            self._known[key_id] = (asked, found)
            if len(self._known) > MOST_KNOWN:
                self._known.popitem(last=False)
        return found

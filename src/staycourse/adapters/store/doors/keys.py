"""The keys by which platforms' programs come in: issued once in clear, kept as a hash, changed and revoked at once.

A secret is 160 random bits, so the hash is a plain SHA-256: nobody can try 2**160 of them, and a slow hash (which is
there to make the few passwords that people choose dear to try) would only cost every request its time.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Connection, RowMapping, select, update

from staycourse.adapters.store import schema
from staycourse.adapters.store.database import Database
from staycourse.kernel import BadInput, NotFound, worded

PREFIX: Final = "sc"
SCOPES: Final = ("write", "read", "xapi", "xapi:read", "caliper", "admin")
EVENTS_PER_SECOND: Final = 100_000
REQUESTS_PER_SECOND: Final = 2_000
"""What a key may do in a second unless it is given other limits: more than one machine's disk takes in."""

_KEY_BYTES = 8
_SECRET_BYTES = 20


@dataclass(frozen=True, slots=True)
class IssuedKey:
    """A key just made or changed. `text` is what the program sends: it is shown this once and kept nowhere."""

    key_id: str
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key as it is kept: whose it is, what it may do, and until when. Instants are UTC."""

    tenant: str
    key_id: str
    name: str
    scopes: frozenset[str]
    events_per_second: int
    requests_per_second: int
    created: datetime
    expires: datetime | None
    revoked: datetime | None
    last_used: datetime | None
    former_until: datetime | None
    hash: str = field(repr=False)
    former: str = field(repr=False)

    def live(self, now: datetime) -> bool:
        """Say whether the key may be used: neither revoked nor expired."""
        return self.revoked is None and (self.expires is None or now < self.expires)

    def state(self, now: datetime) -> str:
        """Return live, revoked or expired."""
        return "live" if self.live(now) else "revoked" if self.revoked else "expired"

    def opens(self, secret: str, now: datetime) -> bool:
        """Say whether `secret` is this key's, or its former one while that is still good. Takes the same time always.

        Whether the key is `live` is another question.
        """
        given = secret_hash(secret)
        fits = hmac.compare_digest(given, self.hash)
        fitted = hmac.compare_digest(given, self.former or NO_HASH)
        return fits or (fitted and self.former_until is not None and now < self.former_until)


NO_HASH: Final = "-" * 64
"""What no secret hashes to, compared with where there is no key, so that a missing one takes the same time."""


def secret_hash(secret: str) -> str:
    """Return what is kept of a secret."""
    return hashlib.sha256(secret.encode("utf-8", "surrogatepass")).hexdigest()


def split_key(text: str) -> tuple[str, str]:
    """Return the id and the secret of a key's text `sc_<key_id>_<secret>`; two empty texts if it is none."""
    prefix, _, rest = text.partition("_")
    key_id, _, secret = rest.partition("_")
    known = prefix == PREFIX and len(key_id) == 2 * _KEY_BYTES and len(secret) == 2 * _SECRET_BYTES
    return (key_id, secret) if known else ("", "")


class KeyBook:
    """The keys of one store. Every change leaves a line in the audit log."""

    def __init__(self, database: Database) -> None:
        self.database = database

    def issue(
        self, tenant: str, name: str, scopes: Collection[str], now: datetime, expires: datetime | None = None, *,
        actor: str = "", events_per_second: int = EVENTS_PER_SECOND, requests_per_second: int = REQUESTS_PER_SECOND,
    ) -> IssuedKey:  # fmt: skip
        """Make a key for `scopes` (of SCOPES) and return it with its text, this once; BadInput if it cannot be."""
        _check(name, scopes, events_per_second, requests_per_second)
        key_id, secret = secrets.token_hex(_KEY_BYTES), secrets.token_hex(_SECRET_BYTES)
        row = {
            "tenant": tenant, "key": key_id, "name": name.strip(), "scopes": sorted(set(scopes)),
            "hash": secret_hash(secret), "events_per_second": events_per_second,
            "requests_per_second": requests_per_second, "created": now, "expires": expires,
        }  # fmt: skip

        def work(connection: Connection) -> None:
            connection.execute(schema.api_keys.insert(), [row])
            _note(connection, tenant, actor, "key.issued", key_id, now, name=name.strip(), scopes=sorted(set(scopes)))

        self.database.write(work)
        return IssuedKey(key_id, _text(key_id, secret))

    def find(self, key_id: str) -> ApiKey | None:
        """Return one key of whatever tenant, None if there is none of that id."""
        with self.database.reading() as connection:
            row = connection.execute(select(schema.api_keys).where(schema.api_keys.c.key == key_id)).mappings().first()
            return _key(row) if row else None

    def list(self, tenant: str) -> list[ApiKey]:
        """Return the tenant's keys, the newest first; revoked ones too."""
        table = schema.api_keys
        asked = select(table).where(table.c.tenant == tenant).order_by(table.c.created.desc(), table.c.key)
        with self.database.reading() as connection:
            return [_key(row) for row in connection.execute(asked).mappings()]

    def rotate(
        self, tenant: str, key_id: str, now: datetime, overlap: timedelta = timedelta(), *, actor: str = ""
    ) -> IssuedKey:
        """Give a key a new secret; the one before stays good for `overlap`. NotFound if there is no such live key."""
        secret, table = secrets.token_hex(_SECRET_BYTES), schema.api_keys
        here = (table.c.tenant == tenant) & (table.c.key == key_id) & table.c.revoked.is_(None)

        def work(connection: Connection) -> None:
            fresh = {"former": table.c.hash, "former_until": now + overlap, "hash": secret_hash(secret)}
            if not connection.execute(update(table).where(here).values(fresh)).rowcount:
                raise _unknown(key_id)
            seconds = int(overlap.total_seconds())
            _note(connection, tenant, actor, "key.rotated", key_id, now, overlap_seconds=seconds)

        self.database.write(work)
        return IssuedKey(key_id, _text(key_id, secret))

    def revoke(self, tenant: str, key_id: str, now: datetime, *, actor: str = "") -> None:
        """Take a key back for good; doing it twice changes nothing. NotFound if there is no such key."""
        table = schema.api_keys
        here = (table.c.tenant == tenant) & (table.c.key == key_id)

        def work(connection: Connection) -> None:
            if connection.execute(update(table).where(here, table.c.revoked.is_(None)).values(revoked=now)).rowcount:
                _note(connection, tenant, actor, "key.revoked", key_id, now)
            elif connection.scalar(select(table.c.key).where(here)) is None:
                raise _unknown(key_id)

        self.database.write(work)

    def note_used(self, used: dict[str, datetime]) -> None:
        """Note when keys (by id) were last used."""
        table = schema.api_keys

        def work(connection: Connection) -> None:
            for key_id, at in sorted(used.items()):
                connection.execute(update(table).where(table.c.key == key_id).values(last_used=at))

        if used:
            self.database.write(work)


def _check(name: str, scopes: Collection[str], *limits: int) -> None:
    if not name.strip() or len(name) > 200 or not name.isprintable():
        raise BadInput("a key's name has 1 to 200 printable characters", where="name", mend="say whose it is")
    unknown = sorted(set(scopes) - set(SCOPES))
    if unknown or not scopes:
        what = (
            worded("there is no scope {name!r}", name=unknown[0][:40])
            if unknown
            else "a key without a scope opens nothing"
        )
        raise BadInput(what, where="scopes", mend=worded("use some of {choices}", choices=", ".join(SCOPES)))
    if any(not 1 <= limit <= 2**31 - 1 for limit in limits):
        raise BadInput("a limit is a whole number from 1", where="limits", mend="leave it out for the default")


def _unknown(key_id: str) -> NotFound:
    return NotFound(
        worded("there is no such key {key!r}", key=key_id[:40]), where="key", mend="see `staycourse keys list`"
    )


def _note(
    connection: Connection, tenant: str, actor: str, action: str, key_id: str, now: datetime, **details: Any
) -> None:
    """Write the audit log's line in the same transaction: no change without its line."""
    row = {"tenant": tenant, "at": now, "actor": actor, "action": action, "learner": "",
           "details": {"key": key_id, **details}}  # fmt: skip
    connection.execute(schema.audit.insert(), [row])


def _text(key_id: str, secret: str) -> str:
    return f"{PREFIX}_{key_id}_{secret}"


def _key(row: RowMapping) -> ApiKey:
    values = {name: value for name, value in row.items() if name not in ("key", "scopes")}
    return ApiKey(key_id=row["key"], scopes=frozenset(row["scopes"]), **values)

"""Who asks, and may they: keys read from the Authorization header in the forms that platforms' programs send them."""

from __future__ import annotations

import base64
import binascii
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request

from staycourse.app.intake import Keyring
from staycourse.kernel import NotAllowed, NotKnown, TooMany, as_wording, worded
from staycourse.web.limits import Limit, Waits

GOOD_KEY: Final = "make a key with `staycourse keys add` and send it as `Authorization: Bearer sc_...`"


@dataclass(frozen=True, slots=True)
class Access:
    """Who was let in: the tenant whose data it is about (nothing a request says can change it), by which key."""

    tenant: str
    key: str
    scopes: frozenset[str]
    events_per_second: int = field(default=1, repr=False)


@dataclass(frozen=True, slots=True)
class Doorkeeper:
    """Lets requests in by their keys. Limits are counted in this process, unless others are given (SharedLimit)."""

    keyring: Keyring
    requests: Waits = field(default_factory=lambda: Limit(1, 60))
    events: Waits = field(default_factory=lambda: Limit(1, 60))

    def admit(self, headers: Mapping[str, str], scope: str, cost: int = 0) -> Access:
        """Let a request in that may do `scope` and brings `cost` events.

        NotKnown (401) without a good key, NotAllowed (403) where the key is not for `scope` (`admin` is for all),
        TooMany (429) over the key's limits. A key taken back is refused within a second.
        """
        return self.admit_key(credentials(headers), scope, cost)

    async def admitted(self, headers: Mapping[str, str], scope: str, cost: int = 0) -> Access:
        """Do as `admit` does from an event loop: the store is asked in a thread of its own."""
        return await self.admitted_key(credentials(headers), scope, cost)

    async def admitted_key(self, text: str, scope: str, cost: int = 0) -> Access:
        """Do as `admit_key` does from an event loop."""
        if self.keyring.fresh(text):
            return self.admit_key(text, scope, cost)
        return await run_in_threadpool(self.admit_key, text, scope, cost)

    def admit_key(self, text: str, scope: str, cost: int = 0) -> Access:
        """Let in whoever shows the key `text`, wherever the request carried it."""
        key = self.keyring.key(text)
        if key is None:
            raise NotKnown("no good key was shown" if text else "no key was shown", where="authorization",
                           mend=GOOD_KEY)  # fmt: skip
        if scope not in key.scopes and "admin" not in key.scopes:
            raise NotAllowed(
                worded("this key is not for {scope}", scope=scope),
                where="authorization",
                mend="use a key with that scope",
            )
        wait = self.requests.wait(key.key_id, per_second=key.requests_per_second)
        if wait:
            raise too_many("requests", key.requests_per_second, wait)
        access = Access(key.tenant, key.key_id, key.scopes, key.events_per_second)
        self.spend(access, cost)
        return access

    def spend(self, access: Access, events: int) -> None:
        """Count the events that a request brought, once they are known; TooMany over the key's limit."""
        if events:
            wait = self.events.wait(access.key, events, per_second=access.events_per_second)
            if wait:
                raise too_many("events", access.events_per_second, wait)


def too_many(what: str, limit: int, wait: float) -> TooMany:
    """Return the refusal of a key that is over its limit."""
    seconds = max(1, math.ceil(wait))
    return TooMany(
        worded("this key brings more than {limit} {what} a second", limit=limit, what=as_wording(what)),
        where="authorization",
        mend=worded("send it again in {seconds} s", seconds=seconds),
        retry_after=seconds,
    )


def credentials(headers: Mapping[str, str]) -> str:
    """Return the key's text that a request carries, "" for none.

    Bearer (RFC 6750), or Basic (RFC 7617): the key as the user's name (Segment's write key; any password), or the
    key's id `sc_<id>` or `<id>` as the name and its secret as the password (xAPI).
    """
    kind, _, shown = headers.get("authorization", "").partition(" ")
    if kind.lower() == "bearer":
        return shown.strip()
    if kind.lower() != "basic":
        return ""
    try:
        user, _, password = base64.b64decode(shown.strip(), validate=True).decode("utf-8").partition(":")
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""
    if user.count("_") >= 2 or not password:
        return user
    return password if password.startswith("sc_") else f"sc_{user.removeprefix('sc_')}_{password}"


def doorkeeper_of(request: Request) -> Doorkeeper:
    """Return the app's doorkeeper."""
    keeper: Doorkeeper = request.app.state.doorkeeper
    return keeper


def admitted_for(scope: str) -> object:
    """Return the FastAPI dependency that lets in who may do `scope`: `Annotated[Access, admitted_for("read")]`."""

    def admit(request: Request) -> Access:
        return doorkeeper_of(request).admit(request.headers, scope)

    return Depends(admit)


Reading = Annotated[Access, admitted_for("read")]
Writing = Annotated[Access, admitted_for("write")]
Administering = Annotated[Access, admitted_for("admin")]

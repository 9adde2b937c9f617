"""The door of the console: who must sign in, who may, and for how long. Every sign-in stands in the audit log."""

from __future__ import annotations

import ipaddress
import secrets
from dataclasses import dataclass
from datetime import timedelta

from staycourse.adapters.store import Database
from staycourse.adapters.store.care import AuditLog
from staycourse.adapters.store.doors import MemberBook, SignInBook, TryBook
from staycourse.app.access.passwords import LONGEST, fits, hashed, is_old
from staycourse.desk import OWNER, Member, SignedIn
from staycourse.kernel import Clock, NotAllowed, TooMany

WINDOW = timedelta(minutes=15)
OF_AN_ADDRESS, OF_BOTH, OF_A_NAME = 30, 10, 100
"""Tries to sign in within a window: from one address (of IPv6: one /64), for one name from there, for one name from
anywhere. The last is high, since whoever knows a name could else lock its owner out."""


class NotLetIn(NotAllowed):
    """Name and password do not belong together: which of the two is wrong is not said."""


class TriedTooOften(TooMany):
    """Too many tries for a name or from an address."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a request stands: who asks, if they have signed in, and whether they must."""

    reader: SignedIn | None
    must_sign_in: bool


class Porter:
    """Lets people into the console of one tenant.

    The one rule: **whoever asks must have signed in, unless nobody can sign in here and the console is reached from
    this machine alone** (`remote` is False: it listens on loopback, and no STAYCOURSE_CONSOLE_URL says that others
    reach it through a proxy). So a demo stays open to whoever sits at the machine, and the first person who is added
    closes it, at once.
    """

    def __init__(self, database: Database, tenant: str, clock: Clock, *, remote: bool) -> None:
        self.members, self.sessions, self.tries = MemberBook(database), SignInBook(database), TryBook(database)
        self.tenant, self.clock, self.remote = tenant, clock, remote
        self._audit = AuditLog(database)

    def look(self, token: str) -> Standing:
        """Say how a request stands that brings `token` ("" none)."""
        reader, anybody = self.sessions.look(self.tenant, token, self.clock.now())
        return Standing(reader, self.remote or anybody)

    def enter(self, login: str, password: str, address: str) -> str:
        """Return the token of a new session; NotLetIn, or TriedTooOften before anything is checked."""
        member = self._checked(login_of(login), password, address)
        return self.begin(member.member, member.login, (), address)

    def has_password(self, reader: SignedIn | None) -> bool:
        """Say whether a reader signs in by a password of their own."""
        return reader is not None and self.members.with_password(self.tenant, reader.login) is not None

    def change_password(self, reader: SignedIn, password: str, fresh: str, address: str) -> str:
        """Change a reader's own password and return the token of the only session that is left.

        NotLetIn if the one in force is wrong, BadInput if the new one is too short or too long.
        """
        kept = hashed(fresh)
        self._checked(reader.login, password, address)
        self.members.change(self.tenant, reader.login, password=kept)
        self._audit.record(self.tenant, reader.login, "people.password", at=self.clock.now(), person=reader.login)
        return self.begin(reader.member, reader.login, (), address)

    def begin(self, member: str, login: str, courses: tuple[str, ...], address: str, **details: str) -> str:
        """Begin a session of somebody who was let in, and return its token: 256 random bits."""
        now, token = self.clock.now(), secrets.token_urlsafe(32)
        self.sessions.begin(self.tenant, token, member, courses, now)
        self._audit.record(self.tenant, login, "sign_in", at=now, address=_cut(address), **details)
        return token

    def leave(self, token: str) -> None:
        """End the session of `token`, if it is one."""
        reader, _ = self.sessions.look(self.tenant, token, self.clock.now())
        self.sessions.end(self.tenant, token)
        if reader is not None:
            self._audit.record(self.tenant, reader.login, "sign_out", at=self.clock.now())

    def has_owner(self) -> bool:
        """Say whether an owner can sign in."""
        return any(member.role == OWNER and not member.platform for member in self.members.members(self.tenant))

    def _checked(self, name: str, password: str, address: str) -> Member:
        """Return whom name and password belong to."""
        self._bounded(name, address)
        known = self.members.with_password(self.tenant, name)
        if not fits(password, known[1] if known else None) or known is None:
            # What was typed is not written down where it is nobody's name: it may be a password.
            who = known[0].login if known else "?"
            self._audit.record(self.tenant, who, "sign_in.refused", at=self.clock.now(), address=_cut(address))
            raise NotLetIn("name and password do not belong together", where="sign-in", mend="try again")
        member, kept = known
        if is_old(kept) and len(password) <= LONGEST:
            self.members.renew(self.tenant, member.member, hashed(password))
        self.tries.forget(self.tenant, f"{network_of(address)} {name}")
        return member

    def _bounded(self, name: str, address: str) -> None:
        now = self.clock.now()
        place = network_of(address)
        bounds = ((f"from {place}", OF_AN_ADDRESS), (f"{place} {name}", OF_BOTH), (f"name {name}", OF_A_NAME))
        for subject, most in bounds:
            if self.tries.count(self.tenant, subject, now, WINDOW) > most:
                raise TriedTooOften("too many tries", where="sign-in", mend="wait a quarter of an hour")


def login_of(typed: str) -> str:
    """Return a typed name as it is kept: trimmed and in lower case."""
    return " ".join(typed.split()).casefold()[:200]


def network_of(address: str) -> str:
    """Return what counts as one place to ask from: an IPv4 address, the /64 of an IPv6 one."""
    try:
        ip = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address[:60]
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is None:
        return str(ipaddress.ip_network((ip, 64), strict=False))
    return str(getattr(ip, "ipv4_mapped", None) or ip)


def _cut(address: str) -> str:
    return address[:60]

"""The platforms of a home, as an operator keeps them: every change is written into the audit log."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Sequence
from typing import Any
from urllib.parse import urlsplit

import msgspec

from staycourse.adapters.store.care import AuditLog
from staycourse.adapters.store.doors import PlatformBook
from staycourse.app.access.lti.keys import usable
from staycourse.app.homes.home import Home
from staycourse.desk import Platform
from staycourse.kernel import BadInput, worded

COURSE_FROM = ("context", "label", "sourcedid", "map")
LONGEST_ADDRESS = 500
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,30}")


class Platforms:
    """The platforms of one home's tenant. `actor` is who changes them."""

    def __init__(self, home: Home, actor: str) -> None:
        self._home, self._actor = home, actor
        self._book, self._audit = PlatformBook(home.database), AuditLog(home.database)

    def list(self) -> list[Platform]:
        """Return every platform by name."""
        return self._book.platforms(self._home.tenant)

    def named_courses(self, name: str) -> dict[str, str]:
        """Return the operator's map of a platform's contexts to courses."""
        return self._book.named_courses(self._home.tenant, name)

    def add(
        self, name: str, *, issuer: str, client_id: str, login_url: str, token_url: str, keys_url: str,
        keys: dict[str, Any], deployments: Sequence[str], administrators: str, course_from: str,
    ) -> None:  # fmt: skip
        """Register a platform; BadInput for what cannot be used."""
        if not _NAME.fullmatch(name):
            raise BadInput(
                worded("{name!r} cannot name a platform", name=name[:40]),
                where="name",
                mend="1 to 31 of a-z, 0-9, - and _",
            )
        for where, url in (
            ("--issuer", issuer),
            ("--login-url", login_url),
            ("--token-url", token_url),
            ("--keys-url", keys_url),
        ):
            if url:
                checked_url(url, where)
        if bool(keys_url) == bool(keys):
            raise BadInput(
                "the platform's keys are needed once", where="--keys-url", mend="give it, or the keys themselves"
            )
        if keys and not usable(keys):
            raise BadInput("there is no RSA key with an id in it", where="--keys-file", mend="give the JWK set")
        if not issuer or len(issuer) > LONGEST_ADDRESS or not client_id or len(client_id) > 200 or not deployments:
            raise BadInput(
                "issuer, client id and a deployment are needed", where="platform", mend="copy them from the platform"
            )
        now = self._home.settings.clock.now()
        self._book.add(self._home.tenant, Platform(
            platform=name, issuer=issuer, client_id=client_id, login_url=login_url, token_url=token_url,
            keys_url=keys_url, keys=keys, deployments=tuple(sorted(set(deployments))), administrators=administrators,
            course_from=course_from, added=now,
        ))  # fmt: skip
        self._told("lti.add", platform=name, issuer=issuer)

    def remove(self, name: str) -> None:
        """Remove a platform; everybody whom it sent is signed out."""
        self._book.remove(self._home.tenant, name)
        self._told("lti.remove", platform=name)

    def name_course(self, name: str, context: str, course: str) -> None:
        """Say which course of ours a platform's context is."""
        if not 0 < len(context) <= 255 or not 0 < len(course) <= 200:
            raise BadInput("context and course are needed", where="course", mend="give both")
        self._book.name_course(self._home.tenant, name, context, course)
        self._told("lti.map", platform=name, context=context, course=course)

    def _told(self, action: str, **details: str) -> None:
        now = self._home.settings.clock.now()
        self._audit.record(self._home.tenant, self._actor, action, at=now, **details)


def tool_addresses(base: str) -> dict[str, str]:
    """Return what a platform's administrator has to enter: where a launch begins, where it ends, where our keys are."""
    return {what: f"{base.rstrip('/')}/lti/{what}" for what in ("login", "launch", "jwks")}


def key_set(text: str | bytes, where: str) -> dict[str, Any]:
    """Read a platform's JWK set; BadInput if it is none."""
    try:
        return msgspec.json.decode(text, type=dict[str, Any])
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise BadInput("is no JWK set", where=where, mend="give what the platform shows") from error


def checked_url(url: str, where: str) -> str:
    """Return an address that may be asked: https without a user; http on this machine alone. BadInput otherwise."""
    try:
        parts = urlsplit(url)
        usable_url = bool(parts.hostname) and parts.username is None and parts.port != 0 and not parts.fragment
    except ValueError:
        raise BadInput("is no web address", where=where, mend="write it as https://…") from None
    if (
        len(url) > LONGEST_ADDRESS
        or not url.isascii()
        or any(letter.isspace() or not letter.isprintable() for letter in url)
    ):
        usable_url = False
    if not usable_url or parts.scheme not in ("https", "http"):
        raise BadInput("is no web address", where=where, mend="write it as https://…")
    if parts.scheme == "http" and not _here(parts.hostname or ""):
        raise BadInput("is not over TLS", where=where, mend="write it as https://…")
    return url


def _here(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"

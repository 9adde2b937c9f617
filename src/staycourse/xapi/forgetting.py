"""A statement about others that names somebody who was erased: nobody is put in their place."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

import msgspec

from staycourse.xapi.actors import IDENTIFIERS, identity

NOBODY: Final = {"objectType": "Agent", "account": {"homePage": "urn:staycourse:erased", "name": "erased"}}


def without(body: str, identities: Collection[str]) -> str:
    """Return a statement's body in which every agent or group known by one of `identities` is nobody."""
    return msgspec.json.encode(_cleared(msgspec.json.decode(body), frozenset(identities))).decode()


def _cleared(value: Any, identities: frozenset[str]) -> Any:
    if isinstance(value, dict):
        if any(name in value for name in IDENTIFIERS) and _named(value) in identities:
            return {**NOBODY, "objectType": "Group"} if value.get("objectType") == "Group" else NOBODY
        return {name: _cleared(one, identities) for name, one in value.items()}
    if isinstance(value, list):
        return [_cleared(one, identities) for one in value]
    return value


def _named(value: dict[str, Any]) -> str:
    """Return by what something is known that looks like an agent; it may lie in an extension, where all is allowed."""
    account = value.get("account")
    if account is not None and not (isinstance(account, dict) and {"homePage", "name"} <= account.keys()):
        return ""
    return identity(value)

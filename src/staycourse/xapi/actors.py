"""Agents and groups: what makes them one.

xAPI 1.0.3 part 2, section 2.4.2; xAPI 2.0, section 4.2.2.1.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from staycourse.kernel import worded
from staycourse.xapi import values
from staycourse.xapi.faults import BadStatement

IDENTIFIERS = ("mbox", "mbox_sha1sum", "openid", "account")


def check_account(value: Any) -> None:
    """Accept an account on some system."""
    values.fields(value, {"homePage": values.iri, "name": values.text}, ("homePage", "name"))


_AGENT: dict[str, values.Check] = {
    "objectType": values.named("Agent"),
    "name": values.text,
    "mbox": values.mailto,
    "mbox_sha1sum": values.sha1,
    "openid": values.iri,
    "account": check_account,
}


def check_agent(value: Any) -> None:
    """Accept an agent: with exactly one identifier."""
    values.fields(value, _AGENT)
    if _identifiers(value) != 1:
        raise BadStatement(worded("must have exactly one of {choices}", choices=", ".join(IDENTIFIERS)))


def check_group(value: Any) -> None:
    """Accept a group: with one identifier, or none and then with members."""
    values.fields(value, _GROUP, ("objectType",))
    count = _identifiers(value)
    if count > 1:
        raise BadStatement(worded("must have at most one of {choices}", choices=", ".join(IDENTIFIERS)))
    if not count and not value.get("member"):
        raise BadStatement("must be given where a group has no identifier", where="member")


def _members(value: Any) -> None:
    values.each(check_agent, value)


_GROUP: dict[str, values.Check] = {**_AGENT, "objectType": values.named("Group"), "member": _members}


def check_actor(value: Any) -> None:
    """Accept an agent or a group."""
    kind = values.table(value).get("objectType", "Agent")
    if kind == "Group":
        check_group(value)
    else:
        check_agent(value)


def check_authority(value: Any) -> None:
    """Accept an agent, or the group of two that OAuth makes of an application and its user."""
    check_actor(value)
    if value.get("objectType") == "Group" and (_identifiers(value) or len(value["member"]) != 2):
        raise BadStatement("must be an agent, or a group of two members without an identifier")


def identity(actor: dict[str, Any]) -> str:
    """Return the one text that an agent or identified group is known by ("" for an anonymous group)."""
    for name in IDENTIFIERS:
        if name in actor:
            value = actor[name]
            return f"account\n{value['homePage']}\n{value['name']}" if name == "account" else f"{name}\n{value}"
    return ""


def identities(actor: dict[str, Any]) -> Iterator[str]:
    """Yield the identity of an actor and of each of its members: a group matches by any of its members."""
    if own := identity(actor):
        yield own
    for member in actor.get("member", ()):
        yield from identities(member)


def _identifiers(value: dict[str, Any]) -> int:
    return sum(name in value for name in IDENTIFIERS)

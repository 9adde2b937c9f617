"""By what a statement is found: a number for each thing that a filter may ask for.

A term is the first 64 bits of BLAKE2b over the kind and the text. Two texts that share one are as unlikely as 1 in
2**64; whoever made such a pair on purpose would find one statement too many among their own.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from typing import Any

from staycourse.xapi.actors import identities, identity

AGENT, ANY_AGENT = "a", "A"
ACTIVITY, ANY_ACTIVITY = "c", "C"
VERB, REGISTRATION = "v", "r"
"""The kinds: agent and activity as the statement's own actor or object, or (ANY) elsewhere in it."""

PEOPLE = frozenset({"instructor", "team", "contextAgents", "contextGroups"})
"""The fields of a context that name agents and groups."""


@lru_cache(maxsize=65_536)
def term(kind: str, text: str) -> int:
    """Return the term of `text` as a whole number of 64 bits with its sign."""
    told = f"{kind}\0{text}".encode("utf-8", "surrogatepass")
    return int.from_bytes(hashlib.blake2b(told, digest_size=8).digest(), "big", signed=True)


def actor_terms(actor: dict[str, Any], kind: str = AGENT) -> Iterator[int]:
    """Yield the terms of an actor and its members."""
    for one in identities(actor):
        yield term(kind, one)


def object_terms(value: dict[str, Any]) -> Iterator[int]:
    """Yield the terms of a statement's object; those of a statement within it are ANY terms."""
    kind = value.get("objectType", "Activity")
    if kind == "Activity":
        yield term(ACTIVITY, value["id"])
    elif kind in ("Agent", "Group"):
        yield from actor_terms(value)
    elif kind == "SubStatement":
        yield from actor_terms(value["actor"], ANY_AGENT)
        inner = value["object"]
        if inner.get("objectType", "Activity") == "Activity":
            yield term(ANY_ACTIVITY, inner["id"])
        elif inner["objectType"] in ("Agent", "Group"):
            yield from actor_terms(inner, ANY_AGENT)
        yield from _surroundings(value.get("context") or {})


def context_terms(name: str) -> Callable[[Any], Iterable[int]] | None:
    """Return what gives the terms of one field of a context; None for a field that nothing is found by."""
    if name == "registration":
        return lambda value: (term(REGISTRATION, value.lower()),)
    if name == "contextActivities":
        return _activity_terms
    return (lambda value: _surroundings({name: value})) if name in PEOPLE else None


def _activity_terms(around: dict[str, Any]) -> Iterator[int]:
    for activities in around.values():
        for activity in activities if isinstance(activities, list) else [activities]:
            yield term(ANY_ACTIVITY, activity["id"])


def people_of(statement: dict[str, Any]) -> Iterator[dict[str, Any]]:
    """Yield every agent and group in a statement that can be known again, but its authority."""
    about = statement["object"]
    found = [statement["actor"], *_people(statement.get("context") or {})]
    if about.get("objectType") in ("Agent", "Group"):
        found.append(about)
    elif about.get("objectType") == "SubStatement":
        yield from people_of(about)
    while found:
        one = found.pop()
        found += one.get("member", ())
        if identity(one):
            yield one


def _surroundings(context: dict[str, Any]) -> Iterator[int]:
    for actor in _people(context):
        yield from actor_terms(actor, ANY_AGENT)
    yield from _activity_terms(context.get("contextActivities", {}))


def _people(context: dict[str, Any]) -> Iterable[dict[str, Any]]:
    yield from (context[name] for name in ("instructor", "team") if name in context)
    yield from (one["agent"] for one in context.get("contextAgents", ()))
    yield from (one["group"] for one in context.get("contextGroups", ()))

"""The three forms in which statements are given out: exact (as they came), ids, and canonical.

xAPI 1.0.3 part 3, section 2.1.3; xAPI 2.0, section 4.1.6.1.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from staycourse.xapi.actors import IDENTIFIERS, identity
from staycourse.xapi.statement import ROLES

FORMATS = ("exact", "ids", "canonical")
Definitions = Callable[[str], dict[str, Any] | None]
"""Gives what is known of an activity by its id."""


def with_ids(statement: dict[str, Any]) -> dict[str, Any]:
    """Return a statement in which agents, activities, verbs and groups are no more than what they are known by."""
    return _each(statement, _actor_ids, _activity_ids, lambda verb: {"id": verb["id"]})


def canonical(statement: dict[str, Any], languages: Sequence[str], definitions: Definitions) -> dict[str, Any]:
    """Return a statement with activities as they are known here, and each text in one language.

    `languages` are the tags that the reader prefers, the best first.
    """

    def activity(value: dict[str, Any]) -> dict[str, Any]:
        known = definitions(value["id"]) or value.get("definition")
        return {**value, "definition": in_one_language(known, languages)} if known else value

    def verb(value: dict[str, Any]) -> dict[str, Any]:
        return {**value, "display": one_of(value["display"], languages)} if "display" in value else value

    return _each(statement, lambda actor: actor, activity, verb)


def in_one_language(definition: dict[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    """Return an activity's definition with each text in one language."""
    found = dict(definition)
    for name in ("name", "description"):
        if name in found:
            found[name] = one_of(found[name], languages)
    for name in ("choices", "scale", "source", "target", "steps"):
        if name in found:
            found[name] = [
                {**one, "description": one_of(one["description"], languages)} if "description" in one else one
                for one in found[name]
            ]
    return found


def with_more(known: dict[str, Any], told: dict[str, Any]) -> dict[str, Any]:
    """Return an activity's definition with what another statement says of it: texts in more languages, else the newer.

    xAPI 1.0.3 part 3, section 2.5.
    """
    found = {**known, **told}
    for name in ("name", "description", "extensions"):
        if name in known and name in told:
            found[name] = {**known[name], **told[name]}
    return found


def one_of(texts: dict[str, str], languages: Sequence[str]) -> dict[str, str]:
    """Return the text in the best language (RFC 4647, lookup); the first where none is spoken."""
    tags = {tag.lower(): tag for tag in texts}
    for wanted in languages:
        search = wanted.lower()
        while search:
            chosen = tags.get(search) or next((tag for low, tag in tags.items() if low.startswith(search + "-")), None)
            if chosen:
                return {chosen: texts[chosen]}
            search = search.rpartition("-")[0]
    first = next(iter(texts), None)
    return {first: texts[first]} if first is not None else {}


def preferred(header: str) -> list[str]:
    """Return the language tags of an Accept-Language header, the best first (RFC 9110, section 12.5.4)."""
    found: list[tuple[float, str]] = []
    for piece in header[:1_000].split(","):
        tag, _, rest = piece.strip().partition(";")
        weight = rest.strip().removeprefix("q=").strip() if rest else "1"
        try:
            quality = float(weight)
        except ValueError:
            continue
        if tag and tag != "*" and 0 < quality <= 1:
            found.append((quality, tag.strip()))
    return [tag for _, tag in sorted(found, key=lambda one: -one[0])]


def person(agent: dict[str, Any], names: Sequence[str]) -> dict[str, Any]:
    """Return the Person that an agent is: every name it was given here, and what it was asked by."""
    found: dict[str, Any] = {"objectType": "Person"}
    if names:
        found["name"] = list(names)
    return found | {name: [agent[name]] for name in IDENTIFIERS if name in agent}


def _each(
    statement: dict[str, Any],
    actor: Callable[[dict[str, Any]], dict[str, Any]],
    activity: Callable[[dict[str, Any]], dict[str, Any]],
    verb: Callable[[dict[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    """Return a statement with every actor, activity and verb in it made anew."""
    found = {**statement, "actor": actor(statement["actor"]), "verb": verb(statement["verb"])}
    about = statement["object"]
    kind = about.get("objectType", "Activity")
    if kind == "SubStatement":
        found["object"] = _each(about, actor, activity, verb)
    elif kind == "Activity":
        found["object"] = activity(about)
    elif kind in ("Agent", "Group"):
        found["object"] = actor(about)
    if "authority" in statement:
        found["authority"] = actor(statement["authority"])
    if "context" in statement:
        found["context"] = _context(statement["context"], actor, activity)
    return found


def _context(
    context: dict[str, Any],
    actor: Callable[[dict[str, Any]], dict[str, Any]],
    activity: Callable[[dict[str, Any]], dict[str, Any]],
) -> dict[str, Any]:
    found = dict(context)
    for name in ("instructor", "team"):
        if name in found:
            found[name] = actor(found[name])
    for name, inner in (("contextAgents", "agent"), ("contextGroups", "group")):
        if name in found:
            found[name] = [{**one, inner: actor(one[inner])} for one in found[name]]
    if "contextActivities" in found:
        around = found["contextActivities"]
        found["contextActivities"] = {role: [activity(one) for one in around[role]] for role in ROLES if role in around}
    return found


def _actor_ids(actor: dict[str, Any]) -> dict[str, Any]:
    found = {name: actor[name] for name in ("objectType", *IDENTIFIERS) if name in actor}
    if not identity(actor):
        found["member"] = [_actor_ids(member) for member in actor["member"]]
    return found


def _activity_ids(activity: dict[str, Any]) -> dict[str, Any]:
    return {"id": activity["id"]}

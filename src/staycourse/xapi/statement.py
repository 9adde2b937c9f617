"""A statement's parts that hold others: result, context, attachments, and a statement within a statement.

xAPI 1.0.3 part 2, sections 2.4.5 to 2.4.11; xAPI 2.0, sections 4.2.2.4 to 4.2.2.6.
"""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

import msgspec
from msgspec import UNSET, Meta, UnsetType

from staycourse.kernel import worded
from staycourse.xapi import values
from staycourse.xapi.actors import check_actor, check_agent, check_authority, check_group
from staycourse.xapi.faults import BadStatement
from staycourse.xapi.objects import check_activity, check_reference

VOIDED = "http://adlnet.gov/expapi/verbs/voided"
SIGNATURE = "http://adlnet.gov/expapi/attachments/signature"
ROLES = ("parent", "grouping", "category", "other")
"""How an activity may belong to the context of a statement."""

_FIELD: Final = re.compile(r"Object (?:missing required|contains unknown) field `(?P<field>[^`]*)`")
_LONGEST_FIELD: Final = 100


def check_verb(value: Any) -> None:
    """Accept a verb."""
    values.fields(value, _VERB, ("id",))


class Score(msgspec.Struct, forbid_unknown_fields=True):
    """A score. Read by its form, since no two are alike and remembering what was checked would not help."""

    scaled: Annotated[float, Meta(ge=-1, le=1)] | UnsetType = UNSET
    raw: float | UnsetType = UNSET
    min: float | UnsetType = UNSET
    max: float | UnsetType = UNSET


class Result(msgspec.Struct, forbid_unknown_fields=True):
    """A result, read by its form."""

    score: Score | UnsetType = UNSET
    success: bool | UnsetType = UNSET
    completion: bool | UnsetType = UNSET
    response: str | UnsetType = UNSET
    duration: str | UnsetType = UNSET
    extensions: dict[str, Any] | UnsetType = UNSET


def check_result(value: Any) -> None:
    """Accept a result."""
    try:
        checked_result(msgspec.convert(value, Result))
    except msgspec.ValidationError as fault:
        raise refused(fault) from None


def checked_result(result: Result) -> Result:
    """Return a result that was read by its form, once what the form does not say holds too."""
    if type(result.score) is Score:
        values.part(_score, result.score, "score")
    if type(result.duration) is str:
        values.part(values.duration, result.duration, "duration")
    if type(result.extensions) is dict:
        values.part(values.extensions, result.extensions, "extensions")
    return result


def refused(fault: msgspec.ValidationError) -> BadStatement:
    """Turn msgspec's complaint ("... - at `$[3].actor`") into ours, with the path as the place: of a field that is
    unknown or missing its own, where msgspec tells that of the object."""
    what, _, path = str(fault).partition(" - at `$")
    field = _FIELD.fullmatch(what)
    place = path.rstrip("`") + (f".{field['field'][:_LONGEST_FIELD]}" if field else "")
    what = what[:1].lower() + what[1:].replace("`", "'")
    return BadStatement(what, where=place.lstrip("."))


def _score(score: Score) -> None:
    """Accept a score whose `raw` lies between `min` and `max`."""
    least, most, raw = score.min, score.max, score.raw
    if type(least) is float and type(most) is float and least >= most:
        raise BadStatement("must be less than max", where="min")
    if type(raw) is float and (
        (type(least) is float and raw < least) or (type(most) is float and raw > most)
    ):  # fmt: skip
        raise BadStatement("must lie between min and max", where="raw")


def check_context(value: Any, *, two: bool) -> None:
    """Accept a context; `two` allows what version 2.0 added."""
    values.fields(value, CONTEXT_2 if two else CONTEXT_1)


def check_attachments(value: Any) -> None:
    """Accept the attachments' descriptions; whether their contents came too is asked elsewhere."""
    values.each(_attachment, value)


def check_object(value: Any, *, two: bool, inner: bool = False) -> None:
    """Accept the object of a statement, or (`inner`) of one within it."""
    kind = values.table(value).get("objectType", "Activity")
    if kind == "Activity":
        check_activity(value)
    elif kind in ("Agent", "Group"):
        check_actor(value)
    elif kind == "StatementRef":
        check_reference(value)
    elif kind == "SubStatement" and not inner:
        _substatement(value, two=two)
    else:
        raise BadStatement(
            worded("there is no such kind of object: {given}", given=values.shown(kind)), where="objectType"
        )


def check_whole(value: dict[str, Any]) -> None:
    """Accept what two parts of a statement say of each other: the verb, the object and the context."""
    kind = value["object"].get("objectType", "Activity")
    if value["verb"]["id"] == VOIDED and kind != "StatementRef":
        raise BadStatement("must be a StatementRef where the verb is voided", where="object.objectType")
    if kind != "Activity" and (context := value.get("context")):
        for name in ("revision", "platform"):
            if name in context:
                raise BadStatement("may only be given where the object is an Activity", where=f"context.{name}")


def _substatement(value: Any, *, two: bool) -> None:
    known: dict[str, values.Check] = {
        "objectType": values.named("SubStatement"),
        "actor": check_actor,
        "verb": check_verb,
        "object": lambda one: check_object(one, two=two, inner=True),
        "result": check_result,
        "context": lambda one: check_context(one, two=two),
        "timestamp": _instant,
        "attachments": check_attachments,
    }
    values.fields(value, known, ("actor", "verb", "object"))
    check_whole(value)


def _activities(value: Any) -> None:
    values.fields(value, dict.fromkeys(ROLES, _one_or_many))


def _one_or_many(value: Any) -> None:
    if type(value) is list:
        values.each(check_activity, value)
    else:
        check_activity(value)


def _registration(value: Any) -> None:
    values.uuid(value)


def _instant(value: Any) -> None:
    values.instant(value)


def _context_agent(value: Any) -> None:
    known = {"objectType": values.named("contextAgent"), "agent": check_agent, "relevantTypes": _types}
    values.fields(value, known, ("objectType", "agent"))


def _context_group(value: Any) -> None:
    known = {"objectType": values.named("contextGroup"), "group": check_group, "relevantTypes": _types}
    values.fields(value, known, ("objectType", "group"))


def _types(value: Any) -> None:
    values.each(values.iri, value)
    if not value:
        raise BadStatement("must name at least one type")


def _sha2(value: Any) -> None:
    if not values.text(value):
        raise BadStatement("must be a SHA-2 in hexadecimal")


def _attachment(value: Any) -> None:
    values.fields(value, _ATTACHMENT, ("usageType", "display", "contentType", "length", "sha2"))


_VERB: dict[str, values.Check] = {"id": values.iri, "display": values.language_map}
CONTEXT_1: dict[str, values.Check] = {
    "registration": _registration,
    "instructor": check_actor,
    "team": check_group,
    "contextActivities": _activities,
    "revision": values.text,
    "platform": values.text,
    "language": values.language,
    "statement": check_reference,
    "extensions": values.extensions,
}
CONTEXT_2: dict[str, values.Check] = {
    **CONTEXT_1,
    "contextAgents": lambda value: values.each(_context_agent, value),
    "contextGroups": lambda value: values.each(_context_group, value),
}
_ATTACHMENT: dict[str, values.Check] = {
    "usageType": values.iri,
    "display": values.language_map,
    "description": values.language_map,
    "contentType": values.media_type,
    "length": values.whole,
    "sha2": _sha2,
    "fileUrl": values.iri,
}

__all__ = [
    "CONTEXT_1", "CONTEXT_2", "ROLES", "Result", "SIGNATURE", "VOIDED", "check_attachments", "check_authority",
    "check_context", "check_object", "check_verb", "check_whole", "checked_result", "refused",
]  # fmt: skip

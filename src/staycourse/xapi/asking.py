"""What a request asks for: the parameters of every resource, each checked, none passed over.

xAPI 1.0.3 part 3, section 2; xAPI 2.0, section 4.1.6.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec

from staycourse.kernel import worded
from staycourse.xapi import values
from staycourse.xapi.actors import check_actor, check_agent, identity
from staycourse.xapi.faults import BadStatement
from staycourse.xapi.formats import FORMATS
from staycourse.xapi.json_text import json_of
from staycourse.xapi.terms import ACTIVITY, AGENT, ANY_ACTIVITY, ANY_AGENT, REGISTRATION, VERB, term

Parameters = Mapping[str, str]
FILTERS = frozenset({
    "agent", "verb", "activity", "registration", "related_activities", "related_agents", "since", "until", "limit",
    "ascending",
})  # fmt: skip
LONGEST_NAME = 2_000
MOST = 500
"""How many statements one page has at most; also how many where the limit is 0 or left out."""


@dataclass(frozen=True, slots=True)
class StatementQuery:
    """A GET on statements. `statement` or `voided` names one; else `terms` (one of each must be there) and the rest."""

    statement: str = ""
    voided: str = ""
    terms: tuple[tuple[int, ...], ...] = ()
    since: datetime | None = None
    until: datetime | None = None
    limit: int = MOST
    ascending: bool = False
    format: str = "exact"
    attachments: bool = False
    beyond: int = 0


@dataclass(frozen=True, slots=True)
class DocumentQuery:
    """A request for documents. `document` is "" where none is named; `registration` None where any is meant."""

    activity: str = ""
    agent: dict[str, Any] = field(default_factory=dict)
    registration: str | None = None
    document: str = ""
    since: datetime | None = None


def statement_query(given: Parameters) -> StatementQuery:
    """Return what a GET on statements asks for; BadStatement names the parameter that is wrong."""
    known(given, FILTERS | {"statementId", "voidedStatementId", "format", "attachments", "beyond"})
    one = [name for name in ("statementId", "voidedStatementId") if name in given]
    if one and len(given.keys() - {"format", "attachments"}) > 1:
        raise BadStatement("goes with `format` and `attachments` alone", where=one[0])
    form = given.get("format", "exact")
    if form not in FORMATS:
        raise BadStatement(worded("must be one of {choices}", choices=", ".join(FORMATS)), where="format")
    limit = _whole(given, "limit")
    return StatementQuery(
        statement=_uuid(given, "statementId"), voided=_uuid(given, "voidedStatementId"), terms=_terms(given),
        since=_instant(given, "since"), until=_instant(given, "until"), limit=min(limit or MOST, MOST),
        ascending=_flag(given, "ascending"), format=form, attachments=_flag(given, "attachments"),
        beyond=_whole(given, "beyond"),
    )  # fmt: skip


def state_query(given: Parameters, *, many: bool) -> DocumentQuery:
    """Return which state a request is about; `many` allows all of an activity, agent and registration."""
    known(given, {"activityId", "agent", "registration", "stateId"} | ({"since"} if many else set()))
    registration = _uuid(given, "registration") or (None if many and "stateId" not in given else "")
    return DocumentQuery(
        _activity(given),
        agent_of(given),
        registration,
        _document(given, "stateId", many=many),
        _instant(given, "since"),
    )


def activity_profile_query(given: Parameters, *, many: bool) -> DocumentQuery:
    """Return which profile of an activity a request is about; `many` allows all."""
    known(given, {"activityId", "profileId"} | ({"since"} if many else set()))
    named = _document(given, "profileId", many=many)
    return DocumentQuery(activity=_activity(given), document=named, registration="", since=_instant(given, "since"))


def agent_profile_query(given: Parameters, *, many: bool) -> DocumentQuery:
    """Return which profile of an agent a request is about; `many` allows all."""
    known(given, {"agent", "profileId"} | ({"since"} if many else set()))
    named = _document(given, "profileId", many=many)
    return DocumentQuery(agent=agent_of(given), document=named, registration="", since=_instant(given, "since"))


def agent_of(given: Parameters, *, alone: bool = True) -> dict[str, Any]:
    """Return the parameter `agent`: an agent, or (not `alone`) an identified group too."""
    if "agent" not in given:
        raise BadStatement("is missing", where="agent")
    try:
        actor = json_of(given["agent"].encode("utf-8", "surrogatepass"))
        (check_agent if alone else check_actor)(actor)
    except BadStatement as fault:
        raise fault.under("agent") from None
    if not identity(actor):
        raise BadStatement("must be an agent or a group with an identifier", where="agent")
    return actor  # type: ignore[no-any-return]


def activity_of(given: Parameters) -> str:
    """Return the parameter of GET on activities."""
    known(given, {"activityId"})
    return _activity(given)


def put_id(given: Parameters) -> str:
    """Return the id that a PUT of a statement names."""
    known(given, {"statementId"})
    if "statementId" not in given:
        raise BadStatement("is missing", where="statementId")
    return _uuid(given, "statementId")


def known(given: Parameters, names: Collection[str]) -> None:
    """Refuse a parameter that a resource does not have."""
    for name in given:
        if name not in names:
            raise BadStatement("there is no such parameter here", where=name[:80], mend="leave it out")


def merged(old: bytes, new: bytes) -> bytes:
    """Return a document that a POST makes of the one that is there: the fields of both, the new ones' values."""
    kept, come = (_object(told, where) for told, where in ((old, "document"), (new, "body")))
    return msgspec.json.encode({**kept, **come})


def check_document(content: bytes) -> None:
    """Refuse a body that says it is JSON and is none."""
    _json(content, "body")


def _json(told: bytes, where: str) -> Any:
    try:
        return json_of(told)
    except BadStatement as fault:
        raise fault.under(where) from None


def _object(told: bytes, where: str) -> dict[str, Any]:
    value = _json(told, where)
    if not isinstance(value, dict):
        raise BadStatement("must be a JSON object to be merged", where=where)
    return value


def _terms(given: Parameters) -> tuple[tuple[int, ...], ...]:
    around, among = _flag(given, "related_activities"), _flag(given, "related_agents")
    found: list[tuple[int, ...]] = []
    if "agent" in given:
        name = identity(agent_of(given, alone=False))
        found.append((term(AGENT, name), term(ANY_AGENT, name)) if among else (term(AGENT, name),))
    if "registration" in given:
        found.append((term(REGISTRATION, _uuid(given, "registration")),))
    if "activity" in given:
        name = _iri(given, "activity")
        found.append((term(ACTIVITY, name), term(ANY_ACTIVITY, name)) if around else (term(ACTIVITY, name),))
    if "verb" in given:
        found.append((term(VERB, _iri(given, "verb")),))
    return tuple(found)


def _activity(given: Parameters) -> str:
    if "activityId" not in given:
        raise BadStatement("is missing", where="activityId")
    return _iri(given, "activityId")


def _document(given: Parameters, name: str, *, many: bool) -> str:
    found = given.get(name, "")
    if not found and not many:
        raise BadStatement("is missing", where=name)
    if "\0" in found or len(found) > LONGEST_NAME:
        raise BadStatement(worded("must have at most {most} characters, and no NUL", most=LONGEST_NAME), where=name)
    return found


def _iri(given: Parameters, name: str) -> str:
    values.part(values.iri, given[name], name)
    return given[name]


def _uuid(given: Parameters, name: str) -> str:
    if name not in given:
        return ""
    try:
        return values.uuid(given[name])
    except BadStatement as fault:
        raise fault.under(name) from None


def _instant(given: Parameters, name: str) -> datetime | None:
    if name not in given:
        return None
    try:
        return values.instant(given[name].replace(" ", "+"))  # a plus that was not escaped
    except BadStatement as fault:
        raise fault.under(name) from None


def _flag(given: Parameters, name: str) -> bool:
    found = given.get(name, "false")
    if found not in ("true", "false"):
        raise BadStatement("must be true or false", where=name)
    return found == "true"


def _whole(given: Parameters, name: str) -> int:
    found = given.get(name, "0")
    if not found.isascii() or not found.isdecimal() or len(found) > 18 + (name == "beyond"):
        raise BadStatement("must be a whole number, 0 or more", where=name)
    return int(found)

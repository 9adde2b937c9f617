"""Statements as they come in: read, checked, and written down again as they will be kept.

A statement's parts (actor, verb, object, context) repeat from statement to statement, so each is known by its bytes and
checked once: what was checked lately is found again by them. The bytes of a part are kept as they came ("exact", as the
specification has it); only what the specification tells a server to fill in or to change is written anew.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from functools import partial
from itertools import chain
from typing import Any, Final

import msgspec
from msgspec import UNSET, UnsetType

from staycourse.kernel import as_wording, worded
from staycourse.xapi import values
from staycourse.xapi.actors import check_actor
from staycourse.xapi.faults import BadStatement
from staycourse.xapi.statement import (
    CONTEXT_1,
    CONTEXT_2,
    ROLES,
    VOIDED,
    Result,
    check_attachments,
    check_authority,
    check_object,
    check_verb,
    check_whole,
    checked_result,
    refused,
)
from staycourse.xapi.terms import ANY_AGENT, VERB, actor_terms, context_terms, object_terms, term

Raw = msgspec.Raw
Terms = Callable[[Any], Iterable[int]]
NOTHING: Final = Raw()
DEEPEST = 64
"""How deep objects and arrays may lie in each other."""
_MOST_KNOWN, _LONGEST_KNOWN = 20_000, 4_096
_decode = msgspec.json.Decoder().decode
_encode = msgspec.json.Encoder().encode


class Envelope(msgspec.Struct, forbid_unknown_fields=True):
    """A statement whose parts are still bytes."""

    actor: Raw
    verb: Raw
    object: Raw
    id: str | UnsetType = UNSET
    result: Raw = NOTHING
    context: Raw = NOTHING
    timestamp: Raw = NOTHING
    stored: Raw = NOTHING
    authority: Raw = NOTHING
    version: Raw = NOTHING
    attachments: Raw = NOTHING


class Context1(msgspec.Struct, forbid_unknown_fields=True):
    """A context of version 1.0 whose parts are still bytes."""

    registration: Raw = NOTHING
    contextActivities: Raw = NOTHING  # noqa: N815 - the specification's own name
    platform: Raw = NOTHING
    language: Raw = NOTHING
    instructor: Raw = NOTHING
    team: Raw = NOTHING
    revision: Raw = NOTHING
    statement: Raw = NOTHING
    extensions: Raw = NOTHING


class Context2(Context1, forbid_unknown_fields=True):
    """A context of version 2.0 whose parts are still bytes."""

    contextAgents: Raw = NOTHING  # noqa: N815
    contextGroups: Raw = NOTHING  # noqa: N815


_one = msgspec.json.Decoder(Envelope)
_many = msgspec.json.Decoder(list[Envelope])
_result = msgspec.json.Decoder(Result)


class Part:
    """One part of a statement that was checked: its bytes, and its value and terms, made when they are asked for."""

    __slots__ = ("_read", "_terms", "_value", "raw")

    def __init__(self, raw: bytes, read: Terms, value: Any = None) -> None:
        self.raw = raw
        self._read = read
        self._terms: tuple[int, ...] | None = None
        self._value = value

    @property
    def terms(self) -> tuple[int, ...]:
        """Return by what the part is found."""
        if self._terms is None:
            self._terms = tuple(self._read(self.value))
        return self._terms

    @property
    def value(self) -> Any:
        """Return the value. It is shared: change nothing in it."""
        if self._value is None:
            self._value = json_of(self.raw)
        return self._value


@dataclass(slots=True)
class Statement:
    """A statement that was checked. `statement` is its id, "" where none was given; `value` all its parts, shared."""

    statement: str
    parts: dict[str, Part]

    @property
    def value(self) -> dict[str, Any]:
        """Return the parts as one object. What lies in it is shared: change nothing."""
        found: dict[str, Any] = {name: part.value for name, part in self.parts.items()}
        return {"id": self.statement, **found} if self.statement else found

    @property
    def target(self) -> str:
        """Return the id of the statement that this one is about, "" if it is about none."""
        about = self.parts["object"].value
        return str(about["id"]).lower() if about.get("objectType") == "StatementRef" else ""

    @property
    def voids(self) -> bool:
        """Say whether it takes another statement back."""
        return bool(self.parts["verb"].value["id"] == VOIDED)

    @property
    def attachments(self) -> list[dict[str, Any]]:
        """Return the descriptions of its attachments, those of a statement within it too."""
        own = self.parts["attachments"].value if "attachments" in self.parts else []
        about = self.parts["object"].value
        inner = about.get("attachments", []) if about.get("objectType") == "SubStatement" else []
        return [*own, *inner]

    def terms(self) -> set[int]:
        """Return by what it is found."""
        return {one for part in self.parts.values() for one in part.terms}

    def written(self, stored: bytes, authority: bytes, version: bytes) -> bytes:
        """Return it as it is kept, with what the server fills in; `stored` is also its time where it names none."""
        pieces = [b'{"id":"', self.statement.encode(), b'"']
        for name in ("actor", "verb", "object", "result", "context", "timestamp", "version", "attachments"):
            if found := self.parts.get(name):
                pieces += [b',"', name.encode(), b'":', found.raw]
        if "timestamp" not in self.parts:
            pieces += [b',"timestamp":"', stored, b'"']
        if "version" not in self.parts:
            pieces += [b',"version":"', version, b'"']
        pieces += [b',"stored":"', stored, b'","authority":', authority, b"}"]
        return b"".join(pieces)


class Reader:
    """Reads statements of one version of xAPI (`two`: 2.0). Its memory is bounded; threads may share it."""

    def __init__(self, *, two: bool) -> None:
        checks: dict[str, tuple[values.Check, Terms]] = {
            "actor": (check_actor, actor_terms),
            "verb": (check_verb, lambda value: (term(VERB, value["id"]),)),
            "object": (partial(check_object, two=two), object_terms),
            "timestamp": (values.instant, _none),
            "stored": (values.instant, _none),
            "authority": (check_authority, partial(actor_terms, kind=ANY_AGENT)),
            "version": (_version_2 if two else _version_1, _none),
            "attachments": (check_attachments, _none),
        }
        context = CONTEXT_2 if two else CONTEXT_1
        wordless = ("platform", "language", "revision", "statement", "extensions")
        checks |= {
            f"context.{name}": (check, _none if name in wordless else partial(_terms_within, name))
            for name, check in context.items()
        }
        self._two = two
        self._checks = checks
        self._context = msgspec.json.Decoder(Context2 if two else Context1)
        self._context_fields = tuple((name, f"context.{name}") for name in context)
        alike = ("actor", "verb", "object", "authority", "version", *(path for _, path in self._context_fields))
        self._known: dict[str, dict[bytes, Part]] = {name: {} for name in alike}

    def read(self, body: bytes, *, most: int) -> tuple[list[Statement], bool]:
        """Return the statements of `body` (one, or an array of up to `most`) and whether it was an array."""
        alone = body.lstrip()[:1] == b"{"
        try:
            envelopes = [_one.decode(body)] if alone else _many.decode(body)
        except msgspec.ValidationError as fault:
            raise refused(fault) from None
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise BadStatement(worded("is not JSON: {why}", why=as_wording(fault)), where="body") from None
        if len(envelopes) > most:
            raise BadStatement(
                worded("holds more than {most} statements", most=most), where="body", mend="send fewer at once"
            )
        if alone:
            return [self._checked(envelopes[0])], False
        found = []
        for place, envelope in enumerate(envelopes):
            try:
                found.append(self._checked(envelope))
            except BadStatement as fault:
                raise fault.under(f"[{place}]") from None
        return found, True

    def _checked(self, envelope: Envelope) -> Statement:
        part = self._part
        parts = {"actor": part("actor", envelope.actor), "verb": part("verb", envelope.verb),
                 "object": part("object", envelope.object)}  # fmt: skip
        if envelope.result:
            parts["result"] = _result_part(bytes(envelope.result))
        if envelope.context:
            parts["context"] = self._context_part(bytes(envelope.context))
        for name in ("timestamp", "stored", "authority", "version", "attachments"):
            if raw := getattr(envelope, name):
                parts[name] = part(name, raw)
        about = parts["object"].value
        if about.get("objectType", "Activity") != "Activity" or parts["verb"].value["id"] == VOIDED:
            check_whole({name: one.value for name, one in parts.items()})
        return Statement(_identifier(envelope.id) if type(envelope.id) is str else "", parts)

    def _part(self, name: str, raw: Raw) -> Part:
        known = self._known.get(name)
        told = bytes(raw)
        found = known.get(told) if known is not None else None
        return found or self._fresh(name, told, known)

    def _fresh(self, name: str, told: bytes, known: dict[bytes, Part] | None) -> Part:
        check, terms = self._checks[name]
        try:
            value = json_of(told)
            check(value)
        except BadStatement as fault:
            raise fault.under(name) from None
        kept = told
        if name in ("context.contextActivities", "object"):
            value, changed = with_lists(value)
            kept = _encode(value) if changed else told
        elif name == "timestamp" and self._two:
            kept = utc_text(value, told)
        part = Part(kept, terms, value)
        if known is not None and len(told) <= _LONGEST_KNOWN:
            if len(known) >= _MOST_KNOWN:
                known.clear()
            known[told] = part
        return part

    def _context_part(self, told: bytes) -> Part:
        """Return a context: its own parts repeat, it does not."""
        try:
            context = self._context.decode(told)
        except msgspec.ValidationError as fault:
            raise refused(fault).under("context") from None
        kept, own = told, []
        for name, path in self._context_fields:
            if raw := getattr(context, name):
                part = self._part(path, raw)
                own.append(part)
                if name == "contextActivities" and part.raw != bytes(raw):
                    kept = _encode({**json_of(told), name: part.value})
        return Part(kept, lambda _: chain.from_iterable(part.terms for part in own))


def _result_part(told: bytes) -> Part:
    try:
        checked_result(_result.decode(told))
    except msgspec.ValidationError as fault:
        raise refused(fault).under("result") from None
    except BadStatement as fault:
        raise fault.under("result") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadStatement(worded("is not JSON: {why}", why=as_wording(fault)), where="result") from None
    _shallow(told)
    return Part(told, _none)


def json_of(told: bytes) -> Any:
    """Return the JSON value that `told` is; BadStatement if it is none, or too deep."""
    try:
        value = _decode(told)
    except (msgspec.DecodeError, UnicodeDecodeError) as fault:
        raise BadStatement(worded("is not JSON: {why}", why=as_wording(fault))) from None
    except RecursionError:
        raise BadStatement("is nested too deeply") from None
    _shallow(told)
    return value


def _shallow(told: bytes) -> None:
    """Refuse JSON that is too deep; what has few brackets cannot be."""
    if told.count(b"{") + told.count(b"[") > DEEPEST:
        _not_deep(_decode(told), DEEPEST)


def _not_deep(value: Any, left: int) -> None:
    if not left:
        raise BadStatement(worded("is nested deeper than {most}", most=DEEPEST))
    if type(value) is dict:
        for one in value.values():
            _not_deep(one, left - 1)
    elif type(value) is list:
        for one in value:
            _not_deep(one, left - 1)


def with_lists(value: dict[str, Any]) -> tuple[dict[str, Any], bool]:
    """Return contextActivities, or a statement within a statement that has them, as lists, and whether that changed it.

    xAPI 1.0.3 part 2, section 2.4.6.2: a server returns a list, also where one activity came alone.
    """
    if value.get("objectType") == "SubStatement":
        around = value.get("context", {}).get("contextActivities")
        inner, changed = with_lists(around) if around else ({}, False)
        return (
            ({**value, "context": {**value["context"], "contextActivities": inner}}, True)
            if changed
            else (value, False)
        )
    if "id" in value or all(isinstance(value[role], list) for role in ROLES if role in value):
        return value, False
    return {role: one if isinstance(one, list) else [one] for role, one in value.items()}, True


def utc_text(value: str, told: bytes) -> bytes:
    """Return a timestamp in UTC as JSON, as it came where it is so already (xAPI 2.0, section 4.2.4.2)."""
    return told if value[-1:] in "Zz" else _encode(values.instant(value))


def _identifier(told: str) -> str:
    try:
        return values.uuid(told)
    except BadStatement as fault:
        raise fault.under("id") from None


def _terms_within(name: str, value: Any) -> Iterable[int]:
    """Return the terms of one field of a context."""
    return context_terms({name: value})


def _version_1(value: Any) -> None:
    if values.text(value) != "1.0" and not (value.startswith("1.0.") and value[4:].isdecimal()):
        raise BadStatement(worded("must be 1.0.x, not {given}", given=values.shown(value)))


def _version_2(value: Any) -> None:
    whole = values.text(value).split(".")
    if (
        len(whole) not in (2, 3)
        or not all(map(str.isdecimal, whole))
        or value[:4] not in ("1.0", "1.0.", "2.0", "2.0.")
    ):
        raise BadStatement(worded("must be 1.0.x or 2.0.x, not {given}", given=values.shown(value)))


def _none(_: Any) -> tuple[int, ...]:
    return ()

"""Statements as they come in: read and checked.

A statement's parts (actor, verb, object, context) repeat from statement to statement, so each is known by its bytes and
checked once: what was checked lately is found again by them. Most statements go the quick way (staycourse.xapi.plain).
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from itertools import chain
from typing import Any

import msgspec
from msgspec import UNSET, UnsetType

from staycourse.kernel import as_wording, worded
from staycourse.xapi import values
from staycourse.xapi.actors import check_actor
from staycourse.xapi.faults import BadStatement
from staycourse.xapi.json_text import check_depth, json_of, utc_text, with_lists
from staycourse.xapi.plain import NOTHING, Plain, PlainReader, is_single
from staycourse.xapi.statement import (
    CONTEXT_1,
    CONTEXT_2,
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
from staycourse.xapi.told import Part, Statement, Terms

Raw = msgspec.Raw
_MOST_KNOWN, _LONGEST_KNOWN = 50_000, 4_096
_PARTS = ("actor", "verb", "object", "result", "context", "timestamp", "stored", "authority", "version", "attachments")
"""All but the id, in the order in which they are given out."""
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


class Reader:
    """Reads statements of one version of xAPI (`two`: 2.0). Its memory is bounded; threads may share it."""

    def __init__(self, *, two: bool) -> None:
        checks: dict[str, tuple[values.Check, Terms | None]] = {
            "actor": (check_actor, actor_terms),
            "verb": (check_verb, lambda value: (term(VERB, value["id"]),)),
            "object": (partial(check_object, two=two), object_terms),
            "timestamp": (values.instant, None),
            "stored": (values.instant, None),
            "authority": (check_authority, partial(actor_terms, kind=ANY_AGENT)),
            "version": (_version_2 if two else _version_1, None),
            "attachments": (check_attachments, None),
        }
        context = CONTEXT_2 if two else CONTEXT_1
        checks |= {f"context.{name}": (check, context_terms(name)) for name, check in context.items()}
        self._two = two
        self._checks = checks
        self._context = msgspec.json.Decoder(Context2 if two else Context1)
        self._context_fields = tuple((name, f"context.{name}") for name in context)
        alike = ("actor", "verb", "object", "authority", "version", *(path for _, path in self._context_fields))
        self._known: dict[str, dict[bytes, Part]] = {name: {} for name in alike}
        self._again = tuple((name, self._known.get(name)) for name in _PARTS)
        self._found_by = tuple(
            (name, path, self._known[path]) for name, path in self._context_fields if checks[path][1] is not None
        )
        self._plain = PlainReader(self._good)

    def read(self, body: bytes, *, most: int) -> tuple[list[Statement], bool]:
        """Return the statements of `body` (one, or an array of up to `most`) and whether it was an array."""
        if is_single(body):
            return [self._one(body.strip())], False
        try:
            pieces, plain = self._plain.read(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
            raise _unread(fault) from None
        if len(pieces) > most:
            raise BadStatement(
                worded("holds more than {most} statements", most=most), where="body", mend="send fewer at once"
            )
        if None not in plain:
            return [self._told(*one) for one in zip(pieces, plain, strict=True)], True
        found = []
        for place, (piece, one) in enumerate(zip(pieces, plain, strict=True)):
            try:
                found.append(self._told(piece, one))
            except BadStatement as fault:
                raise fault.under(f"[{place}]") from None
        return found, True

    def plain(self, body: bytes, *, most: int) -> list[str] | None:
        """Return the ids ("" for none) of the statements of `body` where all of them, `most` at most, are plain and
        good; None where only `read` can tell."""
        ids = self._plain.ids(body)
        return ids if ids is not None and len(ids) <= most else None

    def again(self, bodies: Sequence[bytes]) -> list[Statement]:
        """Return statements that were read here before, as they were written down (`Statement.written`).

        Nothing is checked once more, and what is not asked for is not taken apart.
        """
        envelopes = _many.decode(b"[" + b",".join(bodies) + b"]")
        return [Statement(str(one.id), self._as_written(one)) for one in envelopes]

    def _as_written(self, envelope: Envelope) -> dict[str, Part]:
        parts = {}
        for name, known in self._again:
            if raw := getattr(envelope, name):
                told = bytes(raw)
                if known is not None:
                    parts[name] = known.get(told) or self._part_again(name, told)
                else:
                    parts[name] = self._context_again(told) if name == "context" else Part(told, None)
        return parts

    def _part_again(self, name: str, told: bytes) -> Part:
        return _remembered(self._known[name], told, Part(told, self._checks[name][1]))

    def _context_again(self, told: bytes) -> Part:
        context = self._context.decode(told)
        own = []
        for name, path, known in self._found_by:
            if raw := getattr(context, name):
                field = bytes(raw)
                own.append(known.get(field) or self._part_again(path, field))
        return Part(told, lambda _: chain.from_iterable(part.terms for part in own))

    def _one(self, told: bytes) -> Statement:
        return self._told(told, self._plain.one(told))

    def _told(self, told: bytes, plain: Plain | None) -> Statement:
        if plain is None:
            envelope = _envelope(told)
            return Statement(_identifier(envelope.id) if type(envelope.id) is str else "", self._checked(envelope))
        named = plain.id if isinstance(plain.id, str) else ""
        return Statement(named, None, told, bool(named), plain.timestamp is not UNSET, self._parts)

    def _parts(self, told: bytes) -> dict[str, Part]:
        return self._checked(_envelope(told))

    def _good(self, name: str, told: bytes) -> bool:
        """Say whether a part is good as it came, and of a plain statement: see PlainReader."""
        try:
            found = self._fresh(name, told, None)
        except BadStatement:
            return False
        if name == "object":
            return found.raw is told and found.value.get("objectType", "Activity") == "Activity"
        return found.raw is told and (name != "verb" or found.value["id"] != VOIDED)

    def _checked(self, envelope: Envelope) -> dict[str, Part]:
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
        return parts

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
        return part if known is None else _remembered(known, told, part)

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


def _remembered(known: dict[bytes, Part], told: bytes, part: Part) -> Part:
    """Return a part, known from now on unless it is long."""
    if len(told) <= _LONGEST_KNOWN:
        if len(known) >= _MOST_KNOWN:
            known.clear()
        known[told] = part
    return part


def _envelope(told: bytes) -> Envelope:
    try:
        return _one.decode(told)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise _unread(fault) from None


def _unread(fault: Exception) -> BadStatement:
    if isinstance(fault, msgspec.ValidationError):
        return refused(fault)
    return BadStatement(worded("is not JSON: {why}", why=as_wording(fault)), where="body")


def _result_part(told: bytes) -> Part:
    try:
        checked_result(_result.decode(told))
    except msgspec.ValidationError as fault:
        raise refused(fault).under("result") from None
    except BadStatement as fault:
        raise fault.under("result") from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as fault:
        raise BadStatement(worded("is not JSON: {why}", why=as_wording(fault)), where="result") from None
    check_depth(told)
    return Part(told, None)


def _identifier(told: str) -> str:
    try:
        return values.uuid(told)
    except BadStatement as fault:
        raise fault.under("id") from None


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

"""The rules in force: the default table with what the operator laid over it."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from staycourse.events.vocabulary import VERBS_BY_NAME
from staycourse.events.xapi.table import DEFAULT_RULES, KINDS
from staycourse.kernel import BadInput, as_wording, worded

TAKES: Mapping[str, str] = MappingProxyType({
    "": "no value",
    "one": "1",
    "success": "1 where result.success is true, 0 where it is false",
    "score": "result.score: (raw - min) / (max - min), else scaled; in hundredths of a per cent",
    "outcome": "as score; result.success false makes it `quiz_failed`",
    "duration": "result.duration in seconds",
    "segments": "the played segments of the session in seconds",
    "progress": "the progress extension in hundredths of a per cent; at 100 % it is `lesson_completed`",
    "attendance": "none; where result.duration is given it is `live_left` with its seconds",
    "stars": "result.score raw of max as stars of five, in hundredths",
    "thread": "none; where the thread's type is `question` it is `question_asked`",
})  # fmt: skip
"""Where a value is taken from, in words."""


@dataclass(frozen=True, slots=True)
class Unmapped:
    """A statement that is no event of ours, and why. `fault` says that the statement itself is wrong, at `field`."""

    reason: str
    field: str = ""
    fault: bool = False


class VerbRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """What a statement of one verb becomes: our `verb` ("" none), its value (one of TAKES) times `multiply`.

    `otherwise` is our verb, without a value, where the statement holds no such value.
    """

    verb: str
    value: str = ""
    otherwise: str = ""
    multiply: Annotated[float, Meta(gt=0, le=1e9)] = 1.0
    why: str = ""


@dataclass(frozen=True, slots=True)
class VerbMap:
    """Rules by (verb IRI, kind of activity); the kind "" serves those of which there is none of their own kind.

    `home_pages` puts a prefix before the account names of one home page, so that equal names of two systems stay two
    learners. `course` is where what names no course belongs ("" nowhere).
    """

    rules: Mapping[tuple[str, str], VerbRule]
    home_pages: Mapping[str, str] = field(default_factory=dict)
    course: str = ""

    def rule(self, iri: str, kind: str) -> VerbRule | None:
        """Return the rule for a verb done to a kind of activity; None if there is none."""
        return self.rules.get((iri, kind)) or self.rules.get((iri, ""))


class _File(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The operator's table: see docs/importing.md."""

    verbs: dict[str, str | dict[str, Any]] = {}
    home_pages: dict[str, str] = {}
    course: str = ""


def _defaults() -> dict[tuple[str, str], VerbRule]:
    rules: dict[tuple[str, str], VerbRule] = {}
    for default in DEFAULT_RULES:
        made = VerbRule(verb=default.verb, value=default.take, otherwise=default.otherwise, why=default.why)
        for iri in default.iris:
            rules.setdefault((iri, default.kind), made)
    return rules


DEFAULT_VERB_MAP = VerbMap(MappingProxyType(_defaults()))
"""The table of docs/importing.md, with nothing of the operator's."""


def verb_map(text: str, *, where: str = "xAPI mapping") -> VerbMap:
    """Read the operator's TOML table and lay it over the default; BadInput names the fault at `where`.

    `[verbs]` holds IRI = "our verb" (with no value, "" leaves such statements out), or IRI = {verb, value, otherwise,
    multiply}; `[verbs."IRI"]` with keys of KINDS (or "any") holds one rule for each kind of activity. What stands there
    goes before every default of the same verb.
    """
    try:
        given = msgspec.convert(tomllib.loads(text), _File)
    except (msgspec.ValidationError, tomllib.TOMLDecodeError, RecursionError) as error:
        raise BadInput(worded("the mapping is wrong: {why}", why=as_wording(error)), where=where) from None
    rules = dict(DEFAULT_VERB_MAP.rules)
    for iri, rule in given.verbs.items():
        for default in [known for known in rules if known[0] == iri]:
            del rules[default]
        place = f"{where}: verbs.{iri[:100]}"
        for kind, each in _by_kind(rule, place).items():
            rules[iri, kind] = _checked(each, place, kind)
    return VerbMap(MappingProxyType(rules), MappingProxyType(given.home_pages), given.course)


def _by_kind(rule: str | dict[str, Any], where: str) -> dict[str, VerbRule]:
    if isinstance(rule, str):
        return {"": VerbRule(verb=rule, why="" if rule else "the mapping leaves it out")}
    try:
        if "verb" in rule:
            return {"": msgspec.convert(rule, VerbRule)}
        kinds = msgspec.convert(rule, dict[str, VerbRule])
    except msgspec.ValidationError as error:
        raise BadInput(worded("the rule is wrong: {why}", why=as_wording(error)), where=where) from None
    return {"" if kind == "any" else kind: each for kind, each in kinds.items()}


def _checked(rule: VerbRule, where: str, kind: str) -> VerbRule:
    if kind and kind not in KINDS:
        raise BadInput(
            worded("there is no kind {kind!r}", kind=kind[:40]),
            where=where,
            mend=worded("use any, {choices}", choices=", ".join(KINDS)),
        )
    if rule.value not in TAKES:
        raise BadInput(
            worded("there is no value {value!r}", value=rule.value[:40]),
            where=where,
            mend=worded("use {choices}", choices=", ".join(TAKES)[2:]),
        )
    for verb in (rule.verb, rule.otherwise):
        if verb and verb not in VERBS_BY_NAME:
            raise BadInput(
                worded("there is no verb {verb!r}", verb=verb[:60]),
                where=where,
                mend="see docs/events.md for the verbs",
            )
    return rule

"""Why something does not have the shape of an event, a learner or a course, in our words: msgspec names types."""

from __future__ import annotations

import re
from typing import Final, NamedTuple

import msgspec

from staycourse.kernel import BadEvent, worded

NO_TIME: Final = "it is no time of RFC 3339"
"""What is wrong with a time that is written otherwise."""

_AT: Final = re.compile(r" - at (?:`key` in )?`\$(?P<path>[^`]*)`\Z")
_FIELD: Final = re.compile(r"Object (?P<how>missing required|contains unknown) field `(?P<field>[^`]*)`")
_WANTED: Final = re.compile(r"Expected `(?P<kind>[a-z]+)[^`]*`(?P<rest>.*)", re.DOTALL)
_BOUND: Final = re.compile(r"(?P<length> of length)? (?P<side>[<>]=) (?P<bound>-?[0-9.]+)")


class _Why(NamedTuple):
    """What is wrong with a field, and how to mend it."""

    what: str
    mend: str


_MISSING: Final = _Why("it is missing", "give it")
_UNKNOWN: Final = _Why("there is no field of this name", "leave it out, or correct its name")
_NO_ZONE: Final = _Why("its time zone is missing", "write it as 2026-03-02T09:30:00Z")
_KINDS: Final = {
    "str": _Why("it is no text", "write it in quotation marks"),
    "int": _Why("it is no whole number", "write it as 60: without quotation marks or a fraction"),
    "bool": _Why("it is neither true nor false", "write it as true or false"),
    "datetime": _Why(NO_TIME, "write it as 2026-03-02T09:30:00Z"),
    "date": _Why("it is no date", "write it as 2026-03-02"),
    "object": _Why("it is no object", "send one JSON object"),
}
_EXAMPLES: Final = {"birthday": "12-31", "email": "ada@school.example", "phone": "+44 20 7946 0018"}
_CODES: Final = {"currency": "EUR", "country": "DE"}


def shape_error(error: msgspec.ValidationError) -> BadEvent:
    """Turn msgspec's complaint ("... - at `$.value`") into ours: the field as the place, what is wrong, the mend."""
    said = str(error)
    at = _AT.search(said)
    what, where = (said[: at.start()], at["path"].lstrip(".")) if at else (said, "")
    if field := _FIELD.fullmatch(what):
        where = f"{where}.{field['field'][:100]}" if where else field["field"][:100]
        why = _MISSING if field["how"].startswith("missing") else _UNKNOWN
    else:
        why = _why(what, where)
    return BadEvent(why.what, where=where or "event", mend=why.mend)


def _why(what: str, where: str) -> _Why:
    """Return why a value does not fit, of what msgspec says of it at the place `where`."""
    if what.startswith("Invalid RFC3339"):
        return _KINDS["date" if what.endswith("date") else "datetime"]
    wanted = _WANTED.fullmatch(what)
    if wanted is None:
        return _other(what)
    kind, rest = wanted["kind"], wanted["rest"]
    if rest.startswith(", got"):
        return _MISSING if where and rest.endswith("`null`") else _KINDS.get(kind, _other(what))
    if rest.startswith(" with a timezone"):
        return _NO_ZONE
    bound = _BOUND.fullmatch(rest)
    example = _EXAMPLES.get(where) if rest.startswith(" matching") else _CODES.get(where) if bound else None
    if example:
        return _Why("it is not of its form", worded("write it as {example}", example=example))
    return _beyond(kind, bound) if bound else _other(what)


def _beyond(kind: str, passed: re.Match[str]) -> _Why:
    """Return what is wrong with who is below or above a bound of its value or of its length."""
    below, bound = passed["side"] == ">=", passed["bound"]
    if not passed["length"] and below:
        return _Why(worded("it is below {least}", least=bound), worded("give at least {least}", least=bound))
    if not passed["length"]:
        return _Why(worded("it is above {most}", most=bound), worded("give {most} at most", most=bound))
    if kind == "object":
        return _Why(worded("it has more than {most} entries", most=bound), "leave some out")
    if below and bound == "1":
        return _Why("it is empty", "give it")
    if below:
        return _Why(worded("it is shorter than {least} characters", least=bound), "give all of it")
    return _Why(worded("it is longer than {most} characters", most=bound), "shorten it")


def _other(what: str) -> _Why:
    """Hand on what is said so seldom that there are no words of ours for it."""
    return _Why(what[:1].lower() + what[1:], "see docs/events.md")

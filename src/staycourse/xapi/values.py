"""The small values of a statement, each as strict as the specification has it.

xAPI 1.0.3 part 2, sections 2.2 and 4; xAPI 2.0 (IEEE 9274.1.1), sections 4.2.1 and 4.2.7. Every function raises
BadStatement, its `where` relative to the value that was given.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from staycourse.kernel import as_wording, worded
from staycourse.xapi.faults import BadStatement

_IRI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[^\s<>\"{}|\\^`]+")
_MAILTO = re.compile(r"mailto:[^\s@<>]+@[^\s@<>]+\.?[^\s@<>.]+")
_SHA1 = re.compile(r"[0-9a-fA-F]{40}")
_UUID = re.compile(r"[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}")
_LANGUAGE = re.compile(
    r"(?:[A-Za-z]{2,3}(?:-[A-Za-z]{3}){0,3}|[A-Za-z]{4}|[A-Za-z]{5,8})(?:-[A-Za-z]{4})?(?:-(?:[A-Za-z]{2}|[0-9]{3}))?"
    r"(?:-(?:[A-Za-z0-9]{5,8}|[0-9][A-Za-z0-9]{3}))*(?:-[0-9A-WY-Za-wy-z](?:-[A-Za-z0-9]{2,8})+)*"
    r"(?:-[xX](?:-[A-Za-z0-9]{1,8})+)?|[xX](?:-[A-Za-z0-9]{1,8})+|i-[A-Za-z]{2,8}"
)
_AMOUNT = r"[0-9]+(?:[.,][0-9]+)?"
_DURATION = re.compile(
    rf"P(?:{_AMOUNT}W|(?=.)(?:{_AMOUNT}Y)?(?:{_AMOUNT}M)?(?:{_AMOUNT}D)?"
    rf"(?:T(?=.)(?:{_AMOUNT}H)?(?:{_AMOUNT}M)?(?:{_AMOUNT}S)?)?)"
)
_TIMESTAMP = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}:[0-9]{2}(?::[0-9]{2})?)([.,][0-9]+)?(Z|z|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
_MEDIA_TYPE = re.compile(r"[^\s/;]+/[^\s/;]+(?:\s*;.*)?", re.DOTALL)

Check = Callable[[Any], object]


def text(value: Any) -> str:
    """Return `value` if it is a text."""
    if type(value) is not str:
        raise BadStatement(worded("must be a text, not {given}", given=as_wording(kind_of(value))))
    return value


def whole(value: Any) -> None:
    """Accept a whole number that is not negative."""
    if type(value) is not int or value < 0:
        raise BadStatement(worded("must be a whole number, 0 or more, not {given}", given=as_wording(kind_of(value))))


def number(value: Any) -> None:
    """Accept a number."""
    if type(value) is not int and type(value) is not float:
        raise BadStatement(worded("must be a number, not {given}", given=as_wording(kind_of(value))))


def flag(value: Any) -> None:
    """Accept true or false."""
    if value is not True and value is not False:
        raise BadStatement(worded("must be true or false, not {given}", given=as_wording(kind_of(value))))


def iri(value: Any) -> None:
    """Accept an IRI (RFC 3987): with a scheme, without what may not stand in one."""
    if type(value) is not str or not _IRI.fullmatch(value):
        raise BadStatement(worded("must be an IRI with its scheme, not {given}", given=shown(value)))


def mailto(value: Any) -> None:
    """Accept "mailto:" and an address."""
    if type(value) is not str or not _MAILTO.fullmatch(value):
        raise BadStatement(worded("must be written mailto:someone@example.org, not {given}", given=shown(value)))


def sha1(value: Any) -> None:
    """Accept 40 hexadecimal digits."""
    if type(value) is not str or not _SHA1.fullmatch(value):
        raise BadStatement(worded("must be a SHA-1 in hexadecimal, not {given}", given=shown(value)))


def uuid(value: Any) -> str:
    """Return a UUID (RFC 4122) in small letters."""
    if type(value) is not str or not _UUID.fullmatch(value):
        raise BadStatement(worded("must be a UUID, not {given}", given=shown(value)))
    return value.lower()


def language(value: Any) -> None:
    """Accept a language tag (RFC 5646)."""
    if type(value) is not str or not _LANGUAGE.fullmatch(value):
        raise BadStatement(worded("must be a language tag such as en-GB, not {given}", given=shown(value)))


def duration(value: Any) -> None:
    """Accept a duration (ISO 8601), weeks alone or with nothing beside them."""
    if type(value) is not str or not _DURATION.fullmatch(value):
        raise BadStatement(worded("must be a duration such as PT1M30S, not {given}", given=shown(value)))


def media_type(value: Any) -> None:
    """Accept a media type (RFC 2046)."""
    if type(value) is not str or not _MEDIA_TYPE.fullmatch(value):
        raise BadStatement(worded("must be a media type such as text/plain, not {given}", given=shown(value)))


def instant(value: Any) -> datetime:
    """Return a timestamp (RFC 3339, ISO 8601) in UTC; one without an offset is taken for UTC.

    The offset "-00:00", which says that the zone is unknown, is refused, as both versions want.
    """
    found = _TIMESTAMP.fullmatch(value) if type(value) is str else None
    if found is None:
        raise BadStatement(worded("must be a timestamp such as 2026-03-01T08:00:00Z, not {given}", given=shown(value)))
    day, clock, fraction, offset = found.groups()
    if offset and offset[0] == "-" and not offset.strip("-:0"):
        raise BadStatement("must not have the offset -00:00", mend="write Z")
    at = "+00:00" if not offset or offset in "Zz" else offset if len(offset) > 3 else offset + ":00"
    try:
        return datetime.fromisoformat(f"{day}T{clock}{(fraction or '')[:7].replace(',', '.')}{at}").astimezone(UTC)
    except (ValueError, OverflowError):
        raise BadStatement(worded("is not an instant: {given}", given=shown(value))) from None


def table(value: Any) -> dict[str, Any]:
    """Return `value` if it is a JSON object."""
    if type(value) is not dict:
        raise BadStatement(worded("must be an object, not {given}", given=as_wording(kind_of(value))))
    return value


def items(value: Any) -> list[Any]:
    """Return `value` if it is a JSON array."""
    if type(value) is not list:
        raise BadStatement(worded("must be an array, not {given}", given=as_wording(kind_of(value))))
    return value


def language_map(value: Any) -> None:
    """Accept texts by language tag."""
    for tag, said in table(value).items():
        part(language, tag, tag)
        part(text, said, tag)


def extensions(value: Any) -> None:
    """Accept anything by IRI."""
    for name in table(value):
        part(iri, name, name)


def each(check: Check, value: Any) -> None:
    """Check every item of an array."""
    for place, one in enumerate(items(value)):
        part(check, one, f"[{place}]")


def part(check: Check, value: Any, step: str) -> None:
    """Run a check on what stands at `step`, and say so where it fails."""
    try:
        check(value)
    except BadStatement as fault:
        raise fault.under(step) from None


def fields(value: Any, known: dict[str, Check], needed: tuple[str, ...] = ()) -> dict[str, Any]:
    """Check each field of an object by its own check; unknown and missing ones are refused."""
    for name, one in table(value).items():
        check = known.get(name)
        if check is None:
            raise BadStatement("there is no such field", where=name[:80], mend="leave it out")
        part(check, one, name)
    for name in needed:
        if name not in value:
            raise BadStatement("is missing", where=name)
    return value  # type: ignore[no-any-return]


def named(word: str) -> Check:
    """Return the check that a value is exactly `word`."""

    def check(value: Any) -> None:
        if value != word:
            raise BadStatement(worded("must be {word!r}, not {given}", word=word, given=shown(value)))

    return check


def kind_of(value: Any) -> str:
    """Say what kind of JSON value this is."""
    kinds = {dict: "an object", list: "an array", str: "a text", bool: "true or false", type(None): "null"}
    return kinds.get(type(value), "a number")


def shown(value: Any) -> str:
    """Return a value as an error may show it."""
    return repr(value[:60]) if type(value) is str else kind_of(value)

"""The quick way through a batch: statements of the common form are checked without being taken apart.

What repeats from statement to statement (actor, verb, object, the activities around) is known by its bytes and was
checked once. What never repeats (ids, registrations, timestamps, durations) is checked for a whole batch by one pattern
each. The bytes of a statement stay as they came. Whatever is out of the common is passed on to the thorough way, which
alone refuses: here nothing is refused, and nothing is let through that the thorough way would refuse or change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from typing import Annotated, Final

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from staycourse.xapi.told import Statement

NOTHING: Final = Raw()
MOST_KNOWN: Final = 50_000
LONGEST_KNOWN: Final = 1_024

_HEXADECIMAL: Final = b"0123456789abcdef"
_DASHES: Final = (8, 13, 18, 23)
_UUID_LENGTH: Final = 36
_SHORT: Final = 64 << 10
_LONG: Final = 2 * _SHORT
_BLANKS: Final = b" \t\n\r"
_BETWEEN: Final = re.compile(
    rb'\}\s*,(?=\s*\{\s*"(?:id"\s*:\s*"[0-9a-f]{8}-|(?:actor|verb|object|result|context|timestamp)"))'
)
"""The comma between two statements: an activity's id is no UUID."""
_INSTANT = (
    "(?:19|20)[0-9]{2}-(?:(?:0[1-9]|1[0-2])-(?:0[1-9]|1[0-9]|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
    r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,9})?Z"
)
_DURATION = r"P(?:[0-9]+D)?T(?=[0-9])(?:[0-9]+H)?(?:[0-9]+M)?(?:[0-9]+(?:\.[0-9]+)?S)?"


class PlainContext(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The context of a plain statement."""

    registration: str | UnsetType = UNSET
    contextActivities: Raw = NOTHING  # noqa: N815 - the specification's own name
    platform: str | UnsetType = UNSET
    revision: str | UnsetType = UNSET
    language: Raw = NOTHING
    instructor: Raw = NOTHING
    team: Raw = NOTHING
    extensions: Raw = NOTHING


class PlainScore(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A score that is good by its form: one that has bounds is left to the thorough way."""

    scaled: Annotated[float, Meta(ge=-1, le=1)] | UnsetType = UNSET
    raw: float | UnsetType = UNSET


class PlainResult(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The result of a plain statement: without extensions, which may hold anything."""

    score: PlainScore | UnsetType = UNSET
    success: bool | UnsetType = UNSET
    completion: bool | UnsetType = UNSET
    response: str | UnsetType = UNSET
    duration: str | UnsetType = UNSET


class Plain(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """A plain statement: what a server fills in (stored, authority, version) and attachments are left out of it."""

    actor: Raw
    verb: Raw
    object: Raw
    id: str | UnsetType = UNSET
    result: PlainResult | UnsetType = UNSET
    context: PlainContext | UnsetType = UNSET
    timestamp: str | UnsetType = UNSET


_pieces = msgspec.json.Decoder(list[Raw]).decode
_many = msgspec.json.Decoder(list[Plain]).decode
_one = msgspec.json.Decoder(Plain).decode
_UNREADABLE: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
Good = Callable[[str, bytes], bool]
"""Says whether the part of that name, given by its bytes, is good and need not be changed."""


class _Same:
    """A pattern for one value, and for many at once."""

    def __init__(self, pattern: str) -> None:
        self._one = re.compile(pattern)
        self._many = re.compile(rf"(?:{pattern}\n)*+")

    def fits(self, values: Sequence[str]) -> bool:
        """Say whether every value is of the pattern."""
        if len(values) == 1:
            return self._one.fullmatch(values[0]) is not None
        told = "\n".join(values) + "\n" if values else ""
        return self._many.fullmatch(told) is not None and told.count("\n") == len(values)


_INSTANTS, _DURATIONS = _Same(_INSTANT), _Same(_DURATION)
_AROUND: Final = "context.contextActivities"
_SELDOM: Final = ("language", "instructor", "team", "extensions")
"""What few contexts have."""


def _are_uuids(values: Sequence[str]) -> bool:
    """Say whether every value is a UUID in small letters: a tenth of what a pattern takes."""
    told = ("\n".join(values) + "\n").encode("ascii", "replace") if values else b""
    count, length = len(values), _UUID_LENGTH + 1
    return (
        len(told) == length * count
        and told[_UUID_LENGTH::length] == b"\n" * count
        and all(told[place::length] == b"-" * count for place in _DASHES)
        and told.translate(None, _HEXADECIMAL) == b"----\n" * count
    )


def _shorter(body: bytes) -> Iterator[bytes]:
    """Cut a long array into shorter ones, so that what is made of each stays in the processor's cache while it is
    looked at.

    Wherever it is cut, pieces that are arrays are together the array that was cut: a cut in a wrong place, which what
    extensions hold can bring about, leaves some that are none.
    """
    begin, end = body.find(b"["), body.rfind(b"]")
    if len(body) < _LONG or begin < 0 or (body[:begin] + body[end + 1 :]).strip(_BLANKS):
        yield body
        return
    begin += 1
    while end - begin > _LONG and (cut := _BETWEEN.search(body, begin + _SHORT, end)):
        yield b"[%b]" % body[begin : cut.end() - 1]
        begin = cut.end()
    yield b"[%b]" % body[begin:end]


class PlainReader:
    """Finds the plain statements of a batch. Its memory is bounded; threads may share it."""

    def __init__(self, good: Good) -> None:
        self._good = good
        self._known: dict[str, set[bytes]] = {name: set() for name in ("actor", "verb", "object", _AROUND)}

    def read(self, body: bytes) -> tuple[list[bytes], list[Plain | None]]:
        """Cut an array into its statements; beside each its plain form, None where it is not plain or not good.

        Raises as msgspec does where `body` is no array of JSON.
        """
        pieces = list(map(bytes, _pieces(body)))
        try:
            found = _many(body)
        except (msgspec.ValidationError, UnicodeDecodeError, RecursionError):
            found = None
        if found is not None and self._plain(found):
            return pieces, list(found)
        return pieces, list(map(self.one, pieces))

    def ids(self, body: bytes) -> list[str] | None:
        """Return the ids ("" for none) of the statements of `body`, one or an array; None unless all are plain and
        good."""
        try:
            if is_single(body):
                return self._ids([_one(body)])
            found: list[str] = []
            for piece in _shorter(body):
                ids = self._ids(_many(piece))
                if ids is None:
                    return None
                found += ids
        except _UNREADABLE:
            return None if len(body) < _LONG else self._whole(body)  # where it was cut in a wrong place
        return found

    def _whole(self, body: bytes) -> list[str] | None:
        try:
            return self._ids(_many(body))
        except _UNREADABLE:
            return None

    def _ids(self, found: Sequence[Plain]) -> list[str] | None:
        return [one.id if one.id is not UNSET else "" for one in found] if self._plain(found) else None

    def one(self, piece: bytes) -> Plain | None:
        """Return a statement's plain form, None if it is not plain, or not good."""
        try:
            found = _one(piece)
        except _UNREADABLE:
            return None
        return found if self._plain([found]) else None

    def _plain(self, found: Sequence[Plain]) -> bool:
        """Say whether all of these are plain and good: a column is looked at rather than a statement."""
        contexts = [one.context for one in found if one.context is not UNSET]
        results = [one.result for one in found if one.result is not UNSET]
        seldom = [one for one in contexts if one.language or one.instructor or one.team or one.extensions]
        return (
            self._all_good("verb", [one.verb for one in found])
            and self._all_good("actor", [one.actor for one in found])
            and self._all_good("object", [one.object for one in found])
            and self._all_good(_AROUND, [one.contextActivities for one in contexts if one.contextActivities])
            and _are_uuids([one.id for one in found if one.id is not UNSET])
            and _are_uuids([one.registration for one in contexts if one.registration is not UNSET])
            and _INSTANTS.fits([one.timestamp for one in found if one.timestamp is not UNSET])
            and _DURATIONS.fits(list({one.duration for one in results if one.duration is not UNSET}))
            and all(map(self._seldom_is_good, seldom))
        )

    def _all_good(self, name: str, parts: Sequence[Raw]) -> bool:
        """Say whether parts are good; what is good is known from then on."""
        known = self._known[name]
        if known.issuperset(map(bytes, parts)):  # each is forgotten at once: its bytes stay in the processor's cache
            return True
        for one in set(map(bytes, parts)) - known:
            if not self._good(name, one):
                return False
            if len(one) <= LONGEST_KNOWN:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                known.add(one)
        return True

    def _seldom_is_good(self, context: PlainContext) -> bool:
        return all(self._good(f"context.{name}", bytes(raw)) for name in _SELDOM if (raw := getattr(context, name)))


class _Filled(msgspec.Struct, gc=False):
    """What of a plain statement says whether the server fills it in."""

    id: str | UnsetType = UNSET
    timestamp: str | UnsetType = UNSET


_filled = msgspec.json.Decoder(list[_Filled]).decode


def is_single(body: bytes) -> bool:
    """Say whether a body is one statement, not an array."""
    return body[:1] == b"{" or body.lstrip()[:1] == b"{"


def plain_statements(body: bytes, ids: Sequence[str]) -> list[Statement]:
    """Return the statements of a body that was found to be plain and good (`PlainReader.ids`), to be written down."""
    told = b"[" + body + b"]" if is_single(body) else body
    return [
        Statement(statement, None, bytes(piece), one.id is not UNSET, one.timestamp is not UNSET)
        for statement, piece, one in zip(ids, _pieces(told), _filled(told), strict=True)
    ]

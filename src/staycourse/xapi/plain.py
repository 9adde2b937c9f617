"""The quick way through a batch: statements of the common form are checked without being taken apart.

What repeats from statement to statement (actor, verb, object, the activities around) is known by its bytes and was
checked once. What never repeats (ids, registrations, timestamps, durations) is checked for a whole batch by one pattern
each. The bytes of a statement stay as they came. Whatever is out of the common is passed on to the thorough way, which
alone refuses: here nothing is refused, and nothing is let through that the thorough way would refuse or change.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from operator import attrgetter
from typing import Final

import msgspec
from msgspec import UNSET, Raw, UnsetType

from staycourse.xapi.statement import Score
from staycourse.xapi.told import Statement

NOTHING: Final = Raw()
MOST_KNOWN: Final = 50_000
LONGEST_KNOWN: Final = 1_024

_UUID = "[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}"
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


class PlainResult(msgspec.Struct, forbid_unknown_fields=True, gc=False):
    """The result of a plain statement: without extensions, which may hold anything."""

    score: Score | UnsetType = UNSET
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


_IDS, _INSTANTS, _DURATIONS = _Same(_UUID), _Same(_INSTANT), _Same(_DURATION)
_actor, _verb, _object, _around = map(attrgetter, ("actor", "verb", "object", "contextActivities"))


class PlainReader:
    """Finds the plain statements of a batch. Its memory is bounded; threads may share it."""

    def __init__(self, good: Good) -> None:
        self._good = good
        self._known: dict[str, set[bytes]] = {
            name: set() for name in ("actor", "verb", "object", "context.contextActivities")
        }

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
            found = [_one(body)] if is_single(body) else _many(body)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        if not self._plain(found):
            return None
        return [one.id if one.id is not UNSET else "" for one in found]

    def one(self, piece: bytes) -> Plain | None:
        """Return a statement's plain form, None if it is not plain, or not good."""
        try:
            found = _one(piece)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            return None
        return found if self._plain([found]) else None

    def _plain(self, found: Sequence[Plain]) -> bool:
        """Say whether all of these are plain and good: a column is looked at rather than a statement."""
        contexts = [one.context for one in found if one.context is not UNSET]
        results = [one.result for one in found if one.result is not UNSET]
        return (
            self._all_good("verb", map(_verb, found))
            and self._all_good("actor", map(_actor, found))
            and self._all_good("object", map(_object, found))
            and self._all_good("context.contextActivities", filter(None, map(_around, contexts)))
            and _IDS.fits([one.id for one in found if one.id is not UNSET])
            and _IDS.fits([one.registration for one in contexts if one.registration is not UNSET])
            and _INSTANTS.fits([one.timestamp for one in found if one.timestamp is not UNSET])
            and _DURATIONS.fits([one.duration for one in results if one.duration is not UNSET])
            and all(one.score is UNSET or _within(one.score) for one in results)
            and all(map(self._rest_is_good, contexts))
        )

    def _all_good(self, name: str, parts: Iterable[Raw]) -> bool:
        """Say whether parts are good; what is good is known from then on."""
        told, known = list(map(bytes, parts)), self._known[name]
        if known.issuperset(told):
            return True
        for one in set(told) - known:
            if not self._good(name, one):
                return False
            if len(one) <= LONGEST_KNOWN:
                if len(known) >= MOST_KNOWN:
                    known.clear()
                known.add(one)
        return True

    def _rest_is_good(self, context: PlainContext) -> bool:
        if not (context.language or context.instructor or context.team or context.extensions):
            return True
        names = ("language", "instructor", "team", "extensions")
        return all(self._good(f"context.{name}", bytes(raw)) for name in names if (raw := getattr(context, name)))


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


def _within(score: Score) -> bool:
    """Say whether a score is certain to be good: one that has bounds is left to the thorough way."""
    return score.min is UNSET and score.max is UNSET

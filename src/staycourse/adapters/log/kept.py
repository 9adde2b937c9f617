"""What a frame of the statements' journal holds: statements as they are given out, or plain ones as they came."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec
import pyarrow as pa

from staycourse.kernel import instant_at
from staycourse.xapi import plain_statements

LANES = 256
WORTH_SHORTENING = 4 << 10
"""Bytes of a body from which on it is made short."""
_SHORTENING = "snappy"


class Content(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """An attachment's content. `sha2` is its SHA-2 in hexadecimal."""

    sha2: str
    content_type: str
    content: bytes


class Kept(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """A statement as it is kept: `body` is what is given out, `two` that it was checked as of version 2.0."""

    place: int
    statement: str
    two: bool
    body: bytes
    contents: tuple[Content, ...] = ()


class Came(msgspec.Struct, frozen=True, gc=False, kw_only=True):
    """Plain statements of one request as they came: `body` is the request's, `ids` says what each is called.

    They stand at `first` and the places after it in the same lane. What a server fills in is left to who opens it.
    A body that was made short has had `length` bytes.
    """

    first: int
    ids: list[str]
    two: bool
    authority: bytes
    length: int = 0
    body: bytes


_encode = msgspec.msgpack.Encoder().encode
_EMPTY, _LONG = b"\xc4\x00", b"\xc6"
"""How msgpack begins bytes of which there are none, and many, their number in 4 bytes (its specification, bin)."""
_decode = msgspec.msgpack.Decoder(list[Kept] | Came).decode


def packed(kept: Sequence[Kept]) -> bytes:
    """Return statements as the payload of a frame."""
    return _encode(kept)


def packed_apart(came: Came) -> tuple[bytes, bytes]:
    """Return statements as the payload of a frame in two pieces, the second of which is their body: it is not copied.

    A long one is made short, since a disk takes longer for many bytes than a processor for leaving most of them out.
    """
    body, length = came.body, 0
    if len(body) >= WORTH_SHORTENING:
        body, length = pa.compress(body, _SHORTENING, asbytes=True), len(body)
    head = _encode(msgspec.structs.replace(came, body=b"", length=length))
    return head.removesuffix(_EMPTY) + _LONG + len(body).to_bytes(4, "big"), body


def opened(payload: bytes | memoryview) -> list[Kept]:
    """Return what was packed, each statement as it is kept."""
    found = _decode(payload)
    return found if isinstance(found, list) else _filled_in(found)


def place_of(moment: int, lane: int) -> int:
    """Return the place of a statement stored at `moment` (microseconds since 1970) by the process that holds `lane`."""
    return moment * LANES + lane


def places_from(first: int, count: int) -> range:
    """Return `count` places in the lane of `first`, which is the first of them: one a microsecond."""
    return range(first, first + count * LANES, LANES)


def instant_of(place: int) -> datetime:
    """Return when the statement at `place` was stored."""
    return instant_at(place // LANES)


def stored_texts(first: int, count: int) -> Iterator[bytes]:
    """Yield `count` microseconds since 1970, beginning with `first`, as timestamps."""
    second, told = -1, b""
    for moment in range(first, first + count):
        whole, rest = divmod(moment, 1_000_000)
        if whole != second:
            second, told = whole, instant_at(whole * 1_000_000).isoformat()[:19].encode()
        yield b"%b.%06dZ" % (told, rest)


def _filled_in(came: Came) -> list[Kept]:
    version = b"2.0.0" if came.two else b"1.0.0"
    body = pa.decompress(came.body, came.length, _SHORTENING, asbytes=True) if came.length else came.body
    told = zip(
        places_from(came.first, len(came.ids)), came.ids, plain_statements(body, came.ids),
        stored_texts(came.first // LANES, len(came.ids)), strict=True,
    )  # fmt: skip
    return [
        Kept(place, statement, came.two, one.written(stored, came.authority, version))
        for place, statement, one, stored in told
    ]

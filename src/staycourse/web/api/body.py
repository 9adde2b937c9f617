"""Bodies as they come over the wire: bounded in size, in time, in what they grow to when inflated, and in memory."""

from __future__ import annotations

import asyncio
import re
import zlib
from collections.abc import Callable, Mapping
from email.message import Message as Mime
from typing import Final, TypeVar

import msgspec
from starlette.types import Receive

from staycourse.kernel import BadInput, StaycourseError, worded
from staycourse.web.api.problems import TooLarge, UnknownForm

MOST_BODY: Final = 16 << 20
"""Bytes of a request's body, as sent and as inflated."""

BODY_SECONDS: Final = 30.0
"""How long a whole body may take to come."""

_THREAD_BYTES: Final = 256 << 10  # more than this is inflated beside the event loop
JSON_TYPES: Final = ("", "application/json", "application/octet-stream")
_MARK: Final = b"\xef\xbb\xbf"
_GZIP: Final = b"\x1f\x8b"
_SIGN: Final = re.compile(
    rb"(?:\\\\)+|\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][0-9a-fA-F]{2})"
)
CHARSETS: Final = frozenset({"", "utf-8", "utf8", "us-ascii", "ascii"})


class TooSlow(StaycourseError):
    """The body did not come in time (RFC 9110, 15.5.9)."""

    http_status = 408
    code = "too-slow"


class Gone(Exception):
    """Whoever asked went away in the middle of the body: there is nobody to answer."""


Told = TypeVar("Told")
Hold = Callable[[int], None]
"""Takes room for so many bytes, or raises TooMany: see app.Intake.room."""


async def read_body(headers: Mapping[str, str], receive: Receive, hold: Hold, most: int = MOST_BODY) -> bytes:
    """Return a body, inflated where it was sent as gzip (RFC 9110, 8.4).

    TooLarge beyond `most` bytes, before they are read where that is known; UnknownForm for other encodings; TooSlow.
    """
    encoding = headers.get("content-encoding", "").strip().lower()
    if encoding not in ("", "identity", "gzip", "x-gzip"):
        raise UnknownForm(
            worded("the encoding {encoding!r} is not read here", encoding=encoding[:40]),
            where="content-encoding",
            mend="send the body plain or as gzip",
        )
    told = headers.get("content-length", "")
    if told.isdecimal() and int(told) > most:
        raise _too_large(most)
    body = await _received(receive, hold, most)
    if encoding.endswith("gzip") and body:
        inflate = asyncio.to_thread(inflated, body, most) if len(body) > _THREAD_BYTES else None
        body = await inflate if inflate is not None else inflated(body, most)
        hold(len(body))
    return body


async def _received(receive: Receive, hold: Hold, most: int) -> bytes:
    message = await receive()
    if message["type"] == "http.request" and not message.get("more_body"):
        body: bytes = message.get("body", b"")
        _check(len(body), most)
        hold(len(body))
        return body
    pieces: list[bytes] = []
    length = 0
    try:
        async with asyncio.timeout(BODY_SECONDS):
            while True:
                if message["type"] != "http.request":
                    raise Gone
                piece = message.get("body", b"")
                length += len(piece)
                _check(length, most)
                hold(len(piece))
                pieces.append(piece)
                if not message.get("more_body"):
                    return b"".join(pieces)
                message = await receive()
    except TimeoutError:
        raise TooSlow("the body did not come in time", where="body", mend="send it at once") from None


def inflated(body: bytes, most: int) -> bytes:
    """Return what a gzip body (RFC 1952, of one or more members) holds; TooLarge beyond `most` bytes, so that a bomb
    is never unpacked; BadInput if it is broken."""
    pieces: list[bytes] = []
    left = most
    while body:
        member = zlib.decompressobj(wbits=31)
        try:
            piece = member.decompress(body, left + 1)
        except zlib.error:
            raise _torn() from None
        if len(piece) > left:
            raise _too_large(most)
        if not member.eof:
            raise _torn()
        left -= len(piece)
        pieces.append(piece)
        body = member.unused_data
    return b"".join(pieces)


def decoded(body: bytes, kind: type[Told]) -> Told:
    """Return what a JSON body says, as it stands or else as its sender meant it; msgspec's errors if it is no JSON."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.json.decode(readable(body), type=kind)


def readable(body: bytes) -> bytes:
    """Return JSON that could not be read as its sender meant it: without a byte-order mark (RFC 8259, 8.1), and half a
    sign, which programs leave that cut a text to a length, as U+FFFD. BadInput for gzip that nobody announced."""
    if body.startswith(_GZIP):
        raise BadInput(
            "it is gzip, which no header says", where="content-encoding", mend="send `Content-Encoding: gzip` with it"
        )
    return _SIGN.sub(lambda sign: rb"\ufffd" if sign["half"] else sign[0], body.removeprefix(_MARK))


def media_type(headers: Mapping[str, str]) -> str:
    """Return the media type of a body, "" where none is said; UnknownForm for a character set other than UTF-8."""
    told = headers.get("content-type", "")
    if told in ("", "application/json"):
        return told
    read = Mime()
    read["content-type"] = told
    charset = str(read.get_param("charset") or "")
    if charset.lower() not in CHARSETS:
        raise UnknownForm(
            worded("the character set {charset!r} is not read here", charset=charset[:40]),
            where="content-type",
            mend="send UTF-8",
        )
    return read.get_content_type() if "/" in told else ""


def _check(length: int, most: int) -> None:
    if length > most:
        raise _too_large(most)


def _torn() -> BadInput:
    mend = "compress the whole body, or send it plain without Content-Encoding"
    return BadInput("not whole gzip", where="body", mend=mend)


def _too_large(most: int) -> TooLarge:
    return TooLarge(worded("more than {most:,} bytes", most=most), where="body", mend="send it in smaller pieces")

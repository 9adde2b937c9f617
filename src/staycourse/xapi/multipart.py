"""multipart/mixed: statements with their attachments' contents (RFC 2046, section 5.1).

xAPI 1.0.3 part 3, section 1.5.2; xAPI 2.0, section 4.1.3.
"""

from __future__ import annotations

import hashlib
import re
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from staycourse.kernel import worded
from staycourse.xapi.faults import BadStatement
from staycourse.xapi.told import Statement

MOST_PARTS = 1_000
LONGEST_HEAD = 4_096
HASH = "x-experience-api-hash"
_BOUNDARY = re.compile(r'(?:^|;)\s*boundary\s*=\s*(?:"([^"]{1,70})"|([^\s;"]{1,70}))', re.IGNORECASE)
_LENGTHS = {56: hashlib.sha224, 64: hashlib.sha256, 96: hashlib.sha384, 128: hashlib.sha512}
"""SHA-2 by the length of its hexadecimal digits."""


@dataclass(frozen=True, slots=True)
class Piece:
    """One part of a multipart body; names of headers are in small letters."""

    headers: Mapping[str, str]
    content: bytes


@dataclass(frozen=True, slots=True)
class Attached:
    """An attachment's content and its type."""

    content_type: str
    content: bytes


def pieces_of(body: bytes, content_type: str) -> list[Piece]:
    """Return the parts of a body; BadStatement if it is not as its content type says."""
    found = _BOUNDARY.search(content_type.partition(";")[2])
    if found is None:
        raise BadStatement("names no boundary", where="Content-Type")
    mark = b"--" + (found[1] or found[2]).encode("latin-1", "replace")
    whole = b"\r\n" + body
    between = whole.split(b"\r\n" + mark, MOST_PARTS + 2)
    if len(between) > MOST_PARTS + 2:
        raise BadStatement(worded("holds more than {most} parts", most=MOST_PARTS), where="body")
    if len(between) < 3 or not between[-1].startswith(b"--"):
        raise BadStatement("is not closed by its boundary", where="body", mend="end it with the boundary and --")
    return [_piece(told) for told in between[1:-1]]


def _piece(told: bytes) -> Piece:
    padding, line, rest = told.partition(b"\r\n")
    if padding.strip() or not line:
        raise BadStatement("a boundary must stand alone on its line", where="body")
    head, line, content = (b"\r\n" + rest).partition(b"\r\n\r\n")
    if not line or len(head) > LONGEST_HEAD:
        raise BadStatement("a part has no head, or one that is too long", where="body")
    headers = {}
    for text in head.decode("latin-1").split("\r\n"):
        name, colon, value = text.partition(":")
        if colon:
            headers[name.strip().lower()] = value.strip()
    return Piece(headers, content)


def attached(pieces: Sequence[Piece]) -> dict[str, Attached]:
    """Return the contents of the parts after the first by their SHA-2; BadStatement where one is not what it says."""
    found: dict[str, Attached] = {}
    for place, piece in enumerate(pieces, start=1):
        where = f"part {place + 1}"
        named = piece.headers.get(HASH, "").lower()
        if not named:
            raise BadStatement("is missing", where=f"{where}, X-Experience-API-Hash")
        if piece.headers.get("content-transfer-encoding", "").lower() != "binary":
            raise BadStatement("must be binary", where=f"{where}, Content-Transfer-Encoding")
        digest = _LENGTHS.get(len(named))
        if digest is None or digest(piece.content).hexdigest() != named:
            raise BadStatement("is not the SHA-2 of the part's content", where=f"{where}, X-Experience-API-Hash")
        found[named] = Attached(piece.headers.get("content-type", "application/octet-stream"), piece.content)
    return found


def matched(statements: Sequence[Statement], contents: Mapping[str, Attached]) -> list[dict[str, Attached]]:
    """Return the contents that belong to each statement.

    BadStatement where one came that no statement tells of, or one is missing that nothing else leads to.
    """
    left = set(contents)
    if not left and all(statement.told for statement in statements):
        return [{}] * len(statements)
    found: list[dict[str, Attached]] = []
    for place, statement in enumerate(statements):
        own: dict[str, Attached] = {}
        for number, told in enumerate(statement.attachments):
            sha2 = told["sha2"].lower()
            if sha2 in contents:
                own[sha2] = contents[sha2]
                left.discard(sha2)
            elif "fileUrl" not in told:
                at = f"[{place}].attachments[{number}]"
                raise BadStatement("came without its content, and has no fileUrl", where=at)
        found.append(own)
    if left:
        raise BadStatement(worded("no statement tells of the content {left}", left=min(left)), where="body")
    return found


def written(first: bytes, contents: Mapping[str, tuple[str, bytes]]) -> tuple[bytes, str]:
    """Return a multipart body of JSON and contents (type and bytes by SHA-2), and its content type."""
    boundary = secrets.token_hex(16)
    mark = f"--{boundary}\r\n".encode()
    pieces = [mark, b"Content-Type: application/json\r\n\r\n", first, b"\r\n"]
    for sha2, (content_type, content) in contents.items():
        safe = content_type.encode("latin-1", "replace").replace(b"\r", b"").replace(b"\n", b"")
        head = b"Content-Type: %s\r\nContent-Transfer-Encoding: binary\r\nX-Experience-API-Hash: %s\r\n\r\n"
        pieces += [mark, head % (safe, sha2.encode()), content, b"\r\n"]
    return b"".join([*pieces, f"--{boundary}--\r\n".encode()]), f"multipart/mixed; boundary={boundary}"


__all__ = ["Attached", "Piece", "attached", "matched", "pieces_of", "written"]

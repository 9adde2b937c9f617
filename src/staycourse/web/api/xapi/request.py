"""A request as the resources see it, whichever syntax it came in, and the answer to it.

xAPI 1.0.3 part 3, sections 1 and 3.3; xAPI 2.0, sections 4.1.1 to 4.1.5.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from typing import Any, Final
from urllib.parse import parse_qsl

import msgspec

from staycourse.kernel import worded
from staycourse.web.api.access import Access
from staycourse.xapi import BadStatement

VERSION: Final = "x-experience-api-version"
MOST_FIELDS: Final = 100
_FORM_HEADERS: Final = ("authorization", VERSION, "content-type", "content-length", "if-match", "if-none-match",
                        "accept", "accept-language")  # fmt: skip


@dataclass(frozen=True, slots=True)
class Asked:
    """One request. `two` says that it is of version 2.0; names of headers are in small letters."""

    method: str
    path: str
    parameters: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes
    two: bool
    access: Access

    @property
    def content_type(self) -> str:
        """Return the body's media type without its parameters, in small letters."""
        return self.headers.get("content-type", "").partition(";")[0].strip().lower()


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer; `content` is bytes as they go out."""

    status: int = 200
    content: bytes = b""
    content_type: str = "application/json"
    headers: dict[str, str] = field(default_factory=dict)


def said(value: Any, headers: dict[str, str] | None = None) -> Reply:
    """Return an answer in JSON."""
    return Reply(200, msgspec.json.encode(value), headers=headers or {})


def http_date(instant: datetime) -> str:
    """Return an instant as HTTP writes it (RFC 9110, section 5.6.7)."""
    return format_datetime(instant, usegmt=True)


def version_of(headers: Mapping[str, str]) -> bool:
    """Say whether a request is of version 2.0; BadStatement where it names no version, or one that is not spoken."""
    told = headers.get(VERSION, "")
    pieces = told.split(".")
    if len(pieces) in (2, 3) and all(piece.isascii() and piece.isdecimal() for piece in pieces):
        if pieces[:2] == ["2", "0"]:
            return True
        if pieces[:2] == ["1", "0"]:
            return False
    raise BadStatement(worded("must be 1.0.x or 2.0.x, not {told!r}", told=told[:20]), where="X-Experience-API-Version")


def parameters_of(query: bytes) -> dict[str, str]:
    """Return a query string's parameters."""
    return _fields(query.decode("latin-1"))


def alternate(parameters: Mapping[str, str], body: bytes) -> tuple[str, dict[str, str], dict[str, str], bytes]:
    """Return what a request in the alternate syntax means: method, parameters, headers and body.

    Of 1.0.3 alone (part 3, section 1.3): all but the method stands in a form, since old browsers could send no more.
    """
    if set(parameters) != {"method"}:
        raise BadStatement("must be the only parameter", where="method", mend="put the others into the form")
    method = parameters["method"].upper()
    if method not in ("GET", "PUT", "POST", "DELETE", "HEAD"):
        raise BadStatement("must be a method of HTTP", where="method")
    given = _fields(body.decode("latin-1"))
    names = {name for name in given if name.lower() in _FORM_HEADERS}
    headers = {name.lower(): given.pop(name) for name in names}
    if headers.get(VERSION, "1").startswith("2"):
        raise BadStatement("is no parameter of version 2.0", where="method", mend="send the request as it is meant")
    content = given.pop("content", None)
    if content is None and method in ("PUT", "POST"):
        raise BadStatement("is missing", where="content", mend="send the body as the field `content` of the form")
    headers.setdefault("content-type", "application/json")
    return method, given, headers, (content or "").encode("utf-8", "surrogatepass")


def _fields(told: str) -> dict[str, str]:
    try:
        pairs = parse_qsl(told, keep_blank_values=True, max_num_fields=MOST_FIELDS)
    except ValueError:
        raise BadStatement(worded("more than {most} parameters", most=MOST_FIELDS), where="query") from None
    return dict(pairs)

"""What a form posted, and the answer to it: go back to the page, and be told there once what happened."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated
from urllib.parse import parse_qsl, urlsplit

from fastapi import Depends
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from staycourse.kernel import BadInput, worded

NOTICE_COOKIE = "staycourse_notice"
LONGEST_FORM = 262_144
"""Bytes: the longest form is a template in two languages, percent-encoded."""

_MOST_FIELDS = 30
_NOTICE = re.compile(r"[a-z][a-z0-9_.]{0,79}")
_SECONDS_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Notice:
    """What is said once after an action. `kind` is done, or stop where nothing was changed."""

    kind: str
    text: str


async def posted(request: Request) -> Mapping[str, str]:
    """Read a form of the console's own; BadInput if it is too long or has too many fields."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_FORM:
            raise BadInput("the form is too long", mend=worded("send at most {most} bytes", most=LONGEST_FORM))
    try:
        return dict(parse_qsl(body.decode("utf-8", "replace"), keep_blank_values=True, max_num_fields=_MOST_FIELDS))
    except ValueError as error:
        raise BadInput("the form has too many fields", mend="send those of the page") from error


Form = Annotated[Mapping[str, str], Depends(posted)]
"""A handler's parameter: the posted form, already read, so that the handler runs in a worker thread."""


def led_back(given: Mapping[str, str], otherwise: str, notice: str = "") -> Response:
    """Lead to the form's `back` (else to `otherwise`), where `notice.<notice>` is said once.

    A notice whose name ends in `.stop` says that nothing was changed.
    """
    answer = RedirectResponse(safe_return(given.get("back") or otherwise), status_code=303)
    if notice:
        answer.set_cookie(NOTICE_COOKIE, notice, max_age=_SECONDS_SHOWN, httponly=True, samesite="lax", path="/")
    return answer


def notice_name(request: Request) -> str:
    """Return the name of the notice to be said now, "" for none."""
    name = request.cookies.get(NOTICE_COOKIE, "")
    return name if _NOTICE.fullmatch(name) else ""


def safe_return(address: str) -> str:
    """Return `address` if it is a path of this console, else the first page: a form may not lead to another host."""
    try:
        parts = urlsplit(address)
    except ValueError:
        return "/"
    if not address.isprintable() or parts.scheme or parts.netloc or "\\" in address or not parts.path.startswith("/"):
        return "/"
    return address if not address.startswith("//") else "/"

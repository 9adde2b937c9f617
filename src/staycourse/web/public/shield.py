"""What every public answer carries, and what is refused before anything is read: too long an address, too large a body.

There are no cookies and no sign-in here: who holds a link may do what the link is for, and nothing else.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from staycourse.kernel import BadInput, worded
from staycourse.web.security import HEADERS

LONGEST_PATH = 4_000
LONGEST_BODY = 8_192
"""Bytes. A browser's subscription is the largest thing that is posted: under 1,000."""

PUBLIC_HEADERS = {
    **HEADERS,
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "referrer-policy": "no-referrer",  # the address is the key: no other site may learn it
    "x-robots-tag": "noindex, nofollow",
    "cache-control": "no-store",
}


class Shield:
    """Middleware: hardens every answer, and refuses addresses that are none of ours."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in PUBLIC_HEADERS.items():
                    headers.setdefault(name, value)
                headers.add_vary_header("Accept-Language")
            await send(message)

        if len(scope["path"]) + len(scope["query_string"]) > LONGEST_PATH:
            await PlainTextResponse("The address is too long.\n", status_code=414)(scope, receive, hardened)
            return
        await self._app(scope, receive, hardened)


async def body_of(request: Request) -> bytes:
    """Read a body; BadInput if it is longer than anything that is posted here."""
    body = b""
    async for part in request.stream():
        body += part
        if len(body) > LONGEST_BODY:
            raise BadInput("too long", where="body", mend=worded("send at most {most} bytes", most=LONGEST_BODY))
    return body

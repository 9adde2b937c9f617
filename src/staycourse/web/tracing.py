"""A span for each request, by the door it came to: a trace that the sender began goes on in it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from staycourse.app.homes.observing import Spans

CONTEXT: Final = (b"traceparent", b"tracestate")
"""The headers that tell of a trace (W3C Trace Context)."""


class RequestSpans:
    """Middleware. `span` opens a span; attributes are OpenTelemetry's semantic conventions for HTTP servers."""

    def __init__(self, app: ASGIApp, span: Spans, door_of: Callable[[str], str]) -> None:
        self._app = app
        self._span = span
        self._door_of = door_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        door = self._door_of(scope["path"])
        told = {"http.request.method": scope["method"], "http.route": door}
        begun = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"] if name in CONTEXT}
        with self._span(f"{scope['method']} {door}", told, begun_by=begun) as span:

            async def noting(message: Message) -> None:
                if message["type"] == "http.response.start" and span is not None:
                    span.set_attribute("http.response.status_code", message["status"])
                await send(message)

            await self._app(scope, receive, noting)

"""What every answer carries so that a browser trusts nothing else, and the refusal of foreign hosts and senders."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection, Sequence
from urllib.parse import urlsplit

from starlette.datastructures import MutableHeaders
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

# ECharts and the theme set styles through the object model only, so even inline style attributes stay forbidden.
# `data:` images are the arrows and ticks inside the vendored stylesheet.
CONTENT_SECURITY_POLICY = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data:",
        "connect-src 'self'",
        "font-src 'none'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)

SAFE_METHODS = ("GET", "HEAD", "OPTIONS")
"""Methods that change nothing (RFC 9110, 9.2.1)."""

HEADERS = {
    "content-security-policy": CONTENT_SECURITY_POLICY,
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "same-origin",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "permissions-policy": "camera=(), microphone=(), geolocation=(), payment=()",
}


def loopback_host(header: str) -> bool:
    """Say whether a Host header names this machine itself: localhost or a loopback address, with or without a port."""
    host = header.strip().lower()
    if host.startswith("["):
        host, _, rest = host[1:].partition("]")
        port = rest.removeprefix(":")
    else:
        host, _, port = host.partition(":")
    if port and not (port.isascii() and port.isdecimal()):
        return False
    if host in ("localhost", "localhost."):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def own_sender(host: str, headers: Sequence[tuple[bytes, bytes]]) -> bool:
    """Say whether a request that changes something was sent by a page of this console itself.

    Sec-Fetch-Site must say same-origin where it is sent (Fetch Metadata, W3C), and Origin (RFC 6454) must name the
    very host and port that were asked. Every browser sends at least one of them with a form; a request that has
    neither is refused too, so that nothing old or stripped slips through.
    """
    sites = _sent(headers, b"sec-fetch-site")
    origins = _sent(headers, b"origin")
    if not sites and not origins:
        return False
    return all(site == "same-origin" for site in sites) and all(_names_host(origin, host) for origin in origins)


def _sent(headers: Sequence[tuple[bytes, bytes]], wanted: bytes) -> list[str]:
    return [value.decode("latin-1").strip().lower() for name, value in headers if name == wanted]


def _names_host(origin: str, host: str) -> bool:
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and parts.netloc == host.strip().lower()


def origin_of(address: str) -> str:
    """Return the origin of a web address, as browsers write it (RFC 6454)."""
    parts = urlsplit(address.lower())
    port = {"http": 80, "https": 443}.get(parts.scheme)
    host = parts.netloc.removesuffix(f":{port}") if parts.port == port else parts.netloc
    return f"{parts.scheme}://{host}"


def harden(headers: MutableHeaders, path: str) -> None:
    """Lay the headers over an answer. Pages name people, so no cache keeps them; static files carry their version.

    An answer that says itself who may frame it (a launch's, which says nothing of anybody) keeps what it says.
    """
    framed = "content-security-policy" in headers
    for name, value in HEADERS.items():
        if not (framed and name == "x-frame-options"):
            headers.setdefault(name, value)
    if not path.startswith("/static/"):
        headers["cache-control"] = "no-store"
        headers.add_vary_header("Accept-Language")
        headers.add_vary_header("Cookie")


class Guard:
    """Middleware: refuses foreign Host names (DNS rebinding) and foreign senders (CSRF), and hardens every answer.

    A page of another site could reach a console on loopback by a name that it points at 127.0.0.1 (such a request
    carries the foreign name in its Host header), or post a form to it (such a request says where it comes from: see
    own_sender). Besides loopback names the host of `console_url` is answered (STAYCOURSE_CONSOLE_URL), for forms of
    that very origin. `launches` are the paths that other sites post to: what comes there is judged by its signature.
    """

    def __init__(self, app: ASGIApp, console_url: str = "", launches: Collection[str] = ()) -> None:
        self._app = app
        self._origin = origin_of(console_url) if console_url else ""
        self._host = self._origin.partition("//")[2]
        self._launches = frozenset(launches)

    def _sent_by_us(self, host: str, scope: Scope) -> bool:
        if not own_sender(host, scope["headers"]):
            return False
        return loopback_host(host) or all(origin == self._origin for origin in _sent(scope["headers"], b"origin"))

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        path: str = scope["path"]

        async def hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                harden(MutableHeaders(scope=message), path)
            await send(message)

        hosts = [value.decode("latin-1") for name, value in scope["headers"] if name == b"host"]
        if len(hosts) != 1 or not (loopback_host(hosts[0]) or (self._host and hosts[0].strip().lower() == self._host)):
            refusal = PlainTextResponse("This console does not answer to this name.\n", status_code=421)
            await refusal(scope, receive, hardened)
            return
        own = scope["method"] in SAFE_METHODS or path in self._launches or self._sent_by_us(hosts[0], scope)
        if not own:
            refusal = PlainTextResponse("Only the console's own pages may ask for this.\n", status_code=403)
            await refusal(scope, receive, hardened)
            return
        await self._app(scope, receive, hardened)

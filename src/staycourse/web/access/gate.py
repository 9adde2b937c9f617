"""The gate: reads the session of every request, and sends whoever must sign in to the page for it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import Final
from urllib.parse import quote, urlsplit

from anyio import CapacityLimiter, fail_after, to_thread
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from staycourse.app.access import Porter, Standing
from staycourse.kernel import StorageFault
from staycourse.web.errors import wants_json
from staycourse.web.forms import led_back, safe_return
from staycourse.web.security import SAFE_METHODS, loopback_host

_LOG = logging.getLogger(__name__)

OPEN: Final = ("/sign-in", "/preferences", "/healthz", "/lti/login", "/lti/launch", "/lti/jwks")
"""Paths for whoever has not signed in; the static files are open too."""

LONGEST_TOKEN: Final = 100
LOOK_SECONDS: Final = 4.0
"""How long the store is waited for to say who asks, which takes it a thousandth: a page is answered by then or not."""

MOST_LOOKING: Final = 15
RETRY_AFTER: Final = "5"
_PLAIN, _SECURE = "staycourse_session", "__Host-staycourse"


class Gate:
    """Middleware: lets in who has signed in, or everybody where nobody must (see app.Porter for the rule)."""

    def __init__(self, app: ASGIApp, porter: Porter, unavailable: Callable[[Request], Response]) -> None:
        self._app, self._porter, self._unavailable = app, porter, unavailable
        self._looking = CapacityLimiter(MOST_LOOKING)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or scope["path"].startswith("/static/") or scope["path"] == "/healthz":
            await self._app(scope, receive, send)
            return
        request = Request(scope)
        standing = await self._look(token_of(request))
        state = scope.setdefault("state", {})
        if standing is None:
            state.update(signed_in=None, must_sign_in=True)
            answer = self._unavailable(request)
            answer.headers["retry-after"] = RETRY_AFTER
            await answer(scope, receive, send)
            return
        state.update(signed_in=standing.reader, must_sign_in=standing.must_sign_in)
        if standing.reader is None and standing.must_sign_in and scope["path"] not in OPEN:
            await sent_away(request)(scope, receive, send)
            return
        await self._app(scope, receive, send)

    async def _look(self, token: str) -> Standing | None:
        """Return how a request stands; None where the store fails, or says nothing for so long that nobody waits.

        A thread that waits for it is left to itself, and only so many are: pages' own threads are others.
        """
        try:
            with fail_after(LOOK_SECONDS):
                return await to_thread.run_sync(self._porter.look, token, abandon_on_cancel=True, limiter=self._looking)
        except TimeoutError:
            _LOG.warning("the store has not answered for %s s", LOOK_SECONDS)
        except StorageFault as fault:
            _LOG.warning("%s", fault)
        return None


def sent_away(request: Request) -> Response:
    """Lead a person to the page for signing in, and back afterwards; tell a program (401)."""
    if "hx-request" in request.headers:
        shown = urlsplit(request.headers.get("hx-current-url", ""))
        back = shown.path + (f"?{shown.query}" if shown.query else "")
        return Response(status_code=401, headers={"hx-redirect": sign_in_address(back)})
    if wants_json(request):
        return PlainTextResponse("Sign in first.\n", 401, {"www-authenticate": "Cookie"})
    if request.method not in SAFE_METHODS:
        # Whoever signs out twice has what they want.
        notice = "" if request.url.path == "/sign-out" else "not_signed_in.stop"
        return led_back({}, sign_in_address(_came_from(request)), notice)
    return RedirectResponse(
        sign_in_address(request.url.path + (f"?{request.url.query}" if request.url.query else "")), 303
    )


def _came_from(request: Request) -> str:
    """Return the page of ours that a form was sent from, "" where the browser does not say so."""
    try:
        parts = urlsplit(request.headers.get("referer", ""))
    except ValueError:
        return ""
    own = parts.netloc != "" and parts.netloc == request.headers.get("host", "")
    return safe_return(parts.path + (f"?{parts.query}" if parts.query else "")) if own else ""


def sign_in_address(back: str) -> str:
    """Return the address of the page for signing in that leads to `back` afterwards."""
    return "/sign-in" if back in ("", "/") else f"/sign-in?back={quote(back, safe='/')}"


def token_of(request: Request) -> str:
    """Return the token that a request brings, "" if it brings none of ours."""
    token = request.cookies.get(_name(request), "")
    return token if len(token) <= LONGEST_TOKEN and token.isascii() else ""


def keep_token(request: Request, answer: Response, token: str) -> None:
    """Give the browser a session's token: for this host alone, not for scripts, and over TLS unless on loopback.

    SameSite=Lax: a link from elsewhere (a launch) opens the console signed in, a form from elsewhere does not.
    The cookie goes with the browser's own session; how long the token is good is the server's to say.
    """
    answer.set_cookie(_name(request), token, path="/", httponly=True, samesite="lax", secure=_name(request) == _SECURE)


def drop_token(request: Request, answer: Response) -> None:
    """Make the browser forget the token."""
    answer.delete_cookie(_name(request), path="/", httponly=True, samesite="lax", secure=_name(request) == _SECURE)


def _name(request: Request) -> str:
    return _PLAIN if loopback_host(request.headers.get("host", "")) else _SECURE

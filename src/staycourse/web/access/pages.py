"""The pages for signing in and out, and for one's own password."""

from __future__ import annotations

from typing import Annotated

from fastapi import FastAPI, Query
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from staycourse.app.access import NotLetIn, Porter, TriedTooOften
from staycourse.kernel import BadInput
from staycourse.web.access.gate import drop_token, keep_token, token_of
from staycourse.web.forms import Form, led_back, safe_return
from staycourse.web.rendering import Renderer
from staycourse.web.signed import must_sign_in, signed_in

LONGEST_BACK = 2_000
Back = Annotated[str, Query(max_length=LONGEST_BACK)]


class SignInPages:
    """The handlers over one porter; plain functions, so that checking a password holds nobody else up."""

    def __init__(self, porter: Porter, renderer: Renderer) -> None:
        self._porter, self._renderer = porter, renderer

    def form(self, request: Request, back: Back = "") -> Response:
        """Show the form; whoever is in already, or need not be, is led on."""
        if signed_in(request) is not None or not must_sign_in(request):
            return RedirectResponse(safe_return(back or "/"), 303)
        return self._form(request, back)

    def enter(self, request: Request, given: Form) -> Response:
        """Sign in. Whether the name or the password was wrong is not said."""
        login, back = given.get("login", "")[:200], given.get("to", "")[:LONGEST_BACK]
        address = request.client.host if request.client else ""
        try:
            token = self._porter.enter(login, given.get("password", ""), address)
        except NotLetIn as refused:
            return self._form(request, back, "access.sign_in.wrong", refused.http_status, login)
        except TriedTooOften as refused:
            answer = self._form(request, back, "access.sign_in.too_often", refused.http_status, login)
            answer.headers["retry-after"] = "900"
            return answer
        if before := token_of(request):
            self._porter.leave(before)
        answer = RedirectResponse(safe_return(back or "/"), 303)
        keep_token(request, answer, token)
        return answer

    def leave(self, request: Request) -> Response:
        """Sign out: the session is over, whoever has its token."""
        self._porter.leave(token_of(request))
        answer = led_back({}, "/sign-in", "signed_out")
        drop_token(request, answer)
        return answer

    def account(self, request: Request) -> Response:
        """Show who is signed in, and the form for another password where there is one."""
        reader = signed_in(request)
        if reader is None:
            return RedirectResponse("/", 303)
        return self._account(request)

    def change(self, request: Request, given: Form) -> Response:
        """Change one's own password: every session ends, and a new one begins."""
        reader = signed_in(request)
        if reader is None:
            return RedirectResponse("/", 303)
        address = request.client.host if request.client else ""
        try:
            token = self._porter.change_password(reader, given.get("password", ""), given.get("new", ""), address)
        except NotLetIn:
            return self._account(request, "access.account.wrong", 403)
        except TriedTooOften:
            return self._account(request, "access.sign_in.too_often", 429)
        except BadInput:
            return self._account(request, "access.account.length", 422)
        answer = led_back({}, "/account", "password_changed")
        keep_token(request, answer, token)
        return answer

    def _form(self, request: Request, back: str, fault: str = "", status: int = 200, login: str = "") -> Response:
        return self._renderer.page(
            request, "sign_in.html", status, to=safe_return(back or "/"), fault=fault, login=login
        )

    def _account(self, request: Request, fault: str = "", status: int = 200) -> Response:
        own = self._porter.has_password(signed_in(request))
        return self._renderer.page(request, "account.html", status, fault=fault, has_password=own)


def add_sign_in_routes(app: FastAPI, porter: Porter, renderer: Renderer) -> None:
    """Give `app` the pages for signing in."""
    pages = SignInPages(porter, renderer)
    app.add_api_route("/sign-in", pages.form, methods=["GET", "HEAD"])
    app.add_api_route("/sign-in", pages.enter, methods=["POST"])
    app.add_api_route("/sign-out", pages.leave, methods=["POST"])
    app.add_api_route("/account", pages.account, methods=["GET", "HEAD"])
    app.add_api_route("/account", pages.change, methods=["POST"])

"""The doors for learning platforms (LTI 1.3): where a launch begins, where it ends, and our keys.

In a frame of the platform nothing is begun: browsers keep no cookies of ours there, and the console lets nobody frame
it. What is shown there instead leads to a window of its own, where the whole launch then runs.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Final
from urllib.parse import urlencode

from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, RedirectResponse, Response

from staycourse.app.access.lti import Launches, LoginAsked
from staycourse.app.access.lti.launching import ASKED, cookie_of
from staycourse.kernel import StaycourseError
from staycourse.web.access.gate import keep_token
from staycourse.web.addresses import today_address
from staycourse.web.forms import Form
from staycourse.web.rendering import Renderer
from staycourse.web.security import CONTENT_SECURITY_POLICY

_LOG = logging.getLogger(__name__)

LOGIN, LAUNCH, KEYS = "/lti/login", "/lti/launch", "/lti/jwks"
POSTED_TO: Final = (LOGIN, LAUNCH)
"""Paths that platforms post to from their own pages."""

FRAMES: Final = ("iframe", "frame", "embed", "object")
FRAMEABLE: Final = {
    "content-security-policy": CONTENT_SECURITY_POLICY.replace("frame-ancestors 'none'", "frame-ancestors *")
}
"""For pages that say nothing of anybody and do nothing: a platform shows them within its own."""

LONGEST_FIELD: Final = 4_000


class LtiPages:
    """The handlers over one home's launches; plain functions, since a platform's keys may have to be fetched."""

    def __init__(self, launches: Launches, console_url: str, renderer: Renderer) -> None:
        self._launches, self._console_url, self._renderer = launches, console_url, renderer

    def login(self, request: Request) -> Response:
        """Begin a launch that a platform asks for by a link."""
        return self._begin(request, request.query_params)

    def posted_login(self, request: Request, given: Form) -> Response:
        """Begin a launch that a platform asks for by a form."""
        return self._begin(request, given)

    def launch(self, request: Request, given: Form) -> Response:
        """End a launch: the platform's answer is believed or refused."""
        state = given.get("state", "")
        address = request.client.host if request.client else ""
        try:
            binding = request.cookies.get(cookie_of(state), "")
            admitted = self._launches.finish(state, given.get("id_token", ""), binding, address)
        except StaycourseError as refused:
            return self._refused(request, refused)
        if not admitted.token:
            answer: Response = self._renderer.page(request, "lti.html", kind="learner")
        elif admitted.context and not admitted.known and admitted.role == "teacher":
            answer = self._renderer.page(
                request, "lti.html", kind="unknown_course", course=admitted.course, context=admitted.context
            )
        else:
            answer = RedirectResponse(today_address(course=admitted.course if admitted.known else ""), 303)
        if admitted.token:
            keep_token(request, answer, admitted.token)
        answer.delete_cookie(cookie_of(state), path=LAUNCH, secure=True, httponly=True, samesite="none")
        return answer

    def keys(self) -> Response:
        """Give our public keys."""
        return JSONResponse(self._launches.keys(), media_type="application/jwk-set+json")

    def _begin(self, request: Request, given: Mapping[str, str]) -> Response:
        told = {name: given.get(name, "")[:LONGEST_FIELD] for name in (
            "iss", "login_hint", "target_link_uri", "lti_message_hint", "client_id", "lti_deployment_id",
        )}  # fmt: skip
        asked = LoginAsked(*told.values())
        try:
            if request.headers.get("sec-fetch-dest", "") in FRAMES:
                self._launches.platform(asked)
                again = f"{LOGIN}?{urlencode({name: value for name, value in told.items() if value})}"
                page = self._renderer.page(request, "lti.html", kind="framed", address=again)
                page.headers.update(FRAMEABLE)
                return page
            base = self._console_url or f"http://{request.headers['host']}"
            sent = self._launches.begin(asked, base + LAUNCH)
        except StaycourseError as refused:
            said = self._refused(request, refused)
            said.headers.update(FRAMEABLE)
            return said
        answer = RedirectResponse(sent.address, 302)
        # The platform's answer is a form from its own site: only SameSite=None is sent along with it.
        answer.set_cookie(
            sent.cookie, sent.value, max_age=int(ASKED.total_seconds()), path=LAUNCH, secure=True, httponly=True,
            samesite="none",
        )  # fmt: skip
        return answer

    def _refused(self, request: Request, refused: StaycourseError) -> Response:
        """Say in one page that a launch is not believed; why, in a word for whoever sets the platform up."""
        _LOG.warning("a launch was refused: %s", refused.where)
        status = refused.http_status if refused.http_status >= 500 else 403
        return self._renderer.page(request, "lti.html", status, kind="refused", why=refused.where)


def add_lti_routes(app: FastAPI, launches: Launches, console_url: str, renderer: Renderer) -> None:
    """Give `app` the doors for learning platforms."""
    pages = LtiPages(launches, console_url, renderer)
    app.add_api_route(LOGIN, pages.login, methods=["GET"])
    app.add_api_route(LOGIN, pages.posted_login, methods=["POST"])
    app.add_api_route(LAUNCH, pages.launch, methods=["POST"])
    app.add_api_route(KEYS, pages.keys, methods=["GET"])

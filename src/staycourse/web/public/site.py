"""The learner's pages as one app: only these routes, no cookies, no sign-in."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import FileResponse, JSONResponse, Response

from staycourse import __version__
from staycourse.app.care import Hearing
from staycourse.kernel import StaycourseError
from staycourse.web.public.inbox import InboxRoutes
from staycourse.web.public.pages import LinkPages
from staycourse.web.public.reading import Reader
from staycourse.web.public.rendering import HERE, Pages
from staycourse.web.public.shield import PUBLIC_HEADERS, Shield

_LOG = logging.getLogger(__name__)
STATIC = {"public.css": "text/css", "inbox.js": "text/javascript"}
KNOWN = (404, 405, 422, 429)


def public_app(hearing: Hearing, *, origins: Sequence[str] = ()) -> FastAPI:
    """Return the public pages of one home. `origins` may read the inbox from their own pages (CORS)."""
    home = hearing.care.home
    reader = Reader(hearing, hearing.care.links, home.settings.clock)
    pages = Pages(home.policy(home.tenant).care.platform_name)
    app = FastAPI(title="staycourse", version=__version__, docs_url=None, redoc_url=None)
    app.include_router(LinkPages(reader, pages).router())
    app.include_router(InboxRoutes(reader).router())
    app.add_api_route("/static/{name}", _static, methods=["GET"], include_in_schema=False)
    app.add_api_route("/favicon.ico", lambda: Response(status_code=204), methods=["GET"], include_in_schema=False)
    app.add_api_route("/healthz", lambda: {"ok": True}, methods=["GET"], include_in_schema=False)
    _answer_errors(app, reader, pages)
    if origins:
        app.add_middleware(CORSMiddleware, allow_origins=list(origins), allow_methods=["GET", "POST"],
                           allow_headers=["content-type"], max_age=600)  # fmt: skip
    app.add_middleware(Shield)
    return app


def _static(name: str) -> Response:
    """Give the style, or the inbox's element, which any site may load: it is nobody's."""
    if name not in STATIC:
        raise HTTPException(404)
    headers = {"cache-control": "public, max-age=3600", "cross-origin-resource-policy": "cross-origin"}
    return FileResponse(HERE / "static" / name, media_type=STATIC[name],
                        headers={**headers, "access-control-allow-origin": "*"})  # fmt: skip


def _answer_errors(app: FastAPI, reader: Reader, pages: Pages) -> None:
    """Answer every error with a page, or a problem document (RFC 9457); none tells what exists."""

    def answer(request: Request, status: int) -> Response:
        kind = status if status in KNOWN else 500 if status >= 500 else 422
        if request.url.path.startswith(("/inbox/", "/push/")):
            problem = {"type": "about:blank", "status": status, "title": f"{kind}"}
            return JSONResponse(problem, status, media_type="application/problem+json")
        return pages.message(reader.language(request), f"error_{kind}", status)

    def refused(request: Request, error: Any) -> Response:
        return answer(request, error.http_status)

    def http_error(request: Request, error: Any) -> Response:
        response = answer(request, error.status_code)
        response.headers.update(error.headers or {})
        return response

    def invalid(request: Request, _: Any) -> Response:
        return answer(request, 422)

    def unexpected(request: Request, error: Exception) -> Response:
        _LOG.error("the public pages failed at %s", request.url.path.split("/")[1], exc_info=error)  # no token in a log
        response = answer(request, 500)
        for name, value in PUBLIC_HEADERS.items():
            response.headers.setdefault(name, value)
        return response

    app.add_exception_handler(StaycourseError, refused)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unexpected)

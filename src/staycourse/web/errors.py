"""Errors as pages for people and as problem+json (RFC 9457) for programs."""

from __future__ import annotations

import logging
from collections.abc import Callable
from http import HTTPStatus

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from staycourse.kernel import StaycourseError, words_of
from staycourse.web.preferences import preferences_of
from staycourse.web.rendering import Renderer
from staycourse.web.security import harden

_LOG = logging.getLogger(__name__)
_KNOWN = (403, 404, 405, 409, 422, 429, 500, 503)
_LONGEST_DETAIL = 400


def wants_json(request: Request) -> bool:
    """Say whether the Accept header asks for JSON and not for a page."""
    accept = request.headers.get("accept", "").lower()
    return "json" in accept and "text/html" not in accept


def add_error_pages(app: FastAPI, renderer: Renderer) -> Callable[[Request], Response]:
    """Answer every error of the app with a page or a problem document, never with a traceback.

    Return what answers whoever cannot be told anything now, since the store cannot be had.
    """

    def answer(request: Request, status: int, detail: str, mend: str = "") -> Response:
        kind = str(status) if status in _KNOWN else ("500" if status >= 500 else "422")
        words = words_of(preferences_of(request).language)
        detail, mend = words.told(detail)[:_LONGEST_DETAIL], words.told(mend)
        if wants_json(request):
            title = words.t(f"console.error.{kind}.title")
            problem = {"type": "about:blank", "title": title, "status": status, "detail": detail}
            if mend:
                problem["mend"] = mend
            return JSONResponse(problem, status, media_type="application/problem+json")
        values = {"status": status, "kind": kind, "detail": detail, "mend": mend}
        if status >= HTTPStatus.INTERNAL_SERVER_ERROR:  # a caveat is asked of the store, which may be what is wrong
            values["caveat"] = ""
        return renderer.page(request, "error.html", status, **values)

    def refused(request: Request, error: Exception) -> Response:
        assert isinstance(error, StaycourseError)  # noqa: S101 (registered for this class alone)
        said = error.wording
        if said.where.isidentifier() and not wants_json(request):  # what programs call a field; the text says enough
            said = said._replace(where="")
        return answer(request, error.http_status, said._replace(mend="").line(), said.mend)

    def http_error(request: Request, error: Exception) -> Response:
        assert isinstance(error, HTTPException)  # noqa: S101 (registered for this class alone)
        response = answer(request, error.status_code, "")
        response.headers.update(error.headers or {})
        return response

    def invalid(request: Request, error: Exception) -> Response:
        assert isinstance(error, RequestValidationError)  # noqa: S101 (registered for this class alone)
        faults = [f"{'.'.join(str(step) for step in fault['loc'][1:])}: {fault['msg']}" for fault in error.errors()]
        return answer(request, 422, "; ".join(faults))

    def unexpected(request: Request, error: Exception) -> Response:
        _LOG.error("the console failed at %s", request.url.path, exc_info=error)
        response = answer(request, HTTPStatus.INTERNAL_SERVER_ERROR, "")
        # Starlette answers this one outside of all middleware.
        harden(MutableHeaders(raw=response.raw_headers), request.url.path)
        return response

    app.add_exception_handler(StaycourseError, refused)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unexpected)
    return lambda request: answer(request, HTTPStatus.SERVICE_UNAVAILABLE, "")

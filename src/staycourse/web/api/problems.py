"""Errors as problem documents (RFC 9457): what, where (a JSON pointer where it is a field), and how to mend it."""

from __future__ import annotations

import logging
import math
from collections.abc import Iterable, Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from staycourse.kernel import (
    BadInput,
    NotFound,
    NotKnown,
    StaycourseError,
    TooMany,
    preferred_language,
    translator,
    worded,
)
from staycourse.kernel.errors import Said

_LOG = logging.getLogger(__name__)
MEDIA_TYPE: Final = "application/problem+json"

HEADERS: Final = {
    "content-security-policy": "default-src 'none'; frame-ancestors 'none'",
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cross-origin-resource-policy": "same-origin",
    "cache-control": "no-store",
}
"""What every answer carries (OWASP REST security cheat sheet). HSTS is for the proxy to say, which speaks TLS."""

_RAW: Final = [(name.encode(), value.encode()) for name, value in HEADERS.items()]


HIDDEN: Final = Said("the server could not do this just now", "", "try again; the server's log says more")
"""What is told of a fault of ours."""

_DATES: Final = {
    "date_": ("it is no date", "write it as 2026-03-02"),
    "datetime_": ("it is no time of RFC 3339", "write it as 2026-03-02T09:30:00Z"),
}
"""What is said of a parameter whose fault has a type of Pydantic's that begins so: its own words are half English."""


class TooLarge(BadInput):
    """More was sent than is taken at once."""

    http_status = 413
    code = "too-large"


class UnknownForm(BadInput):
    """What was sent is of a media type, character set or encoding that is not read here."""

    http_status = 415
    code = "unknown-form"


class WrongMethod(BadInput):
    """A path does not take the method that it was asked with; it takes those of `takes` (RFC 9110, 15.5.6)."""

    http_status = 405
    code = "method-not-allowed"

    def __init__(self, method: str, takes: Iterable[str]) -> None:
        self.takes = ", ".join(takes)
        what = worded("{method} is not taken here", method=method[:20])
        super().__init__(what, mend=worded("use {choices}", choices=self.takes) if self.takes else "")


class Problem(msgspec.Struct, omit_defaults=True):
    """RFC 9457's members, ours beside them: `code` for programs, `pointer` (RFC 6901), `mend` for people."""

    title: str
    status: int
    code: str
    type: str = "about:blank"
    detail: str = ""
    pointer: str = ""
    mend: str = ""
    message: str = ""


def asked_language(headers: Mapping[str, str]) -> str:
    """Return the language in which a problem is told: Chinese for who asks for it by Accept-Language, else English.

    Titles, codes and pointers are read by programs and stay as they are (RFC 9457, 3.1 and RFC 9110, 12.1).
    """
    return preferred_language(headers.get("accept-language", ""))


def problem_of(error: StaycourseError, *, status: int = 0, language: str = "en") -> Problem:
    """Return an error as a problem document. `message` repeats the whole of it for clients that read nothing else."""
    status = status or error.http_status
    known = error.http_status < 500
    said = error.wording._replace(where="") if known else HIDDEN
    told = translator(language).told
    detail, mend = told(said.what), told(said.mend)
    return Problem(
        title=HTTPStatus(status).phrase, status=status, code=error.code, detail=detail[:1_000],
        pointer=pointer(error.where) if known else "", mend=mend, message=told(said.line()),
    )  # fmt: skip


def none_kept(what: str) -> dict[str, Any]:
    """Return what a problem says of a batch of which nothing was kept; why not stands in its `rejected`."""
    said = Said(what, "", str(worded("see rejected")))
    return {"title": HTTPStatus(422).phrase, "status": 422, "code": "bad-event", "detail": str(what),
            "message": said.line()}  # fmt: skip


def pointer(where: str) -> str:
    """Return a place as a JSON pointer (RFC 6901): `[3].attributes[...]` and `a.b` as `/3/attributes` and `/a/b`."""
    steps = where.replace("[...]", "").replace("[", ".").replace("]", "").split(".")
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in steps if step)


def headers_of(error: StaycourseError, language: str) -> dict[str, str]:
    """Return the headers that go with an error: its language, how to show oneself (RFC 9110, 11.6.1), when to try
    again."""
    return {"content-language": language, "vary": "accept-language", **_asking(error)}


def _asking(error: StaycourseError) -> dict[str, str]:
    if isinstance(error, NotKnown):
        return {"www-authenticate": 'Bearer realm="staycourse", Basic realm="staycourse", charset="UTF-8"'}
    if isinstance(error, TooMany):
        return {"retry-after": str(max(1, math.ceil(error.retry_after)))}
    if isinstance(error, WrongMethod):
        return {"allow": error.takes}
    return {"retry-after": "5"} if error.http_status == 503 else {}


def problem_response(problem: Problem, headers: dict[str, str] | None = None) -> Response:
    """Return the answer that says a problem."""
    return Response(msgspec.json.encode(problem), problem.status, headers, media_type=MEDIA_TYPE)


def refusal(error: StaycourseError, headers: Mapping[str, str]) -> Response:
    """Return the answer to a request with `headers` that is refused with `error`; faults of ours are logged."""
    if error.http_status >= 500:
        _LOG.error("the API could not answer: %s", error)
    language = asked_language(headers)
    return problem_response(problem_of(error, language=language), headers_of(error, language))


def failure(place: str, error: Exception, headers: Mapping[str, str]) -> Response:
    """Return the answer to a request with `headers` that broke something here; what it was stands in the log alone."""
    _LOG.error("the API failed at %s", place, exc_info=error)
    language = asked_language(headers)
    told = translator(language).told
    problem = Problem(title="Internal Server Error", status=500, code="internal", detail=told(HIDDEN.what),
                      mend=told(HIDDEN.mend), message=told(HIDDEN.line()))  # fmt: skip
    return problem_response(problem, {"content-language": language, "vary": "accept-language"})


def add_problems(app: FastAPI) -> None:
    """Answer every error of the app with a problem document, never with a traceback."""

    def refused(request: Request, error: Any) -> Response:
        return refusal(error, request.headers)

    def http_error(request: Request, error: Any) -> Response:
        headers = dict(error.headers or {})
        if error.status_code == HTTPStatus.METHOD_NOT_ALLOWED:
            return refusal(WrongMethod(request.method, headers.get("Allow", "").split(", ")), request.headers)
        if error.status_code == HTTPStatus.NOT_FOUND:
            return refusal(NotFound("there is nothing at this path", mend="see /openapi.json"), request.headers)
        title, detail = HTTPStatus(error.status_code).phrase, str(error.detail)[:400]
        code = title.lower().replace(" ", "-")
        told = Problem(title=title, status=error.status_code, code=code, detail=detail, message=detail)
        return problem_response(told, headers)

    def invalid(request: Request, error: Any) -> Response:
        faults = [(".".join(str(step) for step in fault["loc"][1:]), str(fault["msg"])) for fault in error.errors()]
        where, what = faults[0] if faults else ("", "not of the documented form")
        mend = "see /openapi.json"
        for kind, (wrong, example) in _DATES.items():
            if faults and str(error.errors()[0]["type"]).startswith(kind):
                what, mend = wrong, example
        return refusal(BadInput(what[:400], where=where, mend=mend), request.headers)

    def unexpected(request: Request, error: Exception) -> Response:
        return failure(request.url.path[:200], error, request.headers)

    app.add_exception_handler(StaycourseError, refused)
    app.add_exception_handler(HTTPException, http_error)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(Exception, unexpected)


def hardened(headers: list[tuple[bytes, bytes]]) -> list[tuple[bytes, bytes]]:
    """Return an answer's headers with those that every answer carries, where it does not set them itself."""
    there = {name for name, _ in headers}
    return [*headers, *(pair for pair in _RAW if pair[0] not in there)]

"""The xAPI door as one ASGI app: version, key and body first, then the resource; every answer names its version."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import dataclass, field
from typing import Final

import msgspec
from starlette.types import Receive, Scope, Send

from staycourse.app.intake import RecordStore
from staycourse.app.intake.arrivals import XAPI
from staycourse.kernel import NotAllowed, StaycourseError
from staycourse.web.api.access import Access
from staycourse.web.api.body import Gone, read_body
from staycourse.web.api.parts import Parts
from staycourse.web.api.problems import (
    Problem,
    WrongMethod,
    asked_language,
    failure,
    hardened,
    headers_of,
    problem_of,
)
from staycourse.web.api.xapi.documents import DocumentResource
from staycourse.web.api.xapi.looking import ActivityResource, AgentResource, about
from staycourse.web.api.xapi.request import VERSION, Asked, Reply, alternate, parameters_of, version_of
from staycourse.web.api.xapi.statements import THROUGH, StatementResource
from staycourse.xapi import activity_profile_query, agent_profile_query, state_query

Answer = Callable[[Asked], Reply]
PATHS: Final = (
    "/statements", "/activities/state", "/activities/profile", "/activities", "/agents/profile", "/agents", "/about",
)  # fmt: skip
METHODS: Final = "GET, HEAD, POST, PUT, DELETE, OPTIONS"
READING: Final = frozenset({"GET", "HEAD", "OPTIONS"})
EXPOSED: Final = f"ETag, Last-Modified, X-Experience-API-Version, {THROUGH}"
_ALLOWED: Final = "authorization, content-type, if-match, if-none-match, accept-language, x-experience-api-version"


@dataclass(slots=True)
class XapiDoor:
    """Answers the resources of xAPI below `prefix`. `origins` are the sites whose pages may ask ("*" for all)."""

    parts: Parts
    records: RecordStore
    prefix: str = "/xapi"
    origins: Sequence[str] = ()
    _statements: StatementResource = field(init=False)
    _answers: dict[str, dict[str, Answer]] = field(init=False)

    def __post_init__(self) -> None:
        records = self.records
        self._statements = statements = StatementResource(records, self.parts.intake.arrivals)
        state = DocumentResource(records, "state", state_query, strict=False)
        activity = DocumentResource(records, "activity", activity_profile_query, strict=True)
        agent = DocumentResource(records, "agent", agent_profile_query, strict=True)
        documents: dict[str, dict[str, Answer]] = {
            path: {"GET": one.get, "PUT": one.put, "POST": one.post, "DELETE": one.delete}
            for path, one in (("/activities/state", state), ("/activities/profile", activity),
                              ("/agents/profile", agent))
        }  # fmt: skip
        self._answers = {
            **documents,
            "/statements": {"GET": statements.get, "PUT": statements.put, "POST": statements.post},
            "/activities": {"GET": ActivityResource(records).get},
            "/agents": {"GET": AgentResource(records).get},
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        headers = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
        try:
            reply = await self._answer(scope, headers, receive)
        except StaycourseError as error:
            reply = refused(error, asked_language(headers))
        except Gone:
            return
        except Exception as error:
            reply = failed(scope["path"], error, headers)
        if scope["path"] == f"{self.prefix}/about":
            reply.headers[VERSION] = "2.0.0"
        reply.headers.setdefault(VERSION, spoken(headers))
        if scope["path"] == f"{self.prefix}/statements" and scope["method"] in READING:
            reply.headers[THROUGH] = self._statements.through()
        await _send(reply, self._cors(headers), scope["method"], send)

    async def _answer(self, scope: Scope, headers: dict[str, str], receive: Receive) -> Reply:
        path = scope["path"].removeprefix(self.prefix)
        method = scope["method"]
        if method == "OPTIONS":
            return Reply(204, headers={"allow": METHODS})
        if path == "/about":
            if method not in READING:
                raise not_taken(method, ["GET"])
            return about()
        with self.parts.intake.room() as hold:
            body = await read_body(headers, receive, hold)
            parameters = parameters_of(scope["query_string"])
            if "method" in parameters and method == "POST" and not headers.get(VERSION, "1.0").startswith("2"):
                method, parameters, instead, body = alternate(parameters, body)
                headers.update(instead)
            reads = method in READING
            access = await self._admitted(headers, reads=reads)
            with nullcontext() if reads or path != "/statements" else self.parts.noting(access, XAPI):
                asked = Asked(method, scope["path"], parameters, headers, body, version_of(headers), access)
                answers = self._answers[path]
                answer = answers.get("GET" if method == "HEAD" else method)
                if answer is None:
                    raise not_taken(method, answers)
                if method == "POST" and path == "/statements":
                    reply = await self._statements.posted(asked)
                    if reply is not None:
                        return reply
                return await asyncio.get_running_loop().run_in_executor(self.records.pool, answer, asked)

    async def _admitted(self, headers: Mapping[str, str], *, reads: bool) -> Access:
        """Let in whose key is for xAPI, or, to read, for reading it."""
        try:
            return await self.parts.doorkeeper.admitted(headers, "xapi")
        except NotAllowed:
            if not reads:
                raise
            return await self.parts.doorkeeper.admitted(headers, "xapi:read")

    def _cors(self, headers: Mapping[str, str]) -> dict[str, str]:
        """Return what lets pages of other sites read the answer (Fetch standard, CORS protocol)."""
        origin = headers.get("origin", "")
        if not origin or not ("*" in self.origins or origin in self.origins):
            return {}
        return {
            "vary": "Origin, Accept-Language",
            "access-control-allow-origin": origin, "access-control-expose-headers": EXPOSED,
            "access-control-allow-methods": METHODS, "access-control-allow-headers": _ALLOWED,
            "access-control-max-age": "600",
        }  # fmt: skip


def spoken(headers: Mapping[str, str]) -> str:
    """Return the version that an answer names: the newest of the line that the request asked for.

    Who names none is refused as a client of 0.9, which knew no such header (xAPI 1.0.3 part 3, section 3.3).
    """
    told = headers.get(VERSION)
    return "0.9" if told is None else "1.0.3" if told.startswith("1") else "2.0.0"


def refused(error: StaycourseError, language: str) -> Reply:
    """Return the answer to a request that is refused; what is malformed is 400 here, as the specification has it."""
    status = 400 if error.http_status == 422 else error.http_status
    return _problem(problem_of(error, status=status, language=language), headers_of(error, language))


def failed(place: str, error: Exception, headers: Mapping[str, str]) -> Reply:
    """Return the answer to a request that broke something here."""
    response = failure(place, error, headers)
    told = {name: response.headers[name] for name in ("content-language", "vary")}
    return Reply(500, bytes(response.body), "application/problem+json", told)


def not_taken(method: str, answers: Iterable[str]) -> WrongMethod:
    """Return the refusal of a method that a resource does not have."""
    return WrongMethod(method, [*answers, "HEAD", "OPTIONS"])


def _problem(problem: Problem, headers: dict[str, str]) -> Reply:
    return Reply(problem.status, msgspec.json.encode(problem), "application/problem+json", headers)


async def _send(reply: Reply, cors: dict[str, str], method: str, send: Send) -> None:
    headers = {**reply.headers, **cors, "content-length": str(len(reply.content))}
    if reply.status not in (204, 304):
        headers["content-type"] = reply.content_type
    else:
        headers.pop("content-length")
    raw = [(name.encode("latin-1"), value.encode("latin-1", "replace")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": reply.status, "headers": hardened(raw)})
    await send({"type": "http.response.body", "body": b"" if method == "HEAD" else reply.content})

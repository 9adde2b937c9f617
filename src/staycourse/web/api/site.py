"""The whole API, as a table of contents."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

from fastapi import FastAPI
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from staycourse import __version__
from staycourse.app.homes.gauges import readiness
from staycourse.app.intake import Mappings
from staycourse.web.api.caliper import ENVELOPES, CaliperDoor
from staycourse.web.api.exports import exports_router
from staycourse.web.api.native import EVENTS, NativeDoor
from staycourse.web.api.parts import Parts
from staycourse.web.api.problems import add_problems, hardened
from staycourse.web.api.reading import reading_router
from staycourse.web.api.segment import POSTHOG_BATCHES, SEGMENT_CALLS, TrackDoor
from staycourse.web.api.xapi import PATHS, XapiDoor

ABOUT: Final = (
    "Facts about learners in, answers about them out. Send your key as `Authorization: Bearer sc_...`; whose data a"
    " request is about is the key's tenant, never anything the request says. Errors are problem documents (RFC 9457);"
    " a query parameter that a GET route does not list is one (422)."
)


def api_app(parts: Parts) -> ApiSite:
    """Return the API of one opened home, as an ASGI app."""
    app = FastAPI(title="staycourse", version=__version__, description=ABOUT, docs_url=None, redoc_url=None)
    app.state.doorkeeper = parts.doorkeeper
    site = ApiSite(app)

    # Facts in: hot routes are answered before the framework.
    native = NativeDoor(parts)
    site.add_hot("/v1/events", native.events(), EVENTS)
    app.include_router(native.router())
    mappings = Mappings(parts.home)
    track = TrackDoor(parts, mappings)
    for call, described in SEGMENT_CALLS.items():
        site.add_hot(f"/v1/{call}", track.segment(call), described)
    app.include_router(track.router())
    site.add_hot("/batch/", track.posthog(), POSTHOG_BATCHES)
    for again in ("/batch", "/capture", "/capture/", "/e", "/e/", "/i/v0/e", "/i/v0/e/"):
        site.add_hot(again, track.posthog(), None)

    app.include_router(reading_router(parts.home))
    app.include_router(exports_router(parts.home))

    site.add_hot("/v1/caliper", CaliperDoor(parts, mappings).envelopes(), ENVELOPES)
    if parts.records is not None:
        door = XapiDoor(parts, parts.records, origins=parts.home.settings.xapi_origins)
        for path in PATHS:
            site.add_hot(door.prefix + path, door, None)

    app.add_api_route("/healthz", _alive, methods=["GET"], include_in_schema=False)
    app.add_api_route("/readyz", _ready(parts), methods=["GET"], include_in_schema=False)
    add_problems(app)
    return site


def _alive() -> dict[str, bool]:
    return {"ok": True}


def _ready(parts: Parts) -> Callable[[], Response]:
    """Return what tells a balancer whether to send requests here: 503 names the parts that do not answer."""

    def ready() -> Response:
        faults = readiness(parts.home) | ({"log": "full"} if parts.intake.full else {})
        return JSONResponse({"ready": not faults, "faults": faults}, 503 if faults else 200)

    return ready


class ApiSite:
    """The app: `hot` paths are answered at once, all others by the framework; every answer is hardened.

    Hot paths stand in the OpenAPI document too, by what their doors say of themselves.
    """

    def __init__(self, documented: FastAPI) -> None:
        self.documented = documented
        self.hot: dict[str, ASGIApp] = {}
        self._paths: dict[str, Any] = {}
        self._openapi = documented.openapi
        documented.openapi = self.openapi  # type: ignore[method-assign]

    def add_hot(self, path: str, answer: ASGIApp, described: dict[str, Any] | None) -> None:
        """Answer `path` (with every method) by `answer`; `described` is its OpenAPI path item, None to hide it."""
        self.hot[path] = answer
        if described is not None:
            self._paths[path] = described

    def paths(self) -> list[str]:
        """Return the path of every route."""
        # FastAPI shows the routes of a router that it took in only in its document.
        plain = (route.path for route in self.documented.routes if isinstance(route, Route))
        return list(dict.fromkeys([*self.hot, *plain, *self.openapi()["paths"]]))

    def openapi(self) -> dict[str, Any]:
        """Return the OpenAPI 3.1 document of all routes."""
        document = self._openapi()
        document["paths"] = {**self._paths, **document.get("paths", {})}
        parts = document.setdefault("components", {})
        parts.setdefault("securitySchemes", {
            "key": {"type": "http", "scheme": "bearer", "description": "a key of `staycourse keys add`"},
            "basic": {"type": "http", "scheme": "basic", "description": "the key as the user's name (Segment)"},
        })  # fmt: skip
        document.setdefault("security", [{"key": []}, {"basic": []}])
        return document

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self.documented(scope, receive, send)
            return
        answer = self.hot.get(scope["path"])
        if answer is not None:
            await answer(scope, receive, send)
            return

        async def harden(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = hardened(list(message["headers"]))
            await send(message)

        await self.documented(scope, receive, harden)

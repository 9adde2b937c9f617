"""The API as a server runs it: each worker process opens the home itself; slow senders are cut off."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from typing import Any, Final

import uvicorn
from prometheus_client import CollectorRegistry
from starlette.types import ASGIApp, Receive, Scope, Send
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.supervisors import Multiprocess

from staycourse.app.homes import Home
from staycourse.app.homes.memory import settle_memory
from staycourse.app.homes.observing import no_span, traces
from staycourse.app.intake import Intake, Keyring, RecordStore
from staycourse.app.intake.intake import MOST_WAITING
from staycourse.app.nights.compaction import GATE_SECONDS
from staycourse.kernel import Settings, StaycourseError
from staycourse.web.api.access import Doorkeeper
from staycourse.web.api.parts import Parts
from staycourse.web.api.site import ApiSite, api_app
from staycourse.web.metrics import RequestMeter, door_names
from staycourse.web.shared_limits import SharedLimit
from staycourse.web.tracing import RequestSpans

HEAD_SECONDS: Final = 10.0
"""How long a request's head may take to come, from the connection's opening (a slow loris sends it for ever)."""

CONNECTIONS: Final = 1_000
FINISHING_SECONDS: Final = 30

WORKER_SECONDS: Final = 60
"""How long a worker may say nothing before it is replaced; one that begins must first load everything."""


@dataclass(slots=True)
class ServedApi:
    """An ASGI app that opens the home when its server starts and closes it at the end. It can be sent to a worker."""

    settings: Settings
    waiting_most: int = MOST_WAITING
    registry: CollectorRegistry | None = None
    _site: ASGIApp | None = field(default=None, init=False, repr=False)
    _opened: list[Any] = field(default_factory=list, init=False, repr=False)
    _told: ExitStack = field(default_factory=ExitStack, init=False, repr=False)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await self._live(receive, send)
        elif self._site is not None:
            await self._site(scope, receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        await receive()
        try:
            self._open()
        except StaycourseError as error:
            await send({"type": "lifespan.startup.failed", "message": str(error)})
            return
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await asyncio.to_thread(self._close)
        await send({"type": "lifespan.shutdown.complete"})

    def _open(self) -> None:
        home = Home(self.settings, writing=False, gate_seconds=GATE_SECONDS)
        keyring = Keyring(home)
        intake = Intake(home, waiting_most=self.waiting_most, chores=(keyring.note_used,))
        self._opened = [home]
        counted = SharedLimit(home.path, "requests"), SharedLimit(home.path, "events")
        records = RecordStore(home, beside=True)
        self._opened += [*counted, records, intake]
        records.__enter__()
        intake.__enter__()
        settle_memory()
        self._site = self._watched(api_app(Parts(home, intake, Doorkeeper(keyring, *counted), records)))

    def _watched(self, site: ApiSite) -> ASGIApp:
        """Lay the counting and, where they are asked for, the spans of requests around the site."""
        door_of = door_names(site.paths())
        span = self._told.enter_context(traces("api"))
        spanned: ASGIApp = RequestSpans(site, span, door_of) if span is not no_span else site
        return RequestMeter(spanned, self.registry or CollectorRegistry(), door_of)

    def _close(self) -> None:
        while self._opened:
            self._opened.pop().close()
        self._told.close()


class PatientProtocol(HttpToolsProtocol):
    """uvicorn's HTTP/1.1, with an end to its patience: a head that takes too long is cut off."""

    _head: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)  # type: ignore[arg-type]
        self._wait_for_head()

    def connection_lost(self, exc: Exception | None) -> None:
        self._stop_waiting()
        super().connection_lost(exc)

    def on_message_begin(self) -> None:
        super().on_message_begin()
        self._wait_for_head()

    def on_headers_complete(self) -> None:
        self._stop_waiting()
        super().on_headers_complete()

    def _wait_for_head(self) -> None:
        if self._head is None:
            self._head = self.loop.call_later(HEAD_SECONDS, self._cut_off)

    def _stop_waiting(self) -> None:
        if self._head is not None:
            self._head.cancel()
            self._head = None

    def _cut_off(self) -> None:
        self._head = None
        if self.transport is not None and not self.transport.is_closing():
            self.transport.abort()


def api_config(app: ASGIApp, *, proxies: Sequence[str] = (), workers: int = 1) -> uvicorn.Config:
    """Return how the API is served. What is under way when the server is told to stop is finished first."""
    return uvicorn.Config(
        app, http=PatientProtocol, loop="uvloop", log_config=None, ws="none", lifespan="on", log_level="warning",
        access_log=False, server_header=False, proxy_headers=bool(proxies), forwarded_allow_ips=list(proxies) or None,
        workers=workers, limit_concurrency=CONNECTIONS, timeout_keep_alive=65,
        timeout_graceful_shutdown=FINISHING_SECONDS, timeout_worker_healthcheck=WORKER_SECONDS,
    )  # fmt: skip


def run_api(
    settings: Settings, listening: socket.socket, *, proxies: Sequence[str] = (), workers: int = 1,
    waiting_most: int = MOST_WAITING, registry: CollectorRegistry | None = None,
) -> None:  # fmt: skip
    """Serve the API on `listening` until the process is told to stop; with several workers a dead one is replaced.

    `registry` is where a single worker counts its requests; several count in files that `told_metrics` shares.
    """
    served = ServedApi(settings, waiting_most, registry if workers == 1 else None)
    config = api_config(served, proxies=proxies, workers=workers)
    if workers > 1:
        Multiprocess(config, sockets=[listening]).run()
    else:
        uvicorn.Server(config).run(sockets=[listening])

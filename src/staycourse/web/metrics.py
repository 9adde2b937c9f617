"""Figures for Prometheus: what requests cost, and how the home is. They are told at an address of their own.

That address is the operator's alone: the figures are of all tenants, and no tenant may count another's events.
"""

from __future__ import annotations

import ipaddress
import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter, Histogram, start_http_server
from prometheus_client.core import GaugeMetricFamily
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from staycourse.app.homes import Home
from staycourse.app.homes.gauges import Gauge, home_gauges
from staycourse.kernel import BadInput, StaycourseError, StorageFault, as_wording, worded

_LOG = logging.getLogger(__name__)
PREFIX: Final = "staycourse_"
FRESH_SECONDS: Final = 15.0
"""Counting a million rows is not free: figures of the home may be this old."""

SHARED: Final = "PROMETHEUS_MULTIPROC_DIR"
BUCKETS: Final = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10)


class HomeCollector(Collector):
    """Gives the figures of a home when it is asked; a home that does not answer is told by `staycourse_up` 0."""

    def __init__(self, home: Home, *, clock: Callable[[], float] = time.monotonic) -> None:
        self._home = home
        self._clock = clock
        self._known: tuple[float, list[Gauge]] = (float("-inf"), [])

    def collect(self) -> Iterator[GaugeMetricFamily]:
        """Yield each figure as a family."""
        up = 1.0
        try:
            gauges = self._gauges()
        except StaycourseError as error:
            _LOG.error("the home's figures cannot be had: %s", error)
            gauges, up = [], 0.0
        yield GaugeMetricFamily(PREFIX + "up", "1 where the home answers.", value=up)
        families: dict[str, GaugeMetricFamily] = {}
        for gauge in gauges:
            family = families.setdefault(
                gauge.name,
                GaugeMetricFamily(PREFIX + gauge.name, gauge.meaning, labels=[name for name, _ in gauge.labels]),
            )
            family.add_metric([value for _, value in gauge.labels], gauge.value)
        yield from families.values()

    def _gauges(self) -> list[Gauge]:
        since, gauges = self._known
        if self._clock() - since >= FRESH_SECONDS:
            gauges = list(home_gauges(self._home))
            self._known = (self._clock(), gauges)
        return gauges


class RequestMeter:
    """Middleware: counts requests and how long they took, by door, method and status.

    `door_of` names the door of a path, one of few: what anybody may invent must not become a label.
    """

    def __init__(self, app: ASGIApp, registry: CollectorRegistry, door_of: Callable[[str], str]) -> None:
        self._app = app
        self._door_of = door_of
        self._figures: dict[tuple[str, str, int], tuple[Counter, Histogram]] = {}
        labels = ("door", "method", "status")
        self._requests = Counter(PREFIX + "requests", "Requests answered.", labels, registry=registry)
        self._seconds = Histogram(
            PREFIX + "request_seconds", "Until the answer was sent.", ("door",), registry=registry, buckets=BUCKETS
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        begun, status = time.perf_counter(), 500

        async def noting(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
            await send(message)

        try:
            await self._app(scope, receive, noting)
        finally:
            requests, seconds = self._figures_of(scope["path"], scope["method"], status)
            requests.inc()
            seconds.observe(time.perf_counter() - begun)

    def _figures_of(self, path: str, method: str, status: int) -> tuple[Counter, Histogram]:
        """Return what a request is counted in; labels cost as much as counting, so that they are remembered."""
        key = (self._door_of(path), method if method in METHODS else "other", status)
        found = self._figures.get(key)
        if found is None:
            door, kind, _ = key
            found = self._requests.labels(door, kind, str(status)), self._seconds.labels(door)
            self._figures[key] = found
        return found


METHODS: Final = ("GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")


def door_names(paths: Sequence[str]) -> Callable[[str], str]:
    """Return what names a path's door: the longest of `paths` (up to their first parameter) that it begins with."""
    stems = sorted({path.partition("{")[0].rstrip("/") or "/" for path in paths}, key=len, reverse=True)

    known = set(stems)

    def door_of(path: str) -> str:
        if path in known:
            return path
        bare = path.rstrip("/") or "/"
        return next((stem for stem in stems if bare == stem or (stem != "/" and bare.startswith(stem + "/"))), "none")

    return door_of


def metrics_address(text: str) -> tuple[str, int]:
    """Read HOST:PORT; BadInput if it is none."""
    host, _, port = text.rpartition(":")
    try:
        ipaddress.ip_address(host.strip("[]"))
        number = int(port)
    except ValueError:
        number = -1
    if not 0 <= number <= 65_535:
        raise BadInput(
            worded("{text!r} is no address", text=text[:40]), where="--metrics", mend="write it as 127.0.0.1:9767"
        )
    return host.strip("[]"), number


@contextmanager
def told_metrics(address: tuple[str, int], home: Home, *, shared: bool = False) -> Iterator[CollectorRegistry]:
    """Tell a home's figures at `address` until the block ends; gives the registry that requests are counted in.

    `shared` sums what several worker processes counted: they must begin within the block.
    """
    registry = CollectorRegistry()
    registry.register(HomeCollector(home))
    with tempfile.TemporaryDirectory(prefix="staycourse-metrics-") as folder:
        before = os.environ.get(SHARED)
        if shared:
            os.environ[SHARED] = folder
            MultiProcessCollector(registry, path=folder)  # type: ignore[no-untyped-call]
        try:
            server, thread = _started(address, registry)
        except OSError as error:
            raise StorageFault(
                worded("port {address} cannot be used: {why}", address=address[1], why=as_wording(error.strerror)),
                where="--metrics",
                mend="give another",
            ) from None
        try:
            yield registry
        finally:
            server.shutdown()
            server.server_close()
            thread.join()
            if shared and before is None:
                os.environ.pop(SHARED, None)


def _started(address: tuple[str, int], registry: CollectorRegistry) -> tuple[Any, Any]:
    return start_http_server(address[1], address[0], registry)

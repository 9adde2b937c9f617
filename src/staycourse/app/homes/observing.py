"""What a running process tells of itself beside its lines: traces, where they are asked for."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from typing import Any, Final, Protocol

from staycourse import __version__
from staycourse.kernel import BadSettings
from staycourse.loop import OnStep

TRACES: Final = "STAYCOURSE_TRACES"

ENDING_SECONDS: Final = 1.5
"""How long a process that ends waits for a collector to take its last spans."""


class Spans(Protocol):
    """Opens a span: a context that gives the span, or None where spans go nowhere."""

    def __call__(
        self, name: str, attributes: Mapping[str, Any], *, begun_by: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Any]:
        """`begun_by` are the headers of a request whose sender may have begun the trace (W3C Trace Context)."""
        ...


@contextmanager
def traces(service: str, environment: Mapping[str, str] = os.environ) -> Iterator[Spans]:
    """Give what opens a span (a context) by its name and attributes; spans go nowhere unless traces are asked for.

    STAYCOURSE_TRACES is the address of a collector (OTLP over HTTP), such as http://127.0.0.1:4318/v1/traces.
    """
    address = environment.get(TRACES, "")
    if not address:
        yield no_span
        return
    if not address.startswith(("http://", "https://")):
        raise BadSettings("this is no address of a collector", where=TRACES, mend="http://127.0.0.1:4318/v1/traces")
    provider, exporter = _provider(service, address)
    tracer = provider.get_tracer("staycourse", __version__)

    def span(
        name: str, attributes: Mapping[str, Any], *, begun_by: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Any]:
        from opentelemetry.propagate import extract

        context = extract(begun_by) if begun_by else None
        opened: AbstractContextManager[Any] = tracer.start_as_current_span(
            name, context=context, attributes=dict(attributes)
        )
        return opened

    try:
        yield span
    finally:
        _end(provider, exporter)


def _end(provider: Any, exporter: Any) -> None:
    """Send what waits to be sent, but for ENDING_SECONDS at most: a collector that is away holds up no server."""
    ending = threading.Thread(target=provider.shutdown, name="last spans", daemon=True)
    ending.start()
    ending.join(ENDING_SECONDS)
    if ending.is_alive():
        exporter.shutdown()


def _provider(service: str, address: str) -> tuple[Any, Any]:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise BadSettings("traces are asked for, and OpenTelemetry is not installed", where=TRACES,
                          mend="pip install 'staycourse[traces]'") from None  # fmt: skip
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"staycourse-{service}", "service.version": __version__}),
        shutdown_on_exit=False,
    )
    exporter = OTLPSpanExporter(endpoint=address)
    provider.add_span_processor(BatchSpanProcessor(exporter))
    return provider, exporter


def spanned_steps(span: Spans, tell: OnStep) -> OnStep:
    """Return what tells of a night's steps as `tell` does, with a span for each."""
    open_spans: dict[str, ExitStack] = {}

    def on_step(name: str, seconds: float | None) -> None:
        if seconds is None:
            open_spans[name] = ExitStack()
            open_spans[name].enter_context(span(name, {}))
        elif name in open_spans:
            open_spans.pop(name).close()
        tell(name, seconds)

    return on_step


def no_span(
    name: str,  # noqa: ARG001
    attributes: Mapping[str, Any],  # noqa: ARG001
    *,
    begun_by: Mapping[str, str] | None = None,  # noqa: ARG001
) -> AbstractContextManager[Any]:
    """Open no span: traces are not asked for."""
    return nullcontext()

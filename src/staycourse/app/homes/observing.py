"""What a running process tells of itself: lines for its log, as text or JSON, and traces where they are asked for."""

from __future__ import annotations

import logging
import os
import re
import sys
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from datetime import UTC, datetime
from typing import Any, Final, Protocol

import msgspec

from staycourse import __version__
from staycourse.kernel import BadSettings, worded
from staycourse.loop import OnStep

FORMAT, LEVEL, TRACES = "STAYCOURSE_LOG_FORMAT", "STAYCOURSE_LOG_LEVEL", "STAYCOURSE_TRACES"
LEVELS: Final = ("debug", "info", "warning", "error")

_SECRETS: Final = (
    (re.compile(r"(sc_[0-9a-z]+_)[0-9a-z]+", re.IGNORECASE), r"\1…"),
    (re.compile(r"\b(Bearer|Basic)\s+[\w.~+/=-]+", re.IGNORECASE), r"\1 …"),
    (re.compile(r"(://[^/\s:@]+:)[^@\s]+@"), r"\1…@"),
)
"""What must not stand in a log even if a library writes it: keys, credentials, passwords in addresses."""


class Spans(Protocol):
    """Opens a span: a context that gives the span, or None where spans go nowhere."""

    def __call__(
        self, name: str, attributes: Mapping[str, Any], *, begun_by: Mapping[str, str] | None = None
    ) -> AbstractContextManager[Any]:
        """`begun_by` are the headers of a request whose sender may have begun the trace (W3C Trace Context)."""
        ...


class _Plain(logging.Formatter):
    """A line of text, without secrets."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(message)s")

    def format(self, record: logging.LogRecord) -> str:
        return scrubbed(super().format(record))


class _Json(logging.Formatter):
    """A line of JSON: at, level, logger, message, and error (a traceback) where there is one."""

    def format(self, record: logging.LogRecord) -> str:
        told = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": scrubbed(record.getMessage()),
        }
        if record.exc_info:
            told["error"] = scrubbed(self.formatException(record.exc_info))
        return msgspec.json.encode(told).decode()


def scrubbed(text: str) -> str:
    """Return `text` without what looks like a key, a credential or a password."""
    for pattern, instead in _SECRETS:
        text = pattern.sub(instead, text)
    return text


def tell_log(environment: Mapping[str, str] = os.environ) -> None:
    """Send what is logged to standard error; BadSettings where the variables are none of the known ones."""
    form = _one_of(environment, FORMAT, ("text", "json"))
    level = _one_of(environment, LEVEL, LEVELS, "warning")
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Json() if form == "json" else _Plain())
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)


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
    provider = _provider(service, address)
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
        provider.shutdown()


def _provider(service: str, address: str) -> Any:
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.resources import Resource
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ImportError:
        raise BadSettings("traces are asked for, and OpenTelemetry is not installed", where=TRACES,
                          mend="pip install 'staycourse[traces]'") from None  # fmt: skip
    provider = TracerProvider(
        resource=Resource.create({"service.name": f"staycourse-{service}", "service.version": __version__})
    )
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter(endpoint=address)))
    return provider


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


def _one_of(environment: Mapping[str, str], name: str, known: tuple[str, ...], default: str = "") -> str:
    given = environment.get(name) or default or known[0]
    if given not in known:
        raise BadSettings(
            worded("{given!r} is none of {choices}", given=given[:40], choices=", ".join(known)),
            where=name,
            mend="set it or unset it",
        )
    return given

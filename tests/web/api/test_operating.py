"""What operators see of a server: alive, ready, figures, lines for the log, spans."""

import json
import logging
import shutil
import socket
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from api_site import ApiSite
from prometheus_client import CollectorRegistry, generate_latest

from staycourse.app.homes.gauges import LEAST_FREE
from staycourse.app.homes.observing import spanned_steps, traces
from staycourse.app.nights import compact_home, examine
from staycourse.kernel import BadInput, BadSettings, StorageFault, scrubbed, tell_log
from staycourse.web.metrics import HomeCollector, RequestMeter, door_names, metrics_address, told_metrics
from staycourse.web.tracing import RequestSpans

EVENT = {"event_id": "e1", "learner": "anna", "verb": "logged_in", "time": "2026-03-02T09:00:00Z"}


def figures(site: ApiSite) -> str:
    registry = CollectorRegistry()
    registry.register(HomeCollector(site.home))
    return generate_latest(registry).decode()


def test_a_server_is_ready_and_says_what_keeps_it_from_it(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    assert site.ask("/readyz", method="GET", key="").json() == {"ready": True, "faults": {}}

    def broken(*_: object) -> None:
        raise StorageFault("the disk is gone")

    monkeypatch.setattr(site.home.store, "tenants", broken)
    answer = site.ask("/readyz", method="GET", key="")
    assert answer.status_code == 503 and answer.json() == {"ready": False, "faults": {"store": "StorageFault"}}
    assert site.ask("/healthz", method="GET", key="").status_code == 200, "alive all the same: nothing to restart for"


def test_a_server_on_a_full_disk_is_not_ready(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    total, free = 2**40, LEAST_FREE - 1
    monkeypatch.setattr(shutil, "disk_usage", lambda _path: SimpleNamespace(total=total, used=total - free, free=free))
    answer = site.ask("/readyz", method="GET", key="")
    assert answer.status_code == 503 and answer.json() == {"ready": False, "faults": {"disk": "full"}}
    assert {one.check: one.state for one in examine(site.home)}["disk"] == "bad"


def test_the_homes_figures_are_told(site: ApiSite) -> None:
    assert site.ask("/v1/events", json=[EVENT]).status_code == 200
    told = figures(site)
    assert "staycourse_up 1.0" in told and "staycourse_log_parts 1.0" in told
    site.home.log.roll()
    compact_home(site.home)
    told = figures(site)
    assert "staycourse_log_parts 0.0" in told and "staycourse_lake_events 1.0" in told


def test_a_home_that_does_not_answer_is_told_as_down(site: ApiSite, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(*_: object) -> None:
        raise StorageFault("the disk is gone")

    monkeypatch.setattr(site.home.lake, "health", broken)
    assert "staycourse_up 0.0" in figures(site)


def test_requests_are_counted_by_door_and_never_by_what_anybody_invents(site: ApiSite) -> None:
    registry = CollectorRegistry()
    doors = door_names(site.app.paths())
    site.app = RequestMeter(site.app, registry, doors)
    site.ask("/v1/events", json=[EVENT])
    for path in ("/v1/events", "/nowhere/at/all", "/v1/learners/anna%2F..%2Fb/risk"):
        site.ask(path, method="BREW" if path == "/v1/events" else "GET")
    told = generate_latest(registry).decode()
    assert 'staycourse_requests_total{door="/v1/events",method="POST",status="200"} 1.0' in told
    assert 'door="none",method="GET",status="404"' in told
    assert 'door="/v1/learners",method="GET",status="409"' in told, "what is read counts as its own"
    assert "anna" not in told and "BREW" not in told and "nowhere" not in told


def test_figures_have_an_address_of_their_own(site: ApiSite) -> None:
    with told_metrics(metrics_address("127.0.0.1:0"), site.home) as registry:
        assert b"staycourse_up" in generate_latest(registry)
    assert site.ask("/metrics", method="GET").status_code == 404, "not where tenants' keys reach"


@pytest.mark.parametrize("text", ["9767", "localhost:9767", "127.0.0.1:", "127.0.0.1:70000", "127.0.0.1:-1"])
def test_a_wrong_address_for_figures_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match="is no address"):
        metrics_address(text)


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("key sc_0a1b2c_deadbeef01 used", "key sc_0a1b2c_… used"),
        ("Authorization: Bearer abc.def-1", "Authorization: Bearer …"),
        ("authorization: basic QWxhZGRpbjo=", "authorization: basic …"),
        ("postgresql://keeper:p%40ss@host/db", "postgresql://keeper:…@host/db"),
        ("nothing secret at 10:30", "nothing secret at 10:30"),
    ],
)
def test_secrets_never_stand_in_a_log(text: str, kept: str) -> None:
    assert scrubbed(text) == kept


@pytest.fixture
def logs(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    root = logging.getLogger()
    before, level = list(root.handlers), root.level
    yield
    root.handlers[:] = before
    root.setLevel(level)


def test_lines_of_the_log_are_json_where_asked_for(logs: None, capsys: pytest.CaptureFixture[str]) -> None:
    tell_log({"STAYCOURSE_LOG_FORMAT": "json", "STAYCOURSE_LOG_LEVEL": "info"})
    try:
        raise ValueError("password at https://a:b@c")
    except ValueError:
        logging.getLogger("staycourse.test").exception("it failed with sc_1_2")
    (line,) = capsys.readouterr().err.splitlines()
    told = json.loads(line)
    assert (told["level"], told["logger"], told["message"]) == ("error", "staycourse.test", "it failed with sc_1_…")
    assert "ValueError" in told["error"] and "a:b@" not in told["error"] and told["at"].endswith("+00:00")


def test_unknown_forms_of_log_and_traces_are_refused(logs: None) -> None:
    with pytest.raises(BadSettings, match="none of text, json"):
        tell_log({"STAYCOURSE_LOG_FORMAT": "xml"})
    with pytest.raises(BadSettings, match="no address of a collector"), traces("api", {"STAYCOURSE_TRACES": "here"}):
        pass


class Spans:
    """Notes what is opened and closed, as a tracer would."""

    def __init__(self) -> None:
        self.told: list[Any] = []

    @contextmanager
    def __call__(
        self, name: str, attributes: Mapping[str, Any], *, begun_by: Mapping[str, str] | None = None
    ) -> Iterator[Any]:
        noted = dict(attributes)
        self.told.append((name, noted, begun_by))

        class Span:
            def set_attribute(self, name: str, value: object) -> None:
                noted[name] = value

        yield Span()
        self.told.append(f"end {name}")


def test_a_request_is_a_span_of_the_trace_that_its_sender_began(site: ApiSite) -> None:
    spans = Spans()
    site.app = RequestSpans(site.app, spans, door_names(site.app.paths()))
    site.ask("/v1/events", json=[EVENT], headers={"traceparent": "00-" + "1" * 32 + "-" + "2" * 16 + "-01"})
    (name, attributes, begun), ended = spans.told
    assert name == "POST /v1/events" and ended == "end POST /v1/events"
    assert attributes["http.response.status_code"] == 200 and begun["traceparent"].startswith("00-1")


def test_a_nights_steps_are_spans() -> None:
    spans, told = Spans(), []
    on_step = spanned_steps(spans, lambda name, seconds: told.append((name, seconds)))
    on_step("compact", None)
    on_step("compact", 1.0)
    assert told == [("compact", None), ("compact", 1.0)]
    assert [one if isinstance(one, str) else one[0] for one in spans.told] == ["compact", "end compact"]


def test_traces_reach_a_collector(tmp_path: Path) -> None:
    from http.server import BaseHTTPRequestHandler, HTTPServer
    from threading import Thread

    got: list[bytes] = []

    class Collector(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            got.append(self.rfile.read(int(self.headers["content-length"])))
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Collector)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        asked = {"STAYCOURSE_TRACES": f"http://127.0.0.1:{server.server_port}/v1/traces"}
        with traces("api", asked) as span, span("POST /v1/events", {"http.route": "/v1/events"}):
            pass
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
    assert got and b"staycourse-api" in got[0] and b"/v1/events" in got[0]


def test_a_collector_that_is_away_holds_up_nobody_who_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("staycourse.app.homes.observing.ENDING_SECONDS", 0.1)
    with socket.create_server(("127.0.0.1", 0)) as silent:  # takes the connection, and never answers
        asked = {"STAYCOURSE_TRACES": f"http://127.0.0.1:{silent.getsockname()[1]}/v1/traces"}
        with traces("api", asked) as span:
            with span("POST /v1/events", {}):
                pass
            ending = time.monotonic()
        assert time.monotonic() - ending < 3, "OpenTelemetry's own patience is ten seconds"


def test_the_served_figures_can_be_asked_for(site: ApiSite) -> None:
    import socket

    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with (
        told_metrics(("127.0.0.1", port), site.home),
        urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as told,
    ):
        assert b"staycourse_log_bytes" in told.read()

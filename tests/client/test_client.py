"""The client: bounded, in batches, tried again while it helps, telling what was refused; by a clock of the test's."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Any

import pytest

from staycourse.client import Answer, BufferFull, Client, Event, Refused, Rejection, Unreachable
from staycourse.kernel import BadEvent, BadInput

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
TAKEN = Answer(200, {}, b'{"accepted": 1, "rejected": []}')

Script = list[Answer | Exception]


class Wire:
    """A transport that answers by a script, then with "taken", and remembers what it was asked."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[tuple[str, str, list[Any], dict[str, str]]] = []

    def ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        plain = gzip.decompress(body) if body and headers.get("content-encoding") == "gzip" else body
        self.asked.append((method, path, json.loads(plain or b"null"), dict(headers)))
        answer = self.script.pop(0) if self.script else TAKEN
        if isinstance(answer, Exception):
            raise answer
        return answer

    def close(self) -> None:
        pass

    @property
    def batches(self) -> list[list[str]]:
        return [[event["event_id"] for event in body] for _, _, body, _ in self.asked]


def made(*script: Answer | Exception, **more: Any) -> tuple[Client, Wire, list[float]]:
    """Return a client without a thread, its wire, and the seconds that it paused."""
    wire = Wire(list(script))
    pauses: list[float] = []
    client = Client("http://x", "k", transport=lambda: wire, clock=lambda: NOW, pause=pauses.append,
                    background=False, **more)  # fmt: skip
    return client, wire, pauses


def tell(client: Client, *ids: str) -> None:
    for name in ids:
        client.track("anna", "logged_in", event_id=name)


def test_an_event_goes_out_as_the_server_reads_it() -> None:
    client, wire, _ = made()
    name = client.track("anna", "video_watched", course="maths", value=60, attributes={"device": "phone"})
    client.flush()
    ((method, path, (event,), headers),) = wire.asked
    assert (method, path, headers["content-type"]) == ("POST", "/v1/events", "application/json")
    assert event["event_id"] == name and event["time"] == "2026-03-02T10:00:00Z"
    assert {"learner": "anna", "verb": "video_watched", "course": "maths", "value": 60}.items() <= event.items()
    assert client.counts["sent"] == 1 and client.counts["waiting"] == 0


def test_events_go_in_batches_by_number_and_by_bytes() -> None:
    client, wire, _ = made(batch=3)
    tell(client, *"abcdefgh")
    client.flush()
    assert wire.batches == [["a", "b", "c"], ["d", "e", "f"], ["g", "h"]]
    client, wire, _ = made(batch_bytes=1)
    tell(client, "a", "b")
    client.flush()
    assert wire.batches == [["a"], ["b"]], "one event goes, however large"


def test_a_large_batch_is_packed() -> None:
    client, wire, _ = made()
    tell(client, *(f"e{number}" for number in range(100)))
    client.flush()
    assert wire.asked[0][3]["content-encoding"] == "gzip" and len(wire.batches[0]) == 100


@pytest.mark.parametrize(
    "failure", [Answer(500, {}, b""), Answer(503, {}, b"x"), Answer(429, {}, b""), OSError("gone")]
)
def test_what_may_pass_is_tried_again_with_growing_pauses(failure: Answer | Exception) -> None:
    client, wire, pauses = made(*[failure] * 9)
    tell(client, "a")
    client.flush()
    assert wire.batches == [["a"]] * 10 and client.counts["sent"] == 1 and client.counts["failures"] == 9
    assert all(0.25 * 2**at <= pause <= 0.5 * 2**at for at, pause in enumerate(pauses[:7]))
    assert pauses[8] <= 60


def test_the_server_may_ask_for_more_time() -> None:
    client, _, pauses = made(Answer(429, {"retry-after": "37"}, b""), Answer(503, {"retry-after": "soon"}, b""))
    tell(client, "a")
    client.flush()
    assert pauses[0] == 37.0 and pauses[1] <= 1.0


@pytest.mark.parametrize("status", [400, 401, 403, 404, 413, 422])
def test_what_is_refused_is_told_and_never_sent_again(status: int) -> None:
    told: list[Rejection] = []
    answer = Answer(status, {}, b'{"detail": "no such key", "mend": "make one"}')
    client, wire, pauses = made(answer, on_rejected=told.append)
    tell(client, "a", "b")
    client.flush()
    assert len(wire.asked) == 1 and pauses == []
    assert [(one.event.event_id, one.what, one.mend) for one in told] == [
        ("a", "no such key", "make one"), ("b", "no such key", "make one"),
    ]  # fmt: skip
    assert client.counts["rejected"] == 2 and client.counts["sent"] == 0


def test_the_good_ones_of_a_batch_are_kept_and_the_bad_ones_told_each() -> None:
    told: list[Rejection] = []
    body = {"accepted": 2, "rejected": [{"index": 1, "pointer": "/verb", "what": "no verb", "mend": "see"}]}
    client, _, _ = made(Answer(200, {}, json.dumps(body).encode()), on_rejected=told.append)
    tell(client, "a", "b", "c")
    client.flush()
    assert [(one.event.event_id, one.field, one.what) for one in told] == [("b", "/verb", "no verb")]
    assert (client.counts["sent"], client.counts["rejected"]) == (2, 1)


def test_a_callback_that_breaks_stops_nothing() -> None:
    def broken(_: Rejection) -> None:
        raise ZeroDivisionError

    client, wire, _ = made(Answer(422, {}, b"{}"), on_rejected=broken, batch=1)
    tell(client, "a", "b")
    client.flush()
    assert len(wire.asked) == 2 and client.counts["sent"] == 1


def test_what_does_not_fit_is_said_at_once_and_nothing_is_sent() -> None:
    client, wire, _ = made()
    wrong: list[tuple[Callable[[], object], str]] = [
        (lambda: client.track("anna", "flew"), "verb"),
        (lambda: client.track("anna", "lesson_completed"), "course"),
        (lambda: client.track("", "logged_in"), "learner"),
        (lambda: client.track("anna", "logged_in", attributes={"x": "y" * 20_000}), "attributes"),
        (lambda: client.track("a\ud800", "logged_in"), "event"),
    ]
    for call, place in wrong:
        with pytest.raises(BadEvent) as raised:
            call()
        assert place in raised.value.where
    client.flush()
    assert wire.asked == []


def test_a_full_buffer_drops_and_counts_or_raises_as_chosen() -> None:
    client, wire, _ = made(buffer=2, when_full="drop")
    tell(client, "a", "b", "c", "d")
    assert client.counts["dropped"] == 2 and client.send([event("e")]) == 0
    client.flush()
    assert wire.batches == [["a", "b"]]
    client, _, _ = made(buffer=1, when_full="raise")
    tell(client, "a")
    with pytest.raises(BufferFull):
        tell(client, "b")


def test_a_full_buffer_lets_the_caller_wait_until_there_is_room() -> None:
    client, wire, _ = made(buffer=2, when_full="block")
    tell(client, "a", "b")
    late = threading.Thread(target=tell, args=(client, "c"), daemon=True)
    late.start()
    late.join(0.05)
    assert late.is_alive()
    client.flush()
    late.join(10)
    assert not late.is_alive()
    client.flush()
    assert wire.batches == [["a", "b"], ["c"]]


def event(name: str) -> Event:
    return Event(event_id=name, learner="anna", verb="logged_in", time=NOW)


def test_in_the_background_a_batch_goes_by_its_age_and_flush_waits_for_it() -> None:
    wire = Wire([])
    client = Client("http://x", "k", transport=lambda: wire, clock=lambda: NOW, seconds=0.01, pause=lambda _: None)
    tell(client, "a")
    assert client.flush(20)
    assert wire.batches == [["a"]]
    tell(client, "b")
    assert client.close() == 0
    assert [name for batch in wire.batches for name in batch] == ["a", "b"]
    with pytest.raises(BufferFull, match="closed"):
        tell(client, "c")


def test_closing_says_how_many_could_not_be_sent() -> None:
    wire = Wire([OSError("down")] * 10_000)
    client = Client("http://x", "k", transport=lambda: wire, clock=lambda: NOW, seconds=0.01)
    tell(client, "a", "b", "c")
    assert client.close(timeout=0.2) == 3


def test_many_threads_lose_nothing() -> None:
    wire = Wire([Answer(503, {}, b"")] * 5)
    client = Client("http://x", "k", transport=lambda: wire, clock=lambda: NOW, buffer=50, batch=7, seconds=0.001,
                    pause=lambda _: None)  # fmt: skip
    threads = [
        threading.Thread(target=lambda at=at: tell(client, *(f"{at}-{number}" for number in range(100))))
        for at in range(4)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert client.close() == 0
    taken = [name for batch in wire.batches[5:] for name in batch]
    assert len(taken) == 400 and len(set(taken)) == 400 and client.counts["sent"] == 400


def test_a_forked_child_begins_empty_and_sends_its_own() -> None:
    client, _, _ = made()
    tell(client, "parents")
    ears, mouth = os.pipe()
    child = os.fork()
    if not child:
        try:
            wire = Wire([])
            client._sender.transport = wire
            tell(client, "childs")
            client.flush()
            os.write(mouth, json.dumps([wire.batches, client.counts["sent"]]).encode())
        finally:
            os._exit(0)
    os.waitpid(child, 0)
    os.close(mouth)
    assert json.loads(os.read(ears, 1000)) == [[["childs"]], 1]
    os.close(ears)
    assert client.counts["waiting"] == 1, "the parent still has its own"


def test_a_read_is_tried_again_and_a_refusal_raised() -> None:
    risk = b'{"learner": "anna", "as_of": "2026-03-01", "risks": [], "unheard_of": 1}'
    client, wire, pauses = made(OSError("x"), Answer(503, {"retry-after": "3"}, b""), Answer(200, {}, risk))
    assert client.risk("a/b c").learner == "anna"
    assert wire.asked[0][1] == "/v1/learners/a%2Fb%20c/risk" and pauses[1] == 3.0
    client, _, _ = made(Answer(404, {}, b'{"detail": "there is no learner", "mend": "check", "pointer": "/learner"}'))
    with pytest.raises(Refused, match="there is no learner") as raised:
        client.risk("x")
    assert raised.value.status == 404 and raised.value.mend == "check"
    client, wire, _ = made(*[Answer(500, {}, b"")] * 9)
    with pytest.raises(Unreachable, match="500"):
        client.risk("x")
    assert len(wire.asked) == 4


def test_pages_are_followed_to_their_end() -> None:
    def page(name: str, following: str | None) -> Answer:
        line = {"course": name, "title": name, "starts_on": None, "ends_on": None}
        return Answer(200, {}, json.dumps({"data": [line], "next": following}).encode())

    client, wire, _ = made(page("a", "c1"), Answer(200, {}, b'{"data": [], "next": "c 2"}'), page("b", None))
    assert [one.course for one in client.courses()] == ["a", "b"]
    assert [asked[1] for asked in wire.asked] == [
        "/v1/courses", "/v1/courses?cursor=c1", "/v1/courses?cursor=c+2",
    ]  # fmt: skip


def test_filters_are_said_in_the_query() -> None:
    client, wire, _ = made(*[Answer(200, {}, b'{"data": [], "next": null}')] * 2)
    assert list(client.alerts(state=["open", "taken"], since=NOW, cause="price", settled=False)) == []
    told = "/v1/alerts?state=open&state=taken&since=2026-03-02T10%3A00%3A00%2B00%3A00&cause=price&settled=false"
    assert wire.asked[0][1] == told


@pytest.mark.parametrize("url", ["care.example.org", "ftp://x", "https://", "https://user@x"])
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(BadInput, match="web address"):
        Client(url, "k")


def test_importing_it_loads_nothing_of_the_servers() -> None:
    heavy = "duckdb lightgbm sqlalchemy fastapi starlette uvicorn ibis pyarrow numpy pandas scipy click rich jinja2"
    code = f"import sys, staycourse.client; print([name for name in {heavy.split()} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_what_waits_is_sent_when_the_program_ends(tmp_path: object) -> None:
    code = """
from staycourse.client import Answer, Client

class Wire:
    def ask(self, method, path, body, headers):
        print("sent", body.count(b"event_id"))
        return Answer(200, {}, b"{}")
    def close(self):
        pass

client = Client("http://x", "k", transport=Wire, seconds=3600)
client.track("anna", "logged_in")
client.track("anna", "logged_in")
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "sent 2\n", done.stderr

"""Bodies that programs send by mistake: read as they were meant where that is plain, and refused in words that mend."""

from __future__ import annotations

import gzip
import json
import time
from typing import Any

import pytest
from api_site import ApiSite, viewed

from staycourse.app.intake import unmapped_names
from staycourse.web.api.body import readable

CUT = '{"event_id": "cut", "learner": "ada", "verb": "posted", "course": "maths", "time": "2026-03-02T09:59:00Z", '
CUT += r'"attributes": {"text": "so hard \ud83d"}}'
"""A platform's program cut the learner's words to a length, and with them a sign of two halves."""
LINES = {"content-type": "application/x-ndjson"}
WORDS = "so hard \N{REPLACEMENT CHARACTER}"


@pytest.mark.parametrize(
    ("body", "headers"),
    [
        (f"[{json.dumps(viewed(1))}, {CUT}]", {"content-type": "application/json"}),
        (f"{json.dumps(viewed(1))}\n{CUT}\n", LINES),
    ],
)
def test_half_a_sign_costs_neither_its_event_nor_the_others(site: ApiSite, body: str, headers: Any) -> None:
    answer = site.ask("/v1/events", content=body.encode(), headers=headers)
    assert answer.json() == {"accepted": 2, "rejected": []}
    assert [event.attributes for event in site.logged()] == [{}, {"text": WORDS}]


def test_half_a_sign_costs_no_message_of_a_batch(site: ApiSite) -> None:
    said = r'{"type": "track", "userId": "ada", "event": "Sighed", "properties": {"words": "so hard \uD83D"}}'
    key = site.keys["main"]
    for path, body in (("/v1/batch", f'{{"batch": [{said}], "writeKey": "{key}"}}'),
                       ("/v1/track", f'{said[:-1]}, "writeKey": "{key}"}}')):  # fmt: skip
        answer = site.ask(path, content=body.encode(), key="")
        assert (answer.status_code, answer.json().get("unmapped")) == (200, 1), answer.text
    assert WORDS in unmapped_names(site.home, "main")[0].sample


def test_half_a_sign_costs_no_envelope(site: ApiSite) -> None:
    told = r'{"sensor": "s \ud83d", "sendTime": "2026-03-01T11:05:01.000Z", "data": [],'
    told += ' "dataVersion": "http://purl.imsglobal.org/ctx/caliper/v1p2"}'
    assert site.ask("/v1/caliper", content=told.encode()).status_code == 200


@pytest.mark.parametrize(
    ("text", "read"),
    [
        (r'"\ud83d\ude00"', r'"\ud83d\ude00"'),
        (r'"\ud83d\ud83d\ude00 \ude00"', r'"\ufffd\ud83d\ude00 \ufffd"'),
        (r'"\\ud83d \\\ud83d"', r'"\\ud83d \\\ufffd"'),
        ("\N{ZERO WIDTH NO-BREAK SPACE}[]", "[]"),
    ],
)
def test_only_what_is_no_text_is_read_otherwise(text: str, read: str) -> None:
    assert readable(text.encode()) == read.encode()


def test_reading_what_is_full_of_halves_ends_soon() -> None:
    begun = time.process_time()
    readable(rb"\\" * (4 << 20) + rb"\ud83d" * (1 << 20))
    assert time.process_time() - begun < 5


@pytest.mark.parametrize("headers", [{}, LINES])
def test_a_byte_order_mark_is_passed_over(site: ApiSite, headers: Any) -> None:
    body = "\N{ZERO WIDTH NO-BREAK SPACE}" + json.dumps(viewed(1))
    assert site.ask("/v1/events", content=body.encode(), headers=headers).json() == {"accepted": 1, "rejected": []}


@pytest.mark.parametrize("path", ["/v1/events", "/v1/batch", "/v1/caliper"])
@pytest.mark.parametrize("headers", [{}, LINES])
def test_gzip_that_nobody_announced_is_named(site: ApiSite, path: str, headers: Any) -> None:
    if headers and path != "/v1/events":
        return
    told = site.ask(path, content=gzip.compress(b"[]"), headers=headers).json()
    assert (told["code"], told["pointer"]) == ("bad-input", "/content-encoding")
    assert told["mend"] == "send `Content-Encoding: gzip` with it"


def test_gzip_that_was_announced_and_did_not_come_is_named(site: ApiSite) -> None:
    told = site.ask("/v1/events", content=b"[]", headers={"content-encoding": "gzip"}).json()
    assert told["mend"] == "compress the whole body, or send it plain without Content-Encoding"

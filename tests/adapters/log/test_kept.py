"""What a frame of the statements' journal holds, packed without a copy of what is long, and opened again."""

from __future__ import annotations

import json

import msgspec
import pytest

from staycourse.adapters.log import Came, opened, packed_apart, place_of
from staycourse.adapters.log.kept import WORTH_SHORTENING

AUTHORITY = b'{"mbox":"mailto:a@b.c"}'


def came_with(body: bytes) -> Came:
    return Came(first=place_of(1, 0), ids=["one", "two"], two=True, authority=AUTHORITY, body=body)


@pytest.mark.parametrize("more", [0, 1, 200, 70_000])
def test_a_request_packed_in_two_pieces_is_opened_whole(more: int) -> None:
    told = {"actor": {"mbox": "mailto:a@x.org"}, "verb": {"id": "https://x.org/did"}, "object": {"id": "a:b"}}
    body = json.dumps([told | {"context": {"platform": "p" * more}}, told]).encode()
    head, rest = packed_apart(came_with(body))
    assert (rest is body) == (len(body) < WORTH_SHORTENING)
    assert len(rest) < 2 * WORTH_SHORTENING
    first, second = opened(memoryview(head + rest))
    assert (first.statement, second.statement) == ("one", "two")
    assert json.loads(first.body)["context"] == {"platform": "p" * more}


def test_what_was_packed_before_long_bodies_were_made_short_is_opened() -> None:
    body = json.dumps([{"id": "x", "actor": 1, "verb": 2, "object": 3, "more": "m" * 2 * WORTH_SHORTENING}]).encode()
    told = {"first": place_of(1, 0), "ids": ["x"], "two": True, "authority": AUTHORITY, "body": body}
    (kept,) = opened(msgspec.msgpack.encode(told))
    assert kept.statement == "x"
    assert "m" * 2 * WORTH_SHORTENING in kept.body.decode()


def test_a_body_of_nothing_is_packed_too() -> None:
    came = Came(first=place_of(1, 0), ids=[], two=False, authority=AUTHORITY, body=b"")
    assert msgspec.msgpack.decode(b"".join(packed_apart(came)), type=Came) == came

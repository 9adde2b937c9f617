"""What a frame of the statements' journal holds, packed without a copy of what is long, and opened again."""

from __future__ import annotations

import json

import msgspec
import pytest

from staycourse.adapters.log import Came, opened, packed_apart, place_of

AUTHORITY = b'{"mbox":"mailto:a@b.c"}'


@pytest.mark.parametrize("more", [0, 1, 200, 70_000])
def test_a_request_packed_in_two_pieces_is_opened_whole(more: int) -> None:
    told = {"actor": {"mbox": "mailto:a@x.org"}, "verb": {"id": "https://x.org/did"}, "object": {"id": "a:b"}}
    body = json.dumps([told | {"context": {"platform": "p" * more}}, told]).encode()
    came = Came(place_of(1, 0), ["one", "two"], True, AUTHORITY, body)
    head, rest = packed_apart(came)
    assert rest is body
    assert msgspec.msgpack.decode(head + rest, type=Came) == came
    first, second = opened(memoryview(head + rest))
    assert (first.statement, second.statement) == ("one", "two")
    assert json.loads(first.body)["context"] == {"platform": "p" * more}


def test_a_body_of_nothing_is_packed_too() -> None:
    came = Came(place_of(1, 0), [], False, AUTHORITY, b"")
    assert msgspec.msgpack.decode(b"".join(packed_apart(came)), type=Came) == came

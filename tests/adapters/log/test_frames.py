"""A segment is damaged in every way, and what can be read is read."""

from __future__ import annotations

import os
import random

from staycourse.adapters.segments import new_header, pack_frame, read_frames

PAYLOADS = [b"one", b"", b"three " * 20, b"\x00\x01 four"]


def segment() -> tuple[bytes, list[int]]:
    """Return a segment of four frames and the places where each ends."""
    content = new_header()
    ends = []
    for number, payload in enumerate(PAYLOADS):
        content += b"".join(pack_frame("main", number, 1, payload))
        ends.append(len(content))
    return content, ends


def test_frames_come_back_in_order() -> None:
    content, ends = segment()
    reading = read_frames(content)
    assert [bytes(frame.payload) for frame in reading.frames] == PAYLOADS
    assert [(frame.tenant, frame.arrival, frame.count) for frame in reading.frames] == [
        ("main", n, 1) for n in range(4)
    ]
    assert (reading.damage, reading.good_end, reading.events) == ((), ends[-1], 4)


def test_cut_anywhere_the_whole_frames_stay() -> None:
    content, ends = segment()
    for cut in range(len(content)):
        reading = read_frames(content[:cut])
        whole = sum(end <= cut for end in ends)
        assert len(reading.frames) == whole
        torn = cut not in {0, 24, *ends}
        assert bool(reading.damage) == torn
        assert reading.good_end == max([end for end in ends if end <= cut], default=24 if cut >= 24 else 0)


def test_one_wrong_byte_costs_one_frame_at_most() -> None:
    content, ends = segment()
    for place in range(len(content)):
        reading = read_frames(content[:place] + bytes([content[place] ^ 0x55]) + content[place + 1 :])
        payloads = [bytes(frame.payload) for frame in reading.frames]
        hit = next((number for number, end in enumerate(ends) if place < end), 0) if place >= 24 else None
        assert payloads == [payload for number, payload in enumerate(PAYLOADS) if number != hit]
        damaged_header = place < 8  # the name of the segment has no check of its own: another name is as good
        assert bool(reading.damage) == (hit is not None or damaged_header)


def test_noise_is_no_frame() -> None:
    dice = random.Random(3)
    for _ in range(50):
        reading = read_frames(dice.randbytes(dice.randrange(2000)))
        assert reading.frames == ()
    content, _ = segment()
    noisy = content + os.urandom(300) + b"".join(pack_frame("main", 9, 1, b"after"))
    assert bytes(read_frames(noisy).frames[-1].payload) == b"after"


def test_a_payload_may_come_in_pieces() -> None:
    assert b"".join(pack_frame("main", 1, 2, b"one", b"", b"two")) == b"".join(pack_frame("main", 1, 2, b"onetwo"))

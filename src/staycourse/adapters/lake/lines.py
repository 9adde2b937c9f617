"""The frames of one tenant as a table of lines. A line that cannot be read is set aside; it never stops the others."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyarrow as pa

from staycourse.adapters.lake.days import Instants
from staycourse.adapters.segments import Frame, decode_events


def read_lines(frames: Sequence[Frame]) -> tuple[pa.Table, Instants, list[bytes]]:
    """Return the lines of `frames` (see decode_events), per line the arrival of its frame, and the broken lines."""
    counts = np.array([frame.count for frame in frames], np.int64)
    arrivals = np.repeat(np.array([frame.arrival for frame in frames], np.int64), counts)
    payload = b"".join(frame.payload for frame in frames)
    longest = max(len(frame.payload) for frame in frames)
    try:
        table = decode_events(payload, longest)
        if len(table) == len(arrivals):
            return table, arrivals, []
    except pa.ArrowInvalid:
        pass  # one line or more is broken: find it
    return _salvage(frames)


def _salvage(frames: Sequence[Frame]) -> tuple[pa.Table, Instants, list[bytes]]:
    lines = [(line, frame.arrival) for frame in frames for line in bytes(frame.payload).split(b"\n") if line]
    good, broken = _sift(lines)
    table = decode_events(
        b"\n".join(line for line, _ in good) + b"\n", max((len(line) for line, _ in lines), default=0)
    )
    return table, np.array([arrival for _, arrival in good], np.int64), [line for line, _ in broken]


def _sift(lines: list[tuple[bytes, int]]) -> tuple[list[tuple[bytes, int]], list[tuple[bytes, int]]]:
    """Part readable lines from broken ones by halving."""
    if _readable([line for line, _ in lines]):
        return lines, []
    if len(lines) == 1:
        return [], lines
    middle = len(lines) // 2
    good_before, broken_before = _sift(lines[:middle])
    good_after, broken_after = _sift(lines[middle:])
    return good_before + good_after, broken_before + broken_after


def _readable(lines: list[bytes]) -> bool:
    try:
        table = decode_events(b"\n".join(lines) + b"\n", max(map(len, lines), default=0))
    except pa.ArrowInvalid:
        return False
    required = ("event_id", "learner", "verb", "time")
    return len(table) == len(lines) and not any(table[name].null_count for name in required)

"""The file channel: threads share a sync, and what the disk refuses leaves nothing behind."""

from __future__ import annotations

import os
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest
from channel_worlds import outgoing

from staycourse.adapters.channels.file import FileChannel, messages_to
from staycourse.care import TransportFault
from staycourse.kernel import FixedClock

NOW = FixedClock(datetime(2026, 3, 2, tzinfo=UTC))


class Gate:
    """Stands in for os.fsync: the first sync waits until the others have come."""

    def __init__(self, fault: OSError | None = None) -> None:
        self.real, self.fault, self.syncs = os.fsync, fault, 0
        self.first_waits, self.others_came = threading.Event(), threading.Event()

    def __call__(self, handle: int) -> None:
        self.syncs += 1
        self.first_waits.set()
        assert self.others_came.wait(10)
        if self.fault and self.syncs > 1:
            raise self.fault
        self.real(handle)


def send_together(channel: FileChannel, gate: Gate, keys: list[str]) -> list[BaseException | None]:
    """Send the first key, and the others while it waits for the disk; return what went wrong with each."""
    with ThreadPoolExecutor(len(keys)) as pool:
        first = pool.submit(channel.send, outgoing("", key=keys[0]))
        assert gate.first_waits.wait(10)
        others = [pool.submit(channel.send, outgoing("", key=key)) for key in keys[1:]]
        while len(channel._waiting) < len(others):
            threading.Event().wait(0.001)
        gate.others_came.set()
        return [first.exception(), *(other.exception() for other in others)]


def keys_in(place: Path) -> list[str]:
    message = outgoing("")
    return sorted(str(line["key"]) for line in messages_to(place, message.tenant, message.learner))


def test_threads_that_send_at_one_time_share_a_sync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "fsync", gate := Gate())
    faults = send_together(FileChannel("file", tmp_path / "out", NOW), gate, ["a", "b", "c", "c", "a", "d"])
    assert faults == [None] * 6
    assert gate.syncs == 2, "the first, and one for all others"
    assert keys_in(tmp_path / "out") == ["a", "b", "c", "d"], "one message a key"


def test_what_the_disk_refuses_fails_for_all_and_is_sent_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    channel = FileChannel("file", tmp_path / "out", NOW)
    with monkeypatch.context() as full:
        full.setattr(os, "fsync", gate := Gate(OSError(28, "No space left on device")))
        first, *others = send_together(channel, gate, ["a", "b", "c"])
    assert first is None
    assert [isinstance(fault, TransportFault) and not fault.permanent for fault in others] == [True, True]
    assert keys_in(tmp_path / "out") == ["a"]
    for key in ("a", "b", "c"):
        channel.send(outgoing("", key=key))
    assert keys_in(tmp_path / "out") == ["a", "b", "c"]

"""A server that forks processes to be killed: `python crash_worker.py`, one JSON order a line on stdin.

Forking a process that has everything imported takes milliseconds, starting a new one half a second. The forked child
opens the log, appends from two threads while it compacts, and notes in a file what it tried and what was acknowledged
(a note written by a single write survives SIGKILL). It dies by the parent's hand, or by its own at the nth touch of the
disk.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import threading
from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from staycourse.adapters.lake import Lake
from staycourse.adapters.log import SegmentLog
from staycourse.events import Event
from staycourse.kernel import zone

TOUCHES = ("writev", "fdatasync", "fsync", "replace", "unlink", "ftruncate")
NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)


def events_of(batch: str) -> list[Event]:
    """Return the events of a batch; its name says how many: `<round>-<thread>-<number>-<count>`."""
    count = int(batch.rsplit("-", 1)[1])
    return [
        Event(
            event_id=f"{batch}/{number}",
            learner=f"learner-{number % 5}",
            verb="content_viewed",
            course="course",
            time=NOON + timedelta(days=number % 3, seconds=number),
            backfill=True,
        )
        for number in range(count)
    ]


def tenant_of(batch: str) -> str:
    """Return whose batch this is: every fourth is another tenant's."""
    return "main" if int(batch.split("-")[2]) % 4 else "other"


def make_lake(home: Path) -> Lake:
    return Lake(home, zone_of=lambda _: zone("Asia/Shanghai"), feel=lambda texts: [0] * len(texts), dedup_days=3)


class Notes:
    """What was tried (`?`) and what was acknowledged (`!`), each in one write that outlives the process."""

    def __init__(self, path: Path) -> None:
        self._descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND)

    def note(self, mark: str, batch: str) -> None:
        os.write(self._descriptor, f"{mark}{batch}\n".encode())


def die_at(touch: int, after: bool) -> None:
    """Make this process kill itself at the `touch`th touch of the disk, before it, in the middle or after it."""
    count = 0
    writev = os.writev
    counting = threading.Lock()

    def deadly(real: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **more: Any) -> Any:
            nonlocal count
            with counting:
                count += 1
                mine = count == touch
            if mine and not after:
                if real is writev:  # die in the middle of it: a torn frame
                    whole = b"".join(args[1])
                    real(args[0], [whole[: touch * 37 % len(whole)]])
                os.kill(os.getpid(), signal.SIGKILL)
            result = real(*args, **more)
            if mine:
                os.kill(os.getpid(), signal.SIGKILL)
            return result

        return call

    for name in TOUCHES:
        setattr(os, name, deadly(getattr(os, name)))


def work(order: dict[str, Any]) -> None:
    """Append and compact until killed. First what was never acknowledged is sent again, as a sender would."""
    home = Path(order["home"])
    notes = Notes(home / "notes")
    if order["touch"]:
        die_at(order["touch"], order["after"])
    log = SegmentLog(home / "log", segment_bytes=3_000)
    for batch in order["again"]:
        log.append(tenant_of(batch), events_of(batch))
        notes.note("!", batch)
    threads = [threading.Thread(target=keep_appending, args=(log, notes, f"{order['round']}-{n}")) for n in range(2)]
    for thread in threads:
        thread.start()
    lake = make_lake(home)
    while True:
        log.roll()
        lake.compact(home / "log")


def keep_appending(log: SegmentLog, notes: Notes, word: str) -> None:
    for number in range(10_000):
        batch = f"{word}-{number}-{1 + number * 7 % 19}"
        notes.note("?", batch)
        log.append(tenant_of(batch), events_of(batch))
        notes.note("!", batch)


def serve(lines: Sequence[str]) -> None:
    for line in lines:
        child = os.fork()
        if child == 0:
            signal.alarm(20)  # if nobody kills it, the system does
            try:
                work(json.loads(line))
            finally:
                os._exit(3)  # only reached by an error, which the parent reports
        print(child, flush=True)  # noqa: T201 - the answer to the order
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)  # noqa: T201


if __name__ == "__main__":
    serve(sys.stdin)  # type: ignore[arg-type]

"""The index in a process of its own, so that writing it takes nothing from the requests but the disk.

It begins with the first statements, hears of them by a socket, and ends with it. It holds nothing that must not be
lost: what it had not written when it was killed still lies in the journal and waits in the server, which begins another
and tells it again; written twice, it is there once.
"""

from __future__ import annotations

import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from typing import Final

import msgspec

from staycourse.app.homes.home import Home, open_home
from staycourse.app.homes.observing import tell_log
from staycourse.app.intake.indexing import OwnIndex, book_of
from staycourse.kernel import Settings, StorageFault, as_wording, worded
from staycourse.xapi import Reader

ROLL_SECONDS: Final = 1.0
"""How long its lane of the event log stays open before the compactor may take it."""

ENDING_SECONDS: Final = 30.0
_BEGIN: Final = "import sys; from staycourse.app.intake.indexer import work; work(int(sys.argv[1]))"


class Wanted(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What is to be written: payloads of the journal."""

    tenant: str
    payloads: Sequence[bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Wanted).decode


class Indexer:
    """Implements Index by another process. One thread uses it. `lane` is that of the server's journal."""

    def __init__(self, settings: Settings, lane: int) -> None:
        self._settings = settings
        self._lane = lane
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None

    @property
    def process(self) -> int | None:
        """Return the number of the process, None before the first statements and after the end."""
        return self._process.pid if self._process else None

    def write(self, tenant: str, payloads: Sequence[bytes]) -> None:
        """Let the other process write; StorageFault where it could not, or ended: it begins anew the next time."""
        try:
            pipe = self._pipe or self._begun()
            pipe.send_bytes(_encode(Wanted(tenant, payloads)))
            fault = pipe.recv_bytes()
        except (OSError, EOFError):
            code = self._ended(0.5)
            raise StorageFault(worded("the process that writes statements ended ({code})", code=code),
                               where="indexer", mend="see the server's log") from None  # fmt: skip
        if fault:
            raise StorageFault(as_wording(fault.decode()), where="indexer")

    def close(self) -> None:
        """Let the process end, which it does once it has written what it was told."""
        self._ended(ENDING_SECONDS)

    def _begun(self) -> Connection:
        own, other = Pipe()
        command = [sys.executable, "-P", "-c", _BEGIN, str(other.fileno())]
        with other:
            # A group of its own: an interrupt from the keyboard is the server's to heed.
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                command, stdin=subprocess.DEVNULL, pass_fds=[other.fileno()], process_group=0
            )
        self._pipe = own
        own.send((self._settings, self._lane))
        return own

    def _ended(self, seconds: float) -> int:
        """Return how the process ended, made to where it does not within `seconds`."""
        process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        if pipe is not None:
            pipe.close()
        if process is None:
            return 0
        try:
            return process.wait(seconds)
        except subprocess.TimeoutExpired:
            process.kill()
            return process.wait()


def work(descriptor: int) -> None:
    """Write what the server behind `descriptor` tells, until it is gone; the whole of the process."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)  # a service that is stopped tells all its processes: the server first
    tell_log()
    with Connection(descriptor) as pipe:
        settings, lane = pipe.recv()
        with open_home(settings, writing=False) as home:
            _serve(pipe, home, OwnIndex(home, book_of(home, Reader(two=True)), lane))


def _serve(pipe: Connection, home: Home, index: OwnIndex) -> None:
    written, rolled = False, time.monotonic()
    while True:
        if written and time.monotonic() - rolled >= ROLL_SECONDS:
            home.log.roll()
            written, rolled = False, time.monotonic()
        try:
            if not pipe.poll(ROLL_SECONDS if written else None):
                continue
            pipe.send_bytes(_written(index, _decode(pipe.recv_bytes())))
        except (EOFError, OSError):  # the server is gone, whatever it was about
            return
        written = True


def _written(index: OwnIndex, wanted: Wanted) -> bytes:
    """Return what went wrong, nothing if nothing did."""
    try:
        index.write(wanted.tenant, wanted.payloads)
    except StorageFault as fault:
        return str(fault).encode()
    return b""

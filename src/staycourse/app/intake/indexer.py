"""The index in a process of its own, so that writing it takes nothing from the requests but the disk.

It begins with the first statements, hears of them by a socket, and ends with it. Until it is ready the server writes
itself. It holds nothing that must not be lost: what it had not written when it was killed still lies in the journal and
waits in the server, which writes it and begins another; written twice, it is there once.
"""

from __future__ import annotations

import contextlib
import logging
import signal
import subprocess
import sys
import time
from collections.abc import Sequence
from multiprocessing.connection import Connection, Pipe
from typing import Final

import msgspec

from staycourse.app.homes.home import Home, open_home
from staycourse.app.homes.memory import settle_memory
from staycourse.app.intake.indexing import Index, OwnIndex, book_of
from staycourse.kernel import Settings, StaycourseError, StorageFault, as_wording, tell_log
from staycourse.xapi import Reader

ROLL_SECONDS: Final = 1.0
"""How long its lane of the event log stays open before the compactor may take it."""

BEGIN_SECONDS: Final = 5.0
"""How long after one was begun another may be: one that ends at once must not be begun without end."""

ENDING_SECONDS: Final = 30.0
_LOG = logging.getLogger(__name__)
_BEGIN: Final = "import sys; from staycourse.app.intake.indexer import work; work(int(sys.argv[1]))"


class Wanted(msgspec.Struct, array_like=True, frozen=True, gc=False):
    """What is to be written: payloads of the journal."""

    tenant: str
    payloads: Sequence[bytes]


_encode = msgspec.msgpack.Encoder().encode
_decode = msgspec.msgpack.Decoder(Wanted).decode


class Indexer:
    """Implements Index by another process, and by `own` as long as there is none that is ready. One thread uses it.

    `lane` is that of the server's journal.
    """

    def __init__(self, settings: Settings, lane: int, own: Index) -> None:
        self._settings = settings
        self._lane = lane
        self._own = own
        self._process: subprocess.Popen[bytes] | None = None
        self._pipe: Connection | None = None
        self._ready = False
        self._begun_at = -BEGIN_SECONDS

    @property
    def process(self) -> int | None:
        """Return the number of the process that writes, None while this one does."""
        return self._process.pid if self._process and self._ready else None

    def write(self, tenant: str, payloads: Sequence[bytes]) -> None:
        """Let the other process write; what it did not say to have written is written here. StorageFault as Index."""
        fault = self._told(Wanted(tenant, payloads))
        if fault is None:
            self._own.write(tenant, payloads)
        elif fault:
            raise StorageFault(as_wording(fault.decode()), where="indexer")

    def close(self) -> None:
        """Let the process end, which it does once it has written what it was told."""
        self._ended(ENDING_SECONDS)
        self._own.close()

    def _told(self, wanted: Wanted) -> bytes | None:
        """Return what the other process says of what it was told to write, None if there is none to tell it to."""
        try:
            if self._pipe is None:
                self._begin()
            elif not self._ready and self._pipe.poll():
                self._ready = not self._pipe.recv_bytes()
            if self._pipe is None or not self._ready:
                return None
            self._pipe.send_bytes(_encode(wanted))
            return self._pipe.recv_bytes()
        except (OSError, EOFError):
            _LOG.error("the process that writes statements ended (%d); another is begun", self._ended(0.5))
            return None

    def _begin(self) -> None:
        """Begin the process, unless one was begun just now: it says by an empty message that it is ready."""
        if time.monotonic() - self._begun_at < BEGIN_SECONDS:
            return
        self._begun_at = time.monotonic()
        own, other = Pipe()
        command = [sys.executable, "-P", "-c", _BEGIN, str(other.fileno())]
        with other:
            # A group of its own: an interrupt from the keyboard is the server's to heed.
            self._process = subprocess.Popen(  # noqa: S603 - this program itself
                command, stdin=subprocess.DEVNULL, pass_fds=[other.fileno()], process_group=0
            )
        self._pipe = own
        own.send((self._settings, self._lane))

    def _ended(self, seconds: float) -> int:
        """Return how the process ended, made to where it does not within `seconds`."""
        process, pipe, self._process, self._pipe = self._process, self._pipe, None, None
        self._ready = False
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
    try:
        _work(descriptor)
    except StaycourseError as fault:
        _LOG.error("no process for the statements: %s", fault.line())
        sys.exit(1)


def _work(descriptor: int) -> None:
    with Connection(descriptor) as pipe:
        settings, lane = pipe.recv()
        with open_home(settings, writing=False) as home:
            index = OwnIndex(home, book_of(home, Reader(two=True)), lane)
            settle_memory()
            with contextlib.suppress(EOFError, OSError):  # the server is gone, whatever it was about
                pipe.send_bytes(b"")
                _serve(pipe, home, index)


def _serve(pipe: Connection, home: Home, index: OwnIndex) -> None:
    written, rolled = False, time.monotonic()
    while True:
        if written and time.monotonic() - rolled >= ROLL_SECONDS:
            home.log.roll()
            written, rolled = False, time.monotonic()
        if pipe.poll(ROLL_SECONDS if written else None):
            pipe.send_bytes(_written(index, _decode(pipe.recv_bytes())))
            written = True


def _written(index: OwnIndex, wanted: Wanted) -> bytes:
    """Return what went wrong, nothing if nothing did."""
    try:
        index.write(wanted.tenant, wanted.payloads)
    except StorageFault as fault:
        return str(fault).encode()
    return b""

"""One JSON document a line, in a file of the home. Nobody is reached: it is for trying out, and the demo's channel."""

from __future__ import annotations

import dataclasses
import fcntl
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import msgspec

from staycourse.adapters.channels.hygiene import clean_text, one_line
from staycourse.care import ChannelHealth, Outgoing, Receipt, TransportFault
from staycourse.kernel import Clock


class FileChannel:
    """Appends each message once: a key that stands in the file is not written again. Safe for several processes.

    Keys are remembered by what was read of the file so far, so that a send costs only what others have written since.
    """

    kind = "file"

    def __init__(self, name: str, place: Path, clock: Clock) -> None:
        self.name = name
        self._place = place
        self._clock = clock
        self._keys: set[tuple[str, str]] = set()
        self._read = 0

    def send(self, message: Outgoing) -> Receipt:
        """Write `message` and wait until it is on the disk; a temporary TransportFault if the disk refuses."""
        try:
            with self._opened() as handle:
                if (message.tenant, _whole(message.key)) not in self._known(handle):
                    _append(handle, self._line(message))
        except OSError as error:
            raise TransportFault(f"the file cannot be written: {error.strerror}", where=self._place.name,
                                 mend="check the home's disk") from None  # fmt: skip
        return Receipt(message.key)

    def health(self) -> ChannelHealth:
        """Say how much was written."""
        try:
            size = self._place.stat().st_size if self._place.exists() else 0
        except OSError as error:
            return ChannelHealth("bad", f"{self._place.name}: {error.strerror}")
        return ChannelHealth("ok", f"{self._place.name} in the home, {size:,} bytes; nobody is reached")

    @contextmanager
    def _opened(self) -> Iterator[int]:
        handle = os.open(self._place, os.O_RDWR | os.O_CREAT | os.O_APPEND | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)  # among threads too: each send has a handle of its own
            yield handle
        finally:
            os.close(handle)

    def _known(self, handle: int) -> set[tuple[str, str]]:
        """Return the keys in the file, mending a last line that a kill cut short."""
        size = os.fstat(handle).st_size
        if size < self._read:  # emptied by hand
            self._keys, self._read = set(), 0
        fresh = os.pread(handle, size - self._read, self._read)
        whole = fresh[: fresh.rfind(b"\n") + 1]
        if len(whole) < len(fresh):
            os.ftruncate(handle, self._read + len(whole))
        for line in whole.splitlines():
            try:
                written = msgspec.json.decode(line, type=_Written)
            except msgspec.MsgspecError:
                continue  # a line that somebody wrote by hand holds no key of ours
            self._keys.add((written.tenant, written.key))
        self._read += len(whole)
        return self._keys

    def _line(self, message: Outgoing) -> bytes:
        document = {name: _cleaned(value) for name, value in dataclasses.asdict(message).items()}
        document |= {"key": _whole(message.key), "subject": one_line(message.subject)}
        written = {"written": self._clock.now(), "channel": self.name}
        return msgspec.json.encode(written | document) + b"\n"


class _Written(msgspec.Struct):
    tenant: str
    key: str


def _append(handle: int, line: bytes) -> None:
    end = os.fstat(handle).st_size
    try:
        while line:
            line = line[os.write(handle, line) :]
        os.fsync(handle)
    except OSError:
        os.ftruncate(handle, end)  # a full disk: half a line must not stay
        raise


def _whole(text: str) -> str:
    """Return `text` with every half of a surrogate pair replaced: JSON cannot hold one."""
    return text.encode("utf-8", "replace").decode()


def _cleaned(value: object) -> object:
    if isinstance(value, Mapping):
        return {clean_text(name): clean_text(inner) for name, inner in value.items()}
    return clean_text(value) if isinstance(value, str) else value

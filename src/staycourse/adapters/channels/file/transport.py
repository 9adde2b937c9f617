"""One JSON document a line, in a file of the home. Nobody is reached: it is for trying out, and the demo's channel."""

from __future__ import annotations

import dataclasses
import os
import threading
from collections import deque
from collections.abc import Mapping, Sequence
from pathlib import Path

import msgspec

from staycourse.adapters.channels.file.lines import locked
from staycourse.adapters.channels.hygiene import clean_text, one_line
from staycourse.care import ChannelHealth, Outgoing, Receipt, TransportFault
from staycourse.kernel import Clock, as_wording, worded


class FileChannel:
    """Appends each message once: a key that stands in the file is not written again. Safe for several processes.

    Keys are remembered by what was read of the file so far, so that a send costs only what others have written since.
    What several threads send at one time one of them writes for all: the disk is waited for once.
    """

    kind = "file"

    def __init__(self, name: str, place: Path, clock: Clock) -> None:
        self.name = name
        self._place = place
        self._clock = clock
        self._keys: set[_Key] = set()
        self._read = self._file = 0
        self._waiting: deque[_Letter] = deque()
        self._writing = threading.Lock()

    def send(self, message: Outgoing) -> Receipt:
        """Write `message` and wait until it is on the disk; a temporary TransportFault if the disk refuses."""
        letter = _Letter((message.tenant, _whole(message.key)), self._line(message))
        self._waiting.append(letter)
        with self._writing:
            if not letter.done:
                self._write([self._waiting.popleft() for _ in range(len(self._waiting))])
        if letter.fault is not None:
            raise TransportFault(
                worded("the file cannot be written: {why}", why=as_wording(letter.fault.strerror)),
                where=self._place.name,
                mend="check the home's disk",
            ) from None
        return Receipt(message.key)

    def health(self) -> ChannelHealth:
        """Say how much was written."""
        try:
            size = self._place.stat().st_size if self._place.exists() else 0
        except OSError as error:
            return ChannelHealth("bad", worded("{name}: {why}", name=self._place.name, why=as_wording(error.strerror)))
        return ChannelHealth(
            "ok", worded("{name} in the home, {size:,} bytes; nobody is reached", name=self._place.name, size=size)
        )

    def _write(self, letters: Sequence[_Letter]) -> None:
        """Write those of `letters` that are not there yet; all share what becomes of it."""
        fault: OSError | None = None
        try:
            with locked(self._place) as handle:
                known = self._known(handle)
                fresh = {letter.key: letter.line for letter in letters if letter.key not in known}
                if fresh:
                    _append(handle, b"".join(fresh.values()))
        except OSError as error:
            fault = error
        except BaseException as error:
            fault = OSError(0, str(error))
            raise
        finally:
            for letter in letters:
                letter.fault, letter.done = fault, True

    def _known(self, handle: int) -> set[_Key]:
        """Return the keys in the file, mending a last line that a kill cut short."""
        size, file = os.fstat(handle).st_size, os.fstat(handle).st_ino
        if size < self._read or file != self._file:  # emptied by hand, or a learner was erased from it
            self._keys, self._read, self._file = set(), 0, file
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


_Key = tuple[str, str]
"""A message's tenant and key."""


@dataclasses.dataclass(slots=True)
class _Letter:
    key: _Key
    line: bytes
    fault: OSError | None = None
    done: bool = False


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

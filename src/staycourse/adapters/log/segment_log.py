"""The event log on one machine's disk. Appends that come at the same time share one fdatasync."""

from __future__ import annotations

import fcntl
import os
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from staycourse.adapters.log.healing import heal
from staycourse.adapters.log.writer import SegmentWriter
from staycourse.adapters.segments import encode_events, guarded, lane_number, make_folder, pack_frame
from staycourse.events import Event, LogHealth, Packed
from staycourse.kernel import Clock, HomeInUse, StorageFault, SystemClock, microseconds, tenant_id, worded

_FRAME_EVENTS = 10_000  # an append of more goes in pieces, so that no frame, and no segment, grows beyond measure


@dataclass(slots=True)
class _Ticket:
    """One append on its way to the disk."""

    buffers: list[bytes]
    events: int
    done: bool = False
    fault: OSError | None = None


class SegmentLog:
    """Implements events.EventLog over segment files in `folder`, each of about `segment_bytes`.

    Thread-safe. Of the threads that append at one time one becomes the leader: it writes what all of them brought,
    syncs once, and wakes the others. `clock` stamps the arrival of events that carry none. A second log on the same
    folder is refused with HomeInUse. Opening heals what a crash left.
    """

    def __init__(
        self, folder: Path, *, segment_bytes: int = 64 << 20, clock: Clock | None = None, ahead: bool = False
    ) -> None:
        self._folder = folder
        self._clock = clock or SystemClock()
        self._turn = threading.Condition()
        self._waiting: list[_Ticket] = []
        self._busy = False
        self._closed = False
        with guarded(folder, "the log cannot be opened"):
            make_folder(folder)
            self._lock = _lock(folder)
            try:
                found = heal(folder)
            except BaseException:
                os.close(self._lock)
                raise
        self._events = found.events
        self._healed = found.healed
        self._writer = SegmentWriter(folder, found.next_number, segment_bytes, self._note_closed, ahead=ahead)

    @property
    def lane(self) -> int:
        """Say which lane of its log this is."""
        return lane_number(self._folder)

    def append(self, tenant: str, events: Sequence[Event]) -> None:
        """Keep `events`; returns only once they are on disk. BadEvent or StorageFault: none of them is acknowledged."""
        for frame in self.pack(tenant, events):  # one by one: a segment may end between two
            self.append_packed(tenant, [frame])

    def pack(self, tenant: str, events: Sequence[Event]) -> list[Packed]:
        """Return `events` as payloads of frames; BadEvent if one cannot be kept."""
        tenant_id(tenant)
        pieces = [events[start : start + _FRAME_EVENTS] for start in range(0, len(events), _FRAME_EVENTS)]
        return [Packed(encode_events(piece), len(piece)) for piece in pieces]

    def append_packed(self, tenant: str, packed: Sequence[Packed]) -> None:
        """Keep what `pack` made, a frame each, with one sync."""
        arrival = microseconds(self._clock.now())
        frames = [pack_frame(tenant, arrival, one.count, one.payload, one.rest) for one in packed]
        self._keep([buffer for frame in frames for buffer in frame], sum(one.count for one in packed))

    def append_frame(self, tenant: str, count: int, payload: bytes) -> None:
        """Keep `payload`, `count` records of any form, as one frame; returns only once it is on disk."""
        self.append_packed(tenant, [Packed(payload, count)])

    def _keep(self, buffers: list[bytes], count: int) -> None:
        ticket = _Ticket(buffers, count)
        with self._turn:
            if self._closed:
                raise StorageFault("the log is closed", where=str(self._folder), mend="open it again")
            self._waiting.append(ticket)
            while self._busy and not ticket.done:
                self._turn.wait()
            if not ticket.done:
                self._busy = True
                group, self._waiting = self._waiting, []
        if not ticket.done:
            self._commit(group)
        if ticket.fault is not None:
            raise StorageFault(
                worded("{count} events could not be kept", count=count),
                where=str(self._folder),
                mend="check that the disk is there, writable and not full, then send them again",
            ) from ticket.fault

    def roll(self) -> None:
        """Close the open segment, so that the compactor may take it."""
        with self._turn:
            while self._busy:
                self._turn.wait()
            with guarded(self._folder, "the open segment cannot be closed"):
                self._writer.close_segment()

    def prepare(self) -> None:
        """Fill a file for the next segment beforehand, where the log is filled ahead; appends need not wait for it."""
        self._writer.prepare()

    def health(self) -> LogHealth:
        """Say how much waits to be compacted (the open segment included) and what was healed at opening."""
        with self._turn:
            closed = {name: events for name, events in self._events.items() if (self._folder / name).exists()}
            self._events = closed
            length, events = self._writer.length, self._writer.events
        sizes = sum(_size(self._folder / name) for name in closed)
        segments = len(closed) + (1 if length else 0)
        return LogHealth(segments, sizes + length, sum(closed.values()) + events, self._healed)

    def close(self) -> None:
        """Close the open segment and let the folder go. Appending afterwards is a StorageFault."""
        with self._turn:
            while self._busy:
                self._turn.wait()
            if self._closed:
                return
            self._closed = True
            try:
                with guarded(self._folder, "the open segment cannot be closed"):
                    self._writer.close_segment()
                    self._writer.remove_spare()
            finally:
                os.close(self._lock)

    def _commit(self, group: list[_Ticket]) -> None:
        fault: OSError | None = None
        try:
            self._writer.write([buffer for ticket in group for buffer in ticket.buffers], sum(t.events for t in group))
        except OSError as error:
            fault = error
        except BaseException as error:
            fault = OSError(str(error))
            raise
        finally:
            with self._turn:
                for ticket in group:
                    ticket.fault, ticket.done = fault, True
                self._busy = False
                self._turn.notify_all()

    def _note_closed(self, name: str, events: int) -> None:
        self._events[name] = events


def _lock(folder: Path) -> int:
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise HomeInUse(
            "the log is open already", where=str(folder), mend="one process (and one SegmentLog) writes it"
        ) from None
    return descriptor


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0
